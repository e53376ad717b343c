"""RFM scores in three ways: by rank, by fixed thresholds, by natural breaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ibis
import numpy as np

from zhiyin.core.errors import not_allowed
from zhiyin.profiles.rfm import QUINTILES, quintile, segment
from zhiyin.profiles.value.breaks import natural_breaks
from zhiyin.profiles.value.policy import Thresholds

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

METHODS = ("quintile", "thresholds", "kmeans")
MEASURES = ("recency_days", "orders", "monetary")
Fetch = Callable[["ir.Table"], "pa.Table"]


def scored(
    purchases: ir.Table, method: str, *, thresholds: Thresholds, fetch: Fetch
) -> tuple[ir.Table, Thresholds | None]:
    """Return person_id, r, f, m and segment of each buyer, and the thresholds that made them.

    Quintiles are those of `rfm` and have no thresholds. `kmeans` finds its thresholds in the data:
    the natural breaks of the logarithm of each measure into five groups; a measure with fewer
    different values has fewer thresholds, and its highest scores go unused.

    Raises `InvalidInput` for a method that is none of `METHODS`.
    """
    if method not in METHODS:
        raise not_allowed("A method", method, METHODS)
    if method == "quintile":
        table = purchases.mutate(
            r=quintile(purchases, ibis.desc(purchases.recency_days)),
            f=quintile(purchases, purchases.orders.asc()),
            m=quintile(purchases, purchases.monetary.asc()),
        )
        return named(table), None
    steps = thresholds if method == "thresholds" else broken(purchases, fetch)
    money = purchases.monetary.cast("float64")
    table = purchases.mutate(
        r=passed([purchases.recency_days <= step for step in steps.recency_days]),
        f=passed([purchases.orders >= step for step in steps.orders]),
        m=passed([money >= step for step in steps.monetary]),
    )
    return named(table), steps


def named(table: ir.Table) -> ir.Table:
    """Return the scores with the segment that they make."""
    return table.select(
        "person_id", "r", "f", "m", "orders", "monetary",
        segment=segment(table.r, table.f, table.m),
    )  # fmt: skip


def passed(steps: Sequence[ir.BooleanValue]) -> ir.Value:
    """Return one more than the steps that hold."""
    score = ibis.literal(1, type="int64")
    for step in steps:
        score = score + step.cast("int64")
    return score


def broken(purchases: ir.Table, fetch: Fetch) -> Thresholds:
    """Return the thresholds of the natural breaks of each measure."""
    recency = breaks_of(purchases, "recency_days", fetch)
    return Thresholds(
        # A break is where the longer silence begins; the score is lost from there on.
        recency_days=tuple(step - 1 for step in reversed(recency)),
        orders=tuple(breaks_of(purchases, "orders", fetch)),
        monetary=tuple(breaks_of(purchases, "monetary", fetch)),
    )


def breaks_of(purchases: ir.Table, measure: str, fetch: Fetch) -> list[float]:
    """Return the natural breaks of one measure, on its own scale."""
    # Amounts are rounded to whole units: breaks need no cents, and there are far fewer values. Who
    # gave everything back has no place on a scale of logarithms, and would make a group alone.
    rounded = purchases.select(value=purchases[measure].cast("float64").floor())
    known = rounded.filter(rounded.value >= (1 if measure == "monetary" else 0))
    counted = known.group_by("value").agg(people=known.count())
    found = fetch(counted.order_by("value"))
    if not found.num_rows:
        return []
    values = found["value"].to_numpy()
    breaks = natural_breaks(np.log1p(values), found["people"].to_numpy(), QUINTILES)
    return [float(round(math.expm1(step))) for step in breaks]
