"""A small shop: six people and what they did, and a warehouse that holds it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import ibis
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.clock import FixedClock
from zhiyin.identity import api as identity
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, run_builds

AS_OF = datetime(2025, 6, 30)
CONTEXT = BuildContext(AS_OF, timezone="UTC")


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def stamp(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def order(name: str, visitor: str | None, days: float, amount: int, **columns):
    return {
        "source_id": "shop", "order_id": name, "visitor_id": visitor, "order_time": ago(days),
        "ts_ms": stamp(ago(days)), "lines": 1, "amount": Decimal(amount), "currency": "CNY", **columns,
    }  # fmt: skip


def line(name: str, visitor: str, days: float, amount: int, **columns):
    return {
        "source_id": "shop", "order_id": name, "line_number": 1, "visitor_id": visitor,
        "quantity": Decimal(2), "amount": Decimal(amount), "order_time": ago(days),
        "ts_ms": stamp(ago(days)), **columns,
    }  # fmt: skip


def event(name: str, visitor: str, days: float, what: str = "Page Viewed", **columns):
    return {
        "source_id": "web", "event_id": name, "visitor_id": visitor, "event": what,
        "event_time": ago(days), "channel": "direct", **columns,
    }  # fmt: skip


def touch(name: str, visitor: str, days: float, kind: str, **columns):
    return {
        "touch_id": name, "visitor_id": visitor, "touch_kind": kind, "channel": "email",
        "touch_time": ago(days), "ts_ms": stamp(ago(days)), **columns,
    }  # fmt: skip


FACTS = [
    (dw.CUSTOMERS, [
        {"visitor_id": "user:ann", "customer_id": "ann", "email": "ann@b.c", "name": "Ann Li",
         "gender": "female", "city": "上海", "joined_at": ago(400), "email_consent": True},
        {"visitor_id": "user:ann2", "customer_id": "ann2", "email": "ann@b.c", "phone": "+8613800",
         "city": "北京", "joined_at": ago(40)},
        {"visitor_id": "user:bob", "customer_id": "bob", "email": "bob@b.c", "email_consent": False,
         "gender": "male", "acquisition_channel": "ads", "joined_at": ago(90)},
        {"visitor_id": "user:cy", "customer_id": "cy", "email": "cy@b.c", "joined_at": ago(20)},
    ]),
    (dw.PRODUCTS, [{"product_id": "p", "name": "Tea", "category": "drinks"}]),
    (dw.ORDERS, [
        order("1", "user:ann", 300, 100, channel="web"),
        order("2", "user:ann2", 10, 60, channel="store"),
        order("3", "user:bob", 80, 40, channel="web"),
        order("4", None, 5, 9),
    ]),
    (dw.ORDER_LINES, [
        line("1", "user:ann", 300, 100, product_id="p"),
        line("2", "user:ann2", 10, 60, product_id="x"),
    ]),
    (dw.REFUNDS, [
        {"source_id": "shop", "refund_id": "r", "line_number": 1, "visitor_id": "user:ann",
         "amount": Decimal(30), "refund_time": ago(290), "ts_ms": stamp(ago(290))},
    ]),
    (dw.EVENTS, [
        event("a", "anon:d1", 12, channel="ads"),
        event("b", "user:ann", 10, "Order Completed", order_id="2"),
        event("c", "user:cy", 3, "Product Added", product_id="p"),
        event("d", "user:cy", 2, "Unsubscribed", message_id="m1", campaign_id="c1"),
        event("e", "anon:d2", 1),
        event("f", "user:bob", 1, "Email Delivered", message_id="m2"),
    ]),
    (dw.SESSIONS, [
        {"visitor_id": "anon:d1", "started_at": ago(12), "start_ms": stamp(ago(12)), "channel": "ads"},
        {"visitor_id": "user:cy", "started_at": ago(3), "start_ms": stamp(ago(3)), "channel": "search"},
        {"visitor_id": "user:cy", "started_at": ago(31), "start_ms": stamp(ago(31)), "channel": "direct"},
    ]),
    (dw.TOUCHES, [
        touch("t1", "user:cy", 2, "delivered", message_id="m1", campaign_id="c1"),
        touch("t2", "user:cy", 2, "unsubscribed", message_id="m1", campaign_id="c1"),
        touch("t3", "user:cy", 40, "delivered", message_id="m0", campaign_id="c0"),
        touch("t4", "user:ann", 50, "redeemed", campaign_id="old"),
        touch("t5", "anon:d1", 12, "visit"),
    ]),
]  # fmt: skip


@pytest.fixture(scope="session")
def shop():
    """The warehouse after a run without models, by the builds that a real run uses."""
    from zhiyin.collect import tables as ods

    warehouse = DuckDBWarehouse(":memory:")
    for spec, rows in FACTS:
        warehouse.write(spec, rows_of(spec, *rows))
    login = {"kind": "identify", "user_id": "ann", "anonymous_id": "d1", "event_time": ago(12)}
    warehouse.write(ods.EVENTS, rows_of(ods.EVENTS, login))
    score = {
        "person_id": "user:ann", "model": "churn", "score": 0.8, "as_of": AS_OF,
        "reasons": '[{"feature": "recency", "value": 10, "effect": 0.3}]',
    }  # fmt: skip
    warehouse.write(dm.SCORES, rows_of(dm.SCORES, score))
    builds = [*identity.builds(), *profiles.builds(), *profiles.late_builds(profiles.DEFAULTS)]
    run_builds(builds, warehouse, context=CONTEXT, clock=FixedClock(), run_id="r1")
    yield warehouse
    warehouse.close()


@pytest.fixture
def sources(shop):
    audiences = profiles.trees_of(profiles.load_audiences(profiles.DEFAULTS))
    return profiles.Sources.read(shop, AS_OF, audiences)


@pytest.fixture
def people_where(sources):
    """Return the people for whom a condition, as a file holds it, is true."""

    def people(**written):
        table = profiles.select(profiles.parse_condition(written), sources)
        ids = table.to_pyarrow()["person_id"].to_pylist()
        assert len(set(ids)) == len(ids)
        return sorted(ids)

    return people


@pytest.fixture
def memtable():
    def table(spec, *rows):
        return ibis.memtable(rows_of(spec, *rows))

    return table
