"""Trends: how much happened per hour, day, week or month, and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.doings import (
    done,
    in_group,
    named_groups,
    sampled,
    with_group,
)
from zhiyin.insights.behavior.periods import Periods, periods_of, place
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.trends_formula import Formula
from zhiyin.insights.behavior.vocabulary import Breakdown, Days, Step, days_before, window_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What is counted, and whether the number of people asked changes it.
ADDITIVE = ("events", "people", "sum")
COUNTS = (*ADDITIVE, "per_person", "average", "median", "percentile", "minimum", "maximum")
WHOLE = -1


@dataclass(frozen=True)
class Series:
    """One line of a chart, called `key` in formulas: something counted, or a metric.

    count
        `events` (how often), `people` (how many different ones), `per_person` (events over
        people), or of `property` the `sum`, `average`, `median`, `percentile`, `minimum` or
        `maximum`; events without the property are left out of these.
    percentile
        Above 0 and below 100, for `percentile`.
    metric
        A name of the metric dictionary, instead of step and count.
    """

    key: str
    step: Step | None = None
    count: str = "events"
    property: str | None = None
    percentile: float | None = None
    metric: str | None = None


@dataclass(frozen=True)
class TrendsSpec:
    """A question about how much happens over time.

    cumulative
        Each period also counts what happened since the first day asked for; people once.
    smoothing
        Each value becomes the mean of so many values up to it.
    sample
        The share of people who are asked; sums and counts are then estimates for all.
    """

    series: tuple[Series, ...]
    days: Days = field(default_factory=Days)
    interval: str = "day"
    breakdown: Breakdown | None = None
    compare: str | None = None
    formulas: tuple[Formula, ...] = ()
    smoothing: int = 1
    cumulative: bool = False
    sample: float = 1.0


@dataclass(frozen=True)
class TrendPoint:
    """A point of a chart: a series, one of its periods or all (None), one of its groups or all.

    `is_previous` means a point of the days compared with.
    """

    series: str
    at: str | None = None
    group: str | None = None
    is_other: bool = False
    has_group: bool = False
    is_previous: bool = False


def trend_periods(scope: Scope, spec: TrendsSpec, *, is_previous: bool = False) -> Periods:
    """Return the periods of the days asked for, or of those compared with."""
    days = spec.days
    if is_previous:
        days = days_before(days, spec.compare or "previous", scope.as_of, scope.timezone)
    window = window_of(days, scope.as_of, scope.timezone)
    return periods_of(window, spec.interval, scope.timezone)


def trend_table(scope: Scope, spec: TrendsSpec, periods: Periods) -> ir.Table:
    """Return how much of each series of events happened.

    Groups are named that were largest in the days asked for, also where others are counted.

    Returns
    -------
    series, place (number of the period; -1 for all of the window together), grp (null where it is
    unknown, is other, or nothing is divided), is_other, value (float64). Periods in which nothing
    happened are absent.
    """
    parts = []
    for series in spec.series:
        rows = divided(scope, spec, series, periods.window)
        placed = rows.mutate(place=place(rows.ts_ms, periods))
        parts.append(per_period(placed, series, spec))
        whole = rows.group_by(["grp", "is_other"]).agg(value=counted(rows, series))
        parts.append(told(whole, series, ibis.literal(WHOLE, "int64")))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def series_rows(scope: Scope, spec: TrendsSpec, series: Series, window: Window) -> ir.Table:
    """Return the events of a series, with `grp` and `amount`, of the people who are asked."""
    if series.step is None:
        raise InvalidInput(f"Series {series.key} is a metric, which is counted from facts.")
    rows = done(sampled(scope.activity, spec.sample), series.step, window)
    grouped = with_group(rows, spec.breakdown, scope)
    if series.property is None:
        return grouped.mutate(amount=ibis.null("float64"))
    valued = grouped.mutate(amount=grouped[series.property].cast("float64"))
    return valued.filter(valued.amount.notnull())


def divided(scope: Scope, spec: TrendsSpec, series: Series, window: Window) -> ir.Table:
    """Return the events of a series with `grp` and `is_other`; the first series ranks groups."""
    rows = series_rows(scope, spec, series, window)
    if spec.breakdown is None:
        return rows.mutate(is_other=ibis.literal(False))
    asked = window_of(spec.days, scope.as_of, scope.timezone)
    ranking = series_rows(scope, spec, spec.series[0], asked)
    return named_groups(rows, spec.breakdown.most, ranking)


def per_period(placed: ir.Table, series: Series, spec: TrendsSpec) -> ir.Table:
    """Return one series' values per period and group."""
    if not spec.cumulative or series.count != "people":
        found = placed.group_by(["place", "grp", "is_other"]).agg(value=counted(placed, series))
        return told(found, series, found.place)
    # Whoever came before is counted already, so each person counts where they came first.
    first = placed.group_by(["person_number", "grp", "is_other"]).agg(place=placed.place.min())
    found = first.group_by(["place", "grp", "is_other"]).agg(value=first.count().cast("float64"))
    return told(found, series, found.place)


def told(found: ir.Table, series: Series, at: ir.Value) -> ir.Table:
    """Return values in the columns of `trend_table`."""
    return found.select(
        "grp", "is_other", "value", series=ibis.literal(series.key), place=at
    ).select("series", "place", "grp", "is_other", "value")


def counted(rows: ir.Table, series: Series) -> ir.FloatingScalar:
    """Return what a series counts, as an aggregate."""
    events, people = rows.count(), rows.person_number.nunique()
    found = {
        "events": events,
        "people": people,
        "per_person": events.cast("float64") / people.nullif(0),
        "sum": rows.amount.sum(),
        "average": rows.amount.mean(),
        "median": rows.amount.quantile(0.5),
        "percentile": rows.amount.quantile((series.percentile or 50) / 100),
        "minimum": rows.amount.min(),
        "maximum": rows.amount.max(),
    }
    return found[series.count].cast("float64")


def trend_members(scope: Scope, spec: TrendsSpec, point: TrendPoint) -> ir.Table:
    """Return person_id, each once, of the people behind a point."""
    series = next((one for one in spec.series if one.key == point.series), None)
    if series is None or series.step is None:
        keys = ", ".join(one.key for one in spec.series if one.step is not None)
        raise InvalidInput(
            f"Nobody stands behind {point.series!r} itself: only series of events are done by "
            f"people ({keys or 'there is none'})."
        )
    periods = trend_periods(scope, spec, is_previous=point.is_previous)
    rows = divided(scope, spec, series, periods.window)
    if spec.breakdown is not None and point.has_group:
        rows = in_group(rows, point.group, is_other=point.is_other)
    if point.at is not None:
        wanted = periods.index(point.at)
        at = place(rows.ts_ms, periods)
        rows = rows.filter(at <= wanted if spec.cumulative else at == wanted)
    return rows.select("person_id").distinct()


def without_metrics(spec: TrendsSpec) -> TrendsSpec:
    """Return the question with its series of events alone."""
    return replace(spec, series=tuple(one for one in spec.series if one.step is not None))
