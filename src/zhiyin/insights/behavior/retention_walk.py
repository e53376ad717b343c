"""Retention by a walk through people's events, where these are at hand as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.insights.behavior.periods import Periods
from zhiyin.insights.behavior.retention import RetentionSpec
from zhiyin.insights.behavior.retention_masks import reach
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.sequences import events_in_order, over_portions
from zhiyin.insights.behavior.vocabulary import Step
from zhiyin.stats.loops import fitting
from zhiyin.warehouse.api import RECEIPTS

if TYPE_CHECKING:
    import ibis.expr.types as ir

TARGET, RETURNING = 1, 2
ENDLESS = 2**62


def kinds_by_number(
    spec: RetentionSpec, numbers: Mapping[str, int] | None
) -> NDArray[np.int8] | None:
    """Return what each event number is, one of 0 to 3; None where a row's name does not tell it."""
    steps = ((spec.target, TARGET), (spec.returning, RETURNING))
    if not numbers or any(step.where or step.first_ever for step, _ in steps):
        return None
    kinds = np.zeros(max(numbers.values()) + 1, dtype=np.int8)
    for name, number in numbers.items():
        kinds[number] = sum(kind for step, kind in steps if is_meant(name, step))
    return kinds


def is_meant(name: str, step: Step) -> bool:
    """Return whether an event's name is one of the step's, as `done` understands it."""
    return name in step.events if step.events else name not in RECEIPTS


def walked_rows(
    scope: Scope, spec: RetentionSpec, periods: Periods, kinds: NDArray[np.int8]
) -> list[dict[str, Any]]:
    """Return the rows of `mask_table`.

    Parameters
    ----------
    kinds : from `kinds_by_number`.
    """
    marks = np.array(reach(spec, periods).marks, dtype=np.int64)
    window = (epoch_milliseconds(periods.window.start), epoch_milliseconds(periods.window.end))
    everything = int(kinds[0]) if (kinds == kinds[0]).all() else 0
    last = spec.spans[-1][1]
    spans = np.array(
        [(low, last if spec.cumulative else high) for low, high in spec.spans], dtype=np.int64
    )
    is_first = spec.kind == "first_time"

    def work(portion: ir.Table) -> NDArray[np.int64]:
        seen = portion.filter(portion.ts_ms < epoch_milliseconds(scope.as_of))
        if not is_first:
            seen = seen.filter(seen.ts_ms >= int(marks[0]))
        person, ts, number = events_in_order(seen, names=not everything)
        cells = np.zeros((len(periods), 1 + len(spans)), dtype=np.int64)
        run = fitting(count_returns, len(ts))
        run(person, ts, number, kinds, marks, window, everything, is_first, spans, cells)
        return cells

    cells = sum(over_portions(scope.activity, work), np.zeros((len(periods), 1 + len(spans)), int))
    return [
        {"cohort": cohort, "size": row[0]} | {f"c{n}": one for n, one in enumerate(row[1:])}
        for cohort, row in enumerate(cells.tolist())
        if row[0]
    ]


def count_returns(  # noqa: C901, PLR0917 - one loop, so that numba can compile it
    person: np.ndarray,
    ts: np.ndarray,
    number: np.ndarray,
    kinds: np.ndarray,
    marks: np.ndarray,
    window: tuple[int, int],
    everything: int,
    is_first: bool,
    spans: np.ndarray,
    cells: np.ndarray,
) -> None:
    """Count cohorts, and who of them came back.

    Each person has one number whose bits are the periods in which they came back, and one whose
    bits are the cohorts they belong to.

    Parameters
    ----------
    person, ts, number : events by person and instant.
    kinds : for each event number 1 if it is a target, 2 if returning, 3 if both, else 0.
    marks : starts of all periods, and the end of the last.
    window : first millisecond at which a target makes a member, and the first after.
    everything : what every event is, where all are the same and `number` is not looked at; else 0.
    is_first : whether only a person's first target counts.
    spans : of each column, its first period after the cohort's and the first one after it.
    cells : in and out; of each cohort the people, and of these who came back in each column.
    """
    rows, row, last = len(person), 0, len(marks) - 1
    while row < rows:
        one, has_target = person[row], False
        cohorts, came = np.int64(0), np.int64(0)
        # The period that events lie in by now, its bit, and the first instant after it.
        at, bit, after = -1, np.int64(0), marks[0]
        while row < rows and person[row] == one:
            if ts[row] >= after:
                while at < last and ts[row] >= after:
                    at += 1
                    after = marks[at + 1] if at < last else ENDLESS
                bit = np.int64(1) << np.int64(at) if at < last else np.int64(0)
            kind = everything
            if everything == 0 and 0 <= number[row] < len(kinds):
                kind = kinds[number[row]]
            if kind & 2:
                came |= bit
            if kind & 1 and not (is_first and has_target):
                has_target = True
                if window[0] <= ts[row] < window[1]:
                    cohorts |= bit
            row += 1
        cohort = 0
        while cohorts:
            if cohorts & 1:
                cells[cohort, 0] += 1
                for span in range(len(spans)):
                    bits = came >> np.int64(cohort + spans[span, 0])
                    if bits & ((np.int64(1) << np.int64(spans[span, 1] - spans[span, 0])) - 1):
                        cells[cohort, 1 + span] += 1
            cohorts >>= np.int64(1)
            cohort += 1
