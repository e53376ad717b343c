"""Intervals: how long it takes from one event to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.distribution import bucket, read_edges
from zhiyin.insights.behavior.doings import ORDER, in_group, named_groups, with_group
from zhiyin.insights.behavior.periods import Periods, periods_of, place
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.stickiness import read_group
from zhiyin.insights.behavior.trends_answer import Run, rows_of
from zhiyin.insights.behavior.vocabulary import (
    INTERVALS,
    Breakdown,
    Days,
    Span,
    Step,
    during,
    mapping,
    matches,
    read_breakdown,
    read_choice,
    read_days,
    read_span,
    read_step,
    truth,
    whole,
    window_of,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("start", "end", "days", "within", "edges", "interval", "breakdown")
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
# Seconds: from 10 s over 1 and 10 min, 1 and 6 h to 1, 3, 7, 14, 30, 60, 90, 180 days and a year.
EDGES = (
    10.0, MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY,
    14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY, 180 * DAY, 365 * DAY,
)  # fmt: skip
ALL = -1


@dataclass(frozen=True)
class IntervalsSpec:
    """A question about the time between an event and the next of another or the same kind.

    An interval leads from a `start` on one of `days` to the same person's next event that is a
    start or an end, if that is an `end` and comes `within` that time. So of two starts in a row the
    later one counts, and what ends one interval may start another.

    edges
        Seconds at which buckets of the histogram begin.
    interval
        Also tell each hour, day, week or month by itself, by when the start was.
    """

    start: Step
    end: Step
    days: Days = field(default_factory=Days)
    within: Span = field(default_factory=lambda: Span(365, "day"))
    edges: tuple[float, ...] = EDGES
    interval: str | None = None
    breakdown: Breakdown | None = None


@dataclass(frozen=True)
class IntervalsPoint:
    """A bucket (0 is below the first edge), of one period or all days, of one group or of all."""

    bucket: int | None
    at: str | None = None
    group: str | None = None
    is_other: bool = False
    has_group: bool = False


def read_intervals(written: Any) -> IntervalsSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` for a mistake."""
    body = mapping(written, "intervals", KEYS)
    if body.get("start") is None:
        raise InvalidInput("start: say from which event time is counted, such as Order Completed.")
    start = read_step(body["start"], "start")
    end = start if body.get("end") is None else read_step(body["end"], "end")
    if start.first_ever or end.first_ever:
        raise InvalidInput("first_ever: intervals lie between any two events; drop it.")
    interval = body.get("interval")
    return IntervalsSpec(
        start=start,
        end=end,
        days=read_days(body.get("days"), "days"),
        within=read_span(body.get("within", "365 days"), "within"),
        edges=read_edges(body.get("edges") or EDGES),
        interval=None if interval is None else read_choice(interval, "interval", INTERVALS),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
    )


def read_intervals_point(written: Any) -> IntervalsPoint:
    """Return a point of an answer from {bucket, at, group, is_other}."""
    body = mapping(written, "point", ("bucket", "at", "group", "is_other"))
    if body.get("at") is not None and not isinstance(body["at"], str):
        raise InvalidInput(f"point.at: must be the start of a period, not {body['at']!r}.")
    number = body.get("bucket")
    if number is not None:
        number = whole(number, "point.bucket", lowest=0, highest=len(EDGES) + 100)
    return IntervalsPoint(
        number,
        body.get("at"),
        read_group(body),
        truth(body.get("is_other", False), "point.is_other"),
        "group" in body or "is_other" in body,
    )


