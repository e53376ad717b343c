"""The warehouse's table functions on DuckDB and on Spark, with the rows engines disagree about."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from zhiyin.collect import tables as ods
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext
from zhiyin.warehouse.campaigns import campaigns
from zhiyin.warehouse.costs import costs
from zhiyin.warehouse.customers import customers
from zhiyin.warehouse.events import events
from zhiyin.warehouse.orders import order_lines, orders
from zhiyin.warehouse.products import products
from zhiyin.warehouse.refunds import refunds
from zhiyin.warehouse.sessions import sessions
from zhiyin.warehouse.touches import touches

pytestmark = pytest.mark.spark
NOON = datetime(2026, 1, 5, 12, 0, 0, 999999)
CONTEXT = BuildContext(as_of=datetime(2026, 2, 1))
ITEMS = [
    {"product_id": "p1", "name": "Cup", "price": 3.3333, "quantity": 3, "coupon": "C"},
    {"product_id": 7, "price": "2.50"},
    {"product_id": None, "price": None, "quantity": "many", "discount": 0.1},
]


def event(event_id: str, name: str | None = "Order Completed", **more) -> dict:
    plain = {
        "source_id": "web",
        "event_id": event_id,
        "kind": "track",
        "event": name,
        "event_time": NOON,
        "received_at": NOON,
        "anonymous_id": "a",
        "origin": "log",
        "load_id": 1,
    }
    return {**plain, **more}


def listed(*items: dict, **more) -> str:
    return json.dumps({"products": list(items), **more})


EVENTS = rows_of(
    ods.EVENTS,
    event("e1", order_id="1", revenue=Decimal("10"), properties=listed(*ITEMS), user_id="u1"),
    event("e1", order_id="1", revenue=Decimal("99")),
    event("e2", order_id="filed", properties=listed(*ITEMS)),
    event("e3", order_id="", revenue=Decimal("5.5"), properties="{broken"),
    event("e4", order_id="4", properties=listed()),
    event(
        "e5", order_id="5", properties=listed(ITEMS[0], ITEMS[0], ITEMS[0]), revenue=Decimal("1")
    ),
    event("e6", "Order Refunded", order_id="1", properties=listed(*ITEMS, reason="torn")),
    event("e7", "Order Refunded", order_id="5", revenue=Decimal("-1"), load_id=2),
    event("e8", None, kind="page", utm_source=" Google ", event_time=NOON + timedelta(minutes=30)),
    event("e9", None, kind="screen", event_time=NOON + timedelta(minutes=60, microseconds=1)),
    event("e10", "Email Opened", user_id="u1", campaign_id="c1", message_id="m1"),
    event("e11", "Message Delivered", user_id="u1", platform=None),
    event("e12", "Product Viewed", anonymous_id="", user_id=""),
    event(
        "e13",
        None,
        kind="identify",
        user_id="u1",
        email=" A@B.c ",
        phone="+1 (2) 3",
        traits='{"name": "Ann", "email_consent": true, "sms_consent": "no"}',
    ),
    event("e14", None, kind="identify", user_id="u1", email="nonsense", phone="", load_id=3),
    event("e15", "Product Viewed", event_time=datetime(1969, 12, 31, 23, 59, 59, 999)),
)
LINE = {"source_id": "shop", "origin": "f", "load_id": 1, "currency": "CNY", "order_time": NOON}
LINES = rows_of(
    ods.ORDER_LINES,
    {**LINE, "order_id": "filed", "line_kind": "sale", "customer_id": "u1", "product_id": "p1",
     "product_name": "Cup", "quantity": Decimal("1.5"), "unit_price": Decimal("3.3333"),
     "amount": Decimal("5"), "channel": "store"},
    {**LINE, "order_id": "filed", "line_kind": "sale", "customer_id": "", "product_id": "p1",
     "product_name": "Mug", "quantity": Decimal(1), "unit_price": Decimal("0.0001"),
     "discount": Decimal("0.5"), "amount": Decimal("0"), "coupon_code": "X"},
    {**LINE, "order_id": "filed", "line_kind": "adjustment", "quantity": Decimal(1),
     "unit_price": Decimal(1), "amount": Decimal(1)},
    {**LINE, "order_id": "C1", "line_kind": "refund", "customer_id": "u1", "product_id": "p1",
     "quantity": Decimal(-1), "unit_price": Decimal(2), "amount": Decimal(-2)},
)  # fmt: skip


def test_customers(both_engines):
    records = rows_of(
        ods.CUSTOMERS,
        {"customer_id": "u1", "email": "old@b.c", "city": "Ulm", "load_id": 1},
        {"customer_id": "u1", "email": None, "city": "", "load_id": 2},
        {"customer_id": "u2", "birth_date": date(1960, 2, 29), "phone": "++1-2"},
        {"customer_id": ""},
    )
    rows = both_engines.same_rows(customers, records, EVENTS, context=CONTEXT)
    ann = next(row for row in rows if row["visitor_id"] == "user:u1")
    assert (ann["email"], ann["phone"], ann["name"]) == ("a@b.c", "+123", "Ann")
    assert (ann["email_consent"], ann["sms_consent"], ann["city"]) == (True, False, "")


def test_products(both_engines):
    records = rows_of(ods.PRODUCTS, {"product_id": "p9", "name": "Pot", "price": Decimal("1.25")})
    rows = both_engines.same_rows(products, records, LINES, EVENTS, context=CONTEXT)
    assert [row["product_id"] for row in rows] == ["7", "p1", "p9"]
    assert next(row["name"] for row in rows if row["product_id"] == "p1") == "Cup"


def test_order_lines_and_orders(both_engines):
    known = rows_of(dw.PRODUCTS, {"product_id": "p1", "cost": Decimal("0.3333")})
    lines = both_engines.same_rows(order_lines, LINES, EVENTS, known, context=CONTEXT)
    assert len(lines) == 10
    rows = both_engines.same_rows(
        lambda *given, context: orders(order_lines(*given, context=context), context=context),
        LINES, EVENTS, known, context=CONTEXT,
    )  # fmt: skip
    amounts = {row["order_id"]: row["amount"] for row in rows}
    assert amounts == {"1": 10, "filed": 5, "e3": Decimal("5.5"), "4": 0, "5": 1}


def test_refunds(both_engines):
    records = rows_of(
        ods.REFUNDS,
        {"refund_id": "", "quantity": Decimal(1), "refund_time": NOON, "origin": "r"},
        {"refund_id": "C1", "source_id": "shop", "quantity": Decimal(1), "refund_time": NOON},
    )
    rows = both_engines.same_rows(refunds, LINES, records, EVENTS, context=CONTEXT)
    assert len(rows) == 7
    assert all(row["quantity"] > 0 for row in rows)


def test_events(both_engines):
    rows = both_engines.same_rows(events, EVENTS, context=CONTEXT)
    assert {row["event"] for row in rows} >= {"Page Viewed", "Screen Viewed"}
    assert next(row["channel"] for row in rows if row["event_id"] == "e8") == "google"


def test_sessions_and_touches(both_engines):
    def from_raw(raw, contacts, known, *, context):
        facts = events(raw, context=context)
        return touches(sessions(facts, context=context), facts, contacts, known, context=context)

    contacts = rows_of(
        ods.TOUCHES,
        {"campaign_id": "k", "customer_id": "1", "touch_kind": "targeted"},
        {"campaign_id": "none", "customer_id": "1", "touch_kind": "sent"},
        {"customer_id": "1", "touch_kind": "redeemed", "touch_time": NOON, "channel": "store"},
    )
    known = rows_of(dw.CAMPAIGNS, {"campaign_id": "k", "start_time": NOON, "channel": "mail"})
    visits = both_engines.same_rows(
        lambda raw, context: sessions(events(raw, context=context), context=context),
        EVENTS, context=CONTEXT,
    )  # fmt: skip
    assert len([visit for visit in visits if visit["visitor_id"] == "anon:a"]) == 3
    rows = both_engines.same_rows(from_raw, EVENTS, contacts, known, context=CONTEXT)
    assert sorted(row["touch_kind"] for row in rows) == [
        "delivered", "opened", "redeemed", "targeted",
    ]  # fmt: skip


def test_campaigns_and_costs(both_engines):
    records = rows_of(
        ods.CAMPAIGNS,
        {"campaign_id": "k", "name": "a", "load_id": 2, "start_time": NOON},
        {"campaign_id": "k", "name": "b", "load_id": 1, "channel": "mail"},
    )
    (row,) = both_engines.same_rows(campaigns, records, context=CONTEXT)
    assert (row["name"], row["channel"]) == ("a", "mail")
    spent = {"cost_date": date(2026, 1, 1), "channel": "google", "amount": Decimal("0.3333")}
    records = rows_of(ods.COSTS, spent, {**spent, "campaign_id": "", "clicks": 3})
    (row,) = both_engines.same_rows(costs, records, context=CONTEXT)
    assert (row["amount"], row["clicks"], row["impressions"]) == (Decimal("0.6666"), 3, 0)
