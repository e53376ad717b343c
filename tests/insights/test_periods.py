"""Periods of a calendar, against a calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.periods import more_periods, period_of, periods_of, place
from zhiyin.testing.rows import EPOCH

ZONES = ("Europe/London", "Asia/Shanghai", "America/St_Johns")
starts = st.integers(0, 3000).map(lambda n: datetime(2024, 1, 1) + timedelta(hours=3 * n))
lengths = st.integers(1, 2000).map(lambda n: timedelta(hours=n))


def label(moment, interval, zone):
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    day = local.date()
    if interval == "hour":
        return local.replace(minute=0, second=0, microsecond=0).isoformat(timespec="minutes")
    if interval == "week":
        day -= timedelta(days=day.weekday())
    return (day.replace(day=1) if interval == "month" else day).isoformat()


@settings(max_examples=30, deadline=None)
@given(
    starts, lengths, st.sampled_from(["hour", "day", "week", "month"]), st.sampled_from(ZONES),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=20),
)  # fmt: skip
def test_an_instant_lies_in_the_period_of_its_wall_clock(start, length, interval, zone, offsets):
    window = Window(start, start + length)
    periods = periods_of(window, interval, zone)
    moments = [start + timedelta(milliseconds=n) % length for n in offsets]
    ms = [(moment - EPOCH) // timedelta(milliseconds=1) for moment in moments]
    table = ibis.memtable(pa.table({"ts_ms": pa.array(ms, pa.int64())}))
    found = table.mutate(place=place(table.ts_ms, periods)).to_pyarrow()["place"].to_pylist()
    assert [periods.labels[n] for n in found] == [label(one, interval, zone) for one in moments]
    assert found == [period_of(moment, periods) for moment in moments]


def test_periods_cover_the_window_and_no_more():
    window = Window(datetime(2024, 3, 20, 16), datetime(2024, 4, 2, 16))
    periods = periods_of(window, "week", "Asia/Shanghai")
    assert periods.labels == ["2024-03-18", "2024-03-25", "2024-04-01"]
    assert periods.are_whole == [False, True, False]
    wider = more_periods(periods, 1, 2)
    assert wider.labels[0] == "2024-03-11"
    assert wider.labels[-1] == "2024-04-15"


def test_months_before_and_after_are_months():
    periods = periods_of(Window(datetime(2024, 3, 1), datetime(2024, 3, 2)), "month", "UTC")
    assert more_periods(periods, 2, 1).labels == [
        "2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"
    ]  # fmt: skip


def test_the_hour_that_comes_twice_is_two_hours():
    window = Window(datetime(2024, 10, 27, 0), datetime(2024, 10, 27, 3))
    assert periods_of(window, "hour", "Europe/London").labels == [
        "2024-10-27T01:00+01:00", "2024-10-27T01:00+00:00", "2024-10-27T02:00+00:00"
    ]  # fmt: skip


def test_too_many_periods_are_refused():
    window = Window(datetime(2020, 1, 1), datetime(2024, 1, 1))
    with pytest.raises(InvalidInput, match=r"more than 5,000 hours; choose a longer interval"):
        periods_of(window, "hour", "UTC")


def test_a_label_of_another_answer_is_refused():
    periods = periods_of(Window(datetime(2024, 3, 1), datetime(2024, 3, 3)), "day", "UTC")
    with pytest.raises(InvalidInput, match=r"No day of this answer begins at 'x'; they begin at"):
        periods.index("x")
