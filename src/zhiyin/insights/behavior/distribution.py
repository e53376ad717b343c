"""Distribution: how often, on how many days, or for how much, person by person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.doings import done, in_group, named_groups, with_group
from zhiyin.insights.behavior.periods import Periods, periods_of, place
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.stickiness import read_group
from zhiyin.insights.behavior.trends_answer import Run, rows_of
from zhiyin.insights.behavior.trends_reading import NUMBERS
from zhiyin.insights.behavior.vocabulary import (
    INTERVALS,
    Breakdown,
    Days,
    Step,
    mapping,
    read_breakdown,
    read_choice,
    read_days,
    read_step,
    truth,
    whole,
    window_of,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

MEASURES = ("times", "days", "sum", "average")
KEYS = ("step", "days", "measure", "property", "edges", "interval", "breakdown")
TIMES = (1, 2, 3, 4, 5, 6, 11, 21, 51, 101)
# 1, 2, 5, 10, … of any currency: readable, and the same from month to month.
AMOUNTS = (0, *(step * 10**power for power in range(7) for step in (1, 2, 5)))
MOST_EDGES = 60
QUANTILES = (0.25, 0.5, 0.75, 0.9, 0.99)
ALL = -1


@dataclass(frozen=True)
class DistributionSpec:
    """A question about how people differ in how often or how much they did something.

    measure
        Per person `times` (events), `days` (different days with one), or of `property` the `sum`
        or `average` of the events that have it.
    edges
        Where buckets begin: the first holds what is below the first edge, if anything is.
    interval
        Also tell each hour, day, week or month by itself.
    """

    step: Step
    days: Days = field(default_factory=Days)
    measure: str = "times"
    property: str | None = None
    edges: tuple[float, ...] = TIMES
    interval: str | None = None
    breakdown: Breakdown | None = None


@dataclass(frozen=True)
class DistributionPoint:
    """A bucket (0 is below the first edge), of one period or all days, of one group or of all."""

    bucket: int
    at: str | None = None
    group: str | None = None
    is_other: bool = False
    has_group: bool = False


def read_distribution(written: Any) -> DistributionSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` for a mistake."""
    body = mapping(written, "distribution", KEYS)
    measure = read_choice(body.get("measure", "times"), "measure", MEASURES)
    is_amount = measure in ("sum", "average")
    if body.get("property") is not None and not is_amount:
        raise InvalidInput(f"property: belongs to measure sum or average, not to {measure}.")
    interval = body.get("interval")
    return DistributionSpec(
        step=read_step(body.get("step", {}), "step"),
        days=read_days(body.get("days"), "days"),
        measure=measure,
        property=(
            read_choice(body.get("property") or NUMBERS[0], "property", NUMBERS)
            if is_amount
            else None
        ),
        edges=read_edges(body.get("edges") or (AMOUNTS if is_amount else TIMES)),
        interval=None if interval is None else read_choice(interval, "interval", INTERVALS),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
    )


def read_edges(written: Any) -> tuple[float, ...]:
    """Return where buckets begin, each above the one before."""
    if not isinstance(written, list | tuple) or not 1 <= len(written) <= MOST_EDGES:
        raise InvalidInput(f"edges: needs a list of 1 to {MOST_EDGES} numbers, not {written!r}.")
    for n, edge in enumerate(written):
        is_number = isinstance(edge, int | float) and not isinstance(edge, bool)
        if not is_number or not math.isfinite(edge):
            raise InvalidInput(f"edges[{n}]: must be a number, not {edge!r}.")
        if n and edge <= written[n - 1]:
            raise InvalidInput(f"edges[{n}]: {edge} must be above {written[n - 1]} before it.")
    return tuple(written)


def read_distribution_point(written: Any) -> DistributionPoint:
    """Return a point of an answer from {bucket, at, group, is_other}."""
    body = mapping(written, "point", ("bucket", "at", "group", "is_other"))
    if body.get("at") is not None and not isinstance(body["at"], str):
        raise InvalidInput(f"point.at: must be the start of a period, not {body['at']!r}.")
    return DistributionPoint(
        whole(body.get("bucket"), "point.bucket", lowest=0, highest=MOST_EDGES),
        body.get("at"),
        read_group(body),
        truth(body.get("is_other", False), "point.is_other"),
        "group" in body or "is_other" in body,
    )


def distribution_periods(scope: Scope, spec: DistributionSpec) -> Periods:
    """Return the periods that are told by themselves; days if none are asked for."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    return periods_of(window, spec.interval or "day", scope.timezone)


def distributed_people(scope: Scope, spec: DistributionSpec, periods: Periods) -> ir.Table:
    """Return person_id, place (-1: all days together), grp, is_other, amount, bucket."""
    rows = with_group(done(scope.activity, spec.step, periods.window), spec.breakdown, scope)
    if spec.breakdown is None:
        rows = rows.mutate(is_other=ibis.literal(False))
    else:
        rows = named_groups(rows, spec.breakdown.most)
    days = periods_of(periods.window, "day", scope.timezone)
    rows = rows.mutate(day=place(rows.ts_ms, days))
    parts = [per_person(rows.mutate(place=ibis.literal(ALL, "int64")), spec)]
    if spec.interval is not None:
        parts.append(per_person(rows.mutate(place=place(rows.ts_ms, periods)), spec))
    people = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return people.mutate(bucket=bucket(people.amount, spec.edges))


def per_person(rows: ir.Table, spec: DistributionSpec) -> ir.Table:
    """Return each person's amount per period and group; unknown amounts are left out."""
    if spec.property is not None:
        rows = rows.mutate(value=rows[spec.property].cast("float64"))
        rows = rows.filter(rows.value.notnull())
    keys = ["person_id", "place", "grp", "is_other"]
    if spec.measure == "days":
        people = rows.group_by(keys).agg(amount=rows.day.nunique())
    elif spec.measure == "times":
        people = rows.group_by(keys).agg(amount=rows.count())
    else:
        value = rows["value"]
        amount = value.sum() if spec.measure == "sum" else value.mean()
        people = rows.group_by(keys).agg(amount=amount)
    return people.mutate(amount=people.amount.cast("float64"))


