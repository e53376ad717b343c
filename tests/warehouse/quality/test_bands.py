"""The usual range of a measure, day by day, as a chart shows it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.quality.bands import usual_days
from zhiyin.warehouse.quality.tables import PROFILES

FIRST = date(2026, 1, 1)
DAYS = 60


def profile(n: int, metric: str, value: float, column: str = "") -> dict:
    return {
        "table_name": "dw.orders",
        "profile_date": FIRST + timedelta(days=n),
        "column": column,
        "metric": metric,
        "value": value,
    }


@pytest.fixture
def measured(warehouse):
    rows = [profile(n, "rows", 500.0 if n == 50 else 200.0 + n % 7) for n in range(DAYS)]
    rows += [profile(n, "null_rate", 0.1, "channel") for n in range(0, DAYS, 2)]
    rows += [profile(n, "distinct", 9.0, "channel") for n in range(DAYS)]
    warehouse.write(PROFILES, rows_of(PROFILES, *rows))
    return warehouse


def test_every_measured_day_is_told_and_the_first_have_no_range(measured):
    found = usual_days(measured, "dw.orders", column="", metric="rows")
    assert [one.day for one in found] == [FIRST + timedelta(days=n) for n in range(DAYS)]
    assert found[0].low is None
    assert all(one.low <= one.value <= one.high for one in found[30:] if one.value < 300)


def test_a_day_that_stands_out_lies_outside_and_moves_no_later_range(measured):
    found = usual_days(measured, "dw.orders", column="", metric="rows")
    assert found[50].value > found[50].high
    assert found[57].high < 300  # the same weekday a week later


def test_days_that_were_not_measured_are_left_out(measured):
    found = usual_days(measured, "dw.orders", column="channel", metric="null_rate")
    assert len(found) == DAYS // 2
    assert {one.value for one in found} == {0.1}


def test_a_metric_that_nobody_judges_has_no_range(measured):
    found = usual_days(measured, "dw.orders", column="channel", metric="distinct")
    assert len(found) == DAYS
    assert all(one.expected is None for one in found)


def test_nothing_is_told_of_a_table_that_was_not_measured(measured):
    assert usual_days(measured, "dw.events", column="", metric="rows") == []
