"""What conditions may ask of the things that people do: properties, and amounts to add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ORDER = "Order Completed"
REFUND = "Order Refunded"


@dataclass(frozen=True)
class Property:
    """A property of a fact, as a filter names it.

    Attributes
    ----------
    kind : text | number.
    holder : fact (a column of the fact itself), line (a column of its lines: one line has to pass
        all filters of this holder and the next) or product (a column of the product, by its id).
    meaning : one phrase in English.
    unit : None for a text.
    """

    kind: str
    holder: str
    meaning: str
    unit: str | None = None


@dataclass(frozen=True)
class FactKind:
    """One of the three kinds of facts: what may be asked of it, and what of it adds up."""

    properties: Mapping[str, Property]
    measures: Mapping[str, str]


PRODUCT = {
    "category": Property("text", "product", "top category of the product"),
    "brand": Property("text", "product", "brand of the product"),
}
EVENTS = FactKind(
    {
        "product_id": Property("text", "fact", "product"),
        **PRODUCT,
        "channel": Property("text", "fact", "channel of arrival"),
        "campaign_id": Property("text", "fact", "our campaign"),
        "platform": Property("text", "fact", "web | app | mini_program | store | …"),
        "search_query": Property("text", "fact", "what was searched for"),
        "page_path": Property("text", "fact", "path of the page"),
        "revenue": Property("number", "fact", "amount", "currency"),
    },
    {"revenue": "amount"},
)
ORDERS = FactKind(
    {
        "product_id": Property("text", "line", "product on a line of the order"),
        **PRODUCT,
        "channel": Property("text", "fact", "web | app | mini_program | store | …"),
        "store_id": Property("text", "fact", "store"),
        "country": Property("text", "fact", "country"),
        "coupon_code": Property("text", "fact", "coupon used"),
        "amount": Property("number", "fact", "net amount, refunds not deducted", "currency"),
        "pieces": Property("number", "fact", "pieces", "pieces"),
    },
    {"amount": "net amount", "pieces": "pieces", "discount": "discount"},
)
REFUNDS = FactKind(
    {
        "product_id": Property("text", "line", "product on a line of the refund"),
        **PRODUCT,
        "reason": Property("text", "line", "reason given"),
        "amount": Property("number", "fact", "money given back", "currency"),
    },
    {"amount": "money given back"},
)


def fact_kind(event: str) -> FactKind:
    """Return what may be asked of an event: orders and refunds count however they arrived."""
    return {ORDER: ORDERS, REFUND: REFUNDS}.get(event, EVENTS)
