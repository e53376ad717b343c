"""What each buyer has bought so far."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.api import with_person
from zhiyin.ports.tables import MONEY
from zhiyin.warehouse.api import local_date, local_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

RECENT = timedelta(days=90)


def purchases(
    orders: ir.Table,
    lines: ir.Table,
    refunds: ir.Table,
    products: ir.Table,
    person_of: ir.Table,
    *,
    as_of: datetime,
    timezone: str = "UTC",
) -> ir.Table:
    """Return the purchase history of everyone with an order before `as_of`.

    Facts at or after `as_of` are not seen; facts without a visitor belong to nobody. Days are
    calendar days in `timezone`. Refunds of unknown amount count as refunds of nothing. The net
    amount is negative for someone who gave back more than was bought in the data. The favorite
    category is the one with the highest amount, the favorite channel the one with most orders; ties
    go to the first name by text, and unknown categories and channels do not compete.

    Parameters
    ----------
    orders, lines, refunds, products : the `dw` tables of that name.
    person_of : dw.person_of.
    as_of : naive UTC.
    timezone : IANA name of the zone whose days count.

    Returns
    -------
    `dm.purchases`.
    """
    bought = owned(orders, person_of, as_of)
    history = order_history(bought, as_of=as_of, timezone=timezone)
    given_back = refund_totals(owned(refunds, person_of, as_of))
    sold = owned(lines, person_of, as_of).left_join(
        products.select("product_id", "category"), "product_id"
    )
    category = favorite(sold, "category", sold.amount, "favourite_category")
    channel = favorite(bought, "channel", ibis.literal(1), "favourite_channel")
    table = history
    for extra in (given_back, category, channel):
        table = table.left_join(extra, "person_id").drop("person_id_right")
    return with_net_amounts(table)


def owned(facts: ir.Table, person_of: ir.Table, as_of: datetime) -> ir.Table:
    """Return the facts before `as_of` that have a visitor, with the visitor's person."""
    seen = facts.filter(facts.ts_ms < epoch_milliseconds(as_of), facts.visitor_id.notnull())
    return with_person(seen, person_of)


def order_history(bought: ir.Table, *, as_of: datetime, timezone: str) -> ir.Table:
    """Return counts, amounts and days of each person's orders."""
    orders = bought.mutate(
        day=local_date(bought.order_time, timezone, until=as_of),
        is_recent=bought.ts_ms >= epoch_milliseconds(as_of - RECENT),
    )
    totals = orders.group_by("person_id").agg(
        orders=orders.count(),
        order_days=orders.day.nunique(),
        first_order_at=orders.order_time.min(),
        last_order_at=orders.order_time.max(),
        first_day=orders.day.min(),
        last_day=orders.day.max(),
        gross=orders.amount.sum().cast(MONEY),
        discount=orders.discount.sum().cast(MONEY),
        orders_90d=orders.count(where=orders.is_recent),
        amount_90d=orders.amount.sum(where=orders.is_recent).cast(MONEY),
    )
    today = ibis.literal(local_day(as_of, timezone), type="date")
    return totals.mutate(
        recency_days=today.delta(totals.last_day, unit="day"),
        tenure_days=today.delta(totals.first_day, unit="day"),
        mean_gap_days=totals.last_day.delta(totals.first_day, unit="day").cast("float64")
        / (totals.order_days - 1).nullif(0),
    )


def refund_totals(refunds: ir.Table) -> ir.Table:
    """Return number and amount of each person's refunds; the lines of one refund count once."""
    per_refund = refunds.group_by(["person_id", "source_id", "refund_id"]).agg(
        amount=refunds.amount.sum()
    )
    return per_refund.group_by("person_id").agg(
        refunds=per_refund.count(), refunded=per_refund.amount.sum().cast(MONEY)
    )


def favorite(facts: ir.Table, column: str, weight: ir.NumericValue, name: str) -> ir.Table:
    """Return each person's value of `column` with the highest weight, the first by text in ties."""
    weighed = facts.select("person_id", favorite=facts[column], weight=weight)
    known = weighed.filter(weighed.favorite.notnull())
    totals = known.group_by(["person_id", "favorite"]).agg(weight=known.weight.sum())
    best = ibis.window(
        group_by="person_id", order_by=[ibis.desc(totals.weight), totals.favorite.asc()]
    )
    ranked = totals.mutate(place=ibis.row_number().over(best))
    return ranked.filter(ranked.place == 0).select("person_id", **{name: ranked.favorite})


def with_net_amounts(table: ir.Table) -> ir.Table:
    """Return the columns of `dm.purchases`."""
    zero = ibis.literal(0).cast(MONEY)
    full = table.mutate(
        refunded=table.refunded.fill_null(zero),
        refunds=table.refunds.fill_null(0),
        amount_90d=table.amount_90d.fill_null(zero),
    )
    before_discount = (full.gross + full.discount).cast("float64").nullif(0)
    return full.select(
        "person_id",
        "orders",
        "order_days",
        "first_order_at",
        "last_order_at",
        "recency_days",
        "tenure_days",
        "mean_gap_days",
        "gross",
        "refunded",
        monetary=(full.gross - full.refunded).cast(MONEY),
        average_order=(full.gross.cast("float64") / full.orders).cast(MONEY),
        refunds=full.refunds,
        discount_share=(full.discount.cast("float64") / before_discount).fill_null(0.0),
        orders_90d=full.orders_90d,
        amount_90d=full.amount_90d,
        favourite_category=full.favourite_category,
        favourite_channel=full.favourite_channel,
    )
