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
    if fetch is None:
        lines = contents.select("basket", "item").distinct()
        everything = lines.agg(all_baskets=lines.basket.nunique())
        items = frequent_items(lines, at_least)
        together = pair_counts(lines, items, at_least)
    else:
        walked = walked_pairs(fetch(contents.select("basket", "item")), at_least)
        together, items, everything = (ibis.memtable(table) for table in walked)
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
    left = lines.inner_join(items, "item").select("basket", "code")
    right = left.view()
    met = left.inner_join(right, [left.basket == right.basket, left.code < right.code])
    met = met.select(one=left.code, two=right.code)
    together = met.group_by(["one", "two"]).agg(baskets=met.count())
    return together.filter(together.baskets >= at_least)


def walked_pairs(lines: pa.Table, at_least: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return what `pair_counts` and `frequent_items` do, and all_baskets.

    Parameters
    ----------
    lines : `basket` and `item`; an item counts once in a basket.
    """
    words = lines.column("item").combine_chunks().dictionary_encode()
    basket = close_numbers(lines.column("basket").to_numpy())
    # Copies of one width, so that numba compiles once.
    lined = basket.astype(np.int32), words.indices.to_numpy().astype(np.int32)
    baskets = int(basket.max(initial=-1)) + 1
    laid = fitting(arranged, len(basket))(*lined, baskets, len(words.dictionary))
    one, two, times = fitting(count_pairs, len(basket))(*laid, at_least)
    sizes = np.diff(laid[2])
    frequent = np.flatnonzero(sizes >= at_least)
    items = {
        "item": words.dictionary.take(pa.array(frequent)),
        "item_baskets": sizes[frequent],
        "code": frequent,
    }
    everything = int(np.count_nonzero(np.bincount(basket)))
    return (
        pa.table({"one": one, "two": two, "baskets": times}),
        pa.table(items),
        pa.table({"all_baskets": pa.array([everything], pa.int64())}),
    )


def close_numbers(basket: np.ndarray) -> np.ndarray:
    """Return numbers from 0 on, without many gaps, for those of baskets."""
    if not len(basket):
        return basket
    low, high = int(basket.min()), int(basket.max())
    if high - low < SPARSE * len(basket):
        return basket - low
    return np.unique(basket, return_inverse=True)[1]


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
