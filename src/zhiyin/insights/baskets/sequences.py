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
    firsts = bought.group_by(["person_id", "item"]).agg(first_ms=bought.ts_ms.min())
    people = bought.agg(people=bought.person_id.nunique())
    popular = firsts.group_by("item").agg(ever=firsts.count())
    popular = popular.filter(popular.ever >= at_least)
    length = within_days * DAY
    started = firsts.semi_join(popular, "item")
    started = started.filter(
        started.first_ms < epoch_milliseconds(as_of - timedelta(days=within_days))
    )
    if item is not None:
        started = started.filter(started.item == item)
    buyers = started.group_by("item").agg(buyers=started.count())
    later = bought.semi_join(popular, "item").select("person_id", other="item", other_ms="ts_ms")
    met = started.inner_join(later, "person_id")
    met = met.filter(
        met.other_ms > met.first_ms, met.other_ms <= met.first_ms + length, met.item != met.other
    )
    each = met.group_by(["person_id", "item", "other"]).agg(
        waited=(met.other_ms.min() - met.first_ms.min())
    )
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
