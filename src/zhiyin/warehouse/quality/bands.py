"""What the days before let expect of each day of a measure, for a chart's band."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from zhiyin.warehouse.quality.tables import PROFILES
from zhiyin.warehouse.quality.usual import SCALES, judged

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

ROWS = "rows"


@dataclass(frozen=True)
class UsualDay:
    """A measured day, and what was usual then; None where too few days came before."""

    day: date
    value: float
    expected: float | None
    low: float | None
    high: float | None


def usual_days(warehouse: Warehouse, table: str, *, column: str, metric: str) -> list[UsualDay]:
    """Return every measured day of one measure with its usual range, oldest first.

    Metrics that are not judged, such as `distinct`, come without ranges.
    """
    profiles = warehouse.read(PROFILES)
    mine = profiles.filter(
        profiles.table_name == table,
        ((profiles.metric == metric) & (profiles.column == column))
        | ((profiles.metric == ROWS) & (profiles.column == "")),
    )
    values: dict[date, float] = {}
    counts: dict[date, float] = {}
    for row in warehouse.to_arrow(mine).to_pylist():
        if (row["metric"], row["column"]) == (metric, column):
            values[row["profile_date"]] = row["value"]
        if row["metric"] == ROWS:
            counts[row["profile_date"]] = row["value"]
    if metric not in SCALES or not values:
        return [UsualDay(day, values[day], None, None, None) for day in sorted(values)]
    return _ranged(metric, values, counts)


def _ranged(metric: str, values: dict[date, float], counts: dict[date, float]) -> list[UsualDay]:
    known = {*values, *counts}
    first = min(known)
    calendar = [first + timedelta(days=n) for n in range((max(known) - first).days + 1)]
    verdict = judged(
        metric,
        np.array([values.get(day, np.nan) for day in calendar]),
        np.array([counts.get(day, 0.0) for day in calendar]),
    )
    ranges = (verdict.expected, verdict.low, verdict.high)
    return [
        UsualDay(day, values[day], *(_known(figure[n]) for figure in ranges))
        for n, day in enumerate(calendar)
        if day in values
    ]


def _known(figure: float) -> float | None:
    return float(figure) if np.isfinite(figure) else None
