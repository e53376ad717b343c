"""Hours, days, weeks and months of a zone, as numbers that an engine divides by."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.vocabulary import INTERVALS
from zhiyin.warehouse.api import local_day, local_midnight

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST_PERIODS = 5_000
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Periods:
    """Neighboring hours, days, ISO weeks or months that cover a window.

    `starts` are naive UTC and one more than there are periods: the last is the end of all.
    """

    window: Window
    interval: str
    timezone: str
    starts: tuple[datetime, ...]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def marks(self) -> list[int]:
        """The starts in milliseconds since 1970."""
        return [epoch_milliseconds(start) for start in self.starts]

    @property
    def labels(self) -> list[str]:
        """The first day of each period, of an hour its beginning with the zone's offset."""
        zone = ZoneInfo(self.timezone)
        local = [start.replace(tzinfo=UTC).astimezone(zone) for start in self.starts[:-1]]
        if self.interval == "hour":
            return [moment.isoformat(timespec="minutes") for moment in local]
        return [moment.date().isoformat() for moment in local]

    @property
    def are_whole(self) -> list[bool]:
        """Whether each period lies within the window altogether."""
        return [
            self.window.start <= start and end <= self.window.end
            for start, end in pairwise(self.starts)
        ]

    def index(self, label: str) -> int:
        """Return which period a label is of."""
        if label not in self.labels:
            raise InvalidInput(
                f"No {self.interval} of this answer begins at {label!r}; they begin at "
                f"{self.labels[0]} to {self.labels[-1]}."
            )
        return self.labels.index(label)


def periods_of(window: Window, interval: str, timezone: str) -> Periods:
    """Return the periods of a zone's calendar that a window touches, in order."""
    if interval not in INTERVALS:
        raise not_allowed("An interval", interval, INTERVALS)
    starts: list[datetime] = []
    for start in beginnings(window.start, interval, timezone):
        starts.append(start)
        if start >= window.end and len(starts) > 1:
            return Periods(window, interval, timezone, tuple(starts))
        if len(starts) > MOST_PERIODS:
            break
    raise InvalidInput(
        f"These days have more than {MOST_PERIODS:,} {interval}s; choose a longer interval."
    )


def more_periods(periods: Periods, before: int, after: int) -> Periods:
    """Return the periods with as many more before and after them."""
    first = local_day(periods.starts[0], periods.timezone)
    for _ in range(before):
        first = first_day(first - timedelta(days=1), periods.interval)
    starts = beginnings(local_midnight(first, periods.timezone), periods.interval, periods.timezone)
    wanted = len(periods.starts) + before + after
    found = tuple(start for start, _ in zip(starts, range(wanted), strict=False))
    return Periods(periods.window, periods.interval, periods.timezone, found)


def beginnings(instant: datetime, interval: str, timezone: str) -> Iterator[datetime]:
    """Give the beginning of the period that holds an instant, and all that follow, naive UTC."""
    if interval == "hour":
        zone = ZoneInfo(timezone)
        local = instant.replace(tzinfo=UTC).astimezone(zone)
        moment = instant - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        while True:
            yield moment
            moment += HOUR
    day = first_day(local_day(instant, timezone), interval)
    while True:
        yield local_midnight(day, timezone)
        day = next_first(day, interval)


def first_day(day: date, interval: str) -> date:
    """Return the first day of the day, ISO week or month that holds a day."""
    if interval == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "month" else day


def next_first(day: date, interval: str) -> date:
    """Return the first day of the day, week or month after the one that begins on `day`."""
    if interval == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if interval == "week" else 1)


def place(ts_ms: ir.IntegerValue, periods: Periods) -> ir.Value:
    """Return the number of the period, from 0, in which milliseconds since 1970 fall.

    Below 0 before the first; as many as there are, or more, after the last.

    Notes
    -----
    A division where periods are equally long, which most are: only months, and days on which
    clocks are changed, need a comparison.
    """
    return among(ts_ms, runs(periods.marks))


def runs(marks: list[int]) -> list[tuple[int, int, int]]:
    """Return (number of the first, its start, length) for each run of equally long periods."""
    found: list[tuple[int, int, int]] = []
    for number, (start, end) in enumerate(pairwise(marks)):
        if not found or found[-1][2] != end - start:
            found.append((number, start, end - start))
    return found


def among(ts_ms: ir.IntegerValue, found: list[tuple[int, int, int]]) -> ir.Value:
    """Return the period's number by halving the runs, so that the expression is not deep."""
    if len(found) == 1:
        number, start, length = found[0]
        return ((ts_ms - start) // length + number).cast("int64")
    middle = len(found) // 2
    before, after = found[:middle], found[middle:]
    return ibis.ifelse(ts_ms < after[0][1], among(ts_ms, before), among(ts_ms, after))


def period_of(instant: datetime, periods: Periods) -> int:
    """Return the number of the period that holds an instant, as `place` does."""
    return bisect_right(periods.starts, instant) - 1
