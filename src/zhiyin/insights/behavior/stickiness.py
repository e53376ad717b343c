"""Stickiness: in how many of the days, weeks or months people come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.doings import done, in_group, named_groups, with_group
from zhiyin.insights.behavior.periods import Periods, periods_of, place
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.trends_answer import Run, rows_of
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

CRITERIA = ("at_least", "at_most", "exactly")
KEYS = ("step", "days", "interval", "criterion", "times", "cumulative", "breakdown")


@dataclass(frozen=True)
class StickinessSpec:
    """A question about in how many periods people did something.

    A period counts for a person if they did it `at_least`, `at_most` or `exactly` so many `times`
    in it, and at least once. `cumulative` counts people with so many periods or more.
    """

    step: Step
    days: Days = field(default_factory=Days)
    interval: str = "day"
    criterion: str = "at_least"
    times: int = 1
    cumulative: bool = False
    breakdown: Breakdown | None = None


@dataclass(frozen=True)
class StickinessPoint:
    """People with so many periods (or more, if cumulative), of one group or of all."""

    periods: int
    group: str | None = None
    is_other: bool = False
    has_group: bool = False


def read_stickiness(written: Any) -> StickinessSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` for a mistake."""
    body = mapping(written, "stickiness", KEYS)
    return StickinessSpec(
        step=read_step(body.get("step", {}), "step"),
        days=read_days(body.get("days"), "days"),
        interval=read_choice(body.get("interval", "day"), "interval", INTERVALS),
        criterion=read_choice(body.get("criterion", "at_least"), "criterion", CRITERIA),
        times=whole(body.get("times", 1), "times", lowest=1, highest=10_000),
        cumulative=truth(body.get("cumulative", False), "cumulative"),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
    )


def read_stickiness_point(written: Any) -> StickinessPoint:
    """Return a point of an answer from {periods, group, is_other}."""
    body = mapping(written, "point", ("periods", "group", "is_other"))
    return StickinessPoint(
        whole(body.get("periods"), "point.periods", lowest=1, highest=100_000),
        read_group(body),
        truth(body.get("is_other", False), "point.is_other"),
        "group" in body or "is_other" in body,
    )


def read_group(body: Mapping[str, Any]) -> str | None:
    """Return the group of a point; None for people whose group is unknown."""
    if body.get("group") is not None and not isinstance(body["group"], str):
        raise InvalidInput(f"point.group: must be a text, not {body['group']!r}.")
    return body.get("group")


def sticky_periods(scope: Scope, spec: StickinessSpec) -> Periods:
    """Return the periods that are counted."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    return periods_of(window, spec.interval, scope.timezone)


def sticky_people(scope: Scope, spec: StickinessSpec, periods: Periods) -> ir.Table:
    """Return person_id, grp, is_other and n, in how many periods the person did it."""
    rows = done(scope.activity, spec.step, periods.window)
    rows = with_group(rows.mutate(place=place(rows.ts_ms, periods)), spec.breakdown, scope)
    if spec.breakdown is None:
        rows = rows.mutate(is_other=ibis.literal(False))
    else:
        rows = named_groups(rows, spec.breakdown.most)
    keys = ["person_id", "grp", "is_other"]
    times = rows.group_by([*keys, "place"]).agg(times=rows.count())
    tests = {
        "at_least": times.times >= spec.times,
        "at_most": times.times <= spec.times,
        "exactly": times.times == spec.times,
    }
    counting = times.filter(tests[spec.criterion])
    return counting.group_by(keys).agg(n=counting.count())


def stickiness_table(scope: Scope, spec: StickinessSpec, periods: Periods) -> ir.Table:
    """Return grp, is_other, n and people: how many did it in exactly n periods."""
    people = sticky_people(scope, spec, periods)
    return people.group_by(["grp", "is_other", "n"]).agg(people=people.count())


def stickiness(scope: Scope, spec: StickinessSpec, *, run: Run = rows_of) -> dict[str, Any]:
    """Return how many people did it in one period, in two, up to all of them.

    Returns
    -------
    as_of, timezone, interval, periods (how many), since, until (first and last period's label);
    `groups` [{group, is_other, people, values, shares, mean}]: values[0] is for one period, shares
    are of the group's people, mean is their mean number of periods.
    """
    periods = sticky_periods(scope, spec)
    found: dict[tuple[str | None, bool], dict[int, int]] = {}
    for row in run(stickiness_table(scope, spec, periods)):
        found.setdefault((row["grp"], row["is_other"]), {})[row["n"]] = row["people"]
    if spec.breakdown is None:
        found.setdefault((None, False), {})
    groups = [told(group, counts, spec, len(periods)) for group, counts in found.items()]
    groups.sort(key=lambda one: (one["is_other"], -one["people"], str(one["group"])))
    return {
        "as_of": scope.as_of.isoformat(),
        "timezone": scope.timezone,
        "interval": spec.interval,
        "periods": len(periods),
        "since": periods.labels[0],
        "until": periods.labels[-1],
        "groups": groups,
    }


def told(
    group: tuple[str | None, bool], counts: Mapping[int, int], spec: StickinessSpec, periods: int
) -> dict[str, Any]:
    """Return one group's line."""
    values = [counts.get(n, 0) for n in range(1, periods + 1)]
    people = sum(values)
    total = sum(n * count for n, count in counts.items())
    if spec.cumulative:
        values = list(accumulate(reversed(values)))[::-1]
    return {
        "group": group[0],
        "is_other": group[1],
        "people": people,
        "values": values,
        "shares": [value / people if people else None for value in values],
        "mean": total / people if people else None,
    }


def stickiness_people(scope: Scope, spec: StickinessSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return person_id, each once, of the people behind {periods, group, is_other}."""
    chosen = read_stickiness_point(point)
    people = sticky_people(scope, spec, sticky_periods(scope, spec))
    if chosen.has_group:
        people = in_group(people, chosen.group, is_other=chosen.is_other)
    n = people.n
    people = people.filter(n >= chosen.periods if spec.cumulative else n == chosen.periods)
    return people.select("person_id").distinct()
