"""The tracking plan: shown, checked against events, made from traffic, changed, restored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiyin.collect import tables as ods
from zhiyin.collect.plan import api as plans
from zhiyin.core.clock import naive_utc
from zhiyin.core.dates import read_instant
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.delivery.tables import RECEIPTS

if TYPE_CHECKING:
    import pyarrow as pa

    from zhiyin.app.workspace import Workspace

DAYS = 7
# The command line has no log-in: who has the files may change them.
LOCAL = "command line"
CHECKED_COLUMNS = ("source_id", "kind", "event", "properties", "traits", "context")
EXAMPLES = 100


def state(workspace: Workspace) -> dict[str, Any]:
    """Return the version in force, and what is wrong with the files, if anything."""
    found = workspace.tracking_plan.in_force(_now(workspace))
    return {"version": _version(workspace), "problem": found.problem}


def show(workspace: Workspace, *, days: int = DAYS) -> dict[str, Any]:
    """Return the plan with each event's volume and conformity of the last days."""
    found = workspace.tracking_plan.in_force(_now(workspace))
    traffic = _traffic(workspace, days)
    planned = found.plan.by_key()
    return {
        "version": _version(workspace),
        "problem": found.problem,
        "unknown_events": found.plan.unknown_events,
        "days": days,
        "events": [_told(event, traffic[event.key]) for event in found.plan.events.values()],
        "unplanned": [
            {"event": key[1], "rows": count["kept"] + count["blocked"], **_conformity(count)}
            for key, count in sorted(traffic.items(), key=lambda pair: -pair[1]["kept"])
            if key not in planned and key[0] == "track"
        ],
    }


