"""What is known of each buyer at an instant: the features of the models, and what came after.

Only facts strictly before `as_of` enter a feature, so that a row computed for an instant in the
past is the row that would have been computed then. One thing is as of today: who is who. A merge
of two ids learnt later applies to the past as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from zhiyin.core.clock import epoch_milliseconds

DAY = 86_400_000
WINDOWS = (30, 90, 180, 365)

VIEW = ("Product Viewed", "Product Clicked")
CART = ("Product Added", "Checkout Started")
DELIVERED = ("Email Delivered", "Message Delivered")
OPENED = ("Email Opened",)
CLICKED = ("Email Link Clicked",)
RECEIPTS = (*DELIVERED, *OPENED, *CLICKED, "Email Bounced", "Unsubscribed")

ORDER_FEATURES = (
    "recency_days", "tenure_days", "orders", "amount", "average_order", "largest_order",
    *(f"orders_{days}d" for days in WINDOWS), *(f"amount_{days}d" for days in WINDOWS),
    "orders_trend_90d", "amount_trend_90d", "discount_share", "coupon_share", "lines_per_order",
    "pieces_per_order", "channels", "weekend_share",
)  # fmt: skip
GAP_FEATURES = (
    "order_days",
    "mean_gap_days",
    "gap_deviation_days",
    "last_gap_days",
    "silence_ratio",
)
LINE_FEATURES = ("products", "products_90d")
REFUND_FEATURES = ("refunds", "refunds_90d", "refund_share")
EVENT_FEATURES = (
    "active_days_30d", "active_days_90d", "views_30d", "views_90d", "carts_30d", "carts_90d",
    "searches_30d", "visit_recency_days", "messages_90d", "opens_90d", "clicks_90d",
    "click_share_90d", "unsubscribes",
)  # fmt: skip
FEATURES = (*ORDER_FEATURES, *GAP_FEATURES, *LINE_FEATURES, *REFUND_FEATURES, *EVENT_FEATURES)
# Null says something here (one order has no gap); everywhere else no fact means zero.
MAY_BE_NULL = {"mean_gap_days", "gap_deviation_days", "last_gap_days", "silence_ratio"} | {
    "visit_recency_days"
}


@dataclass(frozen=True)
class ModelInputs:
    """The warehouse's tables that the models read: `dw.*` as promised, and `dw.person_of`."""

    orders: ir.Table
    order_lines: ir.Table
    refunds: ir.Table
    events: ir.Table
    person_of: ir.Table


def features(inputs: ModelInputs, as_of: datetime) -> ir.Table:
    """Return one row of numbers for each person who ordered before `as_of`.

    Windows of d days are [as_of - d days, as_of). Days are 24 hours and may be fractions, except
    `order_days` and the gaps between them, which count calendar days in UTC. Columns: `person_id`
    and `FEATURES`, all float64.
    """
    now = epoch_milliseconds(as_of)
    orders = before(inputs.orders, inputs.person_of, now)
    parts = [
        gap_features(orders, now),
        line_features(before(inputs.order_lines, inputs.person_of, now), now),
        refund_features(before(inputs.refunds, inputs.person_of, now), now),
        event_features(before(inputs.events, inputs.person_of, now), now),
    ]
    wide = order_features(orders, now)
    for part in parts:
        wide = wide.left_join(part, "person_id").drop("person_id_right")
    wide = wide.mutate(
        silence_ratio=wide.recency_days / wide.mean_gap_days.nullif(0),
        refund_share=wide.refunded.fill_null(0.0) / wide.amount.nullif(0),
    )
    return wide.select("person_id", **{name: number(wide, name) for name in FEATURES})


