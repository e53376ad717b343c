"""Weeks from Monday to Sunday, in the workspace's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from zhiyin.core.clock import naive_utc
from zhiyin.core.windows import Window

WEEK = timedelta(days=7)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the day that a naive UTC instant falls on in the zone."""
    return instant.replace(tzinfo=UTC).astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which the day begins in the zone, naive UTC."""
    return naive_utc(datetime.combine(day, time.min, tzinfo=zone))


def monday(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def week_window(week: date, zone: ZoneInfo) -> Window:
    """Return the week that begins on the Monday `week`, naive UTC; 167 or 169 hours around DST."""
    return Window(midnight(week, zone), midnight(week + WEEK, zone))


def last_complete_week(as_of: datetime, zone: ZoneInfo) -> date:
    """Return the Monday of the last week that ends at or before `as_of`."""
    return monday(local_day(as_of, zone)) - WEEK


def weeks_until(week: date, count: int) -> list[date]:
    """Return the Mondays of `count` weeks, `week` the last."""
    return [week - WEEK * back for back in range(count - 1, -1, -1)]
