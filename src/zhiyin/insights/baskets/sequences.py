"""What people buy after they bought something else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zhiyin.core.clock import epoch_milliseconds

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAY = 86_400_000


def then_bought(
    bought: ir.Table, *, within_days: int, as_of: datetime, at_least: int, item: str | None = None
) -> ir.Table:
    """Return how many buyers of an item bought another one in a later order.

    A buyer's clock starts with the first order that holds the item. Only buyers whose
    `within_days` are over by `as_of` are counted, so that those of yesterday do not look as if they
    had bought nothing. What is bought in that very order is not "then"; nor is the same item again.

    Parameters
    ----------
    bought : person_id, item, ts_ms of lines with a known person and item.
    within_days : days of 24 hours after the first order.
    as_of : naive UTC; lines at or after it are not in `bought`.
    at_least : buyers who must have bought both.
    item : only what follows this item.

    Returns
    -------
    item, other, followers, buyers (of the item), share (followers / buyers), base_share (people who
    ever bought the other / all people), lift (share / base_share), mean_days until the other.
    """
    firsts = first_bought(bought)
    people = bought.agg(people=bought.person_id.nunique())
    popular = firsts.group_by("item").agg(ever=firsts.count())
    popular = popular.filter(popular.ever >= at_least)
    started = early_enough(firsts.semi_join(popular, "item"), within_days, as_of)
    if item is not None:
        started = started.filter(started.item == item)
    buyers = started.group_by("item").agg(buyers=started.count())
    each = followed(started, bought.semi_join(popular, "item"), within_days)
    pairs = each.group_by(["item", "other"]).agg(
        followers=each.count(), waited=each.waited.cast("float64").mean()
    )
    pairs = pairs.filter(pairs.followers >= at_least).inner_join(buyers, "item")
    base = popular.select(other="item", ever="ever")
    pairs = pairs.inner_join(base, "other").cross_join(people)
    share = pairs.followers.cast("float64") / pairs.buyers.cast("float64")
    base_share = pairs.ever.cast("float64") / pairs.people.cast("float64")
    return pairs.select(
        "item",
        "other",
        "followers",
        "buyers",
        share=share,
        base_share=base_share,
        lift=share / base_share,
        mean_days=pairs.waited / float(DAY),
    )


def first_bought(bought: ir.Table) -> ir.Table:
    """Return person_id, item, first_ms: when each person first bought each item."""
    return bought.group_by(["person_id", "item"]).agg(first_ms=bought.ts_ms.min())


def early_enough(firsts: ir.Table, within_days: int, as_of: datetime) -> ir.Table:
    """Return the first purchases whose days after are over by `as_of`."""
    return firsts.filter(firsts.first_ms < epoch_milliseconds(as_of - timedelta(days=within_days)))


def followed(started: ir.Table, bought: ir.Table, within_days: int) -> ir.Table:
    """Return person_id, item, other, waited (milliseconds): who bought what after an item.

    Parameters
    ----------
    started : person_id, item, first_ms: first purchases from which days are counted.
    bought : person_id, item, ts_ms of what may follow.
    within_days : days of 24 hours after the first purchase.
    """
    later = bought.select("person_id", other="item", other_ms="ts_ms")
    met = started.inner_join(later, "person_id")
    end = met.first_ms + within_days * DAY
    met = met.filter(met.other_ms > met.first_ms, met.other_ms <= end, met.item != met.other)
    return met.group_by(["person_id", "item", "other"]).agg(
        waited=(met.other_ms.min() - met.first_ms.min())
    )
