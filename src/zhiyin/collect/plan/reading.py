"""The plan's files, read and checked: every mistake is one sentence with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from zhiyin.collect.plan.files import PLAN, SCHEMAS, Files
from zhiyin.collect.plan.schemas import read_schema
from zhiyin.collect.plan.tracking_plan import (
    ENFORCE,
    KINDS,
    LANGUAGES,
    POLICIES,
    PlannedEvent,
    TrackingPlan,
    slug,
)
from zhiyin.core.errors import InvalidInput, not_allowed

PLAN_KEYS = ("version", "unknown_events", "events")
EVENT_KEYS = ("event", "kind", "title", "description", "owner", "enforce", "file")


def read_plan(files: Files) -> TrackingPlan:
    """Return the plan in its files; the empty plan where there is no plan.yaml.

    Raises
    ------
    InvalidInput
        A file is no YAML or JSON, a key or value is not allowed, a schema is missing or is none, or
        two entries are about the same event.
    """
    if PLAN not in files:
        return TrackingPlan()
    body = read_mapping(files[PLAN], PLAN)
    _check_keys(body, PLAN_KEYS, PLAN)
    policy = body.get("unknown_events", "allow")
    if policy not in POLICIES:
        raise not_allowed(f"{PLAN}: unknown_events", policy, POLICIES)
    rows = body.get("events") or []
    if not isinstance(rows, list):
        raise InvalidInput(f"{PLAN}: events must be a list with one entry per event.")
    events: dict[str, PlannedEvent] = {}
    taken: dict[tuple[str, str | None], str] = {}
    for place, row in enumerate(rows, start=1):
        event = _event(row, place, files)
        if event.name in events or event.key in taken:
            raise InvalidInput(
                f"{PLAN}, entry {place}: {event.event or event.kind!r} or its file is planned"
                " twice; remove one of the entries."
            )
        events[event.name] = event
        taken[event.key] = event.name
    return TrackingPlan(_version(body), policy, events)


def read_mapping(text: str, where: str) -> Mapping[str, Any]:
    """Return a YAML text's mapping; errors name file and line."""
    try:
        body = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InvalidInput(f"{where}{line}: is not YAML ({problem}); correct it.") from error
    if body is None:
        return {}
    if not isinstance(body, Mapping):
        raise InvalidInput(f"{where}: must hold keys and values, not {type(body).__name__}.")
    return body


def _event(row: Any, place: int, files: Files) -> PlannedEvent:
    where = f"{PLAN}, entry {place}"
    if not isinstance(row, Mapping):
        raise InvalidInput(f"{where}: must hold {', '.join(EVENT_KEYS)}.")
    _check_keys(row, EVENT_KEYS, where)
    kind, event = row.get("kind", "track"), row.get("event")
    if kind not in KINDS:
        raise not_allowed(f"{where}: kind", kind, KINDS)
    if (kind == "track") != (isinstance(event, str) and bool(event)):
        raise InvalidInput(
            f"{where}: a track event needs the key event with its name, other kinds have none."
        )
    enforce = _enforce(row, where)
    file = str(row.get("file") or f"{SCHEMAS}/{slug(kind, event)}.json")
    if file not in files or not file.startswith(f"{SCHEMAS}/"):
        raise InvalidInput(
            f"{where}: there is no file tracking/{file}; write its JSON Schema there, or correct"
            " the key file."
        )
    return PlannedEvent(
        name=file.removeprefix(f"{SCHEMAS}/").removesuffix(".json"),
        kind=kind,
        event=event,
        title=_title(row, where),
        description=str(row.get("description") or ""),
        owner=str(row.get("owner") or ""),
        enforce=enforce,
        schema=read_schema(files[file], file),
    )


def _enforce(row: Mapping[str, Any], where: str) -> str:
    told = row.get("enforce", "flag")
    # YAML 1.1 takes a bare `off` for false, and people do write it bare.
    enforce = "off" if told is False else told
    if enforce not in ENFORCE:
        raise not_allowed(f"{where}: enforce", told, ENFORCE)
    return enforce


def _title(row: Mapping[str, Any], where: str) -> dict[str, str]:
    title = row.get("title") or {}
    if isinstance(title, str):
        title = dict.fromkeys(LANGUAGES, title)
    if not isinstance(title, Mapping) or not set(title) <= set(LANGUAGES):
        raise InvalidInput(
            f"{where}: title is a text or one for each of {', '.join(LANGUAGES)}, not {title!r}."
        )
    return {language: str(text) for language, text in title.items() if text}


def _version(body: Mapping[str, Any]) -> int:
    version = body.get("version", 0)
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise InvalidInput(f"{PLAN}: version is a whole number, not {version!r}.")
    return version


def _check_keys(body: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for key in body:
        if key not in allowed:
            raise InvalidInput(
                f"{where}: {key!r} does not belong here; allowed: {', '.join(allowed)}."
            )
