"""Calendar days, against Python's own time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.warehouse.days import local_date, local_day, local_midnight, zone_offsets

ZONES = ("UTC", "Asia/Shanghai", "Europe/London", "America/New_York", "Asia/Kolkata")
instants = st.datetimes(datetime(1991, 1, 1), datetime(2035, 1, 1))


def days_of(moments, zone, **bounds):
    table = ibis.memtable(pa.table({"at": pa.array(moments, pa.timestamp("us"))}))
    return table.select(day=local_date(table["at"], zone, **bounds)).to_pyarrow()["day"].to_pylist()


@settings(max_examples=8, deadline=None)
@given(st.lists(instants, min_size=1, max_size=40), st.sampled_from(ZONES))
def test_a_day_is_the_one_that_a_clock_on_the_wall_shows(moments, zone):
    place = ZoneInfo(zone)
    wall = [moment.replace(tzinfo=UTC).astimezone(place).date() for moment in moments]
    assert days_of(moments, zone) == wall
    assert [local_day(moment, zone) for moment in moments] == wall
    since, until = min(moments), max(moments) + timedelta(microseconds=1)
    assert days_of(moments, zone, since=since, until=until) == wall


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
def test_days_are_right_to_the_second_around_a_change_of_the_clocks(zone):
    changes = [start for start, _ in zone_offsets(zone) if start.year in (2011, 2024)]
    assert len(changes) == 4
    # The change itself is at night, so the neighboring midnights are what can go wrong.
    moments = [
        midnight + timedelta(seconds=shift)
        for change in changes
        for midnight in (
            local_midnight(change.date(), zone),
            local_midnight(change.date() + timedelta(days=1), zone),
        )
        for shift in (-1, 0, 1)
    ]
    place = ZoneInfo(zone)
    wall = [moment.replace(tzinfo=UTC).astimezone(place).date() for moment in moments]
    assert days_of(moments, zone) == wall


def test_an_unknown_zone_is_named():
    with pytest.raises(InvalidInput, match=r"'Mars/Base'.*Asia/Shanghai"):
        local_day(datetime(2025, 1, 1), "Mars/Base")
