"""Profiles by day and the days that stand out: as if made anew, and found at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.warehouse.quality.anomalies import find_anomalies, read_anomalies, update_profiles
from zhiyin.warehouse.quality.profiles import plan_of
from zhiyin.warehouse.quality.tables import PROFILES
from zhiyin.warehouse.tables import COSTS, ORDERS

START = date(2025, 1, 6)
DAYS = 100
NOW = datetime(2025, 6, 1)


def orders(day, count, *, channels=("web", "app", "store"), known=1.0, amount=10):
    """Return the orders of one day, spread over it."""
    at = datetime.combine(day, datetime.min.time())
    schema = pa.schema([f.with_nullable(True) for f in ORDERS.schema().to_pyarrow()])
    rows = [
        {
            "source_id": "shop",
            "order_id": f"{day}-{n}",
            "visitor_id": f"user:{n}" if n < known * count else None,
            "order_time": at + timedelta(seconds=n),
            "ts_ms": 0,
            "order_date": day,
            "lines": 1,
            "pieces": Decimal(1),
            "amount": Decimal(amount),
            "discount": Decimal(0),
            "currency": "CNY",
            "channel": channels[n % len(channels)],
        }
        for n in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def history(days=DAYS, **odd):
    """Return a hundred quiet days; `odd` maps `dN` to what is unlike on that day."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(60, days) + 20 * (np.arange(days) % 7 == 5)
    return {
        START + timedelta(days=n): {"count": int(counts[n]), **odd.get(f"d{n}", {})}
        for n in range(days)
    }


def written(warehouse, plan):
    tables = [orders(day, **told) for day, told in plan.items() if told["count"]]
    warehouse.write(ORDERS, pa.concat_tables(tables))


def brought_up_to_date(warehouse, days=DAYS, timezone="UTC"):
    as_of = datetime.combine(START + timedelta(days=days), datetime.min.time())
    measured = update_profiles(warehouse, [ORDERS], as_of=as_of, timezone=timezone)
    return measured, find_anomalies(warehouse, now=NOW)


def profiles(warehouse):
    rows = warehouse.to_arrow(warehouse.read(PROFILES)).to_pylist()
    return {(r["profile_date"], r["column"], r["metric"]): r["value"] for r in rows}


@pytest.mark.parametrize(
    ("odd", "column", "metric"),
    [
        ({"count": 28}, "", "rows"),
        ({"count": 0}, "", "rows"),
        ({"known": 0.6}, "visitor_id", "null_rate"),
        ({"channels": ("web", "app", "store", "kiosk")}, "channel", "distance"),
        ({"amount": 25}, "amount", "mean"),
    ],
)
def test_a_planted_oddity_is_found_in_the_run_that_brings_it(warehouse, odd, column, metric):
    written(warehouse, history(DAYS - 1))
    assert brought_up_to_date(warehouse, DAYS - 1)[1] == []
    day = START + timedelta(days=DAYS - 1)
    written(warehouse, history(d99=odd))
    measured, found = brought_up_to_date(warehouse)
    assert measured == 3  # and the two days before it, which may have been corrected
    assert (day, column, metric) in {(one.day, one.column, one.metric) for one in found}
    assert {one.day for one in found} == {day}


def test_profiles_day_by_day_are_those_made_at_once(warehouse):
    plan = history(40, d20={"count": 3, "known": 0.1}, d25={"count": 0})
    for days in (10, 11, 25, 26, 40):
        written(warehouse, dict(list(plan.items())[:days]))
        brought_up_to_date(warehouse, days)
    at_once = DuckDBWarehouse(":memory:")
    written(at_once, plan)
    brought_up_to_date(at_once, 40)
    assert profiles(warehouse) == pytest.approx(profiles(at_once))
    at_once.close()


def test_late_rows_of_an_old_day_are_measured_again(warehouse):
    plan = history(60)
    written(warehouse, plan)
    brought_up_to_date(warehouse, 60)
    late = START + timedelta(days=50)
    plan[late]["count"] += 5
    written(warehouse, plan)
    measured, _ = brought_up_to_date(warehouse, 60)
    assert measured == 10
    assert profiles(warehouse)[late, "", "rows"] == plan[late]["count"]


def test_nothing_new_is_not_measured_again(warehouse):
    written(warehouse, history(30))
    assert brought_up_to_date(warehouse, 30)[0] == 30
    assert brought_up_to_date(warehouse, 30)[0] == 0


def test_a_corrected_day_leaves_the_list_and_the_others_keep_their_instant(warehouse):
    written(warehouse, history(d80={"count": 10}, d90={"count": 10}))
    _, found = brought_up_to_date(warehouse)
    assert {one.day for one in found} >= {START + timedelta(days=80), START + timedelta(days=90)}
    written(warehouse, history(d80={"count": 10}))
    update_profiles(warehouse, [ORDERS], as_of=NOW, timezone="UTC")
    later = find_anomalies(warehouse, now=NOW + timedelta(days=1))
    kept = [one for one in later if one.day == START + timedelta(days=80)]
    assert {one.found_at for one in kept} == {NOW}
    assert START + timedelta(days=90) not in {one.day for one in later}


def test_a_day_that_has_not_ended_is_not_measured(warehouse):
    written(warehouse, history(30))
    as_of = datetime.combine(START + timedelta(days=29), datetime.min.time()) + timedelta(hours=9)
    update_profiles(warehouse, [ORDERS], as_of=as_of, timezone="UTC")
    assert max(day for day, _, _ in profiles(warehouse)) == START + timedelta(days=28)


def test_days_are_those_of_the_workspace(warehouse):
    day = date(2025, 3, 1)
    table = orders(day, 2)
    instants = [datetime(2025, 3, 1, 15, 59), datetime(2025, 3, 1, 16, 1)]
    place = table.schema.get_field_index("order_time")
    table = table.set_column(place, table.schema.field(place), pa.array(instants, "timestamp[us]"))
    warehouse.write(ORDERS, table)
    as_of = datetime(2025, 3, 5)
    update_profiles(warehouse, [ORDERS], as_of=as_of, timezone="Asia/Shanghai")
    rows = {day: v for (day, _, metric), v in profiles(warehouse).items() if metric == "rows"}
    assert rows[date(2025, 3, 1)] == 1
    assert rows[date(2025, 3, 2)] == 1
    assert rows[date(2025, 3, 3)] == 0


def test_a_date_of_the_year_1_does_not_stretch_the_calendar(warehouse):
    old = orders(date(1, 1, 2), 3)
    warehouse.write(ORDERS, pa.concat_tables([old, *(orders(START, 5) for _ in range(1))]))
    update_profiles(
        warehouse, [ORDERS], as_of=datetime.combine(START, datetime.min.time()), timezone="UTC"
    )
    assert all(day.year >= 1990 for day, _, _ in profiles(warehouse))


def test_anomalies_are_read_newest_first_from_a_day_on(warehouse):
    written(warehouse, history(d80={"count": 10}, d90={"count": 10}))
    brought_up_to_date(warehouse)
    found = read_anomalies(warehouse, since=START + timedelta(days=85))
    assert {one.day for one in found} == {START + timedelta(days=90)}


def test_what_is_measured_leaves_people_and_ids_out():
    plan = plan_of(ORDERS)
    assert plan is not None
    assert plan.instant == "order_time"
    assert set(plan.candidates) == {"currency", "channel", "country"}
    assert set(plan.amounts) == {"pieces", "amount", "discount", "cost"}
    costs = plan_of(COSTS)
    assert costs is not None
    assert costs.instant == "cost_date"
