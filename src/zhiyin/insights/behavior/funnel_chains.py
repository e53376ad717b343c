"""How far each person gets: by loops over arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zhiyin.insights.behavior import kernels
from zhiyin.insights.behavior.funnel_rows import Entry, funnel_rows
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.sequences import coded, column, in_order, over_portions
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
    places: dict[str, int] = {}

    def work(portion: ir.Table) -> Chains:
        rows = funnel_rows(portion, spec, entry, numbers)
        read = in_order(rows.select(*wanted).to_pyarrow())
        return walked(read, spec, entry, places)

    parts = list(over_portions(activity, work))
    return joined(parts, len(spec.steps), tuple(places))


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
    order = np.arange(len(group))
    if fitting(kernels.settle_ties, len(group))(group, ts, mask, order):
        ts, mask = ts[order], mask[order]
        codes = codes[order] if codes is not None else None
    level, positions = walk(group, ts, mask, spec, entry)
    is_done = np.arange(len(spec.steps)) < level[:, None]
    own = np.full(positions.shape, -1, dtype=np.int32)
    return Chains(
        person=person[positions[:, 0]],
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
