"""Long lists, cut into pages in the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import rows

if TYPE_CHECKING:
    import ibis.expr.types as ir


class PageQuery(BaseModel):
    """Which page of a list is wanted, and how many lines a page has."""

    page: Annotated[int, Query(ge=1, le=100_000)] = 1
    size: Annotated[int, Query(ge=1, le=100)] = 20

    @property
    def offset(self) -> int:
        """How many lines lie before the page."""
        return (self.page - 1) * self.size


class Page(BaseModel):
    """How long the whole list is, and which part of it this is."""

    total: int
    page: int
    size: int


def page_of(
    context: ApiContext, found: ir.Table, wanted: PageQuery, *, order: Sequence[Any]
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Return the fields of `Page`, and the page's rows in a total order."""
    total = count_of(context, found)
    cut = found.order_by(list(order)).limit(wanted.size, offset=wanted.offset)
    head = {"total": total, "page": wanted.page, "size": wanted.size}
    return head, rows(context.warehouse.to_arrow(cut))


def count_of(context: ApiContext, found: ir.Table) -> int:
    """Return how many rows there are."""
    return context.warehouse.to_arrow(found.count().name("n").as_table())["n"][0].as_py()
