"""Rows of a table arrive once, in versions, whatever happens between and during pulls."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.databases.shop import MEMORY_TABLE, RECIPE, instant, recipe

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.collect.api import pull_status, pull_tables, reset_pull
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import Conflict, InvalidInput, NotFound, Transient
from zhiyin.testing.databases import MemoryDatabase

INSERT = "INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Shop:
    """A database in memory and the warehouse that its rows go to."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.database = MemoryDatabase(MEMORY_TABLE)
        self.warehouse = DuckDBWarehouse(":memory:")
        self.clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))

    def write(self, number: int, minute: float | None = 0.0, **changes) -> None:
        """Insert a line, or change it, with the time of change that it then has."""
        row = {
            "id": number,
            "order_no": f"A{number}",
            "customer_id": 1,
            "product": "tea",
            "quantity": "2",
            "price": "1.50",
            "ordered_at": "2026-03-01T08:00:00.000000",
            "updated_at": None if minute is None else instant(minute),
            "day": "2026-03-01",
            "code": f"c{number:06}",
        } | changes
        self.database.execute("DELETE FROM order_lines WHERE id = ?", number)
        self.database.execute(INSERT, *row.values())

    def pull(self, **settings):
        self.database.is_closed = False
        report = pull_tables(
            recipe(self.folder, **settings),
            connect=lambda name: (name or "main", self.database),
            warehouse=self.warehouse,
            clock=self.clock,
        )
        assert self.database.is_closed
        return report.to_dict()

    def orders(self) -> list[str]:
        rows = self.warehouse.read(ods.ORDER_LINES).order_by("load_id", "origin_line")
        return self.warehouse.to_arrow(rows)["order_id"].to_pylist()

    def table(self, spec) -> list[dict]:
        return self.warehouse.to_arrow(self.warehouse.read(spec).order_by("load_id")).to_pylist()


@pytest.fixture
def shop(tmp_path):
    made = Shop(tmp_path)
    yield made
    made.warehouse.close()


def test_the_first_pull_takes_all_rows_in_batches_with_their_origin(shop):
    for number in range(10):
        shop.write(number, minute=number)
    report = shop.pull()
    assert (report["rows_read"], report["rows_kept"]) == (10, 10)
    assert report["tables"][0]["batches"] == 3
    assert report["tables"][0]["total_kept"] == "30.00"
    rows = shop.table(ods.ORDER_LINES)
    assert [row["origin_line"] for row in rows] == list(range(1, 11))
    assert {row["origin"] for row in rows} == {"main:order_lines"}
    assert {row["amount"] for row in rows} == {Decimal("3.0000")}
    # The wall clock of the table is the recipe's zone.
    assert rows[0]["order_time"] == datetime(2026, 3, 1)
    pulls = shop.table(ods.PULLS)
    assert [row["rows_read"] for row in pulls] == [4, 4, 2]
    assert [row["state"] for row in pulls] == ["running", "running", "done"]
    assert pulls[-1]["cursor_value"] == instant(9)
    assert pulls[-1]["key_value"] == '["9"]'


def test_nothing_new_changes_nothing_but_the_time_of_the_last_pull(shop):
    for number in range(3):
        shop.write(number, minute=number)
    shop.pull()
    shop.clock.advance(timedelta(minutes=15))
    report = shop.pull()
    assert (report["rows_read"], report["rows_repeated"]) == (0, 3)
    assert shop.orders() == ["A0", "A1", "A2"]
    (status,) = pull_status(shop.warehouse)
    assert (status["rows"], status["last"]) == (3, "2026-03-01 12:15:00")


def test_an_empty_table_is_no_error(shop):
    assert shop.pull()["rows_read"] == 0
    assert pull_status(shop.warehouse)[0]["position"] is None
    shop.write(1)
    assert shop.pull()["rows_read"] == 1


