"""The rows of the activity that a funnel looks at, and which of its steps each of them fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import ibis
import numpy as np
from numpy.typing import NDArray

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.kernels import EXCLUSIONS_FROM
from zhiyin.insights.behavior.vocabulary import Step, is_named, matches, window_of

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir


@dataclass(frozen=True)
class Entry:
    """When attempts may begin, and the first instant that is not seen; milliseconds since 1970."""

    start: int
    end: int
    unseen: int


def entry_of(spec: FunnelSpec, as_of: datetime, timezone: str) -> Entry:
    """Return when attempts may begin: later steps may lie past the days asked for."""
    window = window_of(spec.days, as_of, timezone)
    start, end = epoch_milliseconds(window.start), epoch_milliseconds(window.end)
    return Entry(start, end, min(end + spec.window.milliseconds, epoch_milliseconds(as_of)))


def funnel_rows(
    activity: ir.Table, spec: FunnelSpec, entry: Entry, numbers: Mapping[str, int] | None = None
) -> ir.Table:
    """Return the rows that matter, each with a `mask` of the steps and exclusions it fits.

    Bit k stands for step k (from 0), bit 20 + k for exclusion k. A strict funnel looks at all rows.
    `numbers` are those of event names, where these are to be compared as numbers.
    """
    asked = [*spec.steps, *(one.step for one in spec.exclusions)]
    activity = with_firsts(activity, spec.steps)
    seen = activity.filter(activity.ts_ms >= entry.start, activity.ts_ms < entry.unseen)
    names = {name for step in asked for name in step.events}
    if spec.order != "strict" and all(step.events for step in asked):
        seen = seen.filter(is_named(seen, sorted(names), numbers))
    rows = seen.mutate(mask=mask(seen, spec, numbers).cast("int32"))
    if spec.order == "strict" or all(is_plain(step) for step in asked):
        return rows
    return rows.filter(rows.mask != 0)


def mask(
    rows: ir.Table, spec: FunnelSpec, numbers: Mapping[str, int] | None = None
) -> ir.IntegerValue:
    """Return the bits of what each row fits."""
    bits: dict[Step, int] = {}
    for place, step in enumerate(spec.steps):
        bits[step] = bits.get(step, 0) | 1 << place
    for place, one in enumerate(spec.exclusions):
        bits[one.step] = bits.get(one.step, 0) | 1 << (EXCLUSIONS_FROM + place)
    names = [name for step in bits for name in step.events]
    if all(is_plain(step) for step in bits) and len(set(names)) == len(names):
        cases = [(is_named(rows, step.events, numbers), bit) for step, bit in bits.items()]
        return ibis.cases(*cases, else_=0)  # pyright: ignore[reportReturnType]
    fits = (ibis.ifelse(fit(rows, step, spec, numbers), bit, 0) for step, bit in bits.items())
    return reduce(add, fits)  # pyright: ignore[reportReturnType]


def masks_by_number(
    spec: FunnelSpec, numbers: Mapping[str, int] | None
) -> NDArray[np.int32] | None:
    """Return the bits of each event number; None where a row's name does not tell what it fits."""
    asked = [*spec.steps, *(one.step for one in spec.exclusions)]
    if not numbers or not all(is_plain(step) for step in asked):
        return None
    masks = np.zeros(max(numbers.values()) + 1, dtype=np.int32)
    for place, step in enumerate(spec.steps):
        for name in step.events:
            if name in numbers:
                masks[numbers[name]] |= 1 << place
    for place, one in enumerate(spec.exclusions):
        for name in one.step.events:
            if name in numbers:
                masks[numbers[name]] |= 1 << (EXCLUSIONS_FROM + place)
    return masks


def is_plain(step: Step) -> bool:
    """Return whether a step asks for names and nothing else."""
    return bool(step.events) and not step.where and not step.first_ever


def fit(
    rows: ir.Table, step: Step, spec: FunnelSpec, numbers: Mapping[str, int] | None
) -> ir.BooleanValue:
    """Return whether a row fits a step."""
    found = matches(rows, step, numbers)
    if not step.first_ever:
        return found
    first = rows[first_column(spec.steps.index(step))]
    return found & (rows.ts_ms == first).fill_null(False)


def with_firsts(activity: ir.Table, steps: tuple[Step, ...]) -> ir.Table:
    """Add when each person first did what a step asks for, for steps that only count then."""
    table = activity
    for step in dict.fromkeys(step for step in steps if step.first_ever):
        name = first_column(steps.index(step))
        fitting = activity.filter(matches(activity, step))
        first = fitting.group_by("person_number").agg(**{name: fitting.ts_ms.min()})
        table = table.left_join(first, "person_number").drop("person_number_right")
    return table


def first_column(place: int) -> str:
    """Return the name of the column that holds when a step was first done."""
    return f"first_of_step_{place}"
