"""Wall-clock times of a zone, and the instants they stand for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Microseconds = npt.NDArray[np.int64]

# Since 1972 every zone has changed its offset at a multiple of a quarter of an hour.
_QUARTER = 15 * 60 * 1_000_000
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
    distinct, place = np.unique(quarters, return_inverse=True)
    offsets = np.array([_offset(int(q), zone) for q in distinct], dtype=np.int64)
    return wall - offsets[place]


def to_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant (naive ones are UTC) as the zone's wall clock shows it, without zone."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(zone).replace(tzinfo=None)


def _offset(quarter: int, zone: ZoneInfo) -> int:
    wall = _EPOCH + timedelta(microseconds=quarter * _QUARTER)
    offset = wall.replace(tzinfo=zone).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1)


def to_utc_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return naive UTC for one wall-clock time."""
    return wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
