"""Pairs of items in one basket, counted in the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.insights.baskets.measures import with_measures
from zhiyin.insights.baskets.tables import ITEM_PAIRS

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST = 50
AT_LEAST = 5


def item_pairs(
    contents: ir.Table, *, at_least: int = AT_LEAST, most: int | None = MOST
) -> ir.Table:
    """Return how often two items lie in one basket, once for each direction.

    Parameters
    ----------
    contents : `basket` and `item`, neither null; an item counts once in a basket.
    at_least : baskets that a pair must share.
    most : others kept for each item, those with the highest leverage; None for all.

    Returns
    -------
    `dm.item_pairs`; `place` is null where all are kept.
    """
    lines = contents.select("basket", "item").distinct()
    everything = contents.agg(all_baskets=contents.basket.nunique())
    items = frequent_items(lines, at_least)
    together = pair_counts(lines, items, at_least)
    ways = ibis.union(together, together.select(one="two", two="one", baskets="baskets"))
    named = ways.inner_join(items, ways.one == items.code).select(
        "two", "baskets", "item", "item_baskets"
    )
    other = items.select(other="item", other_baskets="item_baskets", other_code="code")
    named = named.inner_join(other, named.two == other.other_code).cross_join(everything)
    return placed(with_measures(named), most).select(*ITEM_PAIRS.columns)


def frequent_items(lines: ir.Table, at_least: int) -> ir.Table:
    """Return item, item_baskets and code of items that enough baskets hold.

    Rare ones are left out before the table meets itself: a pair cannot be more frequent than its
    rarer half (Agrawal and Srikant, 1994).
    """
    items = lines.group_by("item").agg(item_baskets=lines.count())
    items = items.filter(items.item_baskets >= at_least)
    return items.mutate(code=ibis.row_number().over(ibis.window(order_by=items.item)))


def pair_counts(lines: ir.Table, items: ir.Table, at_least: int) -> ir.Table:
    """Return one, two (codes, one < two) and the baskets that hold both, where there are enough.

    Parameters
    ----------
    lines : `basket` and `item`, each pair once.
    items : from `frequent_items`.
    """
    coded = lines.inner_join(items, "item").select("basket", "code")
    twin = coded.view()
    met = coded.inner_join(twin, [coded.basket == twin.basket, coded.code < twin.code])
    met = met.select(one=coded.code, two=twin.code)
    together = met.group_by(["one", "two"]).agg(baskets=met.count())
    return together.filter(together.baskets >= at_least)


def placed(pairs: ir.Table, most: int | None) -> ir.Table:
    """Add `place` among the pairs of an item and keep the first `most`; None keeps all unplaced."""
    if most is None:
        return pairs.mutate(place=ibis.null("int64"))
    order = ibis.window(
        group_by=pairs.item,
        order_by=[ibis.desc(pairs.leverage), ibis.desc(pairs.confidence), pairs.other],
    )
    found = pairs.mutate(place=(ibis.row_number().over(order) + 1).cast("int64"))
    return found.filter(found.place <= most)