def show_event(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Return one planned event with its schema."""
    found = workspace.tracking_plan.in_force(_now(workspace))
    event = _event(found.plan, name)
    traffic = _traffic(workspace, DAYS)
    return {
        **_told(event, traffic[event.key]),
        "schema": event.schema.body,
        "version": _version(workspace),
    }


def check(
    workspace: Workspace,
    *,
    path: str | None = None,
    since: str | None = None,
    days: int = 1,
    schema: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> dict[str, Any]:
    """Return which events of a file, or of the last days, break the plan; nothing is changed.

    With `schema` the event `name` is checked against that schema instead of its own.
    """
    plan = workspace.tracking_plan.in_force(_now(workspace)).plan
    if path is None:
        plan = plans.read_plan(workspace.tracking_plan.files())  # what is wrong with it is said
    if schema is not None and name is not None:
        plan = plans.changed_event(plan, name, {"schema": schema, "enforce": "flag"})
        plan = replace(plan, events={name: plan.events[name]}, unknown_events="allow")
    events = _of_file(Path(path)) if path else _sample(workspace, _since(workspace, since, days))
    breaches = plans.PlanInForce(plan, {RECEIPTS}).violations(events)
    counted: Counter[tuple[str, str, str, bool]] = Counter()
    for row, reason, detail, is_blocked in zip(*breaches.to_pydict().values(), strict=True):
        event = events["event"][row].as_py() or events["kind"][row].as_py()
        counted[event, reason, detail, is_blocked] += 1
    return {
        "events": events.num_rows,
        "broken": breaches.num_rows,
        "version": _version(workspace),
        "violations": [
            {"event": e, "reason": r, "rows": n, "blocks": b, "detail": d}
            for (e, r, d, b), n in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
        ][:EXAMPLES],
    }


def generate(
    workspace: Workspace,
    *,
    since: str | None = None,
    days: int = DAYS,
    merge: bool = False,
    limits: bool = False,
    dry_run: bool = False,
    actor: str = LOCAL,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Make a plan from the traffic of the last days, and put it in force unless it is a dry run."""
    shelf = workspace.tracking_plan
    before = shelf.files()
    present = plans.read_plan(before)
    if present.events and not merge and not dry_run:
        raise InvalidInput(
            f"The plan has {len(present.events)} events already; add --merge to keep them and only"
            " add what is new, or --dry-run to look at the difference."
        )
    on_progress("reading events")
    events = _sample(workspace, _since(workspace, since, days), is_own_left_out=True)
    if not events.num_rows:
        raise NotFound(
            "No events arrived in that time; send some, or look further back with --days."
        )
    on_progress(f"looking at {events.num_rows:,} events")
    made = plans.generate(plans.observe(events), plans.Inference(has_limits=limits))
    plan = (
        plans.merge(present, made.plan)
        if merge
        else replace(made.plan, version=present.version, unknown_events=present.unknown_events)
    )
    after = plans.plan_files(plan, before)
    if not dry_run:
        why = f"generated from {events.num_rows} events"
        _accept(workspace, after, actor=actor, why=why)
    return {
        "events_seen": events.num_rows,
        "events_planned": len(plan.events),
        "version": _version(workspace),
        "is_dry_run": dry_run,
        "doubtful": [
            {"event": event, "property": path, "why": why} for event, path, why in made.doubtful
        ],
        "changes": [asdict(change) for change in plans.compare(before, after)],
    }


def save_event(
    workspace: Workspace,
    *,
    name: str,
    changes: Mapping[str, Any],
    expects: int | None = None,
    actor: str = LOCAL,
) -> dict[str, Any]:
    """Change one planned event: title, description, owner, enforce, schema."""
    files = workspace.tracking_plan.files()
    before = plans.read_plan(files)
    name = _event(before, name).name
    plan = plans.changed_event(before, name, changes)
    after = plans.plan_files(plan, files)
    _accept(workspace, after, actor=actor, why=f"changed {name}", expects=expects)
    return show_event(workspace, name=name)


def save_policy(
    workspace: Workspace, *, unknown_events: str, expects: int | None = None, actor: str = LOCAL
) -> dict[str, Any]:
    """Say what happens to events that are not planned."""
    files = workspace.tracking_plan.files()
    plan = plans.with_policy(plans.read_plan(files), unknown_events)
    why = f"unknown events: {unknown_events}"
    after = plans.plan_files(plan, files)
    return {"version": _accept(workspace, after, actor=actor, why=why, expects=expects)}


def diff(
    workspace: Workspace, *, before: int | None = None, after: int | None = None
) -> list[dict[str, Any]]:
    """Return how two versions differ; the version before the newest, and the files as they are."""
    shelf = workspace.tracking_plan
    shelf.in_force(_now(workspace))
    versions = [one.version for one in shelf.versions()]
    if after is not None and before is None:
        before = after - 1
    if before is None:
        before = versions[1] if len(versions) > 1 else 0
    old = shelf.files_of(before) if before else {}
    new = shelf.files_of(after) if after is not None else shelf.files()
    return [asdict(change) for change in plans.compare(old, new)]


def history(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every version, newest first: when, who, why."""
    workspace.tracking_plan.in_force(_now(workspace))
    return [
        {
            "version": v.version,
            "at": v.at.isoformat(timespec="seconds"),
            "actor": v.actor,
            "why": v.why,
        }
        for v in workspace.tracking_plan.versions()
    ]


def restore(workspace: Workspace, *, version: int, actor: str = LOCAL) -> dict[str, Any]:
    """Make an old version's content the newest version."""
    now = _now(workspace)
    return {"version": workspace.tracking_plan.restore(version, actor=actor, at=now)}


def _accept(workspace: Workspace, files: plans.Files, **change: Any) -> int:
    return workspace.tracking_plan.accept(files, at=_now(workspace), **change)


def _version(workspace: Workspace) -> int:
    return next((one.version for one in workspace.tracking_plan.versions()), 0)


def _event(plan: plans.TrackingPlan, name: str) -> plans.PlannedEvent:
    for event in plan.events.values():
        if name in (event.name, event.event):
            return event
    known = ", ".join(plan.events) or "none yet"
    raise NotFound(f"No event {name!r} is planned; planned: {known}.")


def _told(event: plans.PlannedEvent, count: Mapping[str, int]) -> dict[str, Any]:
    properties = event.schema.body.get("properties")
    return {
        "name": event.name,
        "event": event.event or event.kind,
        "kind": event.kind,
        "title": dict(event.title),
        "description": event.description,
        "owner": event.owner,
        "enforce": event.enforce,
        "properties": len(properties) if isinstance(properties, Mapping) else 0,
        "rows": count["kept"] + count["blocked"],
        **_conformity(count),
    }


def _conformity(count: Mapping[str, int]) -> dict[str, Any]:
    rows, broken = count["kept"] + count["blocked"], count["blocked"] + count["flagged"]
    return {
        "flagged": count["flagged"],
        "blocked": count["blocked"],
        "conformity": (rows - broken) / rows if rows else None,
    }


class _Counts(dict[tuple[str, str | None], Counter[str]]):
    def __missing__(self, key: tuple[str, str | None]) -> Counter[str]:
        return Counter()


def _traffic(workspace: Workspace, days: int) -> _Counts:
    """Return per event how many were kept, flagged and blocked in the last days."""
    until = _until(workspace)
    since = until - timedelta(days=days)
    warehouse, counts = workspace.warehouse, _Counts()
    kept = plans.volumes(warehouse.read(ods.EVENTS), since, until)
    flagged = plans.flagged(warehouse.read(ods.PLAN_FLAGS), since, until)
    aside, replays = warehouse.read(ods.QUARANTINE), warehouse.read(ods.REPLAYS)
    blocked = plans.blocked(aside, replays, since, until)
    for what, table in (("kept", kept), ("flagged", flagged), ("blocked", blocked)):
        for row in warehouse.to_arrow(table).to_pylist():
            if row["source_id"] != RECEIPTS:
                counts.setdefault(_key(row), Counter())[what] += row["rows"]
    return counts


def _key(row: Mapping[str, Any]) -> tuple[str, str | None]:
    kind = row.get("kind")
    if kind is None:  # the quarantine knows the event's name, or the kind of call
        kind = row["event"] if row["event"] in plans.KINDS else "track"
    return (kind, row["event"] if kind == "track" else None)


def _sample(workspace: Workspace, since: datetime, *, is_own_left_out: bool = False) -> pa.Table:
    events = workspace.warehouse.read(ods.EVENTS)
    if is_own_left_out:
        events = events.filter(events.source_id != RECEIPTS)
    return workspace.warehouse.to_arrow(plans.sample(events, since, _until(workspace)))


def _since(workspace: Workspace, since: str | None, days: int) -> datetime:
    if since is None:
        return _now(workspace) - timedelta(days=days)
    return read_instant(since, workspace.settings.zone)


def _of_file(path: Path) -> pa.Table:
    import pyarrow as pa

    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}; check the path.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 text ({error}); convert it.") from error
    rows = [
        _row_of(line, f"{path.name}, line {n}") for n, line in enumerate(lines, 1) if line.strip()
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([(n, pa.string()) for n in CHECKED_COLUMNS]))


def _row_of(line: str, where: str) -> dict[str, Any]:
    import msgspec

    try:
        item = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{where}: is not JSON ({error}); write one event per line.") from error
    if not isinstance(item, dict):
        raise InvalidInput(f"{where}: is no JSON object; write one event per line.")
    inner: Iterable[tuple[str, Any]] = ((n, item.get(n)) for n in ("properties", "traits"))
    texts = {name: msgspec.json.encode(v).decode() for name, v in inner if isinstance(v, dict)}
    kind = item.get("type") or "track"
    return {"source_id": "", "kind": kind, "event": item.get("event"), **texts}


def _until(workspace: Workspace) -> datetime:
    """Return the end of a period that holds what arrived just now."""
    return _now(workspace) + timedelta(microseconds=1)


def _now(workspace: Workspace) -> datetime:
    return naive_utc(workspace.clock.now())
