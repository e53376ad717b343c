"""The ledger of people: what merged and split, why, what would change, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant
from zhiyin.api.masked_values import with_shown_ids
from zhiyin.api.paging import Page, PageQuery, page_of
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.identity import tables as identity

if TYPE_CHECKING:
    import ibis.expr.types as ir

router = APIRouter(prefix="/api/data/identity", tags=["identity"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Judge = Annotated[Visitor, Depends(needs(Permission.IDENTITY_WRITE))]
Name = Annotated[str, Field(max_length=200)]
TypedId = Annotated[str, Field(min_length=3, max_length=300)]
Why = Annotated[str, Field(min_length=2, max_length=300)]


class ChangeQuery(PageQuery):
    """Which changes, and which page of them; `q` is an id that was part of it, given in full."""

    kind: Literal["", "merge", "split"] = ""
    cause: Name = ""
    q: Annotated[str, Field(max_length=300)] = ""


class ChangeLine(BaseModel):
    """A merge or a split of people; ids masked by role.

    `undone_by` is the decision in force that undoes it, and `can_undo` whether there is
    something to undo: a merge that no decision in force undoes already.
    """

    change_id: str
    kind: Literal["merge", "split"]
    person_id: str
    other_person_id: str
    ids: int
    cause: str
    cause_left_id: str | None
    cause_right_id: str | None
    decision_id: str | None
    undone_by: str | None
    can_undo: bool
    changed_at: Instant
    run_id: str


class ChangePage(Page):
    """A page of the ledger, the newest change first."""

    items: list[ChangeLine]


class DecisionLine(BaseModel):
    """What somebody decided about two ids; `cuts` counts the links that it drops besides."""

    decision_id: str
    kind: Literal["join", "separate"]
    left_id: str
    right_id: str
    cuts: int
    change_id: str | None
    why: str | None
    actor: str
    decided_at: Instant
    revoked_by: str | None
    revoked_at: Instant | None


class DecisionQuery(PageQuery):
    """Which decisions, and which page of them."""

    is_in_force: bool | None = None


class DecisionPage(Page):
    """A page of the decisions, the newest first."""

    items: list[DecisionLine]


IDS = ("person_id", "other_person_id", "cause_left_id", "cause_right_id")


@router.get("/changes")
def list_changes(
    context: Context, visitor: Reader, wanted: Annotated[ChangeQuery, Query()]
) -> ChangePage:
    """Return one page of the merges and splits."""
    changes = context.warehouse.read(identity.CHANGES)
    if wanted.kind:
        changes = changes.filter(changes.kind == wanted.kind)
    if wanted.cause:
        changes = changes.filter(changes.cause == wanted.cause)
    if wanted.q.strip():
        asked = wanted.q.strip()
        changes = changes.filter(ibis.or_(*((changes[name] == asked) for name in IDS)))
    order = (ibis.desc("changed_at"), "change_id")
    head, found = page_of(context, with_undone(context, changes), wanted, order=order)
    return ChangePage(**head, items=[change_line(row, visitor.role) for row in found])


@router.get("/decisions")
def list_decisions(
    context: Context, visitor: Reader, wanted: Annotated[DecisionQuery, Query()]
) -> DecisionPage:
    """Return one page of the decisions."""
    decisions = context.warehouse.read(identity.DECISIONS)
    cut = decisions.filter(decisions.kind == "cut")
    cuts = cut.group_by("decision_id").agg(cuts=cut.count())
    decisions = decisions.filter(decisions.kind != "cut").left_join(cuts, "decision_id")
    decisions = decisions.mutate(cuts=decisions.cuts.fill_null(0)).drop("decision_id_right")
    if wanted.is_in_force is not None:
        open_ = decisions.revoked_at.isnull()
        decisions = decisions.filter(open_ if wanted.is_in_force else ~open_)
    order = (ibis.desc("decided_at"), "decision_id", "left_id", "right_id")
    head, found = page_of(context, decisions, wanted, order=order)
    lines = (with_shown_ids(row, ("left_id", "right_id"), visitor.role) for row in found)
    return DecisionPage(**head, items=[DecisionLine(**line) for line in lines])


def with_undone(context: ApiContext, changes: ir.Table) -> ir.Table:
    """Return the changes, each with the decision in force that undoes it, if there is one."""
    decisions = context.warehouse.read(identity.DECISIONS)
    undoing = decisions.filter(decisions.revoked_at.isnull(), decisions.change_id.notnull())
    undone = undoing.group_by(undone_id="change_id").agg(undone_by=undoing.decision_id.min())
    return changes.left_join(undone, changes.change_id == undone.undone_id).drop("undone_id")


def change_line(row: dict[str, Any], role: str) -> ChangeLine:
    """Return a row of the ledger as the role may see it."""
    shown = with_shown_ids(row, IDS, role)
    can_undo = row["kind"] == "merge" and row["undone_by"] is None
    return ChangeLine(**shown, can_undo=can_undo)
