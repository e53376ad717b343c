"""The first page, from a warehouse with a few orders."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.api import overview
from zhiyin.profiles import tables as dm
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw

# Midnight of 1 June in Shanghai.
AS_OF = datetime(2025, 5, 31, 16)


def order(name: str, days: float, amount: int):
    moment = AS_OF - timedelta(days=days)
    return {
        "order_id": name, "visitor_id": "user:1", "order_time": moment, "amount": Decimal(amount),
        "ts_ms": (moment - EPOCH) // timedelta(milliseconds=1), "channel": "web",
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    warehouse = DuckDBWarehouse(":memory:")
    orders = [order("a", 0.1, 50), order("b", 6.9, 30), order("c", 8, 10), order("d", 0, 999)]
    warehouse.write(dw.ORDERS, rows_of(dw.ORDERS, *orders))
    person = {"visitor_id": "user:1", "person_id": "user:1"}
    warehouse.write(PERSON_OF, rows_of(PERSON_OF, person))
    people = [
        {"person_id": "user:1", "is_registered": True, "is_buyer": True, "value_tier": "high",
         "stage": "active", "monetary": Decimal(90)},
        {"person_id": "anon:1", "stage": "prospect"},
    ]  # fmt: skip
    warehouse.write(dm.CUSTOMERS, rows_of(dm.CUSTOMERS, *people))
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def page(shop):
    return overview(shop, AS_OF, days=7, timezone="Asia/Shanghai")


def test_the_page_is_json(page):
    assert json.loads(json.dumps(page)) == page


def test_figures_stand_beside_those_of_the_days_before(page):
    assert page["period"] == {"first": "2025-05-25", "last": "2025-05-31"}
    assert page["previous_period"] == {"first": "2025-05-18", "last": "2025-05-24"}
    kpis = {kpi["metric"]: kpi for kpi in page["kpis"]}
    assert kpis["revenue"] == {
        "metric": "revenue", "value": 80.0, "previous": 10.0, "unit": "currency", "good": "up",
    }  # fmt: skip
    assert kpis["new_buyers"]["previous"] == 1
    assert kpis["repurchase_rate"]["value"] == 1
    assert kpis["conversion_rate"]["value"] is None


def test_the_trend_has_every_day(page):
    assert [point["day"] for point in page["trend"]] == [f"2025-05-{day}" for day in range(25, 32)]
    assert [point["revenue"] for point in page["trend"]] == [30, 0, 0, 0, 0, 0, 50]


def test_channels_tiers_and_stages_add_up(page):
    assert [(row["channel"], row["revenue"]) for row in page["channels"]] == [("web", 80.0)]
    assert page["customers"] == {"total": 2, "registered": 1, "buyers": 1, "reachable": 0}
    assert page["tiers"] == [{"name": "high", "customers": 1, "share": 1.0, "monetary": 90.0}]
    assert sum(stage["share"] for stage in page["stages"]) == 1


def test_a_day_that_is_still_running_is_the_last_one(shop):
    page = overview(shop, AS_OF + timedelta(hours=3), days=1, timezone="Asia/Shanghai")
    assert page["period"] == {"first": "2025-06-01", "last": "2025-06-01"}
    assert page["kpis"][0]["value"] == 999


def test_an_empty_warehouse_has_a_page():
    warehouse = DuckDBWarehouse(":memory:")
    page = overview(warehouse, AS_OF, days=2)
    warehouse.close()
    assert page["kpis"][0]["value"] == 0
    assert page["tiers"] == page["channels"] == []


def test_days_out_of_range_are_refused(shop):
    with pytest.raises(InvalidInput, match="days must be 1 to 366, not 0"):
        overview(shop, AS_OF, days=0)