def test_new_and_changed_rows_are_taken_as_new_versions(shop):
    shop.write(1, minute=1)
    shop.write(2, minute=2)
    shop.pull()
    shop.write(1, minute=30, quantity="5")
    shop.write(3, minute=31)
    report = shop.pull()
    assert report["rows_read"] == 2
    assert shop.orders() == ["A1", "A2", "A1", "A3"]


def test_a_row_that_changes_twice_within_one_tick_of_the_cursor_is_taken_twice(shop):
    shop.write(1, minute=1, quantity="2")
    shop.pull()
    shop.write(1, minute=1, quantity="3")
    assert shop.pull()["rows_read"] == 1
    assert shop.pull()["rows_read"] == 0


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 100])
def test_rows_with_the_same_cursor_value_are_told_apart_by_the_key(shop, batch):
    for number in range(7):
        shop.write(number, minute=5)
    assert shop.pull(batch=batch)["rows_read"] == 7
    shop.write(7, minute=5)
    assert shop.pull(batch=batch)["rows_read"] == 1
    assert sorted(shop.orders()) == [f"A{n}" for n in range(8)]


def test_a_row_that_became_visible_late_is_taken_within_the_overlap_only(shop):
    shop.write(1, minute=0)
    shop.write(2, minute=10)
    shop.pull()
    shop.write(3, minute=6)  # its transaction ended after the pull
    shop.write(4, minute=4)  # too late even for the overlap of five minutes
    report = shop.pull()
    assert (report["rows_read"], report["rows_repeated"]) == (1, 1)
    assert sorted(shop.orders()) == ["A1", "A2", "A3"]


def test_a_wider_overlap_than_before_repeats_no_row(shop):
    for number in range(30):
        shop.write(number, minute=number)
    shop.pull(overlap="2 minutes")
    assert shop.pull(overlap="20 minutes")["rows_read"] == 0
    for number in range(30, 60):
        shop.write(number, minute=number)
    shop.pull(overlap="20 minutes", batch=5)
    shop.write(60, minute=41)
    assert shop.pull(overlap="20 minutes")["rows_read"] == 1
    assert sorted(shop.orders()) == sorted(f"A{n}" for n in range(61))


def test_notes_of_taken_rows_are_kept_no_longer_than_the_overlap_needs(shop):
    for number in range(20):
        shop.write(number, minute=number * 10)
    shop.pull(batch=3)
    shop.pull(batch=3)
    assert len(shop.table(ods.PULLED_ROWS)) <= 3


def test_a_server_that_goes_away_loses_no_row_and_repeats_none(shop):
    for number in range(11):
        shop.write(number, minute=number / 10)
    for pages in (0, 1, 2, 1):
        shop.database.pages_left = pages
        with pytest.raises(Transient):
            shop.pull(batch=3)
    shop.database.pages_left = None
    shop.pull(batch=3)
    assert shop.orders() == [f"A{n}" for n in range(11)]
    assert shop.pull(batch=3)["rows_read"] == 0


def test_rows_without_cursor_are_counted_and_left_alone(shop):
    shop.write(1, minute=1)
    shop.write(2, minute=None)
    shop.write(3, minute=None)
    report = shop.pull()
    assert report["tables"][0]["rows_without_cursor"] == 2
    assert shop.orders() == ["A1"]
    assert pull_status(shop.warehouse)[0]["without_cursor"] == 2


def test_a_row_of_the_far_future_waits_instead_of_hiding_those_before_it(shop):
    shop.write(1, minute=1)
    shop.write(2, updated_at="2099-01-01T00:00:00.000000Z")
    assert shop.pull()["tables"][0]["rows_ahead"] == 1
    shop.write(3, minute=3)
    assert shop.pull()["rows_read"] == 1
    assert shop.orders() == ["A1", "A3"]


