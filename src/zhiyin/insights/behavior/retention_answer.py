"""What is told of retention: the matrix, what of it is not over yet, and means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from zhiyin.insights.behavior.periods import Periods, more_periods
from zhiyin.insights.behavior.retention import (
    SIZE,
    RetentionSpec,
    cohort_periods,
    retention_table,
)
from zhiyin.insights.behavior.retention_masks import cells_of, has_masks, mask_table
from zhiyin.insights.behavior.retention_walk import kinds_by_number, walked_rows
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.trends_answer import Run, rows_of
from zhiyin.insights.behavior.vocabulary import UNITS

Group = tuple[str | None, bool]
Cells = Mapping[tuple[int, Group], Mapping[int, Mapping[str, Any]]]


def retention(scope: Scope, spec: RetentionSpec, *, run: Run = rows_of) -> dict[str, Any]:
    """Return of each cohort how many came back in each column.

    Returns
    -------
    as_of, timezone, interval; `columns` [{first, last}] in periods after the cohort's own;
    `groups` [{group, is_other, cohorts, size, mean}]; a cohort has start, whole (whether its
    period lies within the days asked for altogether), size (people), `values` (None where the
    column has not begun), `shares` of the cohort (None unless people are counted) and `complete`
    (whether the column was over for everybody at `as_of`). `mean` is over complete cells.
    """
    periods = cohort_periods(scope, spec)
    if has_masks(spec, periods):
        kinds = kinds_by_number(spec, scope.numbers) if scope.is_embedded else None
        if kinds is None:
            rows = cells_of(run(mask_table(scope, spec, periods)), spec)
        else:
            rows = cells_of(walked_rows(scope, spec, periods, kinds), spec)
    else:
        rows = run(retention_table(scope, spec, periods))
    cells: dict[tuple[int, Group], dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        cells.setdefault((row["cohort"], (row["grp"], row["is_other"])), {})[row["col"]] = row
    sizes: dict[Group, int] = {}
    for (_, group), row in cells.items():
        sizes[group] = sizes.get(group, 0) + row[SIZE]["people"]
    if spec.breakdown is None:
        sizes.setdefault((None, False), 0)
    groups = sorted(sizes, key=lambda group: (group[1], -sizes[group], str(group[0])))
    return {
        "as_of": scope.as_of.isoformat(),
        "timezone": scope.timezone,
        "interval": spec.interval,
        "columns": [{"first": low, "last": high - 1} for low, high in spec.spans],
        "groups": [told_group(group, cells, spec, periods, scope.as_of) for group in groups],
    }


def told_group(
    group: Group, cells: Cells, spec: RetentionSpec, periods: Periods, as_of: datetime
) -> dict[str, Any]:
    """Return the matrix of one group."""
    clock = Clock(spec, periods, as_of)
    cohorts = [told_cohort(cells.get((n, group), {}), n, spec, clock) for n in range(len(periods))]
    return {
        "group": group[0],
        "is_other": group[1],
        "size": sum(one["size"] for one in cohorts),
        "cohorts": cohorts,
        "mean": mean(cohorts, spec),
    }


class Clock:
    """When the columns of each cohort begin and are over."""

    def __init__(self, spec: RetentionSpec, periods: Periods, as_of: datetime) -> None:
        self.periods = periods
        self.as_of = as_of
        self.spec = spec
        self.starts = more_periods(periods, 0, spec.spans[-1][1]).starts

    def has_begun(self, cohort: int, first: int) -> bool:
        """Return whether anybody of a cohort can be in a column yet."""
        if self.spec.mode == "calendar":
            return self.starts[cohort + first] < self.as_of
        begins = max(self.starts[cohort], self.periods.window.start)
        return begins + self._length(first) < self.as_of

    def is_over(self, cohort: int, after: int) -> bool:
        """Return whether a column is over for everybody of a cohort."""
        if self.spec.mode == "calendar":
            return self.starts[cohort + after] <= self.as_of
        ends = min(self.starts[cohort + 1], self.periods.window.end)
        return ends + self._length(after) <= self.as_of

    def _length(self, n: int) -> timedelta:
        return n * UNITS[self.spec.interval]


def told_cohort(
    row: Mapping[int, Mapping[str, Any]], number: int, spec: RetentionSpec, clock: Clock
) -> dict[str, Any]:
    """Return one line of the matrix."""
    size = row[SIZE]["people"] if SIZE in row else 0
    found = [value(row.get(n), spec) for n in range(len(spec.spans))]
    if spec.cumulative:
        found = list(accumulate(one or 0 for one in reversed(found)))[::-1]
    values = [
        one if clock.has_begun(number, first) else None
        for one, (first, _) in zip(found, spec.spans, strict=True)
    ]
    counts = spec.measure == "people"
    return {
        "start": clock.periods.labels[number],
        "whole": clock.periods.are_whole[number],
        "size": size,
        "values": values,
        "shares": [one / size if counts and size and one is not None else None for one in values],
        "complete": [clock.is_over(number, after) for _, after in spec.spans],
    }


def value(cell: Mapping[str, Any] | None, spec: RetentionSpec) -> float | None:
    """Return what a cell tells; nobody's average is unknown."""
    if spec.measure == "average":
        return cell["amount"] / cell["valued"] if cell and cell["valued"] else None
    if cell is None:
        return 0
    return cell["people"] if spec.measure == "people" else cell["amount"]


def mean(cohorts: Sequence[Mapping[str, Any]], spec: RetentionSpec) -> list[float | None]:
    """Return the mean of each column over the cohorts for which it is complete.

    Of people it is the mean share, otherwise the mean value; empty cohorts have neither.
    """
    found: list[float | None] = []
    key = "shares" if spec.measure == "people" else "values"
    for column in range(len(spec.spans)):
        known = [
            (one[key][column], one["size"] if spec.mean == "weighted" else 1)
            for one in cohorts
            if one["complete"][column] and one["size"] and one[key][column] is not None
        ]
        weight = sum(size for _, size in known)
        found.append(sum(share * size for share, size in known) / weight if weight else None)
    return found
