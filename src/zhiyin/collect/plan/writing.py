"""Changes of a plan as new texts of its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from zhiyin.collect.plan.files import FIXES, PLAN, SCHEMAS, Files
from zhiyin.collect.plan.schemas import compile_schema, schema_text
from zhiyin.collect.plan.tracking_plan import (
    ENFORCE,
    POLICIES,
    PlannedEvent,
    TrackingPlan,
    plan_row,
)
from zhiyin.core.errors import not_allowed, unknown


def plan_files(plan: TrackingPlan, before: Files) -> dict[str, str]:
    """Return the plan's files; texts that say the same as before keep their form."""
    body = {
        "version": plan.version,
        "unknown_events": plan.unknown_events,
        "events": [plan_row(event) for event in plan.events.values()],
    }
    text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=100)
    files = {PLAN: text}
    for event in plan.events.values():
        name = f"{SCHEMAS}/{event.name}.json"
        files[name] = _kept_form(before.get(name), event)
    if FIXES in before:
        files[FIXES] = before[FIXES]
    return files


def changed_event(plan: TrackingPlan, name: str, changes: Mapping[str, Any]) -> TrackingPlan:
    """Return the plan with some attributes of one event changed; `schema` is a JSON Schema.

    Raises `NotFound` for an unknown event and `InvalidInput` for a value that is not allowed.
    """
    if name not in plan.events:
        raise unknown("planned event", name, plan.events)
    chosen = {key: value for key, value in changes.items() if value is not None}
    if chosen.get("enforce", "off") not in ENFORCE:
        raise not_allowed("enforce", chosen["enforce"], ENFORCE)
    if "schema" in chosen:
        chosen["schema"] = compile_schema(chosen["schema"], f"{SCHEMAS}/{name}.json")
    return replace(plan, events={**plan.events, name: replace(plan.events[name], **chosen)})


def with_policy(plan: TrackingPlan, policy: str) -> TrackingPlan:
    """Return the plan with another policy for events that are not planned."""
    if policy not in POLICIES:
        raise not_allowed("unknown_events", policy, POLICIES)
    return replace(plan, unknown_events=policy)


def _kept_form(text: str | None, event: PlannedEvent) -> str:
    import json

    fresh = schema_text(event.schema.body)
    if text is None:
        return fresh
    try:
        return text if json.loads(text) == event.schema.body else fresh
    except json.JSONDecodeError:
        return fresh
