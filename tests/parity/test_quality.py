"""Quality on DuckDB and on Spark: the same counts, copies, references and measures of days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.warehouse.quality.everything import NOW, THINGS, expect, parts, things
from tests.warehouse.quality.test_looking import ROW_RULES

from zhiyin.warehouse.quality import counting, profiles, relating
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.profiles import Days, plan_of

pytestmark = pytest.mark.spark

ROWS = things(
    {},
    {"number": 1, "kind": "a", "low": 1, "high": -1, "price": Decimal("1.5001"), "at": NOW},
    {"number": 1, "kind": "ab", "low": -2, "high": 1, "price": Decimal(-1), "day": NOW.date()},
    {"number": 2, "kind": "", "low": 0, "at": NOW + timedelta(microseconds=1)},
    {"number": None, "kind": "7", "day": date(2026, 3, 3), "mail": "知音@b.c"},
    {"number": 3, "kind": "abc", "at": datetime(2026, 3, 1, 16, 0), "price": Decimal(0)},
    {"number": 3, "kind": "A", "at": datetime(2026, 3, 1, 15, 59, 59, 999_999)},
)
PARTS = parts(
    {"number": 1, "price": Decimal("1.00")},
    {"number": 1, "price": Decimal("0.50")},
    {"number": 2, "price": None},
    {"number": 3, "price": Decimal(0)},
)
KEYS = (("shop", "shop"), ("number", "number"))


def test_rules_about_rows_count_alike(both_engines):
    expected = [expect(rule, column) for rule, column, _, _ in ROW_RULES]
    (row,) = both_engines.same_rows(counting.counted, ROWS, looked=expected, now=NOW)
    assert row["rows"] == 7
    assert any(row[f"failed_{n}"] for n in range(len(expected)))


def test_examples_are_alike(both_engines):
    expected = [expect(rule, column) for rule, column, _, _ in ROW_RULES]
    (row,) = both_engines.same_rows(counting.examples, ROWS, failed=expected, now=NOW)
    assert row["example_1"] == ""


@pytest.mark.parametrize("is_grain", [True, False])
def test_copies_count_alike(both_engines, is_grain):
    unique = expect(rules.Unique(is_grain), "shop", "number")
    (counts,) = both_engines.same_rows(relating.copies, ROWS, expectation=unique)
    assert counts["failed"] == (3 if is_grain else 2)
    both_engines.same_rows(relating.copied, ROWS, expectation=unique)


RELATIONS = [
    expect(rules.RefersTo("dw.parts", ("shop", "number")), "shop", "number"),
    expect(rules.EqualsSum("dw.parts", "price", KEYS, Decimal("0.01")), "price"),
    expect(rules.EqualsSum("dw.parts", "", KEYS), "low"),
    expect(rules.AgreesWith("dw.parts", "price", KEYS), "price"),
]


@pytest.mark.parametrize("expectation", RELATIONS)
def test_rules_about_other_tables_hold_alike(both_engines, expectation):
    def counts(table, other):
        return relating.related_counts(relating.related(table, expectation, other))

    (row,) = both_engines.same_rows(counts, ROWS, PARTS)
    assert row["looked"] > 0


def test_totals_and_the_newest_are_alike(both_engines):
    total = expect(rules.TotalOf("dw.parts", "price", {"number": (1,)}), "price")
    (row,) = both_engines.same_rows(
        lambda table, other: relating.totals(table, total, other), ROWS, PARTS
    )
    assert row["theirs"] == 1.5
    newest = expect(rules.Newest(timedelta(days=1)), "at")
    both_engines.same_rows(relating.newest, ROWS, expectation=newest)


def test_days_are_measured_alike(both_engines):
    plan = plan_of(THINGS)
    assert plan is not None
    days = Days(date(2026, 3, 1), date(2026, 3, 3), "Asia/Shanghai")
    counted = both_engines.same_rows(profiles.day_counts, ROWS, plan=plan, days=days)
    assert [row["rows"] for row in counted] == [1, 3]
    both_engines.same_rows(profiles.measures, ROWS, plan=plan, days=days)
    both_engines.same_rows(profiles.value_counts, ROWS, plan=plan, days=days, column="kind")
