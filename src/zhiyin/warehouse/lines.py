"""Lines of sales as they were received, from files and from live events, in one shape."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.ports.functions import json_items, json_text
from zhiyin.ports.tables import MONEY, QUANTITY
from zhiyin.warehouse.cleaning.engine import marked
from zhiyin.warehouse.instants import milliseconds
from zhiyin.warehouse.records import ARRIVAL, earliest
from zhiyin.warehouse.traffic import by_customers
from zhiyin.warehouse.visitors import visitor_id

COLUMNS = (
    "source_id",
    "order_id",
    "line_number",
    "visitor_id",
    "product_id",
    "product_name",
    "quantity",
    "unit_price",
    "discount",
    "amount",
    "order_time",
    "ts_ms",
    "currency",
    "channel",
    "store_id",
    "country",
    "coupon_code",
    "filled",
    "flagged",
)


def sale_lines(lines: ir.Table, events: ir.Table, *, currency: str) -> ir.Table:
    """Return every line of every sale, once.

    An order that both a file and an event tell of is taken from the file. Of several
    `Order Completed` events with one order number the first received counts. `currency` is
    meant where an event names none.
    """
    filed = filed_lines(lines)
    live = event_lines(events, currency=currency)
    live = live.anti_join(filed.select("order_id").distinct(), "order_id")
    return filed.union(live)


def filed_lines(lines: ir.Table) -> ir.Table:
    """Return the sale lines of files, numbered in the order they stand there."""
    sales = marked(lines.filter(lines.line_kind == "sale"))
    order = ibis.window(group_by=["source_id", "order_id"], order_by=list(ARRIVAL))
    return sales.select(
        "source_id",
        "order_id",
        line_number=(ibis.row_number().over(order) + 1).cast("int64"),
        visitor_id=visitor_id(sales.customer_id),
        product_id=sales.product_id,
        product_name=sales.product_name,
        quantity=sales.quantity.cast(QUANTITY),
        unit_price=sales.unit_price.cast(MONEY),
        discount=_money(sales.discount),
        amount=sales.amount.cast(MONEY),
        order_time=sales.order_time,
        ts_ms=milliseconds(sales.order_time),
        currency=sales.currency,
        channel=sales.channel,
        store_id=sales.store_id,
        country=sales.country,
        coupon_code=sales.coupon_code,
        filled=sales.filled,
        flagged=sales.flagged,
    )


def event_lines(events: ir.Table, *, currency: str) -> ir.Table:
    """Return the lines of `Order Completed` events.

    `properties.products` gives the lines. Where it is missing the order is one line of one piece,
    without a product unless the event names one, for the event's revenue. Where the revenue is
    less than the lines add up to, the rest is a discount on the order, shared out among its lines.
    """
    orders = completed_orders(events, currency=currency)
    priced = _priced(_exploded(orders).union(_without_products(orders)))
    return marked(priced).select(*COLUMNS)


def order_events(events: ir.Table) -> ir.Table:
    """Return customers' own `Order Completed` events."""
    is_order = (events.event == "Order Completed").fill_null(False)
    return events.filter(is_order, by_customers(events))


def order_number(events: ir.Table) -> ir.StringValue:
    """Return the order's number, else the event's own id."""
    return ibis.coalesce(events.order_id.nullif(""), events.event_id)  # pyright: ignore[reportReturnType]


def completed_orders(events: ir.Table, *, currency: str) -> ir.Table:
    """Return one row per order number: a customer's first `Order Completed` event."""
    done = order_events(events)
    named = done.mutate(order_id=order_number(done))
    first = earliest(named, key=["order_id"], order=("received_at", *ARRIVAL, "event_id"))
    return first.select(
        "source_id",
        "order_id",
        "product_id",
        "quantity",
        "revenue",
        "ts_ms",
        "properties",
        visitor_id=visitor_id(first.user_id, first.anonymous_id),
        order_time=first.event_time,
        currency=ibis.coalesce(first.currency, ibis.literal(currency)),
        channel=first.platform,
        store_id=json_text(first.properties, "$.store_id"),
        country=json_text(first.properties, "$.country"),
        coupon=json_text(first.properties, "$.coupon"),
        products=json_items(first.properties, "$.products"),
    )


ORDER_FIELDS = (
    "source_id",
    "order_id",
    "visitor_id",
    "order_time",
    "ts_ms",
    "revenue",
    "currency",
    "channel",
    "store_id",
    "country",
)


def has_products(orders: ir.Table) -> ir.BooleanValue:
    """Return whether an event lists what was bought."""
    return (orders.products.length() > 0).fill_null(False)


def _exploded(orders: ir.Table) -> ir.Table:
    several = orders.filter(has_products(orders)).select(*ORDER_FIELDS, "coupon", "products")
    items = several.unnest("products", offset="place")
    item = items.products
    return items.select(
        *ORDER_FIELDS,
        line_number=(items.place + 1).cast("int64"),
        product_id=json_text(item, "$.product_id"),
        product_name=json_text(item, "$.name"),
        quantity=number(json_text(item, "$.quantity"), QUANTITY, 1),
        unit_price=number(json_text(item, "$.price"), MONEY, 0),
        discount=number(json_text(item, "$.discount"), MONEY, 0),
        coupon_code=ibis.coalesce(json_text(item, "$.coupon"), items.coupon),
    )


def _without_products(orders: ir.Table) -> ir.Table:
    bare = orders.filter(~has_products(orders))
    return bare.select(
        *ORDER_FIELDS,
        line_number=ibis.literal(1, "int64"),
        product_id=bare.product_id,
        product_name=ibis.null("string"),
        quantity=ibis.literal(1).cast(QUANTITY),
        unit_price=_money(bare.revenue),
        discount=ibis.literal(0).cast(MONEY),
        coupon_code=bare.coupon,
    )


def _priced(lines: ir.Table) -> ir.Table:
    """Work out each line's amount, with its share of a discount on the whole order."""
    own = lines.mutate(net=(lines.quantity * lines.unit_price - lines.discount).cast(MONEY))
    order = ibis.window(group_by=["order_id"])
    total = own.net.sum().over(order)
    gap = (total - own.revenue).cast("float64")
    share = (gap * own.net.cast("float64") / total.cast("float64").nullif(0)).round(4).cast(MONEY)
    is_dearer = (total > own.revenue).fill_null(False)
    shared = own.mutate(
        total=total.cast(MONEY),
        share=ibis.ifelse(is_dearer, share, ibis.literal(0).cast(MONEY)),
        owed=ibis.ifelse(is_dearer, total - own.revenue, ibis.literal(0)).cast(MONEY),
    )
    # What rounding leaves over falls on the first line, so that the order adds up exactly.
    rest = shared.owed - shared.share.sum().over(order)
    is_first = shared.line_number == 1
    share = shared.share + ibis.ifelse(is_first, rest, ibis.literal(0)).cast(MONEY)
    return shared.mutate(
        discount=(shared.discount + share).cast(MONEY), amount=(shared.net - share).cast(MONEY)
    )


def number(text: ir.StringValue, kind: str, default: int) -> ir.DecimalValue:
    """Return text as a decimal; the default where it is none."""
    return ibis.coalesce(text.try_cast(kind), ibis.literal(default).cast(kind))  # pyright: ignore[reportReturnType]


def _money(value: ir.DecimalValue) -> ir.DecimalValue:
    return ibis.coalesce(value.cast(MONEY), ibis.literal(0).cast(MONEY))  # pyright: ignore[reportReturnType]
