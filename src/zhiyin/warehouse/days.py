"""Calendar days in the workspace's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import ibis

from zhiyin.core.errors import InvalidInput

if TYPE_CHECKING:
    import ibis.expr.types as ir

FIRST_YEAR, LAST_YEAR = 1990, 2060


def local_date(
    instant: ir.TimestampValue,
    timezone: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> ir.DateValue:
    """Return the calendar day of an instant (naive UTC) in a time zone; see `local_time`."""
    return local_time(instant, timezone, since=since, until=until).date()


def local_time(
    instant: ir.TimestampValue,
    timezone: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> ir.TimestampValue:
    """Return what a clock in a time zone shows at an instant (naive UTC).

    Exact across daylight saving time from 1990 to 2060; before and after, the nearest offset
    holds. A caller whose instants all lie in [since, until) says so, which makes the expression
    shorter.

    Notes
    -----
    The zone's offsets are written into the expression, because DuckDB and Spark spell the
    conversion differently and Ibis has no word for it. The newest comes first: most facts are
    recent, so that few branches are tried. A zone without changes needs none.
    """
    changes = zone_offsets(timezone)
    begun = [change for change in changes if since is not None and change[0] <= since]
    changes = [
        change for change in changes[max(len(begun) - 1, 0) :] if until is None or change[0] < until
    ] or list(changes[:1])
    shifted = [(start, shift(instant, offset)) for start, offset in reversed(changes)]
    *branches, (_, oldest) = shifted
    if not branches:
        return oldest
    return ibis.cases(  # pyright: ignore[reportReturnType]
        *(
            (instant >= ibis.literal(start, type="timestamp(6)"), value)
            for start, value in branches
        ),
        else_=oldest,
    )


def shift(instant: ir.TimestampValue, offset: timedelta) -> ir.TimestampValue:
    """Return the instant moved by a whole number of seconds."""
    seconds = int(offset.total_seconds())
    if seconds == 0:
        return instant
    by = ibis.interval(seconds=abs(seconds))
    return instant + by if seconds > 0 else instant - by


def local_day(instant: datetime, timezone: str) -> date:
    """Return the calendar day of a naive UTC instant in a time zone."""
    return instant.replace(tzinfo=UTC).astimezone(zone(timezone)).date()


def local_midnight(day: date, timezone: str) -> datetime:
    """Return the naive UTC instant at which a calendar day begins in a time zone."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(timezone))
    return midnight.astimezone(UTC).replace(tzinfo=None)


@lru_cache(maxsize=32)
def zone_offsets(timezone: str) -> tuple[tuple[datetime, timedelta], ...]:
    """Return (naive UTC instant, offset from UTC that holds from then on), oldest first."""
    place = zone(timezone)
    day, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    changes = [(day.replace(tzinfo=None), offset_at(day, place))]
    while day < end:
        following = day + timedelta(days=1)
        if offset_at(following, place) != changes[-1][1]:
            instant = change_between(day, following, place)
            changes.append((instant.replace(tzinfo=None), offset_at(instant, place)))
        day = following
    return tuple(changes)


def change_between(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """Return the first second in (before, after] with the offset of `after`."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if offset_at(middle, place) == offset_at(after, place):
            after = middle
        else:
            before = middle
    return after


def offset_at(instant: datetime, place: ZoneInfo) -> timedelta:
    """Return the offset from UTC at an instant."""
    return instant.astimezone(place).utcoffset() or timedelta(0)


def zone(timezone: str) -> ZoneInfo:
    """Return the zone of an IANA name; `InvalidInput` for a name that is none."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(
            f"There is no time zone {timezone!r}; use an IANA name such as Asia/Shanghai."
        ) from error
