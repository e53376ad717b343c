"""Identity's front door: evidence, components, builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiyin.collect import tables as ods
from zhiyin.identity.components import components, person_of
from zhiyin.identity.edges import SHARED_BY_AT_MOST, edges
from zhiyin.identity.joining import with_person
from zhiyin.identity.tables import EDGES, PERSON_OF
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["SHARED_BY_AT_MOST", "builds", "components", "edges", "person_of", "with_person"]


def builds() -> list[TableBuild]:
    """Return the builds of `dw.identity_edges` and `dw.person_of`."""
    facts = (dw.CUSTOMERS, dw.ORDERS, dw.EVENTS, dw.REFUNDS, dw.TOUCHES)
    return [
        TableBuild(spec=EDGES, inputs=(dw.CUSTOMERS, ods.EVENTS), build=build_edges),
        TableBuild(spec=PERSON_OF, inputs=(EDGES, *facts), build=build_person_of),
    ]


def build_edges(customers: ir.Table, events: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return `dw.identity_edges`; evidence does not expire, so `context` plays no part."""
    return edges(customers, events)


def build_person_of(edge_rows: ir.Table, *facts: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dw.person_of`; `context` plays no part."""
    return person_of(edge_rows, *facts)
