"""Where each buyer stood at each month end, worked out from facts alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import ibis

from zhiyin.ports.tables import MONEY
from zhiyin.profiles.purchases import owned
from zhiyin.profiles.stages import stage, with_rhythm
from zhiyin.profiles.tiers import with_value_tier
from zhiyin.profiles.value.policy import ValuePolicy
from zhiyin.profiles.value.tables import STAGE_HISTORY
from zhiyin.warehouse.api import local_date, local_day

if TYPE_CHECKING:
    import ibis.expr.types as ir


def stage_history(
    orders: ir.Table,
    refunds: ir.Table,
    person_of: ir.Table,
    *,
    as_of: datetime,
    timezone: str,
    policy: ValuePolicy,
) -> ir.Table:
    """Return stage and tier of each buyer at the last `history_months` month ends before `as_of`.

    The row of a month end is what `rfm` says of `purchases` as of the midnight after it. A month
    whose last day is not over yet has none, and neither has one before a buyer's first order.

    Parameters
    ----------
    orders, refunds : the `dw` tables of that name.
    person_of : dw.person_of.
    as_of : naive UTC.
    timezone : IANA name of the zone whose days count.
    policy : shares, rule and length.

    Returns
    -------
    `dm.stage_history`.
    """
    ends = month_ends(local_day(as_of, timezone), policy.history_months)
    bought = owned(orders, person_of, as_of)
    bought = bought.mutate(day=local_date(bought.order_time, timezone, until=as_of))
    given_back = owned(refunds, person_of, as_of)
    given_back = given_back.mutate(day=local_date(given_back.refund_time, timezone, until=as_of))
    standing = standings(moves(bought, given_back, ends), ends)
    by_month = with_value_tier(with_rhythm(standing, ["month_end"]), policy.tiers, ["month_end"])
    told = by_month.mutate(stage=stage(by_month, policy.stages))
    return told.select(*STAGE_HISTORY.columns)


def month_ends(today: date, months: int) -> list[date]:
    """Return the last days of the last months that are over on `today`, oldest first."""
    ends = []
    first = today.replace(day=1)
    for _ in range(months):
        ends.append(first - timedelta(days=1))
        first = ends[-1].replace(day=1)
    return ends[::-1]


def moves(bought: ir.Table, given_back: ir.Table, ends: list[date]) -> ir.Table:
    """Return what each person's orders and refunds added up to by month end.

    Everything before the first month end counts at it; what comes after the last is left out.
    """
    days = bought.group_by(["person_id", "day"]).agg(amount=bought.amount.sum().cast(MONEY))
    by_day = days.select(
        "person_id", "day", amount="amount", order_day=ibis.literal(1, type="int64")
    )
    back = given_back.select(
        "person_id",
        "day",
        amount=(-given_back.amount.fill_null(ibis.literal(0).cast(MONEY))).cast(MONEY),
        order_day=ibis.literal(0, type="int64"),
    )
    facts = by_day.union(back)
    facts = facts.filter(facts.day <= ibis.literal(ends[-1]))
    facts = facts.mutate(month_end=month_end_of(facts.day, ends))
    is_order = facts.order_day == 1
    return facts.group_by(["person_id", "month_end"]).agg(
        order_days=facts.order_day.sum(),
        first_day=facts.day.min(where=is_order),
        last_day=facts.day.max(where=is_order),
        amount=facts.amount.sum().cast(MONEY),
    )


def month_end_of(day: ir.DateValue, ends: list[date]) -> ir.Value:
    """Return the first of some month ends that a day does not lie after."""
    return ibis.cases(
        *((day <= ibis.literal(end), ibis.literal(end)) for end in ends[:-1]),
        else_=ibis.literal(ends[-1]),
    )


def standings(moved: ir.Table, ends: list[date]) -> ir.Table:
    """Return for each month end from the first order on what had added up until then."""
    people = moved.group_by("person_id").agg(begin=moved.first_day.min())
    people = people.filter(people.begin.notnull())
    every = ibis.memtable(
        {"month_end": ends, "looked": [end + timedelta(days=1) for end in ends]},
        schema={"month_end": "date", "looked": "date"},
    )
    # Refunds may come before the first order that is on record; they count from it on.
    grid = people.cross_join(every)
    full = grid.left_join(moved, ["person_id", "month_end"])
    so_far = ibis.window(group_by="person_id", order_by="month_end", following=0)
    zero = ibis.literal(0).cast(MONEY)
    added = full.select(
        "person_id",
        "month_end",
        "looked",
        "begin",
        order_days=full.order_days.fill_null(0).sum().over(so_far).cast("int64"),
        last_day=full.last_day.max().over(so_far),
        monetary=full.amount.fill_null(zero).sum().over(so_far).cast(MONEY),
    )
    began = added.filter(added.begin <= added.month_end)
    return began.mutate(
        recency_days=began.looked.delta(began.last_day, unit="day"),
        tenure_days=began.looked.delta(began.begin, unit="day"),
    )
