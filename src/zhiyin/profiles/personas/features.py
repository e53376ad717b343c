"""What personas are told by: how a buyer buys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.profiles.purchases import owned
from zhiyin.warehouse.api import local_time

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Amounts, counts and days are looked at by their logarithm: twice as much is as far at the bottom
# of the scale as at its top.
LOGARITHMIC = ("recency_days", "tenure_days", "orders", "monetary", "average_order", "visits")
SHARES = ("discount_share", "refund_share", "weekend_share", "evening_share")
TEXTS = ("favourite_category", "favourite_channel")
NUMBERS = (*LOGARITHMIC, *SHARES)

SATURDAY = 5  # Ibis counts Monday as 0 on every engine
EVENING = 18
# A share of few orders says little: as many orders of everybody's kind are added to it.
ADDED_ORDERS = 2.0


def persona_features(
    purchases: ir.Table,
    orders: ir.Table,
    sessions: ir.Table,
    person_of: ir.Table,
    *,
    as_of: datetime,
    timezone: str,
) -> ir.Table:
    """Return one row per buyer: person_id, the columns of `NUMBERS` and those of `TEXTS`.

    Parameters
    ----------
    purchases : dm.purchases as of the same instant.
    orders, sessions : the `dw` tables of that name.
    person_of : dw.person_of.
    as_of : naive UTC.
    timezone : IANA name of the zone whose weekends and evenings count.

    Notes
    -----
    A share of orders is (x + 2 m) / (n + 2), with x of a buyer's n orders, and m the share of all
    orders. Evening is from six o'clock on.
    """
    bought = owned(orders, person_of, as_of)
    local = local_time(bought.order_time, timezone, until=as_of)
    timed = bought.select(
        "person_id",
        is_weekend=(local.date().day_of_week.index() >= SATURDAY).cast("float64"),
        is_evening=(local.hour() >= EVENING).cast("float64"),
    )
    habits = timed.group_by("person_id").agg(
        weekend=timed.is_weekend.sum(), evening=timed.is_evening.sum()
    )
    seen = owned(sessions.mutate(ts_ms=sessions.start_ms), person_of, as_of)
    visits = seen.group_by("person_id").agg(visits=seen.count())
    table = purchases
    for part in (habits, visits):
        table = table.left_join(part, "person_id").drop("person_id_right")
    return table.select(
        "person_id",
        *(table[name].cast("float64").name(name) for name in LOGARITHMIC if name != "visits"),
        visits=table.visits.fill_null(0).cast("float64"),
        discount_share=table.discount_share,
        refund_share=drawn(table.refunds.cast("float64"), table.orders),
        weekend_share=drawn(table.weekend, table.orders),
        evening_share=drawn(table.evening, table.orders),
        favourite_category=table.favourite_category,
        favourite_channel=table.favourite_channel,
    )


def drawn(part: ir.FloatingValue, whole: ir.IntegerValue) -> ir.Value:
    """Return a share of a buyer's orders, drawn toward everybody's."""
    everybody = ibis.window()
    known = part.fill_null(0.0)
    usual = known.sum().over(everybody) / whole.sum().over(everybody).cast("float64").nullif(0.0)
    return (known + ADDED_ORDERS * usual.fill_null(0.0)) / (whole + ADDED_ORDERS)
