"""Campaigns: planned, launched, sent, measured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from zhiyin.app import sending
from zhiyin.app.commands.data import plain_rows
from zhiyin.app.commands.people import sources_of
from zhiyin.app.jobs import recorded
from zhiyin.app.measuring import publish_messages
from zhiyin.core.clock import naive_utc
from zhiyin.core.dates import read_instant
from zhiyin.core.errors import Conflict, NotFound, unknown
from zhiyin.core.ids import joined_digest
from zhiyin.decisions import api as decisions
from zhiyin.decisions.tables import DECISIONS
from zhiyin.delivery.tables import MESSAGES
from zhiyin.measurement import tables as results
from zhiyin.ports.operational import CampaignRecord
from zhiyin.ports.warehouse import How
from zhiyin.profiles import tables as dm

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

SAFE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def plan(  # noqa: PLR0913 - one parameter per option of the command
    workspace: Workspace,
    *,
    name: str,
    strategies: list[str] | None = None,
    audience: str | None = None,
    where: Mapping[str, Any] | None = None,
    template: str | None = None,
    offer: str | None = None,
    channel: str = "email",
    holdout: float | None = None,
    window_days: int = 14,
    launch_at: str | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """Decide who gets what in a campaign and draw its hold-out; nothing is sent.

    A planned campaign may be planned again; a launched one may not.
    """
    is_direct = audience is not None or where is not None
    spec = decisions.CampaignSpec.parse(
        {
            "name": name,
            "strategies": None if is_direct else (strategies or "all"),
            "audience": audience,
            "where": where,
            "template": template,
            "offer": offer,
            "channel": channel,
            "holdout": holdout,
            "goal": {"days": window_days},
            "language": language,
            "send_at": _launch_time(workspace, launch_at),
        }
    )
    campaign_id = campaign_id_of(name)
    before = workspace.operational.campaign(campaign_id)
    if before is not None and before.state != "planned":
        raise Conflict(
            f"Campaign {name!r} is {before.state} and cannot be planned again; choose a new name."
        )
    now = workspace.clock.now()
    decided = _decide(workspace, spec, campaign_id, now)
    _publish(workspace, campaign_id, decided)
    counts = _counts(decided)
    workspace.operational.put_campaign(
        CampaignRecord(campaign_id, name, "planned", _definition(spec), now, counts=counts)
    )
    return {**_facts(workspace, campaign_id), "suppressed_by": _suppressed_by(decided)}


def launch(
    workspace: Workspace,
    *,
    name: str,
    limit: int | None = None,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Send a campaign's messages; launching again goes on where it stopped."""
    record = _found(workspace, name)
    if record.state not in ("planned", "launched"):
        raise Conflict(f"Campaign {record.name!r} is {record.state}; there is nothing to launch.")
    if record.state == "planned":
        # Prepared before the state changes: a template that cannot be used must stop the launch.
        rows = sending.prepared(workspace, record)
        workspace.operational.mark_campaign(record.campaign_id, "launched", workspace.clock.now())
    else:
        rows = sending.prepared(workspace, record)
    enqueued = workspace.operational.enqueue(rows)
    report = sending.send_due(workspace, limit=limit or sending.NO_LIMIT, on_progress=on_progress)
    return {
        **_facts(workspace, record.campaign_id),
        "enqueued": enqueued,
        "sent": report.sent,
        "deferred": report.deferred,
        "refused": report.refused,
        "uncertain": report.uncertain,
        "reasons": dict(report.reasons),
    }