def test_bad_rows_are_set_aside_with_their_reason_and_the_balance_holds(shop):
    shop.write(1, minute=1, quantity="many")
    shop.write(2, minute=2, price=None)
    shop.write(3, minute=3)
    report = shop.pull()
    assert report["rows_quarantined"] == {"unreadable_value": 1, "missing_value": 1}
    assert report["rows_read"] == report["rows_kept"] + 2
    aside = shop.table(ods.QUARANTINE)
    assert {row["origin"] for row in aside} == {"main:order_lines"}
    assert '"quantity":"many"' in aside[0]["record"]
    assert shop.pull()["rows_read"] == 0


CURSORS = [("updated_at", "5 minutes"), ("id", "2"), ("day", "1 day"), ("code", "0"),
           ("ordered_at", "1 hour")]  # fmt: skip


@pytest.mark.parametrize(("cursor", "overlap"), CURSORS)
def test_every_kind_of_cursor_brings_each_row_once(shop, cursor, overlap):
    for number in range(9):
        shop.write(number, minute=number, day=f"2026-02-{number // 2 + 1:02}",
                   ordered_at=instant(number).removesuffix("Z"))  # fmt: skip
    settings = {"cursor": cursor, "overlap": overlap, "batch": 2}
    assert shop.pull(**settings)["rows_read"] == 9
    assert shop.pull(**settings)["rows_read"] == 0
    shop.write(9, minute=60, day="2026-02-27", ordered_at="2026-03-01T09:00:00.000000")
    assert shop.pull(**settings)["rows_read"] == 1
    assert sorted(shop.orders()) == [f"A{n}" for n in range(10)]


@pytest.mark.parametrize(("cursor", "overlap"), [("id", "5 minutes"), ("updated_at", "3"),
                                                 ("code", "3"), ("day", "5 minutes")])  # fmt: skip
def test_an_overlap_that_does_not_fit_the_cursor_is_refused(shop, cursor, overlap):
    with pytest.raises(InvalidInput, match="overlap cannot be"):
        shop.pull(cursor=cursor, overlap=overlap)


def test_a_cursor_that_changed_its_kind_is_refused_until_the_pull_is_reset(shop):
    shop.write(1, minute=1)
    shop.pull()
    with pytest.raises(Conflict, match="pulls reset shop lines"):
        shop.pull(cursor="id", overlap="10")
    reset_pull(shop.warehouse, shop.clock, recipe="shop")
    assert shop.pull(cursor="id", overlap="10")["rows_read"] == 1


def test_resetting_an_unknown_pull_names_those_that_there_are(shop):
    shop.write(1)
    shop.pull()
    with pytest.raises(NotFound, match="shop lines"):
        reset_pull(shop.warehouse, shop.clock, recipe="shop", source="nothing")


def test_a_missing_column_is_named_with_those_that_there_are(shop):
    shop.database.execute("ALTER TABLE order_lines RENAME COLUMN price TO cost")
    with pytest.raises(InvalidInput, match=r"no column price.*cost"):
        shop.pull()
    with pytest.raises(InvalidInput, match="no column changed"):
        shop.pull(cursor="changed", text=RECIPE.replace("unit_price: price", "unit_price: cost"))


def test_a_table_without_primary_key_needs_one_in_the_recipe(shop):
    shop.database.execute("CREATE VIEW lines AS SELECT * FROM order_lines")
    text = RECIPE.replace("table: order_lines", "table: lines")
    with pytest.raises(InvalidInput, match="name its columns under 'key'"):
        shop.pull(text=text.replace("    key: id\n", ""))
    shop.write(1)
    assert shop.pull(text=text)["rows_read"] == 1


def test_the_primary_key_is_the_key_if_none_is_named(shop):
    for number in range(5):
        shop.write(number, minute=1)
    text = RECIPE.replace("    key: id\n", "")
    assert shop.pull(text=text, batch=2)["rows_read"] == 5


def test_a_key_that_is_not_unique_is_refused_before_a_row_is_lost(shop):
    for number in range(5):
        shop.write(number, minute=1)
    with pytest.raises(InvalidInput, match="Two rows have the same"):
        shop.pull(text=RECIPE.replace("key: id", "key: customer_id"), batch=2)
    assert shop.orders() == []


