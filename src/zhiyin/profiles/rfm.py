"""RFM quintiles, the segments they make, value tiers and life-cycle stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.profiles.stages import STAGE_RULE, StageRule, stage, with_rhythm
from zhiyin.profiles.tiers import TIER_SHARES, TierShares, with_value_tier

if TYPE_CHECKING:
    import ibis.expr.types as ir

QUINTILES = 5

# Rows are recency quintiles 5 to 1; columns the rounded mean of frequency and monetary quintile, 1
# to 5.
SEGMENTS = {
    5: ("new", "potential_loyalist", "potential_loyalist", "champions", "champions"),
    4: ("promising", "potential_loyalist", "potential_loyalist", "loyal", "champions"),
    3: ("about_to_sleep", "about_to_sleep", "needs_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    1: ("lost", "lost", "hibernating", "at_risk", "cannot_lose"),
}


def rfm(
    purchases: ir.Table, *, shares: TierShares = TIER_SHARES, rule: StageRule = STAGE_RULE
) -> ir.Table:
    """Return quintiles, segment, value tier and life-cycle stage of every buyer.

    A quintile is ``1 + floor(5 * b / n)`` with b the number of buyers who are strictly worse and n
    the number of buyers. Equal values therefore always share a quintile, at the price of uneven
    ones: where most people ordered once, all of them are in frequency quintile 1, and nobody is in
    the quintiles that they would fill.

    Parameters
    ----------
    purchases : dm.purchases.
    shares, rule : of the tiers and of the stages.

    Returns
    -------
    `dm.rfm`, one row per row of `purchases`.
    """
    table = purchases.mutate(
        r=quintile(purchases, ibis.desc(purchases.recency_days)),
        f=quintile(purchases, purchases.orders.asc()),
        m=quintile(purchases, purchases.monetary.asc()),
    )
    tiered = with_value_tier(with_rhythm(table), shares)
    return tiered.select(
        "person_id",
        "r",
        "f",
        "m",
        segment=segment(tiered.r, tiered.f, tiered.m),
        value_tier=tiered.value_tier,
        stage=stage(tiered, rule),
    )


def quintile(buyers: ir.Table, worst_first: ir.Value) -> ir.Value:
    """Return 1 to 5 for each row's place in an order that starts with the worst."""
    worse = ibis.rank().over(ibis.window(order_by=worst_first))
    return 1 + (QUINTILES * worse) // buyers.count().over(ibis.window())


def segment(r: ir.IntegerValue, f: ir.IntegerValue, m: ir.IntegerValue) -> ir.Value:
    """Return the name in `SEGMENTS`; the mean of f and m is rounded up from one half."""
    column = (f + m + 1) // 2
    return ibis.cases(
        *(
            ((r == row) & (column == place), name)
            for row, names in SEGMENTS.items()
            for place, name in enumerate(names, start=1)
        )
    )
