"""What cleaning did: changes counted, values before and after, rows kept out."""

from __future__ import annotations

from typing import Annotated

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant, rows
from zhiyin.api.masked_values import masked_value_of
from zhiyin.api.paging import Page, PageQuery, page_of
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.warehouse.cleaning import tables as cleaning

router = APIRouter(prefix="/api/data/cleaning", tags=["quality"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Name = Annotated[str, Field(max_length=200)]
SAMPLES_SHOWN = 50


class CleaningLine(BaseModel):
    """How many values a rule looked at and changed. `column` is empty for whole rows."""

    table: str
    column: str
    rule: str
    action: str
    rows: int
    changed: int


class SampleLine(BaseModel):
    """A value before and after a rule, masked by role; null after it was emptied."""

    place: int
    origin: str
    origin_line: int
    before: str | None
    after: str | None


class Rejected(BaseModel):
    """Which rows that cleaning keeps out are listed."""

    table: Name = ""
    rule: Name = ""


class RejectQuery(PageQuery, Rejected):
    """Which rows, and which page of them."""


class RejectLine(BaseModel):
    """A row that a rule keeps out, with the value that it rejects, masked by role."""

    table: str
    rule: str
    column: str
    value: str | None
    source_id: str
    load_id: int
    origin: str
    origin_line: int
    rejected_at: Instant


class RejectCount(BaseModel):
    """How many rows a rule keeps out of a table."""

    table: str
    rule: str
    rows: int


class RejectPage(Page):
    """A page of the rows that are kept out; `counts` are over all of them."""

    counts: list[RejectCount]
    items: list[RejectLine]


@router.get("")
def list_changes(context: Context, visitor: Reader) -> list[CleaningLine]:
    """Return what every rule changed at the newest run; rules that changed nothing come last."""
    changes = context.warehouse.read(cleaning.CHANGES)
    idle = changes.changed == 0
    ordered = changes.order_by(idle, "table_name", ibis.desc("changed"), "column", "rule")
    return [
        CleaningLine(table=row["table_name"], **row)
        for row in rows(context.warehouse.to_arrow(ordered))
    ]


@router.get("/samples")
def list_samples(
    context: Context,
    visitor: Reader,
    table: Annotated[str, Query(max_length=200)],
    rule: Annotated[str, Query(max_length=200)],
    column: Annotated[str, Query(max_length=200)] = "",
) -> list[SampleLine]:
    """Return some values before and after a rule."""
    samples = context.warehouse.read(cleaning.SAMPLES)
    mine = samples.filter(
        samples.table_name == table, samples.column == column, samples.rule == rule
    )
    found = context.warehouse.to_arrow(mine.order_by("place").limit(SAMPLES_SHOWN))
    sides = ("before", "after")
    return [
        SampleLine(
            **{
                **row,
                **{side: masked_value_of(row[side], table, column, visitor.role) for side in sides},
            }
        )
        for row in rows(found)
    ]


@router.get("/rejects")
def list_rejects(
    context: Context, visitor: Reader, wanted: Annotated[RejectQuery, Query()]
) -> RejectPage:
    """Return one page of the rows that cleaning keeps out of DW."""
    rejects = context.warehouse.read(cleaning.REJECTS)
    counted = rejects.group_by("table_name", "rule").agg(rows=rejects.count())
    counts = rows(
        context.warehouse.to_arrow(counted.order_by(ibis.desc("rows"), "table_name", "rule"))
    )
    if wanted.table:
        rejects = rejects.filter(rejects.table_name == wanted.table)
    if wanted.rule:
        rejects = rejects.filter(rejects.rule == wanted.rule)
    order = ("table_name", ibis.desc("load_id"), "origin", "origin_line", "source_id")
    head, found = page_of(context, rejects, wanted, order=order)
    return RejectPage(
        **head,
        counts=[RejectCount(table=row["table_name"], **row) for row in counts],
        items=[
            RejectLine(
                table=row["table_name"],
                **{
                    **row,
                    "value": masked_value_of(
                        row["value"], row["table_name"], row["column"], visitor.role
                    ),
                },
            )
            for row in found
        ],
    )
