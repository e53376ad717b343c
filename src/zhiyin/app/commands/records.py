"""Records set aside: listed, shown, mended by rules, replayed, dismissed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from zhiyin.app.commands.data import plain_rows
from zhiyin.app.commands.plan import LOCAL
from zhiyin.app.tracking import load_rules, plan_in_force
from zhiyin.collect.dead_letters import api as dead_letters
from zhiyin.collect.plan import api as plans
from zhiyin.core.clock import naive_utc
from zhiyin.core.dates import read_instant

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

PREVIEWED = 20
LIMIT = 50


def list_records(
    workspace: Workspace,
    *,
    reason: str | None = None,
    source: str | None = None,
    event: str | None = None,
    since: str | None = None,
    limit: int = LIMIT,
) -> dict[str, Any]:
    """Return the open records that are meant: counts by reason, then the newest of them."""
    warehouse = workspace.warehouse
    wanted = dead_letters.RecordFilter(reason, source, event, _earliest(workspace, since))
    records = dead_letters.chosen(dead_letters.open_records(warehouse), wanted)
    counts = plain_rows(warehouse.to_arrow(dead_letters.by_reason(records)))
    newest = dead_letters.newest_first(records).limit(limit)
    rows = warehouse.to_arrow(newest).to_pylist()
    return {
        "total": sum(row["rows"] for row in counts),
        "reasons": counts,
        "records": [_line(row) for row in rows],
    }


def show(workspace: Workspace, *, id: str) -> dict[str, Any]:
    """Return one open record: where it came from, what it holds, and what is wrong with it."""
    row = dead_letters.one_record(workspace.warehouse, id)
    obstacle = dead_letters.obstacle(row)
    return {
        **_line(row),
        "target": row["target"],
        "load_id": row["load_id"],
        "origin": row["origin"],
        "origin_line": row["origin_line"],
        "obstacle": obstacle,
        "record": _json_or_text(row["record"]),
        "content": dict(dead_letters.envelope_of(row).event) if obstacle is None else None,
        "violations": [] if obstacle else _violations(workspace, row),
    }


def fix(
    workspace: Workspace,
    *,
    rule: Mapping[str, Any],
    reason: str | None = None,
    source: str | None = None,
    event: str | None = None,
    since: str | None = None,
    ids: Sequence[str] = (),
    dry_run: bool = False,
    actor: str = LOCAL,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Declare a fix rule and replay the records it is about; a dry run shows before and after."""
    chosen = dead_letters.read_rule(rule)
    wanted = dead_letters.RecordFilter(
        reason or chosen.where.reason,
        source or chosen.where.source,
        event or chosen.where.event,
        _earliest(workspace, since),
        ids,
    )
    shelf = workspace.tracking_plan
    files = dead_letters.with_rule(shelf.files(), chosen)
    if dry_run:
        return _preview(workspace, wanted, dead_letters.read_fixes(files))
    at = naive_utc(workspace.clock.now())
    shelf.accept(files, actor=actor, why=f"fix rule {chosen.name}", at=at)
    return _replayed(workspace, wanted, actor, on_progress)


def replay(
    workspace: Workspace,
    *,
    reason: str | None = None,
    source: str | None = None,
    event: str | None = None,
    since: str | None = None,
    ids: Sequence[str] = (),
    dry_run: bool = False,
    actor: str = LOCAL,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Send open records through the loader again, mended by the declared rules."""
    wanted = dead_letters.RecordFilter(reason, source, event, _earliest(workspace, since), ids)
    if dry_run:
        fixes = dead_letters.read_fixes(workspace.tracking_plan.files())
        return _preview(workspace, wanted, fixes)
    return _replayed(workspace, wanted, actor, on_progress)


def dismiss(
    workspace: Workspace,
    *,
    reason: str | None = None,
    source: str | None = None,
    event: str | None = None,
    since: str | None = None,
    ids: Sequence[str] = (),
    actor: str = LOCAL,
) -> dict[str, Any]:
    """Close open records without taking them; they stay in ods.quarantine."""
    wanted = dead_letters.RecordFilter(reason, source, event, _earliest(workspace, since), ids)
    at = naive_utc(workspace.clock.now())
    closed = dead_letters.dismiss(wanted, workspace.warehouse, actor=actor, at=at)
    return {"dismissed": closed}


def rules(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the declared fix rules in the order in which they apply."""
    return [
        dead_letters.rule_body(rule)
        for rule in dead_letters.read_fixes(workspace.tracking_plan.files())
    ]


def _replayed(
    workspace: Workspace,
    wanted: dead_letters.RecordFilter,
    actor: str,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    fixes = dead_letters.read_fixes(workspace.tracking_plan.files())
    report = dead_letters.replay(
        wanted,
        _replaying(workspace, fixes),
        actor=actor,
        at=naive_utc(workspace.clock.now()),
        on_progress=on_progress,
    )
    return asdict(report)


def _preview(
    workspace: Workspace,
    wanted: dead_letters.RecordFilter,
    fixes: Sequence[dead_letters.FixRule],
) -> dict[str, Any]:
    warehouse = workspace.warehouse
    at = naive_utc(workspace.clock.now())
    records = dead_letters.chosen(dead_letters.open_records(warehouse), wanted)
    total = warehouse.to_arrow(records.count().as_table())[0][0].as_py()
    replaying = _replaying(workspace, fixes)
    attempts = dead_letters.rehearse(wanted, replaying, at=at, limit=PREVIEWED)
    return {"total": total, "previews": [_told(attempt) for attempt in attempts]}


def _replaying(
    workspace: Workspace, fixes: Sequence[dead_letters.FixRule]
) -> dead_letters.Replaying:
    consents = {
        name: tuple(key.required_consents)
        for key in workspace.operational.write_keys()
        for name in (key.name, key.source_id)
    }
    return dead_letters.Replaying(
        warehouse=workspace.warehouse,
        rules=load_rules(workspace),
        fixes=fixes,
        consents=consents,
        event_log=workspace.event_log,
    )


def _violations(workspace: Workspace, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the record breaks of the plan as it is now."""
    plan = plan_in_force(workspace).plan
    item = dead_letters.envelope_of(row)
    kind = item.event.get("type") or item.head.get("type") or "track"
    name = item.event.get("event") if kind == "track" else None
    planned = plan.by_key().get((str(kind), name))
    content = item.event.get(plans.content_column(str(kind)))
    if planned is None:
        return []
    found = plans.violations_of(planned, content if isinstance(content, Mapping) else {})
    place = plans.content_column(str(kind))
    return [{**asdict(one), "path": f"{place}.{one.path}".rstrip(".")} for one in found]


def _told(attempt: dead_letters.Attempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "outcome": attempt.outcome,
        "reason": attempt.reason or None,
        "detail": attempt.detail,
        "fixes": list(attempt.by),
        "before": attempt.before,
        "after": attempt.envelope.event if attempt.envelope else attempt.before,
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": dead_letters.record_id(row),
        "reason": row["reason"],
        "detail": row["detail"],
        "source": row["source_id"] or row["recipe"],
        "event": row["event"],
        "is_live": row["is_live"],
        "quarantined_at": row["quarantined_at"].isoformat(),
    }


def _earliest(workspace: Workspace, since: str | None) -> datetime | None:
    return read_instant(since, workspace.settings.zone) if since else None


def _json_or_text(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
