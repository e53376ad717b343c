"""What came back: refund lines, refund records and `Order Refunded` events in one shape."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.ports.functions import json_items, json_text
from zhiyin.ports.tables import MONEY, QUANTITY
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.instants import milliseconds
from zhiyin.warehouse.lines import has_products, number, order_events, order_number
from zhiyin.warehouse.records import ARRIVAL, earliest
from zhiyin.warehouse.tables import REFUNDS
from zhiyin.warehouse.traffic import by_customers
from zhiyin.warehouse.visitors import visitor_id

EVENT_FIELDS = ("source_id", "refund_id", "order_id", "visitor_id", "refund_time", "reason")


def refunds(
    lines: ir.Table, records: ir.Table, events: ir.Table, *, context: BuildContext
) -> ir.Table:
    """Return every line of every refund once; quantities and amounts are positive.

    A refund line of a file names its order where its number is that of a sale; else it is the
    number of a credit note. A refund event without `properties.products` is one line with the
    event's revenue. What both a file and an event tell of is taken from the file: lines with one
    refund number, and lines of one order and product; where either names no product, of one order.
    Lines are numbered in the order received.
    """
    del context
    filed = _filed_lines(lines, events).union(_records(records))
    received = filed.union(_untold(_events(events), filed))
    order = ibis.window(group_by=["source_id", "refund_id"], order_by=["kind", "place", *ARRIVAL])
    numbered = received.mutate(
        line_number=(ibis.row_number().over(order) + 1).cast("int64"),
        ts_ms=milliseconds(received.refund_time),
    )
    return numbered.select(list(REFUNDS.columns))


def _untold(told: ir.Table, filed: ir.Table) -> ir.Table:
    """Return the refund lines of events that no file tells of."""
    numbers = filed.select(filed_id="refund_id").distinct()
    unnumbered = told.anti_join(numbers, told.refund_id == numbers.filed_id)
    orders = filed.filter(filed.order_id.notnull())
    orders = orders.select(filed_order="order_id", filed_product="product_id").distinct()
    is_same_product = (
        (unnumbered.product_id == orders.filed_product)
        | unnumbered.product_id.isnull()
        | orders.filed_product.isnull()
    )
    return unnumbered.anti_join(
        orders, [unnumbered.order_id == orders.filed_order, is_same_product.fill_null(False)]
    )


def _sold(lines: ir.Table, events: ir.Table) -> ir.Table:
    filed = lines.filter(lines.line_kind == "sale").select(sold_id="order_id")
    live = order_events(events)
    return filed.union(live.select(sold_id=order_number(live))).distinct()


def _filed_lines(lines: ir.Table, events: ir.Table) -> ir.Table:
    sold = _sold(lines, events)
    back = lines.filter(lines.line_kind == "refund")
    back = back.left_join(sold, back.order_id == sold.sold_id)
    return _same_shape(
        back.mutate(
            kind=ibis.literal(0),
            place=ibis.literal(0),
            refund_id=back.order_id,
            order_id=back.sold_id,
            visitor_id=visitor_id(back.customer_id),
            quantity=back.quantity.abs(),
            amount=-back.amount,
            refund_time=back.order_time,
            reason=ibis.null("string"),
        )
    )


def _records(records: ir.Table) -> ir.Table:
    row = records.origin + ":" + records.load_id.cast("string")
    number_of_row = row + ":" + records.origin_line.cast("string")
    return _same_shape(
        records.mutate(
            kind=ibis.literal(1),
            place=ibis.literal(0),
            refund_id=ibis.coalesce(records.refund_id.nullif(""), number_of_row),
            order_id=records.order_id.nullif(""),
            visitor_id=visitor_id(records.customer_id),
        )
    )


def _events(events: ir.Table) -> ir.Table:
    is_refund = (events.event == "Order Refunded").fill_null(False)
    back = events.filter(is_refund, by_customers(events))
    first = earliest(
        back, key=["source_id", "event_id"], order=("load_id", "received_at", *ARRIVAL[1:])
    )
    known = first.mutate(
        refund_id=ibis.coalesce(
            json_text(first.properties, "$.refund_id").nullif(""), first.event_id
        ),
        order_id=first.order_id.nullif(""),
        visitor_id=visitor_id(first.user_id, first.anonymous_id),
        refund_time=first.event_time,
        reason=json_text(first.properties, "$.reason"),
        products=json_items(first.properties, "$.products"),
    )
    whole = known.filter(~has_products(known))
    whole = whole.mutate(
        kind=ibis.literal(2),
        place=ibis.literal(0),
        quantity=ibis.coalesce(whole.quantity, ibis.literal(1).cast(QUANTITY)).abs(),
        amount=whole.revenue.abs(),
    )
    return _same_shape(whole).union(_same_shape(_exploded(known)))


def _exploded(known: ir.Table) -> ir.Table:
    several = known.filter(has_products(known)).select(*EVENT_FIELDS, "products", *ARRIVAL[:3])
    items = several.unnest("products", offset="item_place")
    item = items.products
    quantity = number(json_text(item, "$.quantity"), QUANTITY, 1).abs()
    price = json_text(item, "$.price").try_cast(MONEY).abs()
    return items.mutate(
        kind=ibis.literal(2),
        place=items.item_place,
        product_id=json_text(item, "$.product_id"),
        quantity=quantity,
        amount=(quantity * price).cast(MONEY),
    )


def _same_shape(rows: ir.Table) -> ir.Table:
    return rows.select(
        "refund_id",
        "order_id",
        "visitor_id",
        "product_id",
        "refund_time",
        "reason",
        *ARRIVAL,
        kind=rows.kind.cast("int64"),
        place=rows.place.cast("int64"),
        quantity=rows.quantity.cast(QUANTITY),
        amount=rows.amount.cast(MONEY),
    )


BUILD = TableBuild(spec=REFUNDS, inputs=(ods.ORDER_LINES, ods.REFUNDS, ods.EVENTS), build=refunds)
