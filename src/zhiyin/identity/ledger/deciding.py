"""Decisions about who is who: undo, join, separate, take back. They go before all evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhiyin.core.ids import joined_digest
from zhiyin.identity.ledger.drafts import (
    Draft,
    Pair,
    joining_draft,
    revoking_draft,
    separating_draft,
    undoing_between,
    undoing_draft,
)
from zhiyin.identity.ledger.reading import JOIN, SEPARATE
from zhiyin.identity.ledger.records import Decision, Outcome
from zhiyin.identity.tables import DECISIONS
from zhiyin.ports.warehouse import How

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse


def undo(
    warehouse: Warehouse, change_id: str, *, actor: str, at: datetime, why: str | None = None
) -> Outcome:
    """Undo a merge or split; people are as they were from the next build of identity on.

    Parameters
    ----------
    change_id : number of a row of `dw.identity_changes`.
    actor : who decides.
    at : naive UTC.
    why : reason, for those who read it later.

    Raises
    ------
    NotFound
        If there is no such change.
    """
    return _written(warehouse, undoing_draft(warehouse, change_id), actor, at, why)


def undo_between(
    warehouse: Warehouse,
    left: str,
    right: str,
    *,
    actor: str,
    at: datetime,
    why: str | None = None,
) -> Outcome:
    """Undo the newest merge that brought two ids together; without one they are separated."""
    return _written(warehouse, undoing_between(warehouse, left, right), actor, at, why)


def join(
    warehouse: Warehouse,
    left: str,
    right: str,
    *,
    actor: str,
    at: datetime,
    why: str | None = None,
) -> Outcome:
    """Decide that two ids are one person. Decisions that kept them apart are taken back."""
    return _written(warehouse, joining_draft(warehouse, left, right), actor, at, why)


def separate(
    warehouse: Warehouse,
    left: str,
    right: str,
    *,
    actor: str,
    at: datetime,
    why: str | None = None,
) -> Outcome:
    """Decide that two ids are never one person, whatever evidence comes."""
    return _written(warehouse, separating_draft(warehouse, left, right), actor, at, why)


def revoke(warehouse: Warehouse, decision_id: str, *, actor: str, at: datetime) -> Outcome:
    """Take a decision back: evidence counts again. Joinings that it had ended hold again."""
    return _written(warehouse, revoking_draft(warehouse, decision_id), actor, at, None)


def _written(
    warehouse: Warehouse, draft: Draft, actor: str, at: datetime, why: str | None
) -> Outcome:
    """Write a draft in one piece, and return what became of it."""
    if draft.is_empty:
        return Outcome(draft.decision_id, is_new=False, says=draft.says, plan=draft.plan)
    decision_id = draft.decision_id
    rows = _revoked(warehouse, draft.revokes, actor, at)
    if draft.pairs:
        decision_id = number_of(draft.pairs, at)
        head = {"decision_id": decision_id, "change_id": draft.change_id, "why": why or None}
        rows += [_row(pair, head, actor, at) for pair in draft.pairs]
    else:
        rows += _restored(warehouse, draft.revokes, actor, at)
    table = pa.Table.from_pylist(rows, schema=DECISIONS.schema().to_pyarrow())
    warehouse.write(DECISIONS, table, How.MERGE)
    return Outcome(decision_id, is_new=True, says=draft.says, plan=draft.plan)


def number_of(pairs: Sequence[Pair], at: datetime) -> str:
    """Return a decision's number: the same for the same pairs at the same instant."""
    words = [word for pair in pairs for word in (pair.kind, pair.left_id, pair.right_id)]
    return f"d-{joined_digest([at.isoformat(), *words], 12)}"


def _row(pair: Pair, head: dict[str, Any], actor: str, at: datetime) -> dict[str, Any]:
    return {
        **head,
        "kind": pair.kind,
        "left_id": pair.left_id,
        "right_id": pair.right_id,
        "actor": actor,
        "decided_at": at,
        "revoked_by": None,
        "revoked_at": None,
    }


def _revoked(
    warehouse: Warehouse, decisions: Sequence[Decision], actor: str, at: datetime
) -> list[dict[str, Any]]:
    table = warehouse.read(DECISIONS)
    mine = table.filter(table.decision_id.isin([one.decision_id for one in decisions]))
    rows = warehouse.to_arrow(mine).to_pylist()
    return [{**row, "revoked_by": actor, "revoked_at": at} for row in rows]


def _restored(
    warehouse: Warehouse, decisions: Sequence[Decision], actor: str, at: datetime
) -> list[dict[str, Any]]:
    """Return anew the joinings that a separation had ended when it was made."""
    made = [one.decided_at for one in decisions if one.kind == SEPARATE]
    table = warehouse.read(DECISIONS)
    ended = table.filter(table.kind == JOIN, table.revoked_at.isin(made))
    rows = []
    for row in warehouse.to_arrow(ended).to_pylist() if made else []:
        pair = Pair(JOIN, row["left_id"], row["right_id"])
        head = {"decision_id": number_of([pair], at), "change_id": None, "why": row["why"]}
        rows.append(_row(pair, head, actor, at))
    return rows
