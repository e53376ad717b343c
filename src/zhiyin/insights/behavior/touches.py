"""Touch paths: which channels people came by, in order, before they did what counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput, unknown
from zhiyin.insights.behavior.kernels import count_people, settle_ties
from zhiyin.insights.behavior.people_behind import person_ids
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.sequences import coded, column, in_order, over_portions
from zhiyin.insights.behavior.visit_kernels import touched_paths
from zhiyin.insights.behavior.vocabulary import (
    Days,
    Span,
    Step,
    is_named,
    mapping,
    matches,
    read_choice,
    read_days,
    read_span,
    read_step,
    whole,
    window_of,
)
from zhiyin.stats.loops import fitting

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("days", "goal", "touch", "by", "window", "touches", "most")
BY = ("channel", "campaign_id", "platform", "event")
MOST_TOUCHES = 7
MOST_VALUES = 250
REST = "…"


@dataclass(frozen=True)
class TouchesSpec:
    """A question about the touches that led to a goal done on `days`.

    touch
        Events that are touches; without it every event of a visit is one.
    by
        What a touch is told as.
    window
        So long before the goal a touch may lie.
    touches
        The last so many touches count, of equal neighbors one; at most 7.
    most
        So many paths are told.
    """

    goal: Step = field(default_factory=lambda: Step(("Order Completed",)))
    days: Days = field(default_factory=Days)
    touch: Step | None = None
    by: str = "channel"
    window: Span = field(default_factory=lambda: Span(30, "day"))
    touches: int = MOST_TOUCHES
    most: int = 50


def read_touches(written: Any) -> TouchesSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` tells a mistake."""
    body = mapping(written, "touches", KEYS)
    touch = body.get("touch")
    return TouchesSpec(
        goal=read_step(body.get("goal", "Order Completed"), "goal"),
        days=read_days(body.get("days"), "days"),
        touch=None if touch is None else read_step(touch, "touch"),
        by=read_choice(body.get("by", "channel"), "by", BY),
        window=read_span(body.get("window", "30 days"), "window"),
        touches=whole(body.get("touches", MOST_TOUCHES), "touches", lowest=1, highest=MOST_TOUCHES),
        most=whole(body.get("most", 50), "most", lowest=1, highest=1000),
    )


def touches(scope: Scope, spec: TouchesSpec) -> dict[str, Any]:
    """Return the ways by which people came to a goal, most frequent first.

    Each goal counts, with the touches in the window before it and after the person's goal before;
    the goal itself is a touch where it happened on a visit. Nothing is sampled; values beyond the
    249 met first are told as `…`.

    Returns
    -------
    `goals`, `people`, `revenue`; `paths` [{path, goals, share, people, revenue, average_seconds}],
    of no touches with an empty path, seconds from the first touch to the goal; `left_out` {paths,
    goals}.
    """
    (path, person, revenue, seconds), names = followed(scope, spec)
    keys, where = np.unique(path, return_inverse=True)
    goals = np.bincount(where, minlength=len(keys))
    money = np.bincount(where, weights=revenue, minlength=len(keys))
    took = np.bincount(where, weights=seconds, minlength=len(keys))
    people, newest = np.zeros(len(keys), dtype=np.int64), np.full(len(keys), -1)
    everyone = fitting(count_people, len(path))(where, person, people, newest)
    order = np.lexsort((keys, -goals))
    return {
        "goals": len(path),
        "people": everyone,
        "revenue": float(revenue.sum()),
        "paths": [
            {
                "path": spelled(int(keys[one]), names),
                "goals": int(goals[one]),
                "share": int(goals[one]) / len(path),
                "people": int(people[one]),
                "revenue": float(money[one]),
                "average_seconds": float(took[one]) / int(goals[one]),
            }
            for one in order[: spec.most]
        ],
        "left_out": {
            "paths": max(0, len(keys) - spec.most),
            "goals": int(goals[order[spec.most :]].sum()),
        },
        "is_sampled": False,
    }


