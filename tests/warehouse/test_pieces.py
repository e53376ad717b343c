"""Facts brought up to date piece by piece: the same as built from nothing, and no more written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock
from zhiyin.core.windows import Window
from zhiyin.ports.warehouse import How
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild, builds, run_builds
from zhiyin.warehouse.digests import Content, contents, total


def piecewise(build: TableBuild) -> TableBuild:
    """Return the build so that its few rows too are looked at piece by piece."""
    pieces = build.pieces and replace(build.pieces, from_rows=0)
    return replace(build, pieces=pieces)


BUILDS = tuple(piecewise(build) for build in builds())
FEW = (dw.EVENTS, dw.SESSIONS, dw.ORDER_LINES, dw.ORDERS)
FEW_BUILDS = tuple(build for build in BUILDS if build.spec in FEW)
CONTEXT = BuildContext(as_of=datetime(2026, 2, 1))
START = datetime(2026, 1, 1)
FACTS = tuple(build.spec for build in BUILDS)


class Shop:
    """A warehouse to which loads come one after another."""

    def __init__(self) -> None:
        self.warehouse = DuckDBWarehouse(":memory:")
        self.loads = self.runs = 0

    def load(self, spec, *rows: dict) -> None:
        self.loads += 1
        origin = {"load_id": self.loads, "origin": f"file{self.loads}", "source_id": "shop"}
        self.warehouse.write(spec, rows_of(spec, *({**origin, **row} for row in rows)), How.APPEND)

    def forget(self, spec, load: int) -> None:
        rows = self.warehouse.read(spec)
        self.warehouse.write(spec, self.warehouse.to_arrow(rows.filter(rows.load_id != load)))

    def run(self, made: Sequence[TableBuild] = FEW_BUILDS, **more) -> dict[str, str]:
        self.runs += 1
        given = {"context": CONTEXT, "clock": FixedClock(), "run_id": f"run{self.runs}"}
        reports = run_builds(made, self.warehouse, **{**given, **more})
        return {report.table: report.outcome for report in reports}

    def contents(self) -> dict[str, str]:
        """Return what the newest record of each table says that it holds."""
        rows = self.warehouse.to_arrow(self.warehouse.read(dw.BUILDS)).to_pylist()
        newest = sorted(rows, key=lambda row: int(row["run_id"].removeprefix("run")))
        return {row["table_name"]: row["content"] for row in newest}

    def rows(self, spec) -> list[tuple]:
        found = self.warehouse.to_arrow(self.warehouse.read(spec)).to_pylist()
        return sorted((tuple(row.values()) for row in found), key=repr)

    def held(self) -> dict[str, list[tuple]]:
        return {spec.name: self.rows(spec) for spec in FACTS}


@pytest.fixture
def shop():
    made = Shop()
    yield made
    made.warehouse.close()


def event(name: str, user: str, minutes: float, **columns) -> dict:
    at = START + timedelta(minutes=minutes)
    told = {"event_id": name, "kind": "track", "event": "Product Viewed", "user_id": user}
    return {**told, "event_time": at, "received_at": at, "platform": "web", **columns}


def bought(name: str, user: str, minutes: float, order: str, revenue: int = 10) -> dict:
    return event(
        name, user, minutes, event="Order Completed", order_id=order, revenue=Decimal(revenue)
    )


def line(order: str, user: str, minutes: float, amount: int = 5, **columns) -> dict:
    return {
        "order_id": order,
        "line_kind": "sale",
        "customer_id": user,
        "product_id": "p1",
        "quantity": Decimal(1),
        "unit_price": Decimal(amount),
        "amount": Decimal(amount),
        "currency": "CNY",
        "order_time": START + timedelta(minutes=minutes),
        **columns,
    }


IDS = st.sampled_from(["a", "b", "c", "d"])
# Days before and after midnight, so that visits span it.
MINUTES = st.sampled_from([0, 10, 1435, 1445, 1470, 2890, 4000, 7000])
EVENTS = st.lists(
    st.one_of(
        st.builds(event, IDS, IDS, MINUTES),
        st.builds(bought, IDS, IDS, MINUTES, st.sampled_from(["o1", "o2", ""])),
        st.builds(
            lambda name, user, at: event(name, user, at, kind="identify", email=f"{name}@x.org"),
            IDS,
            IDS,
            MINUTES,
        ),
        st.builds(
            lambda name, user, at: event(name, user, at, event="Email Opened"), IDS, IDS, MINUTES
        ),
    ),
    max_size=4,
)
LINES = st.lists(
    st.builds(line, st.sampled_from(["o1", "o2", "o3"]), IDS, MINUTES, st.integers(1, 9)),
    max_size=3,
)
EVENT_LOADS = st.tuples(st.just("events"), EVENTS)
FORGOTTEN = st.tuples(st.just("forget"), st.integers(1, 6))
STEPS = st.lists(
    st.one_of(
        EVENT_LOADS,
        st.tuples(st.just("lines"), LINES),
        FORGOTTEN,
        st.tuples(st.just("product"), st.integers(1, 3)),
    ),
    min_size=2,
    max_size=6,
)


def take(shop: Shop, step: tuple) -> None:
    kind, what = step
    if kind == "forget":
        for spec in (ods.EVENTS, ods.ORDER_LINES):
            shop.forget(spec, what)
    elif kind == "product":
        shop.load(ods.PRODUCTS, {"product_id": "p1", "cost": Decimal(what)})
    elif what:
        shop.load(ods.EVENTS if kind == "events" else ods.ORDER_LINES, *what)


def check_steps(steps: list[tuple], made: Sequence[TableBuild]) -> None:
    shop = Shop()
    shop.load(ods.EVENTS, event("a", "a", 0))
    shop.run(made)
    for step in steps:
        take(shop, step)
        shop.run(made)
    held, contents = shop.held(), shop.contents()
    shop.run(made, anew=True)
    assert shop.held() == held
    assert shop.contents() == contents
    shop.warehouse.close()


@settings(max_examples=5, deadline=None)
@given(steps=st.lists(st.one_of(EVENT_LOADS, FORGOTTEN), min_size=1, max_size=3))
def test_whatever_arrives_or_goes_visits_are_as_if_built_from_nothing(steps):
    check_steps(steps, [build for build in BUILDS if build.spec in (dw.EVENTS, dw.SESSIONS)])


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(steps=STEPS)
def test_whatever_arrives_or_goes_all_tables_are_as_if_built_from_nothing(steps):
    check_steps(steps, BUILDS)


DAY = 24 * 60


@pytest.fixture
def three_days(shop):
    shop.load(
        ods.EVENTS,
        event("e1", "ann", 10),
        event("e2", "ann", DAY - 10),
        event("e3", "ann", DAY + 5),
        event("e4", "bob", 2 * DAY),
    )
    shop.load(ods.ORDER_LINES, line("o1", "ann", 20), line("o2", "bob", 2 * DAY))
    shop.run()
    return shop


def parts(shop: Shop, spec) -> dict[date, str]:
    """Return the days of a table, and the run that last changed each."""
    rows = shop.warehouse.to_arrow(shop.warehouse.read(dw.BUILD_PARTS)).to_pylist()
    return {row["part_date"]: row["run_id"] for row in rows if row["table_name"] == spec.name}


def day(number: int) -> date:
    return date(2026, 1, number)


def test_only_the_day_that_late_data_belongs_to_is_written(three_days):
    three_days.load(ods.EVENTS, event("late", "bob", DAY + 60))
    assert three_days.run()["dw.events"] == "parts"
    assert parts(three_days, dw.EVENTS) == {day(1): "run1", day(2): "run2", day(3): "run1"}
    reports = three_days.warehouse.to_arrow(three_days.warehouse.read(dw.BUILDS)).to_pylist()
    [report] = [
        row for row in reports if (row["run_id"], row["table_name"]) == ("run2", "dw.events")
    ]
    assert (report["rows"], report["rows_changed"]) == (5, 1)
    assert json.loads(report["rows_in"]) == {"ods.events": 5}
    assert parts(three_days, dw.ORDERS) == {day(1): "run1", day(3): "run1"}


def test_a_late_event_joins_two_visits_across_midnight(three_days):
    before = three_days.rows(dw.SESSIONS)
    assert [(row[0], row[1], row[6]) for row in before] == [
        ("user:ann", 0, 1),
        ("user:ann", 1, 2),
        ("user:bob", 0, 1),
    ]
    three_days.load(ods.EVENTS, event("first", "ann", -60), event("between", "ann", DAY - 35))
    assert three_days.run()["dw.sessions"] == "parts"
    assert [(row[0], row[1], row[6]) for row in three_days.rows(dw.SESSIONS)] == [
        ("user:ann", 0, 1),
        ("user:ann", 1, 1),
        ("user:ann", 2, 3),
        ("user:bob", 0, 1),
    ]


def test_a_day_that_arrives_twice_changes_nothing(three_days):
    versions = {spec.name: three_days.warehouse.version(spec) for spec in FEW}
    held = three_days.contents()
    again = [event("e1", "ann", 10), event("e2", "ann", DAY - 10)]
    three_days.load(ods.EVENTS, *again)
    assert set(three_days.run().values()) == {"unchanged"}
    assert {spec.name: three_days.warehouse.version(spec) for spec in FEW} == versions
    assert three_days.contents() == held


def test_a_file_that_is_corrected_moves_its_orders_to_another_day(three_days):
    three_days.forget(ods.ORDER_LINES, 2)
    three_days.load(ods.ORDER_LINES, line("o1", "ann", 20), line("o2", "bob", DAY, 7))
    assert three_days.run()["dw.order_lines"] == "parts"
    held = {row[1]: (row[5], row[8]) for row in three_days.rows(dw.ORDERS)}
    assert held == {"o1": (day(1), Decimal(5)), "o2": (day(2), Decimal(7))}
    rows = three_days.warehouse.to_arrow(three_days.warehouse.read(dw.BUILD_PARTS)).to_pylist()
    counted = {row["part_date"]: row["rows"] for row in rows if row["table_name"] == "dw.orders"}
    assert counted == {day(1): 1, day(2): 1, day(3): 0}


def test_a_back_fill_empties_days_that_have_nothing_any_more(three_days):
    three_days.forget(ods.ORDER_LINES, 2)
    window = Window(START + timedelta(days=2), START + timedelta(days=3))
    outcomes = three_days.run(window=window)
    assert outcomes["dw.order_lines"] == outcomes["dw.orders"] == "parts"
    assert [row[1] for row in three_days.rows(dw.ORDERS)] == ["o1"]
    assert three_days.run()["dw.orders"] == "built"
    assert three_days.rows(dw.ORDERS) == []


def test_a_back_fill_of_unchanged_days_changes_nothing(three_days):
    held = three_days.contents()
    window = Window(START, START + timedelta(days=3))
    assert three_days.run(window=window)["dw.events"] == "parts"
    assert three_days.contents() == held
    three_days.load(ods.EVENTS, event("more", "ann", 30))
    # What stood on record before the back-fill still holds, so few pieces are due.
    assert three_days.run()["dw.events"] == "parts"


def test_where_the_run_was_cut_off_after_an_input_the_whole_table_is_due(three_days):
    three_days.load(ods.ORDER_LINES, line("o3", "ann", 40))
    [lines] = [build for build in FEW_BUILDS if build.spec is dw.ORDER_LINES]
    three_days.run([lines])
    assert three_days.run()["dw.orders"] == "built"
    assert [row[1] for row in three_days.rows(dw.ORDERS)] == ["o1", "o2", "o3"]


def test_small_tables_are_computed_whole(shop):
    made = [build for build in builds() if build.spec in FEW]
    shop.load(ods.EVENTS, event("e1", "ann", 10))
    shop.run(made)
    shop.load(ods.EVENTS, event("e2", "ann", 20))
    assert shop.run(made)["dw.events"] == "built"
    assert shop.rows(dw.BUILD_INPUTS) == []


def test_the_content_of_a_table_is_the_sum_of_the_contents_of_its_days(three_days):
    stored = three_days.warehouse.read(dw.EVENTS)
    by_day = contents(three_days.warehouse, stored, day="event_date")
    whole = total(contents(three_days.warehouse, stored))
    assert total(by_day) == whole == Content.parse(three_days.contents()["dw.events"])
    assert total(by_day) - by_day[day(1)] == by_day[day(2)] + by_day[day(3)]
    other = stored.mutate(visitor_id=ibis.literal("user:eve"))
    assert total(contents(three_days.warehouse, other)) != whole
