"""What lies in each basket: order lines as baskets and items."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.windows import Window

if TYPE_CHECKING:
    import ibis.expr.types as ir

LEVELS = ("product", "category", "subcategory", "brand")


def items_at(lines: ir.Table, products: ir.Table, level: str) -> ir.Table:
    """Add `item` to lines: the product, or what it belongs to; lines where that is unknown go.

    Parameters
    ----------
    lines : dw.order_lines.
    products : dw.products.
    level : one of `LEVELS`.
    """
    if level == "product":
        return lines.filter(lines.product_id.notnull()).mutate(item=lines.product_id)
    known = products.filter(products[level].notnull())
    known = known.select(known_id="product_id", item=level)
    return lines.inner_join(known, lines.product_id == known.known_id).drop("known_id")


def contents(lines: ir.Table) -> ir.Table:
    """Return `basket` (a number) and `item` of lines that have an item, each item once a basket.

    A basket is an order. Its number is good within one query only.
    """
    return basket_lines(lines).distinct()


def basket_lines(lines: ir.Table) -> ir.Table:
    """Return `contents` for readers who see themselves that an item is told twice in a basket."""
    orders = lines.select("source_id", "order_id").distinct()
    named = ibis.window(order_by=[orders.source_id, orders.order_id])
    orders = orders.mutate(basket=ibis.row_number().over(named))
    return lines.inner_join(orders, ["source_id", "order_id"]).select("basket", "item")


def sold_within(lines: ir.Table, window: Window) -> ir.Table:
    """Return the lines of a window."""
    at = lines.ts_ms
    return lines.filter(at >= epoch_milliseconds(window.start), at < epoch_milliseconds(window.end))


def sold_before(lines: ir.Table, as_of: datetime) -> ir.Table:
    """Return the lines before an instant."""
    return lines.filter(lines.ts_ms < epoch_milliseconds(as_of))