def result(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Return what a campaign changed against its hold-out, by the facts of the newest run."""
    record = _found(workspace, name)
    if record.launched_at is None:
        raise NotFound(
            f"Campaign {record.name!r} was not launched yet; "
            f"`zhiyin campaign launch {record.campaign_id}` does it."
        )
    found = _rows_of(workspace, results.CAMPAIGN_RESULTS, record.campaign_id)
    if not found:
        raise NotFound(f"Campaign {record.name!r} was not measured yet; `zhiyin run` measures it.")
    return {
        **_facts(workspace, record.campaign_id),
        "results": found,
        "funnel": _rows_of(workspace, results.CAMPAIGN_FUNNEL, record.campaign_id),
    }


def list_campaigns(workspace: Workspace) -> list[dict[str, Any]]:
    """Return all campaigns, newest plan first."""
    return [_facts(workspace, record.campaign_id) for record in workspace.operational.campaigns()]


def dispatch_due(workspace: Workspace, *, limit: int = 1000) -> dict[str, Any]:
    """Send what is due, of all campaigns."""
    return asdict(sending.send_due(workspace, limit=limit))


def due(
    workspace: Workspace, *, job: str = "campaigns", on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Launch the campaigns whose time has come and finish those whose window is over."""

    def work(_: str) -> dict[str, Any]:
        now = workspace.clock.now()
        launched, finished = [], []
        for record in workspace.operational.campaigns():
            spec = decisions.CampaignSpec.parse(record.definition)
            if record.state == "planned" and spec.send_at and spec.send_at <= now:
                launch(workspace, name=record.campaign_id, on_progress=on_progress)
                launched.append(record.campaign_id)
            elif record.state == "launched" and _is_over(record, spec, now):
                workspace.operational.mark_campaign(record.campaign_id, "finished", now)
                finished.append(record.campaign_id)
        return {"launched": launched, "finished": finished}

    return dict(recorded(workspace, job, work))


def _is_over(record: CampaignRecord, spec: decisions.CampaignSpec, now: datetime) -> bool:
    assert record.launched_at is not None
    return record.launched_at + timedelta(days=spec.goal.days) <= now


def campaign_id_of(name: str) -> str:
    """Return the id that a campaign's name stands for: the name itself where it is a plain word."""
    plain = re.sub(r"[\s_]+", "_", name.strip().lower())
    return plain if SAFE_ID.fullmatch(plain) else f"c-{joined_digest([name.strip()], 10)}"


def _decide(
    workspace: Workspace, spec: decisions.CampaignSpec, campaign_id: str, now: datetime
) -> pa.Table:
    publish_messages(workspace)
    warehouse = workspace.warehouse
    sent = warehouse.read(MESSAGES)
    history = decisions.History(
        consents=warehouse.read(dm.CONSENTS),
        contacts=sent.filter(sent.state.isin(["sent", "uncertain"])).select(
            "person_id", "channel", sent_at="changed_at"
        ),
        decisions=warehouse.read(DECISIONS),
    )
    planned = decisions.plan(
        spec,
        sources_of(workspace),
        campaign_id=campaign_id,
        decided_at=naive_utc(now),
        definitions=decisions.load_definitions(workspace.root),
        history=history,
    )
    return warehouse.to_arrow(planned)


def _publish(workspace: Workspace, campaign_id: str, decided: pa.Table) -> None:
    """Replace the campaign's decisions, those of an earlier plan included."""
    warehouse = workspace.warehouse
    kept = warehouse.read(DECISIONS)
    others = kept.filter(kept.campaign_id != campaign_id)
    if warehouse.to_arrow(kept.count().as_table())[0][0].as_py() == 0:
        warehouse.write(DECISIONS, decided)
        return
    # A union wants the same types on both sides, down to what may be null.
    fresh = ibis.memtable(decided.select(others.columns), schema=others.schema())
    warehouse.write(DECISIONS, others.union(fresh), How.REPLACE)


def _counts(decided: pa.Table) -> dict[str, int]:
    arms = Counter(decided["arm"].to_pylist())
    return {"eligible": decided.num_rows, **{arm: arms[arm] for arm in sorted(arms)}}


def _suppressed_by(decided: pa.Table) -> dict[str, int]:
    reasons = Counter(reason for reason in decided["reason"].to_pylist() if reason)
    return dict(reasons.most_common())


def _facts(workspace: Workspace, campaign_id: str) -> dict[str, Any]:
    record = workspace.operational.campaign(campaign_id)
    assert record is not None
    return {
        "campaign_id": record.campaign_id,
        "name": record.name,
        "state": record.state,
        "planned_at": record.planned_at.isoformat(),
        "launched_at": record.launched_at.isoformat() if record.launched_at else None,
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "counts": dict(record.counts),
        "messages": dict(workspace.operational.outbox_counts(campaign_id)),
    }


def _definition(spec: decisions.CampaignSpec) -> dict[str, Any]:
    import msgspec

    raw = msgspec.to_builtins(spec)
    return {key: value for key, value in raw.items() if value is not None}


def _found(workspace: Workspace, name: str) -> CampaignRecord:
    book = workspace.operational
    record = book.campaign(name) or book.campaign(campaign_id_of(name))
    if record is None:
        known = [found.campaign_id for found in book.campaigns()]
        raise unknown("campaign", name, known, then="Plan it with `zhiyin campaign plan NAME`.")
    return record


def _rows_of(workspace: Workspace, spec: Any, campaign_id: str) -> list[dict[str, Any]]:
    table = workspace.warehouse.read(spec)
    rows = table.filter(table.campaign_id == campaign_id).drop("campaign_id")
    return plain_rows(workspace.warehouse.to_arrow(rows.order_by(rows.columns[0])))


def _launch_time(workspace: Workspace, text: str | None) -> str | None:
    if text is None:
        return None
    instant = read_instant(text, workspace.settings.zone)
    return instant.replace(tzinfo=UTC).isoformat()
