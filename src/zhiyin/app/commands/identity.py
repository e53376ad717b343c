"""Who is who: reported, explained, planned, decided, undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from zhiyin.app import pipeline
from zhiyin.app.commands.plan import LOCAL
from zhiyin.app.jobs import recorded
from zhiyin.app.looking import run_as_of
from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import InvalidInput
from zhiyin.governance.api import Action, Audit
from zhiyin.identity.ledger import api as ledger

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

LIMIT = 50
# What depends on who is who; facts do not.
STAGES = ("identity", "profiles", "models", "audiences", "measurement")
Progress = Callable[[str], None]


def report(workspace: Workspace) -> dict[str, Any]:
    """Return how much is linked, to how many people, and what speaks against links."""
    found = ledger.report(workspace.warehouse)
    return {**_plain(found), "is_on_target": found.is_on_target}


def explain(workspace: Workspace, *, left: str, right: str) -> dict[str, Any]:
    """Return why two ids are one person, or why not."""
    return _plain(ledger.explain(workspace.warehouse, left, right))


def show(workspace: Workspace, *, id: str) -> dict[str, Any]:
    """Return all that is known of who a person is."""
    return _plain(ledger.show(workspace.warehouse, id))


def changes(
    workspace: Workspace,
    *,
    kind: str | None = None,
    cause: str | None = None,
    id: str | None = None,
    limit: int = LIMIT,
    offset: int = 0,
) -> dict[str, Any]:
    """Return a page of the merges and splits, newest first."""
    warehouse = workspace.warehouse
    ids = [ledger.one_id(warehouse, id)] if id else []
    page = ledger.list_changes(
        warehouse, kind=kind, cause=cause, ids=ids, limit=limit, offset=offset
    )
    return _plain(page)


def decisions(
    workspace: Workspace, *, in_force: bool = False, limit: int = LIMIT, offset: int = 0
) -> dict[str, Any]:
    """Return a page of the decisions, newest first."""
    page = ledger.list_decisions(workspace.warehouse, in_force=in_force, limit=limit, offset=offset)
    return _plain(page)


def blocked(
    workspace: Workspace, *, reason: str | None = None, limit: int = LIMIT, offset: int = 0
) -> dict[str, Any]:
    """Return a page of the ids that identify nobody."""
    page = ledger.list_blocked(workspace.warehouse, reason=reason, limit=limit, offset=offset)
    return _plain(page)


def plan(
    workspace: Workspace,
    *,
    policy: str | None = None,
    undo: str | None = None,
    join: Sequence[str] = (),
    separate: Sequence[str] = (),
    revoke: str | None = None,
    on_progress: Progress,
) -> dict[str, Any]:
    """Return what a decision, a policy file, or evidence not yet built would change."""
    warehouse = workspace.warehouse
    if undo:
        return _drafted(ledger.undoing_draft(warehouse, undo))
    if join:
        return _drafted(ledger.joining_draft(warehouse, *_pair(join)))
    if separate:
        return _drafted(ledger.separating_draft(warehouse, *_pair(separate)))
    if revoke:
        return _drafted(ledger.revoking_draft(warehouse, revoke))
    builds = pipeline.identity_builds(workspace, policy=Path(policy) if policy else None)
    context = pipeline.context_of(workspace, run_as_of(workspace))
    found = ledger.plan_builds(warehouse, builds, context=context, on_progress=on_progress)
    return {"says": "policy" if policy else "evidence", "plan": _plain(found)}


def undo(
    workspace: Workspace,
    *,
    change_id: str | None = None,
    left: str | None = None,
    right: str | None = None,
    why: str | None = None,
    actor: str = LOCAL,
    later: bool = False,
    on_progress: Progress,
) -> dict[str, Any]:
    """Undo a change, or the merge that brought two ids together."""
    terms = {"actor": actor, "at": naive_utc(workspace.clock.now()), "why": why}
    if change_id:
        outcome = ledger.undo(workspace.warehouse, change_id, **terms)
    elif left and right:
        outcome = ledger.undo_between(workspace.warehouse, left, right, **terms)
    else:
        raise InvalidInput("Nothing says what to undo; give a change's number, or two ids.")
    deed = Deed(Action.IDENTITY_UNDO, actor, {"change_id": change_id, "why": why}, later)
    return _done(workspace, outcome, deed, on_progress)


def join(
    workspace: Workspace,
    *,
    left: str,
    right: str,
    why: str | None = None,
    actor: str = LOCAL,
    later: bool = False,
    on_progress: Progress,
) -> dict[str, Any]:
    """Decide that two ids are one person."""
    at = naive_utc(workspace.clock.now())
    outcome = ledger.join(workspace.warehouse, left, right, actor=actor, at=at, why=why)
    deed = Deed(Action.IDENTITY_JOIN, actor, {"why": why}, later)
    return _done(workspace, outcome, deed, on_progress)


def separate(
    workspace: Workspace,
    *,
    left: str,
    right: str,
    why: str | None = None,
    actor: str = LOCAL,
    later: bool = False,
    on_progress: Progress,
) -> dict[str, Any]:
    """Decide that two ids are never one person."""
    at = naive_utc(workspace.clock.now())
    outcome = ledger.separate(workspace.warehouse, left, right, actor=actor, at=at, why=why)
    deed = Deed(Action.IDENTITY_SEPARATE, actor, {"why": why}, later)
    return _done(workspace, outcome, deed, on_progress)


def revoke(
    workspace: Workspace,
    *,
    decision_id: str,
    actor: str = LOCAL,
    later: bool = False,
    on_progress: Progress,
) -> dict[str, Any]:
    """Take a decision back."""
    at = naive_utc(workspace.clock.now())
    outcome = ledger.revoke(workspace.warehouse, decision_id, actor=actor, at=at)
    deed = Deed(Action.IDENTITY_REVOKE, actor, {}, later)
    return _done(workspace, outcome, deed, on_progress)


@dataclass(frozen=True)
class Deed:
    """What somebody did, for the trail; `is_later` leaves the tables to the next run."""

    action: Action
    actor: str
    detail: Mapping[str, Any]
    is_later: bool


def _done(
    workspace: Workspace, outcome: ledger.Outcome, deed: Deed, on_progress: Progress
) -> dict[str, Any]:
    """Put a decision on the trail, bring up to date what depends on it, and tell both."""
    built: list[str] = []
    if outcome.is_new:
        audit = Audit(workspace.operational, workspace.clock)
        audit.record(deed.actor, deed.action, outcome.decision_id or "", deed.detail)
        built = [] if deed.is_later else brought_up_to_date(workspace, on_progress)
    return {**_plain(outcome), "built": built, "is_pending": outcome.is_new and deed.is_later}


def brought_up_to_date(workspace: Workspace, on_progress: Progress) -> list[str]:
    """Build what depends on who is who, and return the tables that became others.

    Models are not trained on this occasion: their scores are worked out for the people there are.
    """
    options = pipeline.RunOptions(stages=STAGES, trains=False)

    def work(run_id: str) -> Mapping[str, Any]:
        return pipeline.run(workspace, options, run_id=run_id, on_progress=on_progress)

    done = recorded(workspace, "identity", work)
    tables = [table for stage in done["stages"] for table in stage["tables"]]
    return [table["table"] for table in tables if table["outcome"] == "built"]


def _drafted(draft: ledger.Draft) -> dict[str, Any]:
    return {"says": draft.says, "plan": _plain(draft.plan)}


def _pair(ids: Sequence[str]) -> tuple[str, str]:
    if len(ids) != 2:
        raise InvalidInput(f"{len(ids)} ids were given; give two.")
    return ids[0], ids[1]


def _plain(answer: Any) -> dict[str, Any]:
    """Return a dataclass as JSON holds it."""
    return msgspec.to_builtins(answer, str_keys=True)
