"""How many and how fast: figures of steps, times to convert, conversion over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.insights.behavior.funnel_chains import Chains
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.periods import periods_of
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.vocabulary import window_of

MOST_BINS = 60


def step_rows(found: Chains, spec: FunnelSpec) -> list[dict[str, Any]]:
    """Return one row per step."""
    reached = [int((found.level > place).sum()) for place in range(len(spec.steps))]
    return [step_row(found, reached, place, spec) for place in range(len(spec.steps))]


def step_row(found: Chains, reached: list[int], place: int, spec: FunnelSpec) -> dict[str, Any]:
    """Return people, shares and time of one step."""
    people, before = reached[place], reached[place - 1] if place else reached[0]
    of_total, of_previous = share(people, reached[0]), share(people, before)
    passed = found.level > place
    seconds = between(found, passed, place - 1, place) if place else np.zeros(0)
    return {
        "step": place + 1,
        "events": list(spec.steps[place].events),
        "people": people,
        "share_of_total": of_total,
        "share_of_previous": of_previous,
        "rate": of_total if spec.reference == "total" else of_previous,
        "dropped": before - people,
        "average_seconds": average(seconds),
        "median_seconds": median(seconds),
    }


def times(found: Chains, spec: FunnelSpec) -> dict[str, Any]:
    """Return how long people took from one step to another, in bins of equal width."""
    last = spec.to_step or len(spec.steps)
    seconds = between(found, found.level >= last, spec.from_step - 1, last - 1)
    return {
        "from_step": spec.from_step,
        "to_step": last,
        "people": len(seconds),
        "average_seconds": average(seconds),
        "median_seconds": median(seconds),
        "bins": bins(seconds, spec.bins),
    }


def between(found: Chains, chosen: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return the seconds that chosen attempts took from one step to another."""
    return (found.at[chosen, last] - found.at[chosen, first]) / 1000


def bins(seconds: np.ndarray, wanted: int) -> list[dict[str, Any]]:
    """Return the number of people per bin, each bin without its end but the last."""
    if not len(seconds):
        return []
    number = wanted or int(min(MOST_BINS, max(1, round(len(seconds) ** (1 / 3)))))
    low, high = float(seconds.min()), float(seconds.max())
    people, edges = np.histogram(seconds, bins=number, range=(low, max(high, low + 1.0)))
    return [
        {"from_seconds": float(edges[n]), "to_seconds": float(edges[n + 1]), "people": int(count)}
        for n, count in enumerate(people)
    ]


def trend(found: Chains, spec: FunnelSpec, scope: Scope) -> list[dict[str, Any]]:
    """Return people and conversions by when their attempts began, intervals without any included.

    `is_complete` is false where the window of some attempts is not over yet.
    """
    window = window_of(spec.days, scope.as_of, scope.timezone)
    periods = periods_of(window, spec.interval or "day", scope.timezone)
    marks, seen = np.array(periods.marks), epoch_milliseconds(scope.as_of)
    place = np.searchsorted(marks, found.at[:, 0], side="right") - 1
    people = np.bincount(place, minlength=len(periods))
    converted = np.bincount(place[found.level == len(spec.steps)], minlength=len(periods))
    return [
        {
            "start": label,
            "people": int(people[n]),
            "converted": int(converted[n]),
            "rate": share(int(converted[n]), int(people[n])),
            "is_complete": bool(marks[n + 1] + spec.window.milliseconds <= seen),
        }
        for n, label in enumerate(periods.labels)
    ]


def begun(found: Chains, spec: FunnelSpec, scope: Scope, start: str) -> np.ndarray:
    """Return which attempts began in the interval of the trend that is called so."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    periods = periods_of(window, spec.interval or "day", scope.timezone)
    place, first = periods.index(start), found.at[:, 0]
    return (first >= periods.marks[place]) & (first < periods.marks[place + 1])


def share(part: int, whole: int) -> float | None:
    """Return a share; None of nothing."""
    return part / whole if whole else None


def average(seconds: np.ndarray) -> float | None:
    """Return the mean; None of nothing."""
    return float(seconds.mean()) if len(seconds) else None


def median(seconds: np.ndarray) -> float | None:
    """Return the median; None of nothing."""
    return float(np.median(seconds)) if len(seconds) else None
