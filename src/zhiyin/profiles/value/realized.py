"""Whether the tiers found those who turned out to be worth most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.profiles.purchases import owned
from zhiyin.profiles.tiers import TierShares, counted

if TYPE_CHECKING:
    import ibis.expr.types as ir

TARGET = 0.85
# How far down the ranking of those who bought most afterwards one may look, as shares of all
# buyers; the high tier's own share comes last.
DEPTHS = (0.01, 0.03, 0.05, 0.1)


@dataclass(frozen=True)
class RealizedValue:
    """How the high tier, as it was then, did against what its people bought afterwards.

    Parameters
    ----------
    buyers : people with an order before the instant.
    returned : those of them who ordered afterwards.
    top : the people with the highest net amount afterwards, as many as the high tier has; fewer
        where fewer bought at all.
    found : those of the top who were in the high tier.
    share_found : found / top; the share that the target speaks of. None where nobody bought.
    share_in_two : share of the top who were in the high or the middle tier.
    lift : share_found over what a tier of that size drawn by chance would find.
    share_of_value : of all that was bought afterwards, what the high tier bought.
    """

    buyers: int
    returned: int
    top: int
    found: int
    share_found: float | None
    share_in_two: float | None
    lift: float | None
    share_of_value: float | None
    meets_target: bool | None


def net_amounts(
    orders: ir.Table, refunds: ir.Table, person_of: ir.Table, *, start: datetime, end: datetime
) -> ir.Table:
    """Return person_id and realized, the net amount of [start, end), of whoever bought in it."""
    bought = owned(orders, person_of, end)
    bought = bought.filter(bought.order_time >= ibis.literal(start, type="timestamp(6)"))
    given = owned(refunds, person_of, end)
    given = given.filter(given.refund_time >= ibis.literal(start, type="timestamp(6)"))
    sums = bought.group_by("person_id").agg(amount=bought.amount.sum().cast("float64"))
    back = given.group_by("person_id").agg(back=given.amount.sum().cast("float64"))
    both = sums.left_join(back, "person_id")
    return both.select("person_id", realized=both.amount - both.back.fill_null(0.0))


def by_tier(tiers: ir.Table, realized: ir.Table, shares: TierShares) -> ir.Table:
    """Return per tier: buyers, returned, realized, and how many of the top were in it.

    The top are the people with the highest realized net amount, as many as `shares.high` of the
    buyers; ties go by person id. Whoever bought nothing is not among them.

    Parameters
    ----------
    tiers : dm.rfm as of the instant.
    realized : `net_amounts` of the time after it.
    shares : those that made the tiers.
    """
    worth = ranked_by_worth(tiers, realized)
    is_top = (worth.place < counted(shares.high, worth.everyone)) & (worth.realized > 0)
    ranked = worth.mutate(is_top=is_top)
    return ranked.group_by("value_tier").agg(
        buyers=ranked.count(),
        returned=ranked.count(where=ranked.has_returned),
        realized=ranked.realized.sum(),
        top=ranked.count(where=ranked.is_top),
    ).order_by("value_tier")  # fmt: skip


def by_depth(tiers: ir.Table, realized: ir.Table, shares: TierShares) -> ir.Table:
    """Return how well the tiers found the top, from the very top down to the high tier's share.

    Parameters
    ----------
    tiers, realized, shares : as of `by_tier`.

    Returns
    -------
    share (of all buyers, rising), top (people; fewer where fewer bought at all), found (those in
    the high tier), in_two (those in the high or the middle tier), and share_of_value, what the top
    made of all that was bought; null where more was given back than bought.
    """
    worth = ranked_by_worth(tiers, realized)
    depths = sorted({*(depth for depth in DEPTHS if depth < shares.high), shares.high})
    looks = ibis.memtable(
        {"share": depths, "thousandths": [round(depth * 1000) for depth in depths]},
        schema={"share": "float64", "thousandths": "int64"},
    )
    beside = worth.cross_join(looks)
    reached = (beside.everyone * beside.thousandths + 500) // 1000
    beside = beside.mutate(is_top=(beside.place < reached) & (beside.realized > 0))
    is_high = beside.value_tier == "high"
    is_two = is_high | (beside.value_tier == "middle")
    everything = beside.realized.sum()
    bought = beside.realized.sum(where=beside.is_top).fill_null(0.0)
    return beside.group_by("share").agg(
        top=beside.count(where=beside.is_top),
        found=beside.count(where=beside.is_top & is_high),
        in_two=beside.count(where=beside.is_top & is_two),
        share_of_value=ibis.ifelse(everything > 0, bought / everything.nullif(0.0), None),
    ).order_by("share")  # fmt: skip


def ranked_by_worth(tiers: ir.Table, realized: ir.Table) -> ir.Table:
    """Return all buyers of then with what they bought afterwards, and their places by it."""
    joined = tiers.select("person_id", "value_tier").left_join(realized, "person_id")
    worth = joined.select(
        "person_id",
        "value_tier",
        realized=joined.realized.fill_null(0.0),
        has_returned=joined.realized.notnull(),
    )
    order = ibis.window(order_by=[ibis.desc(worth.realized), worth.person_id.asc()])
    return worth.mutate(
        place=ibis.row_number().over(order), everyone=worth.count().over(ibis.window())
    )


def judged(tiers: list[dict[str, float]]) -> RealizedValue:
    """Return what the rows of `by_tier` say of the high tier."""
    rows = {str(row["value_tier"]): row for row in tiers}
    total = {name: sum(row[name] for row in tiers) for name in ("buyers", "returned", "top")}
    realized = sum(row["realized"] for row in tiers)
    high, middle = rows.get("high"), rows.get("middle")
    found = int(high["top"]) if high else 0
    top, buyers = int(total["top"]), int(total["buyers"])
    share = found / top if top else None
    chance = high["buyers"] / buyers if high and buyers else 0.0
    return RealizedValue(
        buyers=buyers,
        returned=int(total["returned"]),
        top=top,
        found=found,
        share_found=share,
        share_in_two=(found + (middle["top"] if middle else 0)) / top if top else None,
        lift=share / chance if share is not None and chance else None,
        share_of_value=high["realized"] / realized if high and realized > 0 else None,
        meets_target=share >= TARGET if share is not None else None,
    )
