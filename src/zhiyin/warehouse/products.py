"""What is sold: product files, and products known from order lines only."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.ports.tables import MONEY
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.lines import sale_lines
from zhiyin.warehouse.records import merge_newest_first
from zhiyin.warehouse.tables import PRODUCTS

FIELDS = [name for name in PRODUCTS.columns if name != "product_id"]


def products(
    records: ir.Table, lines: ir.Table, events: ir.Table, *, context: BuildContext
) -> ir.Table:
    """Return one row per product that a file lists or a sale names.

    Fields come from the newest product record that has them. A name no record has is the one used
    most on sale lines, of equals the first by text; a price no record has is the median unit price.
    """
    listed = merge_newest_first(records, key="product_id", fields=FIELDS)
    sold = sold_products(sale_lines(lines, events, currency=context.currency))
    both = listed.outer_join(sold, listed.product_id == sold.sold_id)
    filled = {name: both[name] for name in FIELDS if name not in ("name", "price")}
    return both.select(
        product_id=ibis.coalesce(both.product_id, both.sold_id),
        **filled,
        name=ibis.coalesce(both.name, both.sold_name),
        price=ibis.coalesce(both.price, both.sold_price),
    ).select(list(PRODUCTS.columns))


def sold_products(sales: ir.Table) -> ir.Table:
    """Return one row per product sold: `sold_id`, `sold_name` used most, `sold_price` median."""
    named = sales.filter(sales.product_id.nullif("").notnull())
    uses = (
        named.filter(named.product_name.notnull())
        .group_by("product_id", "product_name")
        .aggregate(uses=lambda t: t.count())
    )
    by_use = ibis.window(group_by="product_id", order_by=[uses.uses.desc(), uses.product_name])
    ranked = uses.mutate(place=ibis.row_number().over(by_use))
    names = ranked.filter(ranked.place == 0).select("product_id", sold_name="product_name")
    # Through float64: the median of decimals is rounded differently by each engine.
    price = named.unit_price.cast("float64").median()
    prices = named.group_by("product_id").aggregate(median_price=price)
    joined = prices.left_join(names, "product_id")
    return joined.select(
        sold_id=joined.product_id,
        sold_name=joined.sold_name,
        sold_price=joined.median_price.cast(MONEY),
    )


BUILD = TableBuild(
    spec=PRODUCTS, inputs=(ods.PRODUCTS, ods.ORDER_LINES, ods.EVENTS), build=products
)
