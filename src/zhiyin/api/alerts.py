"""What needs a look: failed work, messages whose fate is unknown, imports out of balance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.data import list_ledger, newest_builds

STALE_AFTER = timedelta(hours=36)  # a nightly run that was missed once
IMPORTS_SEEN = 50


class Alert(BaseModel):
    """Something that needs a look: a stable code and the figures for its sentence."""

    code: str
    level: Literal["info", "warning", "error"]
    detail: dict[str, Any]


def alerts_of(context: ApiContext) -> list[Alert]:
    """Return everything that needs a look now, worst first."""
    return [
        *_failed_jobs(context),
        *_unbalanced(context),
        *_broken_plan(context),
        *_uncertain(context),
        *_stale(context),
    ]


def _failed_jobs(context: ApiContext) -> list[Alert]:
    newest: dict[str, str] = {}
    for run in context.operational.job_runs(limit=100):
        newest.setdefault(run.job, run.state)
    return [
        Alert(code="job_failed", level="error", detail={"job": job})
        for job, state in sorted(newest.items())
        if state == "failed"
    ]


def _unbalanced(context: ApiContext) -> list[Alert]:
    return [
        Alert(code="import_unbalanced", level="error", detail={"file": row.file_name})
        for row in list_ledger(context, IMPORTS_SEEN)
        if not row.is_balanced
    ]


def _broken_plan(context: ApiContext) -> list[Alert]:
    """Tell of a tracking plan whose files cannot be read: the version before stays in force."""
    state = context.execute("plan.state", {})
    if not state["problem"]:
        return []
    return [Alert(code="plan_broken", level="error", detail=state)]


def _uncertain(context: ApiContext) -> list[Alert]:
    count = context.operational.outbox_counts().get("uncertain", 0)
    if not count:
        return []
    return [Alert(code="messages_uncertain", level="warning", detail={"count": count})]


def _stale(context: ApiContext) -> list[Alert]:
    built = max((build.built_at for build in newest_builds(context)), default=None)
    if built is None or context.clock.now() - built < STALE_AFTER:
        return []
    hours = int((context.clock.now() - built).total_seconds() // 3600)
    return [Alert(code="stale", level="info", detail={"hours": hours})]