def test_a_query_is_pulled_like_a_table_under_the_sources_name(shop):
    shop.write(1, minute=1)
    shop.write(2, minute=2, product="100% cotton")
    query = "query: SELECT * FROM order_lines WHERE product LIKE '100%'"
    report = shop.pull(text=RECIPE.replace("table: order_lines", query))
    assert report["rows_read"] == 1
    assert report["tables"][0]["table"] == "main:lines"


def test_a_table_can_be_looked_up_in(shop):
    shop.database.execute("CREATE TABLE names (customer INTEGER, country TEXT)")
    shop.database.execute("INSERT INTO names VALUES (1, 'China'), (1, 'Norway'), (2, 'Chile')")
    joined = RECIPE.replace(
        "    control_total: amount",
        "    joins:\n      - {name: who, source: names, on: {customer_id: customer}}",
    ).replace("      order_time:", "      country: who.country\n      order_time:")
    shop.write(1)
    shop.pull(text=joined + "  - name: names\n    table: names\n")
    assert shop.table(ods.ORDER_LINES)[0]["country"] == "China"
    with pytest.raises(InvalidInput, match="which is a file"):
        shop.pull(text=joined + "  - name: names\n    files: names.csv\n")


def test_two_pulls_at_once_do_not_mix(shop):
    for number in range(6):
        shop.write(number, minute=number)
    inner = shop.database.left_out
    shop.database.left_out = lambda scan: (setattr(shop.database, "left_out", inner),
                                           shop.pull(), inner(scan))[-1]  # fmt: skip
    with pytest.raises(Conflict, match="Another pull"):
        shop.pull(batch=10)
    assert len(shop.orders()) == 6


def test_a_recipe_of_files_cannot_be_pulled(shop):
    keys = "    cursor: CURSOR\n    key: id\n    overlap: OVERLAP\n    batch_rows: BATCH\n"
    text = RECIPE.replace("table: order_lines", "files: a.csv").replace(keys, "")
    with pytest.raises(InvalidInput, match="names no table"):
        shop.pull(text=text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("    cursor: CURSOR\n", ""), "lacks the key 'cursor'"),
        (("table: order_lines", "table: order_lines\n    query: SELECT 1"), "exactly one of table"),
        (("table: order_lines", "table: order_lines\n    files: a.csv"), "exactly one of 'files'"),
        (("overlap: OVERLAP", "overlap: a while"), "overlap"),
        (("batch_rows: BATCH", "batch_rows: 0"), "batch_rows"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused_with_its_place(shop, change, words):
    with pytest.raises(InvalidInput, match=words):
        shop.pull(text=RECIPE.replace(*change))


step = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 8), st.integers(0, 6)),
    st.tuples(st.just("pull"), st.integers(1, 5), st.integers(0, 3)),
)


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(step, max_size=25))
def test_whatever_happens_between_pulls_every_version_arrives_once(tmp_path_factory, steps):
    """Changes come in the order of their times, ties and all; servers go away in the middle."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    now, versions = 0, 0
    final: dict[int, str] = {}
    for what, first, second in steps:
        if what == "write":
            now += second // 2
            versions += 1
            shop.write(first, minute=now, product=f"v{versions}")
            final[first] = f"v{versions}"
        else:
            shop.database.pages_left = second
            with contextlib.suppress(Transient):
                shop.pull(batch=first, overlap="0 minutes")
    shop.database.pages_left = None
    shop.pull(batch=2, overlap="0 minutes")
    rows = shop.table(ods.ORDER_LINES)
    names = [row["product_name"] for row in rows]
    assert len(names) == len(set(names))
    latest = {row["order_id"]: row["product_name"] for row in rows}
    assert latest == {f"A{number}": name for number, name in final.items()}
    shop.warehouse.close()
