"""Pairs of items in one basket, counted in the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

from zhiyin.insights.baskets.kernels import arranged, count_pairs
from zhiyin.insights.baskets.measures import with_measures
from zhiyin.insights.baskets.tables import ITEM_PAIRS
from zhiyin.stats.loops import fitting

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    Fetch = Callable[[ir.Table], pa.Table]

MOST = 50
AT_LEAST = 5
# Numbers of baskets with so many more gaps than lines are counted anew.
SPARSE = 4


def item_pairs(
    contents: ir.Table,
    *,
    at_least: int = AT_LEAST,
    most: int | None = MOST,
    fetch: Fetch | None = None,
) -> ir.Table:
    """Return how often two items lie in one basket, once for each direction.

    Parameters
    ----------
    contents : `basket` and `item`, neither null; an item counts once in a basket.
    at_least : baskets that a pair must share.
    most : others kept for each item, those with the highest leverage; None for all.
    fetch : brings rows to arrays in this process, where pairs are counted ten times faster than an
        engine counts them; None where rows are to stay in the warehouse.

    Returns
    -------
    `dm.item_pairs`; `place` is null where all are kept.
    """
    lines = contents.select("basket", "item").distinct()
    if fetch is not None:
        # Once, because what lies in baskets may be a long query and is asked three times below.
        lines = ibis.memtable(fetch(lines))
    everything = lines.agg(all_baskets=lines.basket.nunique())
    items = frequent_items(lines, at_least)
    if fetch is None:
        together = pair_counts(lines, items, at_least)
    else:
        items = ibis.memtable(fetch(items))
        together = ibis.memtable(walked_pairs(fetch(coded(lines, items)), at_least))
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
    left = coded(lines, items)
    right = left.view()
    met = left.inner_join(right, [left.basket == right.basket, left.code < right.code])
    met = met.select(one=left.code, two=right.code)
    together = met.group_by(["one", "two"]).agg(baskets=met.count())
    return together.filter(together.baskets >= at_least)


def coded(lines: ir.Table, items: ir.Table) -> ir.Table:
    """Return basket and code of the lines of frequent items."""
    return lines.inner_join(items, "item").select("basket", "code")


def walked_pairs(lines: pa.Table, at_least: int) -> pa.Table:
    """Return what `pair_counts` does.

    Parameters
    ----------
    lines : `basket` and `code` from `coded`.
    """
    basket, code = (lines.column(name).to_numpy() for name in ("basket", "code"))
    low, high = (int(basket.min()), int(basket.max())) if len(basket) else (0, -1)
    if high - low >= SPARSE * len(basket):
        basket = np.unique(basket, return_inverse=True)[1]
    else:
        basket = basket - low
    baskets, items = (int(one.max(initial=-1)) + 1 for one in (basket, code))
    # Copies of one width, so that numba compiles once.
    lined = basket.astype(np.int32), code.astype(np.int32)
    laid = fitting(arranged, len(code))(*lined, baskets, items)
    one, two, times = fitting(count_pairs, len(code))(*laid, at_least)
    return pa.table({"one": one, "two": two, "baskets": times})


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
