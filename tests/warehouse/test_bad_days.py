"""Days that are hard: claimed twice, told by wrong clocks, an hour longer or shorter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock, naive_utc
from zhiyin.core.ids import new_id
from zhiyin.ports.warehouse import How
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, run_builds
from zhiyin.warehouse.customers import BUILD as CUSTOMERS
from zhiyin.warehouse.events import BUILD as EVENTS
from zhiyin.warehouse.orders import LINES_BUILD, ORDERS_BUILD
from zhiyin.warehouse.sessions import BUILD as SESSIONS

BUILDS = (CUSTOMERS, EVENTS, LINES_BUILD, ORDERS_BUILD, SESSIONS)
CONTEXT = BuildContext(as_of=datetime(2026, 12, 1))
NOON = datetime(2026, 3, 1, 12)


@pytest.fixture
def warehouse():
    made = DuckDBWarehouse(":memory:")
    yield made
    made.close()


def built(warehouse, spec) -> list[dict]:
    run_builds(BUILDS, warehouse, context=CONTEXT, clock=FixedClock(), run_id=new_id("run"))
    return warehouse.to_arrow(warehouse.read(spec)).to_pylist()


def seen(warehouse, *instants: datetime, load: int = 1, **columns) -> None:
    rows = (
        {
            "event_id": f"e{load}.{place}",
            "kind": "track",
            "event": "Product Viewed",
            "user_id": "u",
            "event_time": instant,
            "received_at": NOON,
            "load_id": load,
            **columns,
        }
        for place, instant in enumerate(instants)
    )
    warehouse.write(ods.EVENTS, rows_of(ods.EVENTS, *rows), How.APPEND)


def line(order: str, place: int, amount: int, *, file: str, load: int) -> dict:
    return {
        "source_id": "shop",
        "origin": file,
        "origin_line": place,
        "load_id": load,
        "order_id": order,
        "line_kind": "sale",
        "product_id": f"p{place}",
        "quantity": Decimal(1),
        "unit_price": Decimal(amount),
        "amount": Decimal(amount),
        "currency": "CNY",
        "order_time": NOON,
    }


def test_two_files_that_claim_one_order_both_count_and_every_line_has_its_own_number(warehouse):
    rows = [
        line("o1", 1, 5, file="a.csv", load=1),
        line("o1", 2, 6, file="a.csv", load=1),
        line("o1", 1, 7, file="b.csv", load=2),
    ]
    warehouse.write(ods.ORDER_LINES, rows_of(ods.ORDER_LINES, *rows))
    found = built(warehouse, dw.ORDER_LINES)
    assert {(row["line_number"], row["amount"]) for row in found} == {(1, 5), (2, 6), (3, 7)}
    [order] = built(warehouse, dw.ORDERS)
    assert (order["lines"], order["amount"]) == (3, 18)


def test_of_two_files_that_claim_one_customer_the_newer_counts_field_by_field(warehouse):
    records = rows_of(
        ods.CUSTOMERS,
        {"customer_id": "7", "name": "Ann", "city": "Oslo", "load_id": 1, "origin": "a.csv"},
        {"customer_id": "7", "name": "Anne", "load_id": 2, "origin": "b.csv"},
    )
    warehouse.write(ods.CUSTOMERS, records)
    [row] = built(warehouse, dw.CUSTOMERS)
    assert (row["name"], row["city"]) == ("Anne", "Oslo")


def test_an_event_id_that_two_days_claim_stays_where_it_was_first_received(warehouse):
    seen(warehouse, NOON)
    seen(warehouse, NOON + timedelta(days=2), load=2, event_id="e1.0")
    [row] = built(warehouse, dw.EVENTS)
    assert row["event_date"] == NOON.date()


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(days=400), timedelta(hours=-1)])
def test_events_of_a_wrong_clock_are_kept_on_the_day_they_tell(warehouse, skew):
    seen(warehouse, NOON, NOON + timedelta(minutes=1))
    seen(warehouse, NOON + skew, load=2)
    found = built(warehouse, dw.EVENTS)
    assert len(found) == 3
    assert (NOON + skew).date() in {row["event_date"] for row in found}
    visits = built(warehouse, dw.SESSIONS)
    assert sum(row["events"] for row in visits) == 3
    assert all(row["started_at"] <= row["ended_at"] for row in visits)


def local(zone: str, *clock: int, fold: int = 0) -> datetime:
    return naive_utc(datetime(*clock, tzinfo=ZoneInfo(zone), fold=fold))


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # The clock goes from 2:00 to 3:00: ten minutes pass, not seventy.
        ("Europe/Berlin", (2026, 3, 29, 1, 55), (2026, 3, 29, 3, 5)),
        ("America/New_York", (2026, 3, 8, 1, 55), (2026, 3, 8, 3, 5)),
    ],
)
def test_a_visit_goes_on_over_the_hour_that_spring_leaves_out(warehouse, zone, before, after):
    seen(warehouse, local(zone, *before), local(zone, *after))
    [visit] = built(warehouse, dw.SESSIONS)
    assert visit["ended_at"] - visit["started_at"] == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("zone", "clock"),
    [("Europe/Berlin", (2026, 10, 25, 2, 30)), ("America/New_York", (2026, 11, 1, 1, 30))],
)
def test_the_hour_that_autumn_has_twice_stays_two_hours(warehouse, zone, clock):
    first, second = local(zone, *clock), local(zone, *clock, fold=1)
    assert second - first == timedelta(hours=1)
    seen(warehouse, first, second)
    visits = built(warehouse, dw.SESSIONS)
    assert [row["events"] for row in visits] == [1, 1]
    assert len(built(warehouse, dw.EVENTS)) == 2


def test_days_are_those_of_utc_wherever_the_shop_is(warehouse):
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    seen(warehouse, naive_utc(late), naive_utc(late) + timedelta(hours=1))
    days = {row["event_date"] for row in built(warehouse, dw.EVENTS)}
    assert days == {date(2026, 3, 1), date(2026, 3, 2)}
