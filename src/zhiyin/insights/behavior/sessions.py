"""Visits: how many, how long, how deep, where they begin and where they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput, unknown
from zhiyin.insights.behavior.grouping import Group, grouped, values_of_people
from zhiyin.insights.behavior.people_behind import person_ids
from zhiyin.insights.behavior.periods import periods_of
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.sessions_spec import SessionsSpec
from zhiyin.insights.behavior.visit_kernels import count_binned
from zhiyin.insights.behavior.visits import Visits, visits
from zhiyin.insights.behavior.vocabulary import days_before, mapping, window_of
from zhiyin.stats.loops import fitting

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Visits that began or end just outside of the days asked for are seen whole.
AROUND = timedelta(days=1) // timedelta(milliseconds=1)
SECONDS = (0, 1, 10, 30, 60, 180, 600, 1800, 3600, None)
DEPTHS = (1, 2, 3, 6, 11, 21, None)


@dataclass(frozen=True)
class Found:
    """Visits, and the line of the breakdown that each belongs to."""

    visits: Visits
    groups: list[Group]
    group: np.ndarray


def sessions(scope: Scope, spec: SessionsSpec) -> dict[str, Any]:
    """Return how many visits there were, how long, how deep, from where to where.

    A visit belongs to the day on which it began. Receipts of messages, refunds, and orders that no
    event tells of are no parts of visits. A visit of one event is a bounce and took 0 seconds. None
    are sampled.

    Returns
    -------
    `visits`, `people`, `events`, `bounces`, `bounce_rate`, `visits_per_person`, `average_seconds`,
    `median_seconds`, `average_events`, `median_events`; `durations` [{from_seconds, to_seconds,
    visits}] and `depths` [{from_events, to_events, visits}], without their ends, null where there
    is none; `entries` and `exits` [{event, visits, share, bounces}]; where asked for `breakdown`
    [{kind, value, and the figures above}], `trend` [{start, and the figures}], `compared`.
    """
    answer = told(looked_up(scope, spec), scope, spec)
    if spec.compare:
        days = days_before(spec.days, spec.compare, scope.as_of, scope.timezone)
        earlier = replace(spec, days=days, compare=None)
        answer["compared"] = told(looked_up(scope, earlier), scope, earlier)
    return answer


def looked_up(scope: Scope, spec: SessionsSpec) -> Found:
    """Return the visits that began on the days asked for."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    start, end = epoch_milliseconds(window.start), epoch_milliseconds(window.end)
    table, seen = scope.activity, epoch_milliseconds(scope.as_of)
    near = table.filter(
        table.is_visit, table.ts_ms >= start - AROUND, table.ts_ms < min(end + AROUND, seen)
    )
    by_event = spec.breakdown is not None and spec.breakdown.kind == "event"
    split_by = spec.breakdown.name if spec.breakdown and by_event else None
    values: dict[str, int] = {}
    cut = visits(near, spec.gap.milliseconds, names=True, split_by=split_by, values=values)
    every = joined([begun(one, start, end) for one in cut])
    nothing: tuple[list[Group], np.ndarray] = ([], np.zeros(len(every.start), dtype=np.int64))
    if spec.breakdown is None:
        return Found(every, *nothing)
    codes, names = every.code, tuple(values)
    if not by_event:
        codes, names = values_of_people(every.person, spec.breakdown, scope)
    return Found(every, *grouped(codes, names, spec.breakdown.most))


def begun(found: Visits, start: int, end: int) -> Visits:
    """Return the visits that began between two instants."""
    chosen = (found.start >= start) & (found.start < end)
    return found if chosen.all() else some(found, chosen)


