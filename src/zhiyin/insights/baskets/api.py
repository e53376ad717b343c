"""Baskets' front door: pairs, frequent sets, rules, and what is bought next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from zhiyin.core.windows import Window
from zhiyin.insights.baskets.asking import Shop, baskets
from zhiyin.insights.baskets.contents import LEVELS, basket_lines, contents, items_at, sold_within
from zhiyin.insights.baskets.pairs import frequent_items, item_pairs, pair_counts, walked_pairs
from zhiyin.insights.baskets.people import baskets_people
from zhiyin.insights.baskets.sequences import then_bought
from zhiyin.insights.baskets.sets import frequent_sets, rules
from zhiyin.insights.baskets.spec import KINDS, SORTS, BasketSpec, read_basket_spec
from zhiyin.insights.baskets.tables import ITEM_PAIRS
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "KINDS",
    "LEVELS",
    "SORTS",
    "BasketSpec",
    "Shop",
    "basket_lines",
    "baskets",
    "baskets_people",
    "builds",
    "contents",
    "frequent_items",
    "frequent_sets",
    "item_pairs",
    "pair_counts",
    "read_basket_spec",
    "rules",
    "then_bought",
    "walked_pairs",
]

# Older orders say little about what goes together now.
RECENT = timedelta(days=365)


def builds() -> list[TableBuild]:
    """Return the build of `dm.item_pairs`."""
    return [TableBuild(ITEM_PAIRS, (dw.ORDER_LINES,), build_pairs, depends_on_time=True)]


def build_pairs(lines: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return `dm.item_pairs` of the year before."""
    recent = sold_within(lines, Window(context.as_of - RECENT, context.as_of))
    return item_pairs(contents(items_at(recent, recent, "product")))