def touches_people(scope: Scope, spec: TouchesSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return the people who came to a goal by a path: {path: [names]}.

    Returns
    -------
    One column, person_id, each person once.
    """
    asked = mapping(point, "point", ("path",)).get("path")
    if not isinstance(asked, list | tuple):
        raise InvalidInput(f"point.path: needs a list of names, not {asked!r}.")
    (path, person, _, _), names = followed(scope, spec)
    key = 0
    for name in asked:
        if name not in names:
            raise unknown("touch", name, names)
        key = key * 256 + names.index(name) + 1
    return person_ids(scope.activity, np.unique(person[path == key]))


def followed(scope: Scope, spec: TouchesSpec) -> tuple[list[np.ndarray], list[str]]:
    """Return path, person, revenue and seconds of each goal, and the names of touches."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    start, end = epoch_milliseconds(window.start), epoch_milliseconds(window.end)
    places: dict[str, int] = {}

    def work(portion: ir.Table) -> tuple[np.ndarray, ...]:
        rows = touch_rows(portion, scope, spec, start=start, end=end)
        return led(rows, spec, start, places)

    parts = list(over_portions(scope.activity, work))
    nothing = np.zeros(0, dtype=np.int64)
    columns = [np.concatenate([nothing, *(part[n] for part in parts)]) for n in range(4)]
    return columns, [*list(places)[: MOST_VALUES - 1], REST]


def touch_rows(
    activity: ir.Table, scope: Scope, spec: TouchesSpec, *, start: int, end: int
) -> ir.Table:
    """Return the touches and goals; goals count from `start` on, touches from a window before."""
    seen = activity.filter(activity.ts_ms >= start - spec.window.milliseconds, activity.ts_ms < end)
    is_touch = seen.is_visit if spec.touch is None else matches(seen, spec.touch, scope.numbers)
    if spec.touch is not None and spec.touch.events and spec.goal.events:
        # An engine leaves rows out faster by one column than by what is made of several.
        names = [*spec.touch.events, *spec.goal.events]
        seen = seen.filter(is_named(seen, sorted(set(names)), scope.numbers))
    rows = seen.select(
        "person_number",
        "ts_ms",
        touch=ibis.ifelse(is_touch, seen[spec.by], ibis.null("string")),
        is_goal=matches(seen, spec.goal, scope.numbers),
        revenue=seen.revenue.cast("float64").fill_null(0.0),
    )
    return rows.filter(rows.is_goal | rows.touch.notnull())


def led(
    portion: ir.Table, spec: TouchesSpec, start: int, places: dict[str, int]
) -> tuple[np.ndarray, ...]:
    """Return path, person, revenue and seconds of the goals of some people."""
    rows = in_order(portion.to_pyarrow())
    person, ts = column(rows, "person_number"), column(rows, "ts_ms")
    codes = coded(rows, "touch", places)
    assert codes is not None
    touch = np.minimum(codes, MOST_VALUES - 1).astype(np.int32)
    goal = rows.column("is_goal").to_numpy(zero_copy_only=False)
    # Of one instant, touches come before goals.
    order = np.arange(len(ts))
    fitting(settle_ties, len(ts))(person, ts, np.where(goal, 2, 1), order)
    touch, goal, revenue = touch[order], goal[order], column(rows, "revenue")[order]
    path, begun = np.zeros(len(ts), dtype=np.int64), ts.copy()
    fitting(touched_paths, len(ts))(
        person, ts, touch, goal, spec.window.milliseconds, spec.touches, path, begun
    )
    chosen = np.flatnonzero(goal & (ts >= start))
    return path[chosen], person[chosen], revenue[chosen], (ts - begun)[chosen] / 1000


def spelled(path: int, names: list[str]) -> list[str]:
    """Return the touches of a path by name, the first first."""
    found = []
    while path:
        path, digit = divmod(path, 256)
        found.append(names[digit - 1] if digit < MOST_VALUES else REST)
    return found[::-1]
