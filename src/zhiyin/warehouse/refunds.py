"""What came back: refund lines, refund records and `Order Refunded` events in one shape."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.ports.functions import json_items, json_text
from zhiyin.ports.tables import MONEY, QUANTITY
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.instants import milliseconds
from zhiyin.warehouse.lines import has_products, number
from zhiyin.warehouse.records import ARRIVAL, earliest
from zhiyin.warehouse.tables import REFUNDS
from zhiyin.warehouse.traffic import by_customers
from zhiyin.warehouse.visitors import visitor_id

EVENT_FIELDS = ("source_id", "refund_id", "order_id", "visitor_id", "refund_time", "reason")


def refunds(
    lines: ir.Table, records: ir.Table, events: ir.Table, *, context: BuildContext
) -> ir.Table:
    """Return every line of every refund; quantities and amounts are positive.

    A refund event without `properties.products` is one line with the event's revenue. Lines are
    numbered in the order received.
    """
    del context
    received = _filed_lines(lines).union(_records(records)).union(_events(events))
    order = ibis.window(group_by=["source_id", "refund_id"], order_by=["kind", "place", *ARRIVAL])
    numbered = received.mutate(
        line_number=(ibis.row_number().over(order) + 1).cast("int64"),
        ts_ms=milliseconds(received.refund_time),
    )
    return numbered.select(list(REFUNDS.columns))


def _filed_lines(lines: ir.Table) -> ir.Table:
    back = lines.filter(lines.line_kind == "refund")
    return _same_shape(
        back.mutate(
            kind=ibis.literal(0),
            place=ibis.literal(0),
            refund_id=back.order_id,
            order_id=ibis.null("string"),
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
        refund_id=first.event_id,
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
