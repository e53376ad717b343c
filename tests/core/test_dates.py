"""Dates that a person writes are read, or refused in one sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from zhiyin.core.dates import read_date, read_instant
from zhiyin.core.errors import InvalidInput

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_date_is_its_first_instant_in_the_given_zone():
    assert read_instant("2026-03-01", SHANGHAI) == datetime.fromisoformat("2026-02-28T16:00")
    assert read_instant("2026-03-01") == datetime.fromisoformat("2026-03-01T00:00")


@pytest.mark.parametrize("text", ["2026-03-01T09:30+01:00", "2026-03-01T08:30Z"])
def test_an_offset_stands_over_the_zone(text):
    assert read_instant(text, SHANGHAI) == datetime.fromisoformat("2026-03-01T08:30")


@pytest.mark.parametrize("zone", [UTC, SHANGHAI, ZoneInfo("America/New_York")])
@pytest.mark.parametrize(
    "text",
    ["0001-01-01", "0001-01-01T00:00+14:00", "1899-12-31", "9999-12-31T23:59-12:00", "3000-01-01"],
)
def test_days_too_far_to_count_on_are_refused(text, zone):
    with pytest.raises(InvalidInput, match="too far away"):
        read_instant(text, zone)


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "", "2026-02-30"])
def test_what_is_no_date_is_said_to_be_none(text):
    with pytest.raises(InvalidInput, match="is not a date"):
        read_date(text)
    with pytest.raises(InvalidInput, match="is not a time"):
        read_instant(text)


def test_both_ends_are_days():
    assert read_date("1900-01-01") == date(1900, 1, 1)
    assert read_date("2999-12-31") == date(2999, 12, 31)
