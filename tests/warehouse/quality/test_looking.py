"""Looks at tables: each rule against a plain loop, and against what is hard about it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.warehouse.quality.everything import (
    NOW,
    PARTS,
    TABLES,
    THINGS,
    expect,
    parts,
    things,
)

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.privacy import Pii
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Severity
from zhiyin.warehouse.quality.looking import Moment, Reader, look, reader_of

MOMENT = Moment(NOW, NOW)


def looked(warehouse, table, *expected, moment=MOMENT):
    reader = reader_of(warehouse, TABLES)
    return look(THINGS, ibis.memtable(table), expected, reader=reader, moment=moment)


def one(warehouse, table, expectation, moment=MOMENT):
    return looked(warehouse, table, expectation, moment=moment)[0]


ROW_RULES = [
    (rules.Present(), "kind", lambda row: True, lambda row: row["kind"] is not None),
    (rules.OneOf(("a", "b")), "kind", None, lambda row: row["kind"] in ("a", "b")),
    (rules.Matches("^a"), "kind", None, lambda row: bool(re.search("^a", row["kind"]))),
    (rules.OfLength(1, 2), "kind", None, lambda row: 1 <= len(row["kind"]) <= 2),
    (rules.InRange(0, None), "low", None, lambda row: row["low"] >= 0),
    (rules.InRange(-1, 1), "low", None, lambda row: -1 <= row["low"] <= 1),
    (rules.InRange(None, Decimal("1.5")), "price", None, lambda row: row["price"] <= 1.5),
    (
        rules.InRange(date(2026, 3, 1), None),
        "day",
        None,
        lambda row: row["day"] >= date(2026, 3, 1),
    ),
    (rules.NotInFuture(), "at", None, lambda row: row["at"] <= NOW),
    (rules.NotInFuture(), "day", None, lambda row: row["day"] <= NOW.date()),
    (
        rules.NotAfter("high"),
        "low",
        lambda row: row["low"] is not None and row["high"] is not None,
        lambda row: row["low"] <= row["high"],
    ),
    (rules.OfType("int64"), "kind", None, lambda row: row["kind"].isdigit()),
]

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from([None, "", "a", "b", "ab", "abc", "7", "A"]),
            "low": st.sampled_from([None, -2, -1, 0, 1, 2]),
            "high": st.sampled_from([None, -1, 1]),
            "price": st.sampled_from([None, Decimal("1.5"), Decimal("1.5001"), Decimal(-1)]),
            "at": st.sampled_from(
                [None, NOW, NOW + timedelta(microseconds=1), datetime(2020, 1, 1)]
            ),
            "day": st.sampled_from([None, date(2026, 3, 1), date(2026, 3, 3), date(2020, 1, 1)]),
        }
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def engine():
    opened = DuckDBWarehouse(":memory:", threads=1)
    yield opened
    opened.close()


@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_every_rule_about_rows_counts_what_a_plain_loop_counts(engine, rows):
    expected = [
        expect(rule, column, name=f"n{n}") for n, (rule, column, _, _) in enumerate(ROW_RULES)
    ]
    found = looked(engine, things(*rows), *expected)
    for outcome, (_, column, is_about, holds) in zip(found, ROW_RULES, strict=True):
        about = is_about or (lambda row, column=column: row[column] is not None)
        seen = [row for row in rows if about(row)]
        failed = [row for row in seen if not holds(row)]
        assert (outcome.rows, outcome.failed) == (len(seen), len(failed)), outcome
        rate = 1 - len(failed) / len(seen) if seen else 1.0
        assert outcome.pass_rate == pytest.approx(rate)


def test_rules_about_rows_share_one_query(engine):
    queries = []

    def counting(expr):
        queries.append(expr)
        return engine.to_arrow(expr)

    expected = [expect(rules.InRange(n, None), "low", name=f"n{n}") for n in range(-10, 0)]
    reader = Reader(counting, lambda _: None)
    table = ibis.memtable(things({"low": 5}))
    look(THINGS, table, expected, reader=reader, moment=MOMENT)
    assert len(queries) == 1


def test_where_limits_the_rows_that_are_looked_at(warehouse):
    table = things({"kind": "a", "low": -1}, {"kind": "b", "low": -1}, {"kind": None, "low": -1})
    found = one(warehouse, table, expect(rules.InRange(0, None), "low", where={"kind": ("a",)}))
    assert (found.rows, found.failed) == (1, 1)


def test_an_example_is_the_least_value_that_breaks_the_rule_and_knows_how_personal_it_is(warehouse):
    table = things({"mail": "zz"}, {"mail": "bb"}, {"mail": "a@b.c"})
    found = one(warehouse, table, expect(rules.Matches("@"), "mail"))
    assert (found.example, found.pii) == ("bb", Pii.CONTACT)
    kept = one(warehouse, table, expect(rules.Present(), "mail"))
    assert kept.example is None


def test_a_long_example_is_cut(warehouse):
    found = one(warehouse, things({"mail": "x" * 10_000}), expect(rules.Matches("@"), "mail"))
    assert found.example == "x" * 200


def test_copies_count_from_the_second_one_on(warehouse):
    table = things({"kind": "a"}, {"kind": "a"}, {"kind": "a"}, {"kind": "b"}, {"kind": None})
    found = one(warehouse, table, expect(rules.Unique(), "kind"))
    assert (found.rows, found.failed, found.example) == (4, 2, "a")


def test_a_missing_value_in_a_grain_is_a_value(warehouse):
    table = things({"number": None}, {"number": None}, {"number": 1})
    found = one(warehouse, table, expect(rules.Unique(is_grain=True), "shop", "number"))
    assert (found.rows, found.failed) == (3, 1)


def test_a_reference_must_be_known_and_nulls_refer_to_nothing(warehouse):
    warehouse.write(PARTS, parts({"number": 1}, {"number": 1}))
    rule = rules.RefersTo(PARTS.name, ("shop", "number"))
    table = things({"number": 1}, {"number": 2}, {"number": None}, {"number": 2, "shop": "t"})
    found = one(warehouse, table, expect(rule, "shop", "number"))
    assert (found.rows, found.failed, found.example) == (3, 2, "s, 2")


def test_a_reference_to_a_table_that_holds_nothing_says_nothing(warehouse):
    rule = rules.RefersTo(PARTS.name, ("number",))
    assert one(warehouse, things({"number": 1}), expect(rule, "number")).rows == 0
    warehouse.write(PARTS, parts())
    assert one(warehouse, things({"number": 1}), expect(rule, "number")).rows == 0


def test_sums_over_the_parts_are_compared_within_the_tolerance(warehouse):
    warehouse.write(
        PARTS,
        parts(
            {"number": 1, "price": Decimal("1.00")},
            {"number": 1, "price": Decimal("2.00")},
            {"number": 2, "price": Decimal("5.00")},
        ),
    )
    keys = (("shop", "shop"), ("number", "number"))
    rule = rules.EqualsSum(PARTS.name, "price", keys, Decimal("0.01"))
    table = things(
        {"number": 1, "price": Decimal("3.01")},
        {"number": 2, "price": Decimal("5.02")},
        {"number": 3, "price": Decimal("0.00")},
        {"number": 4, "price": Decimal("9.00")},
    )
    found = one(warehouse, table, expect(rule, "price"))
    assert (found.rows, found.failed) == (4, 2)


def test_without_a_column_a_sum_counts_rows(warehouse):
    warehouse.write(PARTS, parts({"number": 1}, {"number": 1}))
    rule = rules.EqualsSum(PARTS.name, "", (("number", "number"),))
    found = one(
        warehouse,
        things({"number": 1, "low": 2}, {"number": 2, "low": 0}, {"number": 3, "low": 1}),
        expect(rule, "low"),
    )
    assert (found.rows, found.failed) == (3, 1)


def test_a_reference_table_is_agreed_with_where_it_knows_the_row(warehouse):
    warehouse.write(PARTS, parts({"number": 1, "price": Decimal(2)}))
    rule = rules.AgreesWith(PARTS.name, "price", (("number", "number"),))
    table = things({"number": 1, "price": Decimal(3)}, {"number": 9, "price": Decimal(3)})
    found = one(warehouse, table, expect(rule, "price"))
    assert (found.rows, found.failed) == (1, 1)


def test_a_total_is_as_right_as_its_gap_is_small(warehouse):
    warehouse.write(PARTS, parts({"number": 1, "price": Decimal(100)}))
    rule = rules.TotalOf(PARTS.name, "price")
    near = one(warehouse, things({"price": Decimal(99)}), expect(rule, "price", at_least=0.95))
    assert near.pass_rate == pytest.approx(0.99)
    assert near.passed
    far = one(warehouse, things({"price": Decimal(50)}), expect(rule, "price", at_least=0.95))
    assert not far.passed
    assert far.example == "50.00 ≠ 100.00"


def test_rows_are_as_many_as_another_table_has(warehouse):
    warehouse.write(PARTS, parts({"number": 1}, {"number": 2}))
    rule = rules.RowsOf(PARTS.name, {"number": (2,)})
    assert one(warehouse, things({}), expect(rule)).passed
    assert not one(warehouse, things({}, {}), expect(rule)).passed


def test_a_table_without_rows_misses_only_what_is_said_of_its_rows(warehouse):
    promised = looked(warehouse, things(), *rules.promised(THINGS))
    assert all(outcome.passed and outcome.rows == 0 for outcome in promised)
    assert not one(warehouse, things(), expect(rules.RowCount(1))).passed


@pytest.mark.parametrize(
    ("late", "passed"), [(timedelta(0), True), (timedelta(microseconds=1), False)]
)
def test_the_newest_row_may_be_as_old_as_promised_and_no_older(warehouse, late, passed):
    newest = NOW - timedelta(days=2) - late
    found = one(
        warehouse,
        things({"at": newest}, {"at": None}, {"at": datetime(2000, 1, 1)}),
        expect(rules.Newest(timedelta(days=2)), "at"),
    )
    assert found.passed is passed


def test_an_old_data_set_is_fresh_as_of_its_own_time(warehouse):
    moment = Moment(as_of=datetime(2011, 12, 10), now=NOW)
    table = things({"at": datetime(2011, 12, 9)})
    assert one(warehouse, table, expect(rules.Newest(timedelta(days=2)), "at"), moment).passed


def test_a_promise_lets_expect_its_grain_its_columns_its_values_and_its_freshness():
    found = {one.name: one for one in rules.promised(THINGS)}
    assert set(found) == {"grain_is_unique", "shop_is_present", "kind_is_one_of", "is_fresh"}
    assert found["grain_is_unique"].severity is Severity.BLOCKING
    assert found["is_fresh"].severity is Severity.WARNING
