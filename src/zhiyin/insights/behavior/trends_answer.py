"""What is told of trends: every period in its place, formulas, smoothing, days compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from zhiyin.insights.behavior.periods import Periods
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.trends import (
    ADDITIVE,
    WHOLE,
    TrendsSpec,
    trend_periods,
    trend_table,
    without_metrics,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

Row = Mapping[str, Any]
Run = Callable[["ir.Table"], list[dict[str, Any]]]
# Metrics are counted from other tables than the activity, so whoever has those counts them.
CountMetrics = Callable[[TrendsSpec, Periods], list[dict[str, Any]]]
Group = tuple[str | None, bool]
Line = list[float | None]


def rows_of(table: ir.Table) -> list[dict[str, Any]]:
    """Return the rows of an expression whose tables know their engine."""
    return table.to_pyarrow().to_pylist()


def trends(
    scope: Scope,
    spec: TrendsSpec,
    *,
    run: Run = rows_of,
    count_metrics: CountMetrics | None = None,
) -> dict[str, Any]:
    """Return how much happened per period, series and group.

    Returns
    -------
    as_of, timezone, interval, since, until; `starts` (label of each period) and `whole` (whether
    the period lies within the days asked for altogether); `series` [{key, group, is_other, values,
    total, previous, previous_total}], formulas after the series; with `compare` previous_starts.
    `sample` is the share of people who were asked; if it is below 1, counts and sums are
    estimates. A period without events has 0; a mean or quotient over nothing is None.
    """
    periods = trend_periods(scope, spec)
    lines = told_lines(scope, spec, periods, run, count_metrics)
    answer = {
        "as_of": scope.as_of.isoformat(),
        "timezone": scope.timezone,
        "interval": spec.interval,
        "starts": periods.labels,
        "whole": periods.are_whole,
        "sample": spec.sample,
        "previous_starts": None,
    }
    before: dict[tuple[str, Group], tuple[Line, float | None]] = {}
    if spec.compare:
        past = trend_periods(scope, spec, is_previous=True)
        before = told_lines(scope, spec, past, run, count_metrics)
        answer["previous_starts"] = past.labels
    series = []
    for key, group in ordered({**lines, **before}, spec):
        values, total = lines.get((key, group), nothing(key, spec, periods))
        told = {"key": key, "group": group[0], "is_other": group[1]}
        told |= {"values": values, "total": total}
        if spec.compare:
            old, old_total = before.get((key, group), nothing(key, spec, past))  # pyright: ignore[reportPossiblyUnboundVariable]
            told |= {"previous": old, "previous_total": old_total}
        series.append(told)
    return {**answer, "series": series}


def ordered(lines: Iterable[tuple[str, Group]], spec: TrendsSpec) -> list[tuple[str, Group]]:
    """Return the lines as they are told: by series, and within it named groups before others."""
    keys = [*(one.key for one in spec.series), *(one.text for one in spec.formulas)]
    return sorted(lines, key=lambda line: (keys.index(line[0]), line[1][1], line[1][0] is None))


def told_lines(
    scope: Scope,
    spec: TrendsSpec,
    periods: Periods,
    run: Run,
    count_metrics: CountMetrics | None,
) -> dict[tuple[str, Group], tuple[Line, float | None]]:
    """Return the values and the total of each series and formula, by key and group."""
    rows: list[dict[str, Any]] = []
    of_events = without_metrics(spec)
    if of_events.series:
        rows += run(trend_table(scope, of_events, periods))
    if count_metrics is not None and len(of_events.series) < len(spec.series):
        rows += count_metrics(spec, periods)
    found: dict[tuple[str, Group], dict[int, float | None]] = {}
    largest = sorted(rows, key=lambda row: (row["place"] != WHOLE, -(row["value"] or 0.0)))
    for row in largest:
        group = (row["grp"], row["is_other"])
        found.setdefault((row["series"], group), {})[row["place"]] = row["value"]
    if spec.breakdown is None:
        for one in spec.series:
            found.setdefault((one.key, (None, False)), {})
    lines = {line: filled(line[0], values, spec, periods) for line, values in found.items()}
    for formula in spec.formulas:
        for group in dict.fromkeys(group for _, group in list(found)):
            lines[formula.text, group] = computed(formula.text, group, lines, spec, periods)
    return {
        line: (smoothed(values, spec.smoothing), total) for line, (values, total) in lines.items()
    }


def is_additive(key: str, spec: TrendsSpec) -> bool:
    """Return whether a series is a number of things, so that nothing is 0 and not unknown."""
    return any(
        one.key == key and one.metric is None and one.count in ADDITIVE for one in spec.series
    )


def filled(
    key: str, values: Mapping[int, float | None], spec: TrendsSpec, periods: Periods
) -> tuple[Line, float | None]:
    """Return a value for each period, and the total."""
    adds = is_additive(key, spec)
    empty = 0.0 if adds else None
    scale = 1 / spec.sample if adds else 1.0
    found: Line = [scaled(values.get(n, empty), scale) for n in range(len(periods))]
    if spec.cumulative:
        found = [*accumulate(value or 0.0 for value in found)]
    return found, scaled(values.get(WHOLE, empty), scale)


def scaled(value: float | None, factor: float) -> float | None:
    """Return a value of the people asked as one of all."""
    return None if value is None else value * factor


def nothing(key: str, spec: TrendsSpec, periods: Periods) -> tuple[Line, float | None]:
    """Return the line of a group that did nothing."""
    return filled(key, {}, spec, periods)


def computed(
    text: str,
    group: Group,
    lines: Mapping[tuple[str, Group], tuple[Line, float | None]],
    spec: TrendsSpec,
    periods: Periods,
) -> tuple[Line, float | None]:
    """Return a formula's value for each period, and over the totals."""
    formula = next(one for one in spec.formulas if one.text == text)
    parts = {key: lines.get((key, group), nothing(key, spec, periods)) for key in formula.names}
    values = [
        formula.value({key: line[0][n] for key, line in parts.items()}) for n in range(len(periods))
    ]
    return values, formula.value({key: line[1] for key, line in parts.items()})


def smoothed(values: Sequence[float | None], n: int) -> Line:
    """Return the mean of the known ones among each value and the n - 1 before it."""
    if n == 1:
        return list(values)
    found: Line = []
    for place in range(len(values)):
        known = [value for value in values[max(0, place - n + 1) : place + 1] if value is not None]
        found.append(sum(known) / len(known) if known else None)
    return found
