"""The door to what people did: `dm.activity` and its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.activity.gathering import activity, event_names
from zhiyin.insights.activity.tables import ACTIVITY, EVENT_NAMES
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ACTIVITY", "EVENT_NAMES", "INPUTS", "activity", "builds", "event_names"]

INPUTS = (dw.EVENTS, dw.ORDERS, dw.REFUNDS, dw.PRODUCTS, PERSON_OF)


def builds() -> list[TableBuild]:
    """Return the builds of `dm.event_names` and `dm.activity`."""
    return [
        TableBuild(EVENT_NAMES, (dw.EVENTS, dw.ORDERS, dw.REFUNDS), build_event_names),
        TableBuild(ACTIVITY, (*INPUTS, EVENT_NAMES), build_activity),
    ]


def build_event_names(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dm.event_names`; time plays no part in it."""
    return event_names(*inputs)


def build_activity(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dm.activity`; time plays no part in it."""
    return activity(*inputs)
