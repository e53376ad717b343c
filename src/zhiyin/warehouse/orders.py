"""What was bought: order lines, and the orders they add up to."""

from __future__ import annotations

import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.ports.tables import MONEY
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.lines import order_events, order_number, sale_lines
from zhiyin.warehouse.pieces import Feed, Pieces
from zhiyin.warehouse.tables import ORDER_LINES, ORDERS, PRODUCTS


def order_lines(
    lines: ir.Table, events: ir.Table, products: ir.Table, *, context: BuildContext
) -> ir.Table:
    """Return the lines of all sales, with the cost of the goods where the product's is known."""
    sales = sale_lines(lines, events, currency=context.currency)
    costs = piece_costs(products)
    known = sales.left_join(costs, sales.product_id == costs.cost_of)
    return known.mutate(
        cost=(known.quantity * known.piece_cost).cast(MONEY),
        order_date=known.order_time.date(),
    ).select(list(ORDER_LINES.columns))


def piece_costs(products: ir.Table) -> ir.Table:
    """Return `cost_of` and `piece_cost` of the products whose cost is known."""
    return products.filter(products.cost.notnull()).select(cost_of="product_id", piece_cost="cost")


def orders(lines: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return one row per order.

    The order's channel, store, country and coupon are those of the first line that has one. An
    order whose lines name several visitors belongs to the last by text, so to a user before a
    device.
    """
    del context
    texts = ("channel", "store_id", "country", "coupon_code")
    first = {
        name: lines[name].argmin(lines.line_number, where=lines[name].notnull()) for name in texts
    }
    summed = lines.group_by("source_id", "order_id").aggregate(
        visitor_id=lines.visitor_id.max(),
        order_time=lines.order_time.min(),
        ts_ms=lines.ts_ms.min(),
        order_date=lines.order_date.min(),
        lines=lines.count(),
        pieces=lines.quantity.sum(),
        amount=lines.amount.sum(),
        discount=lines.discount.sum(),
        cost=lines.cost.sum(),
        currency=lines.currency.min(),
        **first,
    )
    return summed.select(list(ORDERS.columns))


def _order_of_line(lines: ir.Table) -> dict[str, ir.Value]:
    return {"order_id": lines.order_id}


def _order_of_event(events: ir.Table) -> dict[str, ir.Value]:
    return {"order_id": order_number(events)}


def _sales(lines: ir.Table) -> ir.Table:
    return lines.filter(lines.line_kind == "sale")


# A file's order and an event's of one number are one order, so the number alone makes a piece.
LINES_BUILD = TableBuild(
    spec=ORDER_LINES,
    inputs=(ods.ORDER_LINES, ods.EVENTS, PRODUCTS),
    build=order_lines,
    pieces=Pieces(
        key=("order_id",),
        feeds=(
            Feed(rows=_sales, key=_order_of_line, time="order_time"),
            Feed(rows=order_events, key=_order_of_event, time="event_time"),
            Feed(rows=piece_costs),
        ),
        time="order_time",
    ),
)
ORDERS_BUILD = TableBuild(
    spec=ORDERS,
    inputs=(ORDER_LINES,),
    build=orders,
    pieces=Pieces(key=("order_id",), feeds=(Feed(key=_order_of_line),)),
)