def interval_periods(scope: Scope, spec: IntervalsSpec) -> Periods:
    """Return the periods that are told by themselves; days if none are asked for."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    return periods_of(window, spec.interval or "day", scope.timezone)


def interval_rows(scope: Scope, spec: IntervalsSpec, periods: Periods) -> ir.Table:
    """Return person_id, ts_ms (of the start), grp, is_other, seconds, bucket: one per interval."""
    asked = periods.window
    longest = timedelta(milliseconds=spec.within.milliseconds)
    window = Window(asked.start, min(asked.end + longest, scope.as_of))
    rows = during(scope.activity, window)
    rows = rows.mutate(starts=matches(rows, spec.start), ends=matches(rows, spec.end))
    rows = rows.filter(rows.starts | rows.ends)
    in_order = ibis.window(group_by="person_number", order_by=[rows[name] for name in ORDER])
    pairs = rows.mutate(
        next_ms=rows.ts_ms.lead().over(in_order), next_ends=rows.ends.lead().over(in_order)
    )
    length = pairs.next_ms - pairs.ts_ms
    found = pairs.filter(
        pairs.starts,
        pairs.next_ends.fill_null(False),
        pairs.ts_ms < epoch_milliseconds(asked.end),
        (length <= spec.within.milliseconds).fill_null(False),
    )
    seconds = (found.next_ms - found.ts_ms).cast("float64") / 1000.0
    found = with_group(found.mutate(seconds=seconds), spec.breakdown, scope)
    if spec.breakdown is None:
        found = found.mutate(is_other=ibis.literal(False))
    else:
        found = named_groups(found, spec.breakdown.most)
    kept = found.select("person_id", "ts_ms", "grp", "is_other", "seconds")
    return kept.mutate(bucket=bucket(kept.seconds, spec.edges))


def placed_rows(scope: Scope, spec: IntervalsSpec, periods: Periods) -> ir.Table:
    """Return the intervals, once for all days (place -1) and once for their period if asked."""
    rows = interval_rows(scope, spec, periods)
    whole_time = rows.mutate(place=ibis.literal(ALL, "int64"))
    if spec.interval is None:
        return whole_time
    return whole_time.union(rows.mutate(place=place(rows.ts_ms, periods)))


def interval_table(scope: Scope, spec: IntervalsSpec, periods: Periods) -> ir.Table:
    """Return per place, grp and is_other: intervals, people, mean and quantiles (q0, …), seconds.

    Beside them b0, b1, …: how many intervals lie in each bucket.
    """
    rows = placed_rows(scope, spec, periods)
    return rows.group_by(["place", "grp", "is_other"]).agg(
        intervals=rows.count(),
        people=rows.person_id.nunique(),
        mean=rows.seconds.mean(),
        **{f"q{n}": rows.seconds.quantile(share) for n, share in enumerate(QUANTILES)},
        **{f"b{n}": rows.count(where=rows.bucket == n) for n in range(len(spec.edges) + 1)},
    )


def intervals(scope: Scope, spec: IntervalsSpec, *, run: Run = rows_of) -> dict[str, Any]:
    """Return how long it takes from start to end.

    Returns
    -------
    as_of, timezone, `buckets` [{bucket, low, high}] in seconds (low None: 0; high None: no end;
    empty ones at either end are left out), starts (of the periods, with `interval`); `groups`
    [{group, is_other, intervals, people, mean, quantiles, values, periods}], times in seconds,
    where periods are [{start, intervals, people, mean, quantiles}].
    """
    periods = interval_periods(scope, spec)
    rows = run(interval_table(scope, spec, periods))
    whole_time = [row for row in rows if row["place"] == ALL]
    placed = {(row["place"], row["grp"], row["is_other"]): row for row in rows}
    numbers = range(len(spec.edges) + 1)
    filled = [n for n in numbers if any(row[f"b{n}"] for row in whole_time)]
    shown = range(filled[0], filled[-1] + 1) if filled else range(0)
    labels = periods.labels if spec.interval else []
    groups = []
    for row in whole_time:
        by_period = [
            {"start": start, **facts(placed.get((n, row["grp"], row["is_other"])))}
            for n, start in enumerate(labels)
        ]
        values = [row[f"b{n}"] for n in shown]
        group = {"group": row["grp"], "is_other": row["is_other"]}
        groups.append({**group, **facts(row), "values": values, "periods": by_period})
    groups.sort(key=lambda one: (one["is_other"], -one["intervals"], str(one["group"])))
    ends = [None, *spec.edges, None]
    return {
        "as_of": scope.as_of.isoformat(),
        "timezone": scope.timezone,
        "buckets": [{"bucket": n, "low": ends[n], "high": ends[n + 1]} for n in shown],
        "starts": labels,
        "groups": groups,
    }


def facts(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is told of a number of intervals."""
    if row is None:
        return {"intervals": 0, "people": 0, "mean": None, "quantiles": None}
    quantiles = {f"{share:g}": row[f"q{n}"] for n, share in enumerate(QUANTILES)}
    told = {name: row[name] for name in ("intervals", "people", "mean")}
    return {**told, "quantiles": quantiles}


def intervals_people(scope: Scope, spec: IntervalsSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return person_id, each once, of the people behind {bucket, at, group, is_other}."""
    chosen = read_intervals_point(point)
    periods = interval_periods(scope, spec)
    if chosen.at is not None and spec.interval is None:
        raise InvalidInput("point.at: this question has no interval, so it has no periods.")
    rows = interval_rows(scope, spec, periods)
    if chosen.bucket is not None:
        rows = rows.filter(rows.bucket == chosen.bucket)
    if chosen.at is not None:
        rows = rows.filter(place(rows.ts_ms, periods) == periods.index(chosen.at))
    if chosen.has_group:
        rows = in_group(rows, chosen.group, is_other=chosen.is_other)
    return rows.select("person_id").distinct()
