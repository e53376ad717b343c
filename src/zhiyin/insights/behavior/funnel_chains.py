"""How far each person gets: by loops over arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zhiyin.insights.behavior import kernels
from zhiyin.insights.behavior.funnel_rows import Entry, funnel_rows, masks_by_number
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.sequences import (
    coded,
    column,
    events_in_order,
    in_order,
    over_portions,
)
from zhiyin.stats.loops import fitting

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


@dataclass(frozen=True)
class Chains:
    """The best attempt of each person who entered, or of each person and value held constant.

    person
        person_number, ascending.
    level
        How many steps were done.
    at
        When each step was done, milliseconds; -1 where it was not. Of an unordered funnel, of the
        steps done in the order of time.
    codes
        For each step done the place of its event's value in `values`; -1 where there is none.
    """

    person: np.ndarray
    level: np.ndarray
    at: np.ndarray
    codes: np.ndarray
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doings:
    """Rows that fit steps: whose, of which group of rows that belong together, when, and which.

    `codes` are the places of a property's values where these are wanted.
    """

    person: np.ndarray
    group: np.ndarray
    ts: np.ndarray
    mask: np.ndarray
    codes: np.ndarray | None = None


def held_by(spec: FunnelSpec) -> str | None:
    """Return the property that is the same at all steps of an attempt."""
    if spec.breakdown and spec.breakdown.kind == "event" and spec.attribution == "all_events":
        return spec.breakdown.name
    return spec.hold


def split_by(spec: FunnelSpec) -> str | None:
    """Return the property of events whose values are wanted along the attempts."""
    is_event = spec.breakdown is not None and spec.breakdown.kind == "event"
    return spec.breakdown.name if spec.breakdown and is_event else None


def chains(
    activity: ir.Table, spec: FunnelSpec, entry: Entry, numbers: Mapping[str, int] | None = None
) -> Chains:
    """Return how far people get.

    Where a property is held constant, events without it take no part, and a person has one row for
    each value of an attempt.
    """
    held, split = held_by(spec), split_by(spec)
    columns = dict.fromkeys(["person_number", "ts_ms", "mask", held, split])
    wanted = [name for name in columns if name]
    masks = None if held or split else masks_by_number(spec, numbers)
    places: dict[str, int] = {}

    def work(portion: ir.Table) -> Chains:
        if masks is not None:
            return walked_by_number(portion, spec, entry, masks)
        rows = funnel_rows(portion, spec, entry, numbers)
        read = in_order(rows.select(*wanted).to_pyarrow())
        return walked(read, spec, entry, places)

    parts = list(over_portions(activity, work))
    return joined(parts, len(spec.steps), tuple(places))


def walked_by_number(
    portion: ir.Table, spec: FunnelSpec, entry: Entry, masks: NDArray[np.int32]
) -> Chains:
    """Return the chains of a portion whose events fit steps by their numbers alone."""
    seen = portion.filter(portion.ts_ms >= entry.start, portion.ts_ms < entry.unseen)
    person, ts, number = events_in_order(seen)
    mask = np.empty(len(ts), dtype=np.int32)
    is_strict = spec.order == "strict"
    kept = fitting(kernels.keep_masked, len(ts))(person, ts, number, masks, is_strict, mask)
    person, ts, mask = person[:kept], ts[:kept], mask[:kept]
    return walked_groups(Doings(person, person, ts, mask), spec, entry)


def walked(rows: pa.Table, spec: FunnelSpec, entry: Entry, places: dict[str, int]) -> Chains:
    """Return the chains of rows in order."""
    person, ts, mask = (column(rows, name) for name in ("person_number", "ts_ms", "mask"))
    codes, held = coded(rows, split_by(spec), places), coded(rows, held_by(spec), {})
    group = person
    if held is not None:
        kept = np.flatnonzero(held >= 0)
        kept = kept[np.lexsort((ts[kept], held[kept], person[kept]))]
        person, ts, mask = person[kept], ts[kept], mask[kept]
        codes = codes[kept] if codes is not None else None
        group = groups(person, held[kept])
    return walked_groups(Doings(person, group, ts, mask, codes), spec, entry)


def walked_groups(rows: Doings, spec: FunnelSpec, entry: Entry) -> Chains:
    """Return the chains of rows in the order of groups and time."""
    group, ts, mask, codes = rows.group, rows.ts, rows.mask, rows.codes
    if fitting(kernels.has_ties, len(group))(group, ts):
        order = np.arange(len(group))
        fitting(kernels.settle_ties, len(group))(group, ts, mask, order)
        mask = mask[order]
        codes = codes[order] if codes is not None else None
    level, positions = walk(group, ts, mask, spec, entry)
    is_done = np.arange(len(spec.steps)) < level[:, None]
    own = np.full(positions.shape, -1, dtype=np.int32)
    return Chains(
        person=rows.person[positions[:, 0]],
        level=level,
        at=np.where(is_done, ts[positions], -1) if len(ts) else own,
        codes=own if codes is None else np.where(is_done, codes[positions], own),
    )


def groups(person: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return a number for each run of one person and value."""
    if not len(person):
        return person
    starts = (person[1:] != person[:-1]) | (codes[1:] != codes[:-1])
    return np.concatenate([[0], np.cumsum(starts)])


def walk(
    group: np.ndarray, ts: np.ndarray, mask: np.ndarray, spec: FunnelSpec, entry: Entry
) -> tuple[np.ndarray, np.ndarray]:
    """Return level and positions of the steps of everyone who entered."""
    rows, steps = len(group), len(spec.steps)
    people = int((group[1:] != group[:-1]).sum()) + 1 if rows else 0
    level = np.zeros(people, dtype=np.int8)
    places = np.zeros((people, steps), dtype=np.int64)
    window, begins = spec.window.milliseconds, (entry.start, entry.end)
    if spec.order == "unordered":
        run = fitting(kernels.unordered_chains, rows)
        found = run(group, ts, mask, steps, window, begins, level, places)
    else:
        run = fitting(kernels.ordered_chains, rows)
        after = np.array([one.after - 1 for one in spec.exclusions], dtype=np.int64)
        before = np.array([one.before - 1 for one in spec.exclusions], dtype=np.int64)
        is_strict = spec.order == "strict"
        found = run(group, ts, mask, steps, window, begins, after, before, is_strict, level, places)
    return level[:found], places[:found]


def joined(parts: Iterable[Chains], steps: int, values: tuple[str, ...]) -> Chains:
    """Return the chains of several portions of people as one."""
    parts = list(parts)
    if not parts:
        nobody = np.zeros((0, steps), dtype=np.int64)
        none = np.zeros(0, dtype=np.int64)
        return Chains(none, none, nobody, nobody, values)
    return Chains(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("person", "level", "at", "codes")
        ),
        values=values,
    )
