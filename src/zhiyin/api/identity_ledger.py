"""The ledger of people, page by page: what merged and split, and what somebody decided."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant
from zhiyin.api.masked_values import with_shown_ids
from zhiyin.api.paging import Page, PageQuery
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.identity.ledger import api as ledger

router = APIRouter(prefix="/api/data/identity", tags=["identity"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Name = Annotated[str, Field(max_length=200)]


class ChangeQuery(PageQuery):
    """Which changes, and which page of them; `q` is an id that was part of it, given in full."""

    kind: Literal["", "merge", "split"] = ""
    cause: Name = ""
    q: Annotated[str, Field(max_length=300)] = ""


class ChangeLine(BaseModel):
    """A merge or a split of people; ids masked by role.

    `undone_by` is the decision in force that undoes it.
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

    in_force: bool = False


class DecisionPage(Page):
    """A page of the decisions, the newest first."""

    items: list[DecisionLine]


IDS = ("person_id", "other_person_id", "cause_left_id", "cause_right_id")


@router.get("/changes")
def list_changes(
    context: Context, visitor: Reader, wanted: Annotated[ChangeQuery, Query()]
) -> ChangePage:
    """Return one page of the merges and splits."""
    named = ledger.ids_named(context.warehouse, wanted.q) if wanted.q.strip() else ()
    if wanted.q.strip() and not named:
        return ChangePage(total=0, page=wanted.page, size=wanted.size, items=[])
    found = ledger.list_changes(
        context.warehouse,
        kind=wanted.kind or None,
        cause=wanted.cause or None,
        ids=named,
        limit=wanted.size,
        offset=wanted.offset,
    )
    items = [change_line(vars(one), visitor.role) for one in found.changes]
    return ChangePage(total=found.total, page=wanted.page, size=wanted.size, items=items)


@router.get("/decisions")
def list_decisions(
    context: Context, visitor: Reader, wanted: Annotated[DecisionQuery, Query()]
) -> DecisionPage:
    """Return one page of the decisions."""
    found = ledger.list_decisions(
        context.warehouse, in_force=wanted.in_force, limit=wanted.size, offset=wanted.offset
    )
    sides = ("left_id", "right_id")
    lines = (with_shown_ids(vars(one), sides, visitor.role) for one in found.decisions)
    return DecisionPage(
        total=found.total,
        page=wanted.page,
        size=wanted.size,
        items=[DecisionLine(**line) for line in lines],
    )


def change_line(row: dict[str, Any], role: str) -> ChangeLine:
    """Return a row of the ledger as the role may see it."""
    return ChangeLine(**with_shown_ids(row, IDS, role))