def bucket(amount: ir.FloatingValue, edges: Sequence[float]) -> ir.Value:
    """Return the number of edges that are not above an amount."""
    return ibis.cases(
        *((amount < float(edge), ibis.literal(n, "int64")) for n, edge in enumerate(edges)),
        else_=ibis.literal(len(edges), "int64"),
    )


def distribution_table(scope: Scope, spec: DistributionSpec, periods: Periods) -> ir.Table:
    """Return people per place, grp, is_other and bucket."""
    people = distributed_people(scope, spec, periods)
    return people.group_by(["place", "grp", "is_other", "bucket"]).agg(people=people.count())


def summary_table(scope: Scope, spec: DistributionSpec, periods: Periods) -> ir.Table:
    """Return per place and group: people, mean, least, most, and q0, q1, … for `QUANTILES`."""
    people = distributed_people(scope, spec, periods)
    amount = people.amount
    return people.group_by(["place", "grp", "is_other"]).agg(
        people=people.count(),
        mean=amount.mean(),
        least=amount.min(),
        most=amount.max(),
        **{f"q{n}": amount.quantile(share) for n, share in enumerate(QUANTILES)},
    )


def distribution(scope: Scope, spec: DistributionSpec, *, run: Run = rows_of) -> dict[str, Any]:
    """Return how many people lie in each bucket.

    Returns
    -------
    as_of, timezone, `buckets` [{bucket, low, high}] (low None: below the first edge; high None: no
    end; buckets at either end in which nobody is are left out), starts (of the periods, with
    `interval`); `groups` [{group, is_other, people, mean, least, most, quantiles, values, shares,
    periods}], where periods are [{start, people, mean, values}].
    """
    periods = distribution_periods(scope, spec)
    counts: dict[tuple[int, str | None, bool], dict[int, int]] = {}
    for row in run(distribution_table(scope, spec, periods)):
        key = row["place"], row["grp"], row["is_other"]
        counts.setdefault(key, {})[row["bucket"]] = row["people"]
    facts = {
        (row["place"], row["grp"], row["is_other"]): row
        for row in run(summary_table(scope, spec, periods))
    }
    filled = sorted({n for found in counts.values() for n in found})
    shown = range(filled[0], filled[-1] + 1) if filled else range(0)
    groups = [
        told(key[1:], counts, facts, shown, periods if spec.interval else None)
        for key in facts
        if key[0] == ALL
    ]
    groups.sort(key=lambda one: (one["is_other"], -one["people"], str(one["group"])))
    ends = [None, *spec.edges, None]
    return {
        "as_of": scope.as_of.isoformat(),
        "timezone": scope.timezone,
        "measure": spec.measure,
        "buckets": [{"bucket": n, "low": ends[n], "high": ends[n + 1]} for n in shown],
        "starts": periods.labels if spec.interval else [],
        "groups": groups,
    }


def told(
    group: tuple[str | None, bool],
    counts: Mapping[tuple[int, str | None, bool], Mapping[int, int]],
    facts: Mapping[tuple[int, str | None, bool], Mapping[str, Any]],
    shown: range,
    periods: Periods | None,
) -> dict[str, Any]:
    """Return one group's distribution."""
    row = facts[ALL, *group]
    values = [counts[ALL, *group].get(n, 0) for n in shown]
    by_period = []
    for n, start in enumerate(periods.labels if periods else []):
        found = counts.get((n, *group), {})
        mean = facts[n, *group]["mean"] if (n, *group) in facts else None
        each = [found.get(one, 0) for one in shown]
        by_period.append({"start": start, "people": sum(each), "mean": mean, "values": each})
    return {
        "group": group[0],
        "is_other": group[1],
        **{name: row[name] for name in ("people", "mean", "least", "most")},
        "quantiles": {f"{share:g}": row[f"q{n}"] for n, share in enumerate(QUANTILES)},
        "values": values,
        "shares": [value / row["people"] for value in values],
        "periods": by_period,
    }


def distribution_people(scope: Scope, spec: DistributionSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return person_id, each once, of the people behind {bucket, at, group, is_other}."""
    chosen = read_distribution_point(point)
    periods = distribution_periods(scope, spec)
    if chosen.at is not None and spec.interval is None:
        raise InvalidInput("point.at: this question has no interval, so it has no periods.")
    at = ALL if chosen.at is None else periods.index(chosen.at)
    people = distributed_people(scope, spec, periods)
    people = people.filter(people.place == at, people.bucket == chosen.bucket)
    if chosen.has_group:
        people = in_group(people, chosen.group, is_other=chosen.is_other)
    return people.select("person_id").distinct()
