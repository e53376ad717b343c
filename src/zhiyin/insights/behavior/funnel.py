"""Funnels: how many people get from step to step, how fast, and who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zhiyin.core.errors import unknown
from zhiyin.insights.behavior.funnel_chains import Chains, held_by
from zhiyin.insights.behavior.funnel_marks import correlation
from zhiyin.insights.behavior.funnel_query import found_chains
from zhiyin.insights.behavior.funnel_rows import Entry, entry_of
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.funnel_splits import split, taken, whole_people
from zhiyin.insights.behavior.funnel_times import begun, step_rows, times, trend
from zhiyin.insights.behavior.grouping import Group
from zhiyin.insights.behavior.people_behind import person_ids
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.vocabulary import days_before, mapping, read_choice, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Attempts:
    """What a funnel found: attempts, and the line of the breakdown that each belongs to."""

    found: Chains
    entry: Entry
    groups: list[Group]
    group: np.ndarray


def funnel(scope: Scope, spec: FunnelSpec) -> dict[str, Any]:
    """Return how many people get from step to step.

    Every person counts once, with the attempt that got farthest, the first of equals. All people
    are looked at, none are sampled.

    Returns
    -------
    `people` (who entered), `converted`, `rate`; `steps` [{step, people, share_of_total,
    share_of_previous, rate, dropped, average_seconds, median_seconds}], seconds from the step
    before; `times` {from_step, to_step, people, average_seconds, median_seconds, bins}; where asked
    for `breakdown` [{kind, value, people, converted, rate, steps}], `trend` [{start, people,
    converted, rate, is_complete}], `compared` (the same of the other days), `correlation`.
    `is_complete` is false where the window of the last attempts is not over yet. `is_sampled` is
    always false.
    """
    current = attempts(scope, spec)
    answer = told(current, scope, spec)
    if spec.compare:
        days = days_before(spec.days, spec.compare, scope.as_of, scope.timezone)
        earlier = replace(spec, days=days, compare=None, correlation=False)
        answer["compared"] = told(attempts(scope, earlier), scope, earlier)
    return answer


def attempts(scope: Scope, spec: FunnelSpec) -> Attempts:
    """Return the attempts that a question is about."""
    entry = entry_of(spec, scope.as_of, scope.timezone)
    found = found_chains(scope, spec, entry)
    by_value = spec.breakdown is not None and spec.attribution == "all_events"
    if held_by(spec) and not by_value:
        found = whole_people(found)
    nothing: tuple[list[Group], np.ndarray] = ([], np.zeros(len(found.level), dtype=np.int64))
    groups, group = split(found, spec, scope) if spec.breakdown else nothing
    return Attempts(found, entry, groups, group)


def told(asked: Attempts, scope: Scope, spec: FunnelSpec) -> dict[str, Any]:
    """Return the answer of one period."""
    found = asked.found
    everyone = whole_people(found) if len(asked.groups) else found
    answer = {
        **figures(everyone, spec),
        "reference": spec.reference,
        "times": times(everyone, spec),
        "is_sampled": False,
        "is_complete": asked.entry.unseen >= asked.entry.end + spec.window.milliseconds,
    }
    if spec.breakdown:
        answer["breakdown"] = [
            {"kind": one.kind, "value": one.value}
            | figures(taken(found, np.flatnonzero(asked.group == place)), spec)
            for place, one in enumerate(asked.groups)
        ]
    if spec.interval:
        answer["trend"] = trend(everyone, spec, scope)
    if spec.correlation:
        answer["correlation"] = correlation(everyone, scope, spec, asked.entry)
    return answer


def figures(found: Chains, spec: FunnelSpec) -> dict[str, Any]:
    """Return people, conversions and steps."""
    entered = len(found.level)
    converted = int((found.level == len(spec.steps)).sum())
    return {
        "people": entered,
        "converted": converted,
        "rate": converted / entered if entered else None,
        "steps": step_rows(found, spec),
    }


def funnel_people(scope: Scope, spec: FunnelSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return the people behind a point of the answer.

    Parameters
    ----------
    point : `step` (from 1) with `outcome` `reached` (default) or `dropped` (reached the step before
        and not this one); `kind` and `value` of a line of the breakdown; `start` of an interval of
        the trend; `compared` true for the other days.

    Returns
    -------
    One column, person_id, each person once.

    Raises
    ------
    InvalidInput
        for a point that the answer does not have.
    """
    body = mapping(point, "point", ("step", "outcome", "kind", "value", "start", "compared"))
    step = whole(body.get("step", 1), "point.step", lowest=1, highest=len(spec.steps))
    outcome = read_choice(body.get("outcome", "reached"), "point.outcome", ("reached", "dropped"))
    if body.get("compared"):
        days = days_before(spec.days, spec.compare or "previous", scope.as_of, scope.timezone)
        spec = replace(spec, days=days)
    asked = attempts(scope, spec)
    level = asked.found.level
    chosen = level >= step if outcome == "reached" else level == step - 1
    if spec.breakdown and ("kind" in body or "value" in body):
        chosen &= asked.group == line_of(asked, body)
    if body.get("start") is not None:
        chosen &= begun(asked.found, spec, scope, body["start"])
    return person_ids(scope.activity, np.unique(asked.found.person[chosen]))


def line_of(asked: Attempts, point: Mapping[str, Any]) -> int:
    """Return the place of a line of the breakdown."""
    wanted = Group(point.get("kind", "value"), point.get("value"))
    if wanted not in asked.groups:
        known = [one.value or one.kind for one in asked.groups]
        raise unknown("line of the breakdown", wanted.value or wanted.kind, known)
    return asked.groups.index(wanted)
