"""Tables brought up to date piece by piece, on DuckDB and on Spark."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock
from zhiyin.ports.warehouse import How, Warehouse
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, run_builds
from zhiyin.warehouse.events import BUILD as EVENTS
from zhiyin.warehouse.orders import LINES_BUILD, ORDERS_BUILD
from zhiyin.warehouse.pieces import Feed, day_sums
from zhiyin.warehouse.sessions import BUILD as SESSIONS

pytestmark = pytest.mark.spark
START = datetime(2026, 1, 1, 23, 50)
CONTEXT = BuildContext(as_of=datetime(2026, 2, 1))
BUILDS = [
    replace(build, pieces=replace(build.pieces, from_rows=0))
    for build in (EVENTS, LINES_BUILD, ORDERS_BUILD, SESSIONS)
]


def load(number: int, *minutes: int) -> list[dict]:
    return [
        {
            "source_id": "web",
            "event_id": f"e{place}",
            "kind": "track",
            "event": "Order Completed",
            "user_id": "u" if place % 2 else "v",
            "order_id": f"o{place}" if place % 3 else None,
            "revenue": Decimal(place),
            "event_time": START + timedelta(minutes=minute),
            "received_at": START,
            "load_id": number,
            "origin_line": place,
        }
        for place, minute in enumerate(minutes, start=number)
    ]


def test_day_sums(both_engines):
    raw = rows_of(ods.EVENTS, *load(1, 0, 20, 2000), *load(2**31, 5, 20))
    feed = Feed(time="event_time")
    rows = both_engines.same_rows(lambda table: day_sums(feed, table, 1), raw)
    assert [(row["rows"], row["later_rows"]) for row in rows] == [(2, 1), (2, 1), (1, 0)]
    assert rows[0]["part_date"] == date(2026, 1, 1)


def brought_up(warehouse: Warehouse) -> dict[str, list[dict]]:
    outcomes = {}
    for number, rows in enumerate((load(1, 0, 20, 2000), load(2, 5, 25, 9000)), start=1):
        warehouse.write(ods.EVENTS, rows_of(ods.EVENTS, *rows), How.APPEND)
        reports = run_builds(
            BUILDS, warehouse, context=CONTEXT, clock=FixedClock(), run_id=f"run{number}"
        )
        outcomes = {report.table: report.outcome for report in reports}
    assert set(outcomes.values()) == {"parts"}
    return {
        build.spec.name: sorted(
            warehouse.to_arrow(warehouse.read(build.spec)).to_pylist(), key=repr
        )
        for build in BUILDS
    }


def test_a_second_load_comes_to_the_same_on_both_engines(both_engines):
    one, other = brought_up(both_engines.first), brought_up(both_engines.second)
    assert one == other
    assert len(one[dw.EVENTS.name]) == 4
