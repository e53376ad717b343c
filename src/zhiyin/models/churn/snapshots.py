"""Which instants to learn from, to calibrate on, and to be tested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# Horizons tried, longest first; the data must hold four of one.
HORIZONS = (60, 30, 14)
STEP = 30
MOST_TRAINING = 6


@dataclass(frozen=True)
class Snapshots:
    """Instants, each of which looks `horizon_days` ahead.

    What a training snapshot looks at ends before `calibration`, what that looks at before `test`,
    and what the test looks at before the newest fact. So nothing is learnt from a day it is
    judged on.
    """

    horizon_days: int
    training: tuple[datetime, ...]
    calibration: datetime
    test: datetime

    @property
    def horizon(self) -> timedelta:
        return timedelta(days=self.horizon_days)


def plan(
    first_fact: datetime, as_of: datetime, horizon_days: int | None = None
) -> Snapshots | None:
    """Return the snapshots that the span of data allows, or None where it is too short.

    Training snapshots lie 30 days apart (the horizon, if shorter), newest first, at most six,
    each with at least one horizon of history before it.
    """
    span = as_of - first_fact
    horizons = HORIZONS if horizon_days is None else (horizon_days,)
    chosen = next((days for days in horizons if span >= timedelta(days=4 * days)), None)
    if chosen is None:
        return None
    horizon, step = timedelta(days=chosen), timedelta(days=min(STEP, chosen))
    newest = as_of - 3 * horizon
    candidates = (newest - index * step for index in range(MOST_TRAINING))
    training = tuple(at for at in candidates if at - first_fact >= horizon)
    return Snapshots(chosen, training, as_of - 2 * horizon, as_of - horizon)
