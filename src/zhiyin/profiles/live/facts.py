"""Calls as facts: events, orders and refunds in the shape in which conditions count them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from zhiyin.profiles.deeds import ORDER, REFUND
from zhiyin.profiles.holding.api import AMOUNT_SCALE, Happening
from zhiyin.profiles.live.calls import (
    LARGEST_AMOUNT,
    Call,
    Json,
    amount,
    identifier,
    object_of,
    text,
)

# Category and brand of each product.
Catalog = Mapping[str, tuple[str | None, str | None]]
ZERO = Decimal(0)


def fact_of(call: Call, catalog: Catalog) -> Happening | None:
    """Return what a call is a fact of; None for a call that only tells who somebody is."""
    if call.event is None:
        return None
    shape = {ORDER: order, REFUND: refund}.get(call.event, event)
    return shape(call, catalog)


def number_of(call: Call) -> str:
    """Return what tells an order or a refund from others: its number, else the event's own id."""
    name = "order_id" if call.event == ORDER else "refund_id"
    told = identifier(call.properties.get(name)) or call.event_id
    return f"{call.event}\x1f{told}"


def event(call: Call, catalog: Catalog) -> Happening:
    """Return an event."""
    told = call.properties
    product = bare_product(told)
    page = object_of(call.context.get("page"))
    revenue = amount(told.get("revenue"))
    own = {
        "product_id": product,
        "channel": call.channel,
        "campaign_id": identifier(told.get("campaign_id")),
        "platform": call.platform,
        "search_query": text(told.get("query")),
        "page_path": text(told.get("path")) or text(page.get("path")),
        "revenue": None if revenue is None else float(revenue),
    }
    return Happening(
        call.event or "",
        call.ts_ms,
        known(own),
        (of_product(product, catalog),) if product else (),
        {} if revenue is None else {"revenue": scaled(revenue)},
    )


def order(call: Call, catalog: Catalog) -> Happening:
    """Return an order: its lines' amounts, less a discount on the whole of it."""
    told, items = call.properties, products(call.properties)
    revenue = amount(told.get("revenue"))
    pieces, discount, total = ZERO, ZERO, ZERO
    for item in items:
        quantity = amount(item.get("quantity"))
        quantity = Decimal(1) if quantity is None else quantity
        less = amount(item.get("discount")) or ZERO
        pieces, discount = pieces + quantity, discount + less
        total += rounded(quantity * (amount(item.get("price")) or ZERO) - less)
    if not items:
        pieces, total = Decimal(1), revenue or ZERO
    elif revenue is not None and revenue < total:
        discount, total = discount + total - revenue, revenue
    named = items or [{"product_id": bare_product(told)}]
    own = {
        "channel": call.platform,
        "store_id": as_told(told.get("store_id")),
        "country": as_told(told.get("country")),
        "coupon_code": as_told(told.get("coupon")),
        "amount": float(total),
        "pieces": float(pieces),
    }
    amounts = {"amount": scaled(total), "pieces": scaled(pieces), "discount": scaled(discount)}
    lines = tuple(of_product(as_told(item.get("product_id")), catalog) for item in named)
    return Happening(ORDER, call.ts_ms, known(own), lines, amounts)


def refund(call: Call, catalog: Catalog) -> Happening:
    """Return a refund: what its lines add up to, else the event's revenue."""
    told, items = call.properties, products(call.properties)
    total = None
    for item in items:
        quantity = amount(item.get("quantity"))
        price = amount(item.get("price"))
        if price is not None:
            total = (total or ZERO) + abs(price) * abs(Decimal(1) if quantity is None else quantity)
    if not items:
        revenue = amount(told.get("revenue"))
        total = None if revenue is None else abs(revenue)
    named = items or [{"product_id": bare_product(told)}]
    reason = {"reason": as_told(told.get("reason"))}
    lines = tuple(
        known({**of_product(as_told(item.get("product_id")), catalog), **reason}) for item in named
    )
    own = {} if total is None else {"amount": float(total)}
    amounts = {} if total is None else {"amount": scaled(total)}
    return Happening(REFUND, call.ts_ms, own, lines, amounts)


def products(properties: Json) -> list[Json]:
    """Return what was bought or returned, as the event lists it."""
    listed = properties.get("products")
    return [object_of(one) for one in listed] if isinstance(listed, list) else []


def bare_product(properties: Json) -> str | None:
    """Return the product that the event itself names."""
    return identifier(properties.get("product_id")) or identifier(properties.get("sku"))


def as_told(value: Any) -> str | None:
    """Return a text as it is, a number as text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def of_product(product_id: str | None, catalog: Catalog) -> dict[str, Any]:
    """Return a product's properties."""
    category, brand = catalog.get(product_id or "", (None, None))
    return known({"product_id": product_id, "category": category, "brand": brand})


def known(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the properties that have a value."""
    return {name: value for name, value in properties.items() if value is not None}


def rounded(cost: Decimal) -> Decimal:
    """Return what a line cost, with four digits; nothing where it is beyond all sense."""
    return cost.quantize(Decimal("0.0001")) if abs(cost) < LARGEST_AMOUNT else ZERO


def scaled(number: Decimal) -> int:
    """Return a number in ten-thousandths, no larger than an amount can be."""
    return int(max(-LARGEST_AMOUNT, min(number, LARGEST_AMOUNT)) * AMOUNT_SCALE)
