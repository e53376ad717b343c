"""Where a column comes from, and what hangs on it."""

from __future__ import annotations

from typing import Annotated, Literal

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from zhiyin.api.encoding import rows
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import lineage_down, lineage_up

router = APIRouter(prefix="/api/lineage", tags=["lineage"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]


class LineageRow(BaseModel):
    """One edge on the way; `depth` is 1 for the edges at the column asked about."""

    depth: int
    to_table: str
    to_column: str
    from_table: str
    from_column: str


class LineageTable(BaseModel):
    """A table that lineage knows, with its columns."""

    table: str
    columns: list[str]


@router.get("/tables")
def list_tables(context: Context, visitor: Reader) -> list[LineageTable]:
    """Return every table that lineage knows, by name."""
    edges = context.warehouse.read(dw.COLUMN_LINEAGE)
    ends = ibis.union(
        edges.select(table="to_table", column="to_column"),
        edges.select(table="from_table", column="from_column"),
        distinct=True,
    ).order_by("table", "column")
    found: dict[str, list[str]] = {}
    for row in rows(context.warehouse.to_arrow(ends)):
        found.setdefault(row["table"], []).append(row["column"])
    return [LineageTable(table=table, columns=columns) for table, columns in found.items()]


@router.get("")
def read_lineage(
    context: Context,
    visitor: Reader,
    name: Annotated[str, Query(min_length=3, max_length=200)],
    direction: Literal["up", "down"] = "up",
) -> list[LineageRow]:
    """Return the edges behind a column or table (`up`), or from it onward (`down`)."""
    edges = context.warehouse.to_arrow(context.warehouse.read(dw.COLUMN_LINEAGE))
    steps = (lineage_up if direction == "up" else lineage_down)(edges, name)
    return [
        LineageRow(
            depth=step.depth,
            to_table=step.edge.to_table,
            to_column=step.edge.to_column,
            from_table=step.edge.from_table,
            from_column=step.edge.from_column,
        )
        for step in steps
    ]
