"""Wall-clock times of a zone, and the instants they stand for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Microseconds = npt.NDArray[np.int64]

# Since 1972 every zone has changed its offset at a multiple of a quarter of an hour.
_QUARTER = 15 * 60 * 1_000_000
# A hundred years: up to here a table of all quarters is cheaper than sorting the times.
_LONG_SPAN = 100 * 366 * 24 * 4
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time has no zone


def to_utc(wall: Microseconds, zone: ZoneInfo) -> Microseconds:
    """Return UTC microseconds for wall-clock microseconds of a zone.

    An hour that occurs twice is taken the first time; one that is skipped is read with the
    offset before the change, as the standard library does. Time zone data are Python's, so all
    engines agree.
    """
    if len(wall) == 0:
        return wall
    quarters = wall // _QUARTER
    earliest = int(quarters.min())
    if int(quarters.max()) - earliest > _LONG_SPAN:
        distinct, place = np.unique(quarters, return_inverse=True)
        return wall - _offsets(distinct, zone)[place]
    place = quarters - earliest
    distinct = np.flatnonzero(np.bincount(place))
    offsets = np.zeros(distinct[-1] + 1, dtype=np.int64)
    offsets[distinct] = _offsets(distinct + earliest, zone)
    return wall - offsets[place]


def to_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant (naive ones are UTC) as the zone's wall clock shows it, without zone."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(zone).replace(tzinfo=None)


def _offsets(quarters: npt.NDArray[np.int64], zone: ZoneInfo) -> Microseconds:
    return np.array([_offset(quarter, zone) for quarter in quarters.tolist()], dtype=np.int64)


@lru_cache(maxsize=1_000_000)
def _offset(quarter: int, zone: ZoneInfo) -> int:
    wall = _EPOCH + timedelta(microseconds=quarter * _QUARTER)
    offset = wall.replace(tzinfo=zone).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1)


def to_utc_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return naive UTC for one wall-clock time."""
    return wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
