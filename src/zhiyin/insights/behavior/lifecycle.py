"""Life cycle: who is new in a period, comes again, comes back after a pause, or stays away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.doings import done, in_group, named_groups, with_group
from zhiyin.insights.behavior.periods import Periods, more_periods, periods_of, place
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.stickiness import read_group
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
    window_of,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

STATES = ("new", "returning", "resurrecting", "dormant")
KEYS = ("step", "days", "interval", "breakdown")


@dataclass(frozen=True)
class LifecycleSpec:
    """A question about who comes newly, again, back, and no more.

    In a period a person who did the step is `new` if they never did it before the period,
    `returning` if they did it in the period before, else `resurrecting`; `dormant` is who did it in
    the period before and not in this one. People are divided by what is known of them, not by
    properties of events: one person has one state in a period.
    """

    step: Step
    days: Days = field(default_factory=Days)
    interval: str = "week"
    breakdown: Breakdown | None = None


@dataclass(frozen=True)
class LifecyclePoint:
    """People in a state in the period that begins at `at`, of one group or of all."""

    at: str
    state: str
    group: str | None = None
    is_other: bool = False
    has_group: bool = False


def read_lifecycle(written: Any) -> LifecycleSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` for a mistake."""
    body = mapping(written, "lifecycle", KEYS)
    spec = LifecycleSpec(
        step=read_step(body.get("step", {}), "step"),
        days=read_days(body.get("days") or {"last": 84}, "days"),
        interval=read_choice(body.get("interval", "week"), "interval", INTERVALS),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
    )
    if spec.breakdown and spec.breakdown.kind == "event":
        raise InvalidInput(
            f"People have no {spec.breakdown.name}, their events do; divide by person:…, tag:… or "
            "audience:…."
        )
    return spec


def read_lifecycle_point(written: Any) -> LifecyclePoint:
    """Return a point of an answer from {at, state, group, is_other}."""
    body = mapping(written, "point", ("at", "state", "group", "is_other"))
    if not isinstance(body.get("at"), str):
        raise InvalidInput(f"point.at: must be the start of a period, not {body.get('at')!r}.")
    return LifecyclePoint(
        body["at"],
        read_choice(body.get("state"), "point.state", STATES),
        read_group(body),
        truth(body.get("is_other", False), "point.is_other"),
        "group" in body or "is_other" in body,
    )


def lifecycle_periods(scope: Scope, spec: LifecycleSpec) -> Periods:
    """Return the periods asked for."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    return periods_of(window, spec.interval, scope.timezone)


def lifecycle_states(scope: Scope, spec: LifecycleSpec, periods: Periods) -> ir.Table:
    """Return person_id, place (number of the period), state, grp, is_other.

    Periods are looked at whole, also where the days asked for begin or end within one.
    """
    reach = more_periods(periods, 1, 0)
    rows = done(scope.activity, spec.step)
    end = min(periods.starts[-1], scope.as_of)
    rows = rows.filter(rows.ts_ms < epoch_milliseconds(end))
    first = rows.group_by("person_number").agg(first_ms=rows.ts_ms.min())
    first = first.rename(beginner="person_number")
    window = Window(reach.starts[0], end)
    low = epoch_milliseconds(window.start)
    recent = rows.filter(rows.ts_ms >= low)
    # From one period before, whose people are those who may come again or stay away.
    placed = recent.mutate(place=place(recent.ts_ms, reach) - 1)
    there = placed.select("person_number", "person_id", "place").distinct()
    there = there.inner_join(first, there.person_number == first.beginner).drop("beginner")
    there = there.mutate(first=place(there.first_ms, reach) - 1)
    in_order = ibis.window(group_by="person_number", order_by=there.place)
    walked = there.mutate(
        before=there.place.lag().over(in_order), after=there.place.lead().over(in_order)
    )
    return with_states(walked, scope, spec, len(periods))


def with_states(walked: ir.Table, scope: Scope, spec: LifecycleSpec, periods: int) -> ir.Table:
    """Return the states of people who are there or stay away, in the periods asked for."""
    came_again = (walked.before == walked.place - 1).fill_null(False)
    # Without a step that was ever done before, the first period looked at may hold the first time.
    state = ibis.cases(
        (walked.first == walked.place, "new"), (came_again, "returning"), else_="resurrecting"
    )
    present = walked.select("person_id", "place", state=state)
    stays_away = (walked.after != walked.place + 1).fill_null(True)
    absent = walked.filter(stays_away).select(
        "person_id", place=walked.place + 1, state=ibis.literal("dormant")
    )
    states = present.union(absent)
    states = states.filter(states.place >= 0, states.place < periods)
    states = with_group(states, spec.breakdown, scope)
    if spec.breakdown is None:
        return states.mutate(is_other=ibis.literal(False))
    return named_groups(states, spec.breakdown.most)


def lifecycle_table(scope: Scope, spec: LifecycleSpec, periods: Periods) -> ir.Table:
    """Return place, state, grp, is_other and people."""
    states = lifecycle_states(scope, spec, periods)
    return states.group_by(["place", "state", "grp", "is_other"]).agg(people=states.count())


def lifecycle(scope: Scope, spec: LifecycleSpec, *, run: Run = rows_of) -> dict[str, Any]:
    """Return how many people are new, returning, resurrecting and dormant in each period.

    Returns
    -------
    as_of, timezone, interval, starts; `complete` (whether a period is over); `groups` [{group,
    is_other, people, new, returning, resurrecting, dormant}]: each state a list over the periods.
    People is the sum of those who were there, over all periods. In a period that is not over,
    whoever may still come is dormant.
    """
    periods = lifecycle_periods(scope, spec)
    found: dict[tuple[str | None, bool], dict[tuple[str, int], int]] = {}
    for row in run(lifecycle_table(scope, spec, periods)):
        cells = found.setdefault((row["grp"], row["is_other"]), {})
        cells[row["state"], row["place"]] = row["people"]
    if spec.breakdown is None:
        found.setdefault((None, False), {})
    groups = [told(group, cells, len(periods)) for group, cells in found.items()]
    groups.sort(key=lambda one: (one["is_other"], -one["people"], str(one["group"])))
    return {
        "as_of": scope.as_of.isoformat(),
        "timezone": scope.timezone,
        "interval": spec.interval,
        "starts": periods.labels,
        "complete": [end <= scope.as_of for end in periods.starts[1:]],
        "groups": groups,
    }


def told(
    group: tuple[str | None, bool], cells: Mapping[tuple[str, int], int], periods: int
) -> dict[str, Any]:
    """Return one group's lines."""
    lines = {state: [cells.get((state, n), 0) for n in range(periods)] for state in STATES}
    people = sum(sum(lines[state]) for state in STATES if state != "dormant")
    return {"group": group[0], "is_other": group[1], "people": people, **lines}


def lifecycle_people(scope: Scope, spec: LifecycleSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return person_id, each once, of the people behind {at, state, group, is_other}."""
    chosen = read_lifecycle_point(point)
    periods = lifecycle_periods(scope, spec)
    states = lifecycle_states(scope, spec, periods)
    states = states.filter(states.place == periods.index(chosen.at), states.state == chosen.state)
    if chosen.has_group:
        states = in_group(states, chosen.group, is_other=chosen.is_other)
    return states.select("person_id").distinct()
