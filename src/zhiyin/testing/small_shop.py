"""A small shop with what makes tables hard: merged people, refunds, refusals, strangers.

Ann has two customer numbers with one e-mail and name, and a device; Bob ordered once and agrees to
nothing; Cy is registered and left a cart; a device is known by nothing else; one sale is anonymous.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhiyin.collect import tables as ods
from zhiyin.core.clock import naive_utc
from zhiyin.profiles import tables as dm
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext

if TYPE_CHECKING:
    import pyarrow as pa

AS_OF = naive_utc(datetime(2025, 6, 30, tzinfo=UTC))
CONTEXT = BuildContext(AS_OF, timezone="UTC")


def ago(days: float) -> datetime:
    """Return the instant some days before the shop is looked at."""
    return AS_OF - timedelta(days=days)


def stamp(moment: datetime) -> int:
    """Return milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def order(
    name: str, visitor: str | None, days: float, amount: int, **columns: Any
) -> dict[str, Any]:
    """Return an order."""
    return {
        "source_id": "shop",
        "order_id": name,
        "visitor_id": visitor,
        "order_time": ago(days),
        "ts_ms": stamp(ago(days)),
        "lines": 1,
        "amount": Decimal(amount),
        "currency": "CNY",
        **columns,
    }


def line(name: str, visitor: str, days: float, amount: int, **columns: Any) -> dict[str, Any]:
    """Return an order line."""
    return {
        "source_id": "shop",
        "order_id": name,
        "line_number": 1,
        "visitor_id": visitor,
        "quantity": Decimal(2),
        "amount": Decimal(amount),
        "order_time": ago(days),
        "ts_ms": stamp(ago(days)),
        **columns,
    }


def event(
    name: str, visitor: str, days: float, what: str = "Page Viewed", **columns: Any
) -> dict[str, Any]:
    """Return an event."""
    return {
        "source_id": "web",
        "event_id": name,
        "visitor_id": visitor,
        "event": what,
        "event_time": ago(days),
        "channel": "direct",
        **columns,
    }


def touch(name: str, visitor: str, days: float, kind: str, **columns: Any) -> dict[str, Any]:
    """Return a touch."""
    return {
        "touch_id": name,
        "visitor_id": visitor,
        "touch_kind": kind,
        "channel": "email",
        "touch_time": ago(days),
        "ts_ms": stamp(ago(days)),
        **columns,
    }


FACTS = [
    (
        dw.CUSTOMERS,
        [
            {
                "visitor_id": "user:ann",
                "customer_id": "ann",
                "email": "ann@b.c",
                "name": "Ann Li",
                "gender": "female",
                "city": "上海",
                "joined_at": ago(400),
                "email_consent": True,
            },
            {
                "visitor_id": "user:ann2",
                "customer_id": "ann2",
                "email": "ann@b.c",
                "name": "Ann Li",
                "phone": "+8613800",
                "city": "北京",
                "joined_at": ago(40),
            },
            {
                "visitor_id": "user:bob",
                "customer_id": "bob",
                "email": "bob@b.c",
                "email_consent": False,
                "gender": "male",
                "acquisition_channel": "ads",
                "joined_at": ago(90),
            },
            {"visitor_id": "user:cy", "customer_id": "cy", "email": "cy@b.c", "joined_at": ago(20)},
        ],
    ),
    (dw.PRODUCTS, [{"product_id": "p", "name": "Tea", "category": "drinks"}]),
    (
        dw.ORDERS,
        [
            order("1", "user:ann", 300, 100, channel="web"),
            order("2", "user:ann2", 10, 60, channel="store"),
            order("3", "user:bob", 80, 40, channel="web"),
            order("4", None, 5, 9),
        ],
    ),
    (
        dw.ORDER_LINES,
        [
            line("1", "user:ann", 300, 100, product_id="p"),
            line("2", "user:ann2", 10, 60, product_id="x"),
        ],
    ),
    (
        dw.REFUNDS,
        [
            {
                "source_id": "shop",
                "refund_id": "r",
                "line_number": 1,
                "visitor_id": "user:ann",
                "amount": Decimal(30),
                "refund_time": ago(290),
                "ts_ms": stamp(ago(290)),
            },
        ],
    ),
    (
        dw.EVENTS,
        [
            event("a", "anon:d1", 12, channel="ads"),
            event("b", "user:ann", 10, "Order Completed", order_id="2"),
            event("c", "user:cy", 3, "Product Added", product_id="p"),
            event("d", "user:cy", 2, "Unsubscribed", message_id="m1", campaign_id="c1"),
            event("e", "anon:d2", 1),
            event("f", "user:bob", 1, "Email Delivered", message_id="m2"),
        ],
    ),
    (
        dw.SESSIONS,
        [
            {
                "visitor_id": "anon:d1",
                "started_at": ago(12),
                "start_ms": stamp(ago(12)),
                "channel": "ads",
            },
            {
                "visitor_id": "user:cy",
                "started_at": ago(3),
                "start_ms": stamp(ago(3)),
                "channel": "search",
            },
            {
                "visitor_id": "user:cy",
                "started_at": ago(31),
                "start_ms": stamp(ago(31)),
                "channel": "direct",
            },
        ],
    ),
    (
        dw.TOUCHES,
        [
            touch("t1", "user:cy", 2, "delivered", message_id="m1", campaign_id="c1"),
            touch("t2", "user:cy", 2, "unsubscribed", message_id="m1", campaign_id="c1"),
            touch("t3", "user:cy", 40, "delivered", message_id="m0", campaign_id="c0"),
            touch("t4", "user:ann", 50, "redeemed", campaign_id="old"),
            touch("t5", "anon:d1", 12, "visit"),
        ],
    ),
    (
        ods.EVENTS,
        [
            {
                "event_id": "i",
                "kind": "identify",
                "user_id": "ann",
                "anonymous_id": "d1",
                "event_time": ago(12),
            },
        ],
    ),
    (
        dm.SCORES,
        [
            {
                "person_id": "user:ann",
                "model": "churn",
                "score": 0.8,
                "as_of": AS_OF,
                "reasons": '[{"feature": "recency", "value": 10, "effect": 0.3}]',
            },
        ],
    ),
]


# The records as the customer file brought them, which is where evidence is read from.
RECORDS = [
    {name: value for name, value in row.items() if name != "visitor_id"}
    for spec, rows in FACTS
    if spec is dw.CUSTOMERS
    for row in rows
]
FACTS.append((ods.CUSTOMERS, [{"source_id": "crm", **record} for record in RECORDS]))


def small_shop() -> dict[str, pa.Table]:
    """Return the shop's tables by name."""
    return {spec.name: rows_of(spec, *rows) for spec, rows in FACTS}
