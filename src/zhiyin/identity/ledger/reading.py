"""The ledger's tables, read page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.errors import NotFound
from zhiyin.identity.ledger.records import (
    Blocked,
    BlockedPage,
    Change,
    ChangePage,
    Decision,
    DecisionPage,
    Link,
)
from zhiyin.identity.tables import BLOCKED, CHANGES, DECISIONS, HISTORY, LINKS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

SIZE = 50
SEPARATE, JOIN, CUT = "separate", "join", "cut"


def list_changes(
    warehouse: Warehouse,
    *,
    kind: str | None = None,
    cause: str | None = None,
    ids: Sequence[str] = (),
    limit: int = SIZE,
    offset: int = 0,
) -> ChangePage:
    """Return merges and splits, newest first: all, or those that some ids were part of."""
    table = warehouse.read(CHANGES)
    if kind:
        table = table.filter(table.kind == kind)
    if cause:
        table = table.filter(table.cause == cause)
    if ids:
        named = table.person_id.isin(list(ids)) | table.other_person_id.isin(list(ids))
        table = table.filter(named | table.change_id.isin(_changes_of(warehouse, ids)))
    order = [table.changed_at.desc(), table.ids.desc(), table.change_id]
    total, rows = _page(warehouse, table, order, limit, offset)
    undone = undoing(warehouse, [row["change_id"] for row in rows])
    return ChangePage(total, tuple(_change(row, undone) for row in rows))


def _changes_of(warehouse: Warehouse, ids: Sequence[str]) -> list[str]:
    """Return the changes by which some ids came to another person."""
    history = warehouse.read(HISTORY)
    mine = history.filter(history.visitor_id.isin(list(ids)), history.change_id.notnull())
    return warehouse.to_arrow(mine.select("change_id").distinct())["change_id"].to_pylist()


def change(warehouse: Warehouse, change_id: str) -> Change:
    """Return one merge or split; `NotFound` for an unknown number."""
    table = warehouse.read(CHANGES)
    rows = warehouse.to_arrow(table.filter(table.change_id == change_id)).to_pylist()
    if not rows:
        raise NotFound(
            f"There is no change {change_id!r}; `zhiyin identity changes` lists those there are."
        )
    return _change(rows[0], undoing(warehouse, [change_id]))


def undoing(warehouse: Warehouse, change_ids: Iterable[str]) -> Mapping[str, str]:
    """Return which of the changes are undone, and by which decision in force."""
    wanted = list(change_ids)
    table = warehouse.read(DECISIONS)
    mine = table.filter(table.change_id.isin(wanted), table.revoked_at.isnull())
    rows = warehouse.to_arrow(mine.select("change_id", "decision_id").distinct()).to_pylist()
    return {row["change_id"]: row["decision_id"] for row in rows} if wanted else {}


def _change(row: Mapping[str, Any], undone: Mapping[str, str]) -> Change:
    return Change(**row, undone_by=undone.get(row["change_id"]))


def list_decisions(
    warehouse: Warehouse, *, in_force: bool = False, limit: int = SIZE, offset: int = 0
) -> DecisionPage:
    """Return the decisions, newest first; only those in force if wanted."""
    table = warehouse.read(DECISIONS)
    if in_force:
        table = table.filter(table.revoked_at.isnull())
    heads = table.filter(table.kind != CUT)
    order = [heads.decided_at.desc(), heads.decision_id, heads.left_id, heads.right_id]
    total, rows = _page(warehouse, heads, order, limit, offset)
    return DecisionPage(total, decisions_of(warehouse, rows))


def decision(warehouse: Warehouse, decision_id: str) -> Decision:
    """Return one decision; `NotFound` for an unknown number."""
    table = warehouse.read(DECISIONS)
    mine = table.filter(table.decision_id == decision_id, table.kind != CUT)
    found = decisions_of(warehouse, warehouse.to_arrow(mine).to_pylist())
    if not found:
        raise NotFound(
            f"There is no decision {decision_id!r}; `zhiyin identity decisions` lists those "
            "there are."
        )
    return found[0]


def decisions_in_force(warehouse: Warehouse, ids: Iterable[str]) -> tuple[Decision, ...]:
    """Return the decisions in force about pairs of which both ids are among the given ones."""
    named = list(ids)
    table = warehouse.read(DECISIONS)
    mine = table.filter(
        table.revoked_at.isnull(),
        table.kind != CUT,
        table.left_id.isin(named),
        table.right_id.isin(named),
    )
    ordered = mine.order_by([mine.decided_at.desc(), mine.decision_id])
    return decisions_of(warehouse, warehouse.to_arrow(ordered).to_pylist())


def decisions_of(warehouse: Warehouse, heads: Sequence[Mapping[str, Any]]) -> tuple[Decision, ...]:
    """Return the decisions that these rows of joining or separating stand for."""
    names = [row["decision_id"] for row in heads]
    table = warehouse.read(DECISIONS)
    mine = table.filter(table.decision_id.isin(names), table.kind == CUT)
    counted = warehouse.to_arrow(mine.group_by("decision_id").agg(cuts=mine.count())).to_pylist()
    cuts = {row["decision_id"]: row["cuts"] for row in counted}
    return tuple(Decision(**row, cuts=cuts.get(row["decision_id"], 0)) for row in heads)


def list_blocked(
    warehouse: Warehouse, *, reason: str | None = None, limit: int = SIZE, offset: int = 0
) -> BlockedPage:
    """Return the ids that identify nobody, those that most customers share first."""
    table = warehouse.read(BLOCKED)
    if reason:
        table = table.filter(table.reason == reason)
    order = [table.users.desc(), table.seen.desc(), table.blocked_id]
    total, rows = _page(warehouse, table, order, limit, offset)
    return BlockedPage(total, tuple(map(blocked_of, rows)))


def blocked_of(row: Mapping[str, Any]) -> Blocked:
    """Return the blocked id that a row holds."""
    return Blocked(**{field.name: row[field.name] for field in fields(Blocked)})


def links_at(warehouse: Warehouse, ids: Sequence[str]) -> list[Link]:
    """Return every link with an end among the ids, strongest first."""
    table = warehouse.read(LINKS)
    mine = table.filter(table.left_id.isin(ids) | table.right_id.isin(ids))
    ordered = mine.order_by([mine.strength.desc(), mine.seen.desc(), mine.left_id, mine.right_id])
    return [Link.of(row) for row in warehouse.to_arrow(ordered).to_pylist()]


def _page(
    warehouse: Warehouse, table: ir.Table, order: Sequence[ibis.Value], limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    counted = warehouse.to_arrow(table.aggregate(rows=table.count()))
    cut = table.order_by(list(order)).limit(limit, offset=offset)
    return counted["rows"][0].as_py(), warehouse.to_arrow(cut).to_pylist()