def joined(parts: list[Visits]) -> Visits:
    """Return the visits of several portions as one."""
    names = Visits.__dataclass_fields__
    if not parts:
        return Visits(*(np.zeros(0, dtype=np.int64) for _ in names))
    return Visits(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def some(found: Visits, chosen: np.ndarray) -> Visits:
    """Return some of the visits."""
    columns = (getattr(found, name) for name in Visits.__dataclass_fields__)
    return Visits(*(one[chosen] if len(one) else one for one in columns))


def told(found: Found, scope: Scope, spec: SessionsSpec) -> dict[str, Any]:
    """Return the answer of one period."""
    every = found.visits
    names = {number: name for name, number in (scope.numbers or {}).items()}
    answer = {
        **figures(every),
        "durations": durations(every),
        "depths": depths(every),
        "entries": ends(every, every.entry, names, spec.most),
        "exits": ends(every, every.exit, names, spec.most),
        "is_sampled": False,
    }
    if spec.breakdown:
        answer["breakdown"] = [
            {"kind": one.kind, "value": one.value} | figures(some(every, found.group == place))
            for place, one in enumerate(found.groups)
        ]
    if spec.interval:
        answer["trend"] = trend(every, scope, spec)
    return answer


def figures(found: Visits) -> dict[str, Any]:
    """Return the figures of some visits; averages of no visits are null."""
    number, people = len(found.start), runs_of(found.person)
    seconds, bounces = (found.end - found.start) / 1000, int((found.events == 1).sum())
    return {
        "visits": number,
        "people": people,
        "events": int(found.events.sum()),
        "bounces": bounces,
        "bounce_rate": bounces / number if number else None,
        "visits_per_person": number / people if people else None,
        "average_seconds": float(seconds.mean()) if number else None,
        "median_seconds": float(np.median(seconds)) if number else None,
        "average_events": float(found.events.mean()) if number else None,
        "median_events": float(np.median(found.events)) if number else None,
    }


def runs_of(person: np.ndarray) -> int:
    """Return how many people there are, whose visits follow one another."""
    return int(np.count_nonzero(person[1:] != person[:-1])) + bool(len(person))


def durations(found: Visits) -> list[dict[str, Any]]:
    """Return the number of visits by how long they took."""
    counts = binned(found.end - found.start, [(one or 0) * 1000 for one in SECONDS[:-1]])
    return [
        {"from_seconds": low, "to_seconds": high, "visits": count}
        for (low, high), count in zip(pairwise(SECONDS), counts, strict=True)
    ]


def depths(found: Visits) -> list[dict[str, Any]]:
    """Return the number of visits by how many events they had."""
    counts = binned(found.events, [one or 0 for one in DEPTHS[:-1]])
    return [
        {"from_events": low, "to_events": high, "visits": count}
        for (low, high), count in zip(pairwise(DEPTHS), counts, strict=True)
    ]


def binned(sizes: np.ndarray, edges: list[int]) -> list[int]:
    """Return how many sizes lie from each edge to below the next; the last bin has no end."""
    counts = np.zeros(len(edges), dtype=np.int64)
    fitting(count_binned, len(sizes))(sizes, np.array(edges, dtype=np.int64), counts)
    return counts.tolist()


def ends(
    found: Visits, numbers: np.ndarray, names: Mapping[int, str], most: int
) -> list[dict[str, Any]]:
    """Return the events that most visits begin or end with."""
    counts = np.bincount(numbers)
    bounces = np.bincount(numbers[found.events == 1], minlength=len(counts))
    ranked = sorted(np.flatnonzero(counts).tolist(), key=lambda one: (-counts[one], names[one]))
    return [
        {
            "event": names[one],
            "visits": int(counts[one]),
            "share": int(counts[one]) / len(numbers),
            "bounces": int(bounces[one]),
        }
        for one in ranked[:most]
    ]


def trend(found: Visits, scope: Scope, spec: SessionsSpec) -> list[dict[str, Any]]:
    """Return the figures by when visits began, intervals without any included."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    periods = periods_of(window, spec.interval or "day", scope.timezone)
    place = np.searchsorted(np.array(periods.marks), found.start, side="right") - 1
    return [
        {"start": label} | figures(some(found, place == n))
        for n, label in enumerate(periods.labels)
    ]


def sessions_people(scope: Scope, spec: SessionsSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return the people behind a point of the answer.

    Parameters
    ----------
    point : any of `entry` and `exit` (an event), `is_bounce`, `from_seconds` and `from_events` (of
        a bin), `kind` and `value` of a line of the breakdown, `start` of an interval.

    Returns
    -------
    One column, person_id, each person once.
    """
    keys = ("entry", "exit", "is_bounce", "from_seconds", "from_events", "kind", "value", "start")
    body, found = mapping(point, "point", keys), looked_up(scope, spec)
    every, numbers = found.visits, scope.numbers or {}
    chosen = np.ones(len(every.start), dtype=bool)
    for key in ("entry", "exit"):
        if body.get(key) is not None:
            if body[key] not in numbers:
                raise unknown("event", body[key], sorted(numbers))
            chosen &= getattr(every, key) == numbers[body[key]]
    if body.get("is_bounce") is not None:
        chosen &= (every.events == 1) == bool(body["is_bounce"])
    chosen &= in_bin((every.end - every.start) / 1000, body.get("from_seconds"), SECONDS)
    chosen &= in_bin(every.events, body.get("from_events"), DEPTHS)
    if spec.breakdown and ("kind" in body or "value" in body):
        wanted = Group(body.get("kind", "value"), body.get("value"))
        if wanted not in found.groups:
            raise unknown("line", wanted.value or wanted.kind, [g.value for g in found.groups])
        chosen &= found.group == found.groups.index(wanted)
    if body.get("start") is not None:
        window = window_of(spec.days, scope.as_of, scope.timezone)
        periods = periods_of(window, spec.interval or "day", scope.timezone)
        place = periods.index(body["start"])
        chosen &= (every.start >= periods.marks[place]) & (every.start < periods.marks[place + 1])
    return person_ids(scope.activity, np.unique(every.person[chosen]))


def in_bin(sizes: np.ndarray, low: Any, edges: tuple[int | None, ...]) -> np.ndarray:
    """Return which sizes lie in the bin that begins at `low`; all of them if that is None."""
    if low is None:
        return np.ones(len(sizes), dtype=bool)
    if low not in edges[:-1]:
        known = ", ".join(str(one) for one in edges[:-1])
        raise InvalidInput(f"No bin begins at {low!r}; they begin at {known}.")
    high = edges[edges.index(low) + 1]
    return (sizes >= low) & (sizes < (np.inf if high is None else high))