def label(inputs: ModelInputs, as_of: datetime, horizon: timedelta) -> ir.Table:
    """Return what each buyer of before `as_of` did in [as_of, as_of + horizon).

    Columns: `person_id`, `orders_ahead`, `order_days_ahead` (int64), `amount_ahead` (float64,
    refunds of the span deducted). Zeros for a person who did nothing.
    """
    now = epoch_milliseconds(as_of)
    end = epoch_milliseconds(as_of + horizon)
    buyers = before(inputs.orders, inputs.person_of, now).select("person_id").distinct()
    bought = during(inputs.orders, inputs.person_of, now, end)
    bought = bought.group_by("person_id").aggregate(
        orders_ahead=bought.count(),
        order_days_ahead=bought.order_date.nunique(),
        bought=bought.amount.sum().cast("float64"),
    )
    returned = during(inputs.refunds, inputs.person_of, now, end)
    returned = returned.group_by("person_id").aggregate(
        returned=returned.amount.sum().cast("float64")
    )
    ahead = buyers.left_join(bought, "person_id").drop("person_id_right")
    ahead = ahead.left_join(returned, "person_id").drop("person_id_right")
    return ahead.select(
        "person_id",
        orders_ahead=ahead.orders_ahead.fill_null(0).cast("int64"),
        order_days_ahead=ahead.order_days_ahead.fill_null(0).cast("int64"),
        amount_ahead=ahead.bought.fill_null(0.0) - ahead.returned.fill_null(0.0),
    )


