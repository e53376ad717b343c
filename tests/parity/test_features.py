"""Features, labels and purchase histories on DuckDB and on Spark."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.tables import PERSON_OF
from zhiyin.models.api import FEATURES, ModelInputs, features, label
from zhiyin.models.clv.buyers import histories
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

pytestmark = pytest.mark.spark
AS_OF = datetime.fromisoformat("2026-03-01T16:00:00.001")
# Days before AS_OF; fractions fall on window edges, below a second, and after AS_OF.
AGES = (400.5, 365, 90, 89.999999, 31, 30, 30, 1e-8, 0, -3, -59.9)


def at(days: float) -> dict:
    when = AS_OF - timedelta(days=days)
    return {"ts_ms": epoch_milliseconds(when)}


def order(number: int, visitor: str | None, days: float, **more) -> dict:
    when = AS_OF - timedelta(days=days)
    plain = {
        "order_id": str(number), "visitor_id": visitor, "order_time": when,
        "order_date": when.date(), "lines": 2, "pieces": Decimal("1.5"),
        "amount": Decimal("10.3333"), **at(days),
    }  # fmt: skip
    return {**plain, **more}


def event(number: int, name: str, days: float) -> dict:
    when = AS_OF - timedelta(days=days)
    return {
        "event_id": str(number), "visitor_id": "anon:a", "event": name, "event_time": when,
        "event_date": when.date(), **at(days),
    }  # fmt: skip


NAMES = ("Product Viewed", "Email Delivered", "Email Link Clicked", "Unsubscribed", "Product Added")
TABLES = (
    rows_of(
        dw.ORDERS,
        *(order(i, "user:1", days) for i, days in enumerate(AGES)),
        order(20, "anon:a", 30, channel="web", coupon_code="X", discount=Decimal("0.1")),
        order(21, "user:2", 5, amount=Decimal(0), channel=""),
        order(22, "", 7, channel="store"),
        order(23, None, 7),
        order(24, "user:3", -1),
    ),
    rows_of(
        dw.ORDER_LINES,
        *(
            {"order_id": str(i), "visitor_id": "user:1", "product_id": product, **at(days)}
            for i, (product, days) in enumerate(
                [("a", 91), ("a", 90), (None, 3), ("", 2), ("b", 1)]
            )
        ),
    ),
    rows_of(
        dw.REFUNDS,
        {"refund_id": "1", "visitor_id": "user:1", "amount": Decimal("3.3333"), **at(90)},
        {"refund_id": "2", "visitor_id": "user:1", "amount": None, **at(91)},
        {"refund_id": "3", "visitor_id": "user:1", "amount": Decimal(1), **at(-1)},
        {"refund_id": "4", "visitor_id": "user:2", "amount": Decimal(1), **at(1)},
    ),
    rows_of(
        dw.EVENTS,
        *(event(i, NAMES[i % 5], AGES[i % 11]) for i in range(30)),
    ),
    rows_of(
        PERSON_OF,
        {"visitor_id": "user:1", "person_id": "user:1", "ids": 2},
        {"visitor_id": "anon:a", "person_id": "user:1", "ids": 2},
    ),
)


def test_features_are_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(lambda *tables: features(ModelInputs(*tables), AS_OF), *TABLES)
    found = {row["person_id"]: row for row in rows}
    assert set(found) == {"user:1", "user:2", ""}
    assert list(found["user:1"]) == ["person_id", *FEATURES]
    assert found["user:1"]["orders"] == 9
    assert found["user:2"]["refund_share"] == 0
    assert found["user:2"]["mean_gap_days"] is None


def test_labels_are_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(
        lambda *tables: label(ModelInputs(*tables), AS_OF, timedelta(days=3)), *TABLES
    )
    ahead = {row["person_id"]: (row["orders_ahead"], row["amount_ahead"]) for row in rows}
    assert ahead == {"user:1": (1, pytest.approx(9.3333)), "user:2": (0, 0), "": (0, 0)}


def test_histories_are_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(lambda *tables: histories(ModelInputs(*tables), AS_OF), *TABLES)
    assert {row["person_id"]: row["order_days"] for row in rows} == {
        "user:1": 6,
        "user:2": 1,
        "": 1,
    }
