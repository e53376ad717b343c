"""The catalogue: which events and properties there are, planned or seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.core.clock import naive_utc
from zhiyin.insights.behavior.api import PROPERTIES, SPLITTING
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

# What calls without an event name become; the others are no events.
CALLS = {"page": "Page Viewed", "screen": "Screen Viewed"}


def show(workspace: Workspace) -> dict[str, Any]:
    """Return events with volume and days seen, and the properties that they have.

    Returns
    -------
    `events` [{event, title, description, owner, is_planned, is_seen, rows, visitors, first_seen,
    last_seen}], those with most rows first; `properties` [{name, kind, splits, filled, rows,
    planned_in}]: `kind` is text or number where questions may ask for it, else None; `splits` says
    whether answers can be divided by it; filled is the share of events that have it.
    """
    planned = planned_events(workspace)
    seen = {row["event"]: row for row in _seen(workspace)}
    events = [_event(name, planned.get(name), seen.get(name)) for name in {**seen, **planned}]
    events.sort(key=lambda one: (-one["rows"], one["event"]))
    return {"events": events, "properties": _properties(workspace, planned)}


def planned_events(workspace: Workspace) -> dict[str, Any]:
    """Return the events of the tracking plan in force by the names that they are stored under."""
    plan = workspace.tracking_plan.in_force(naive_utc(workspace.clock.now())).plan
    named = {event.event or CALLS.get(event.kind): event for event in plan.events.values()}
    return {name: event for name, event in named.items() if name is not None}


def _seen(workspace: Workspace) -> list[dict[str, Any]]:
    events = workspace.warehouse.read(dw.EVENTS)
    counted = events.group_by("event").agg(
        rows=events.count(),
        visitors=events.visitor_id.nunique(),
        first_seen=events.event_time.min(),
        last_seen=events.event_time.max(),
    )
    return workspace.warehouse.to_arrow(counted).to_pylist()


def _event(name: str, planned: Any, seen: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "event": name,
        "title": dict(planned.title) if planned else {},
        "description": planned.description if planned else "",
        "owner": planned.owner if planned else "",
        "is_planned": planned is not None,
        "is_seen": seen is not None,
        "rows": seen["rows"] if seen else 0,
        "visitors": seen["visitors"] if seen else 0,
        "first_seen": seen["first_seen"].isoformat() if seen else None,
        "last_seen": seen["last_seen"].isoformat() if seen else None,
    }


def _properties(workspace: Workspace, planned: Mapping[str, Any]) -> list[dict[str, Any]]:
    events = workspace.warehouse.read(dw.EVENTS)
    columns = [name for name in PROPERTIES if name in events.columns]
    counts = {name: events[name].count() for name in columns}
    row = workspace.warehouse.to_arrow(events.agg(all_rows=events.count(), **counts)).to_pylist()[0]
    in_plan: dict[str, list[str]] = {}
    for name, event in planned.items():
        for prop in _planned_properties(event.schema.body):
            in_plan.setdefault(prop, []).append(name)
    known = [*PROPERTIES, *sorted(set(in_plan) - set(PROPERTIES))]
    return [
        {
            "name": name,
            "kind": PROPERTIES.get(name),
            "splits": name in SPLITTING,
            "rows": row.get(name) if name in columns else None,
            "filled": row[name] / row["all_rows"] if name in columns and row["all_rows"] else None,
            "planned_in": sorted(in_plan.get(name, [])),
        }
        for name in known
    ]


def _planned_properties(schema: Any) -> list[str]:
    found = schema.get("properties") if isinstance(schema, Mapping) else None
    return list(found) if isinstance(found, Mapping) else []