def with_person(facts: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return the facts that carry an id, with the person behind it.

    An id that identity has not seen yet stands for itself.
    """
    known = facts.filter(facts.visitor_id.notnull())
    people = person_of.select(known_id="visitor_id", known_person="person_id")
    joined = known.left_join(people, known.visitor_id == people.known_id)
    return joined.mutate(person_id=ibis.coalesce(joined.known_person, joined.visitor_id)).drop(
        "known_id", "known_person"
    )


def before(facts: ir.Table, person_of: ir.Table, now: int) -> ir.Table:
    """Return the facts strictly before `now` (ms), with their person."""
    return with_person(facts.filter(facts.ts_ms < now), person_of)


def during(facts: ir.Table, person_of: ir.Table, start: int, end: int) -> ir.Table:
    """Return the facts of [start, end) (ms), with their person."""
    return with_person(facts.filter((facts.ts_ms >= start) & (facts.ts_ms < end)), person_of)


def number(table: ir.Table, name: str) -> ir.FloatingValue:
    """Return the feature as float64, zero for no fact where zero is the truth."""
    value = table[name].cast("float64")
    return value if name in MAY_BE_NULL else value.fill_null(0.0)


def order_features(orders: ir.Table, now: int) -> ir.Table:
    """Return the features that orders alone give."""

    def last(days: int) -> ir.BooleanColumn:
        return orders.ts_ms >= now - days * DAY

    amount, count = orders.amount, orders.count
    is_before_90 = (orders.ts_ms >= now - 180 * DAY) & (orders.ts_ms < now - 90 * DAY)
    sums = orders.group_by("person_id").aggregate(
        last_ms=orders.ts_ms.max(),
        first_ms=orders.ts_ms.min(),
        orders=count(),
        amount=amount.sum().cast("float64"),
        largest_order=amount.max().cast("float64"),
        **{f"orders_{days}d": count(where=last(days)) for days in WINDOWS},
        **{f"amount_{days}d": money(amount, last(days)) for days in WINDOWS},
        orders_before_90d=count(where=is_before_90),
        amount_before_90d=money(amount, is_before_90),
        discount=orders.discount.sum().cast("float64"),
        coupons=orders.coupon_code.count(),
        lines=orders.lines.sum(),
        pieces=orders.pieces.sum().cast("float64"),
        channels=orders.channel.nunique(),
        weekend=count(where=orders.order_date.day_of_week.index() >= 5),
    )
    per_order = sums.orders.cast("float64")
    return sums.mutate(
        recency_days=(now - sums.last_ms) / DAY,
        tenure_days=(now - sums.first_ms) / DAY,
        average_order=sums.amount / per_order,
        orders_trend_90d=sums.orders_90d - sums.orders_before_90d,
        amount_trend_90d=sums.amount_90d - sums.amount_before_90d,
        discount_share=sums.discount / (sums.amount + sums.discount).nullif(0),
        coupon_share=sums.coupons / per_order,
        lines_per_order=sums.lines / per_order,
        pieces_per_order=sums.pieces / per_order,
        weekend_share=sums.weekend / per_order,
    )


def money(amount: ir.DecimalColumn, where: ir.BooleanColumn) -> ir.FloatingValue:
    """Return the sum where the condition holds: exact first, so that row order does not matter."""
    return amount.sum(where=where).cast("float64").fill_null(0.0)


def gap_features(orders: ir.Table, now: int) -> ir.Table:
    """Return how regularly a person buys, from the days with an order."""
    days = orders.select("person_id", "order_date").distinct()
    stream = ibis.window(group_by="person_id", order_by="order_date")
    days = days.mutate(gap=days.order_date.delta(days.order_date.lag().over(stream), unit="day"))
    back = ibis.window(group_by="person_id", order_by=ibis.desc("order_date"))
    days = days.mutate(back=ibis.row_number().over(back))
    gap = days.gap.cast("float64")
    sums = days.group_by("person_id").aggregate(
        order_days=days.count(),
        mean_gap_days=gap.mean(),
        mean_square_gap=(gap * gap).mean(),
        last_gap_days=gap.max(where=days.back == 0),
    )
    # From two means of whole numbers: no engine's own idea of a deviation of one value.
    variance = sums.mean_square_gap - sums.mean_gap_days * sums.mean_gap_days
    # Rounding may leave a hair below zero; `greatest` would turn a null into the zero.
    above = ibis.ifelse(variance < 0, 0.0, variance)
    return sums.mutate(gap_deviation_days=above.sqrt())


def line_features(lines: ir.Table, now: int) -> ir.Table:
    """Return how broad a person's choice of products is."""
    return lines.group_by("person_id").aggregate(
        products=lines.product_id.nunique(),
        products_90d=lines.product_id.nunique(where=lines.ts_ms >= now - 90 * DAY),
    )


def refund_features(refunds: ir.Table, now: int) -> ir.Table:
    """Return how often a person sends things back; `refunded` is the money given back."""
    return refunds.group_by("person_id").aggregate(
        refunds=refunds.count(),
        refunds_90d=refunds.count(where=refunds.ts_ms >= now - 90 * DAY),
        refunded=refunds.amount.sum().cast("float64"),
    )


def event_features(events: ir.Table, now: int) -> ir.Table:
    """Return what a person does on site and app, and with our messages."""
    is_ours = events.event.isin(RECEIPTS)

    def count(names: tuple[str, ...], days: int) -> ir.IntegerScalar:
        return events.count(where=events.event.isin(names) & (events.ts_ms >= now - days * DAY))

    def active(days: int) -> ir.IntegerScalar:
        return events.event_date.nunique(where=~is_ours & (events.ts_ms >= now - days * DAY))

    sums = events.group_by("person_id").aggregate(
        active_days_30d=active(30),
        active_days_90d=active(90),
        views_30d=count(VIEW, 30),
        views_90d=count(VIEW, 90),
        carts_30d=count(CART, 30),
        carts_90d=count(CART, 90),
        searches_30d=count(("Products Searched",), 30),
        last_visit=events.ts_ms.max(where=~is_ours),
        messages_90d=count(DELIVERED, 90),
        opens_90d=count(OPENED, 90),
        clicks_90d=count(CLICKED, 90),
        unsubscribes=events.count(where=events.event == "Unsubscribed"),
    )
    return sums.mutate(
        visit_recency_days=(now - sums.last_visit) / DAY,
        click_share_90d=sums.clicks_90d / sums.messages_90d.nullif(0),
    )
