"""The door to what people did: `dm.activity` and its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.activity.gathering import activity
from zhiyin.insights.activity.tables import ACTIVITY
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ACTIVITY", "INPUTS", "activity", "builds"]

INPUTS = (dw.EVENTS, dw.ORDERS, dw.REFUNDS, dw.PRODUCTS, PERSON_OF)


def builds() -> list[TableBuild]:
    """Return the build of `dm.activity`."""
    return [TableBuild(ACTIVITY, INPUTS, build_activity)]


def build_activity(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dm.activity`; time plays no part in it."""
    return activity(*inputs)
