"""What there is to count: the columns of the facts, and their types, before any engine is open."""

from __future__ import annotations

from collections.abc import Mapping

from zhiyin.ports.tables import MONEY, QUANTITY

KEYS = {"person_id": "string", "day": "date", "channel": "string"}

# A fact without `person_id` belongs to nobody: it cannot be divided among people.
FACT_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "visits": {**KEYS, "campaign_id": "string", "events": "int64"},
    "orders": {
        **KEYS,
        "amount": MONEY,
        "discount": MONEY,
        "goods_cost": MONEY,
        "pieces": QUANTITY,
        "lines": "int64",
        "country": "string",
        "store_id": "string",
        "coupon_code": "string",
        "is_first": "boolean",
        "is_repeat": "boolean",
        "has_visit": "boolean",
    },
    "refunds": {**KEYS, "amount": MONEY, "product_id": "string", "reason": "string"},
    "costs": {
        "day": "date",
        "channel": "string",
        "amount": MONEY,
        "campaign_id": "string",
        "impressions": "int64",
        "clicks": "int64",
    },
    "messages": {
        **KEYS,
        "is_delivered": "boolean",
        "is_opened": "boolean",
        "is_clicked": "boolean",
        "is_unsubscribed": "boolean",
    },
    "activity": KEYS,
    "events": {
        **KEYS,
        "event": "string",
        "platform": "string",
        "product_id": "string",
        "search_query": "string",
        "page_path": "string",
        "campaign_id": "string",
        "revenue": MONEY,
    },
    "feedback": {
        **KEYS,
        "kind": "string",
        "sentiment": "string",
        "score": "float64",
        "rating": "float64",
        "topic": "string",
        "reason": "string",
        "moment": "string",
        "product_id": "string",
        "category": "string",
        "language": "string",
    },
}

FACTS = tuple(FACT_COLUMNS)


def kind_of(fact: str, column: str) -> str:
    """Return what a fact's column holds: number, text, truth or day."""
    of_type = FACT_COLUMNS[fact][column]
    kinds = {"string": "text", "boolean": "truth", "date": "day"}
    return kinds.get(of_type, "number")
