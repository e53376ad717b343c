"""Conditions that look at the order of a person's facts: sequences, and counts since a deed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.api import with_person
from zhiyin.ports.tables import MONEY
from zhiyin.profiles.conditions import Deed, Did, Sequence, Step, day_milliseconds, deeds
from zhiyin.profiles.facts import Facts, facts_of
from zhiyin.profiles.marks import Marks, joined_marks, measures_of
from zhiyin.profiles.sources import Sources
from zhiyin.profiles.windows import lies_in

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Timeline:
    """Facts of people: person_id, ts_ms, measures, and a boolean column per deed, never null."""

    table: ir.Table
    columns: Mapping[Deed, str]


def in_order(asked: list[Did | Sequence], sources: Sources) -> Marks:
    """Return what is decided by the order of facts, from one table of the facts that matter."""
    if not asked:
        return Marks([], {})
    line = timeline(asked, sources)
    since = [leaf for leaf in asked if isinstance(leaf, Did)]
    sequences = [leaf for leaf in asked if isinstance(leaf, Sequence)]
    end = epoch_milliseconds(sources.as_of)
    return joined_marks(
        *([since_marks(since, line, end)] if since else []),
        *([sequence_marks(sequences, line, end)] if sequences else []),
    )


def timeline(asked: list[Did | Sequence], sources: Sources) -> Timeline:
    """Return the facts before `as_of` that leaves name, with the person behind each."""
    named = list(dict.fromkeys(deed for leaf in asked for deed in deeds(leaf)))
    columns = {deed: f"named_{place}" for place, deed in enumerate(named)}
    measures = measures_of(asked)
    end = epoch_milliseconds(sources.as_of)
    parts = [
        part_of_timeline(facts, columns, measures, end)
        for facts in facts_of(named, sources, measures)
    ]
    return Timeline(with_person(ibis.union(*parts), sources.person_of), columns)


def part_of_timeline(
    facts: Facts, columns: Mapping[Deed, str], measures: list[str], end: int
) -> ir.Table:
    """Return one kind of fact in the columns that all kinds share."""
    table = facts.table
    is_named = reduce(or_, (table[name] for name in facts.columns.values()))
    kept = table.filter(table.ts_ms < end, is_named)
    nothing = ibis.null(MONEY)
    return kept.select(
        "visitor_id",
        "ts_ms",
        **{name: kept[name].cast(MONEY) if name in kept.columns else nothing for name in measures},
        **{
            name: kept[facts.columns[deed]] if deed in facts.columns else ibis.literal(False)
            for deed, name in columns.items()
        },
    )


def since_marks(asked: list[Did], line: Timeline, end: int) -> Marks:
    """Return how often people did something after the last time they did something else."""
    columns = {
        leaf: {name: f"since_{place}_{name}" for name in ("times", "total", "since")}
        for place, leaf in enumerate(asked)
    }
    table, person = line.table, ibis.window(group_by="person_id")
    # Not a filtered aggregate, which Spark does not know over a window.
    table = table.mutate(
        **{
            names["since"]: ibis.ifelse(table[line.columns[leaf.since]], table.ts_ms, NEVER)
            .max()
            .over(person)
            for leaf, names in columns.items()
            if leaf.since is not None
        }
    )
    found: dict[str, ir.Value] = {}
    for leaf, names in columns.items():
        is_later = (table.ts_ms > table[names["since"]]).fill_null(False)
        counts = table[line.columns[leaf.deed]] & lies_in(leaf.window, table.ts_ms, end) & is_later
        found[names["times"]] = table.count(where=counts)
        found[names["since"]] = table[names["since"]].max()
        if leaf.sum is not None:
            found[names["total"]] = table[leaf.sum.measure].sum(where=counts)
    return Marks([table.group_by("person_id").agg(**found)], columns)


NEVER = ibis.null("int64")


def sequence_marks(asked: list[Sequence], line: Timeline, end: int) -> Marks:
    """Return who did things one after the other.

    A fact reaches a step when the newest earlier fact that reached the step before lies near
    enough and nothing forbidden lies between. The newest is the best there is: any other lies
    further away, with more between.
    """
    rows = line.table
    # What happens at one instant has no order, so an instant is one row.
    table = rows.group_by(["person_id", "ts_ms"]).agg(
        **{name: rows[name].any() for name in line.columns.values()}
    )
    names = {leaf: f"sequence_{place}" for place, leaf in enumerate(asked)}
    table = table.mutate(
        **{
            f"{name}_0": table[line.columns[leaf.steps[0].deed]]
            & lies_in(leaf.window, table.ts_ms, end)
            for leaf, name in names.items()
        }
    )
    for place in range(1, max(len(leaf.steps) for leaf in asked)):
        here = {leaf: name for leaf, name in names.items() if place < len(leaf.steps)}
        table = with_step(table, here, place, line, end)
    found = {
        f"{name}_done": table[f"{name}_{len(leaf.steps) - 1}"].any() for leaf, name in names.items()
    }
    columns = {leaf: {"done": f"{name}_done"} for leaf, name in names.items()}
    return Marks([table.group_by("person_id").agg(**found)], columns)


def with_step(
    table: ir.Table, names: Mapping[Sequence, str], place: int, line: Timeline, end: int
) -> ir.Table:
    """Add, for each sequence, whether a row reaches the step at a place."""
    earlier = ibis.window(group_by="person_id", order_by="ts_ms", preceding=(None, 1))
    looks: dict[str, ir.Value] = {}
    for leaf, name in names.items():
        step = leaf.steps[place]
        before = ibis.ifelse(table[f"{name}_{place - 1}"], table.ts_ms, NEVER)
        looks[f"{name}_{place}_from"] = before.max().over(earlier)
        if step.without is not None:
            between = ibis.ifelse(table[line.columns[step.without]], table.ts_ms, NEVER)
            looks[f"{name}_{place}_between"] = between.max().over(earlier)
    known = table.mutate(**looks)
    return known.mutate(
        **{
            f"{name}_{place}": known[line.columns[leaf.steps[place].deed]]
            & lies_in(leaf.window, known.ts_ms, end)
            & follows(known, leaf.steps[place], f"{name}_{place}")
            for leaf, name in names.items()
        }
    )


def follows(table: ir.Table, step: Step, name: str) -> ir.Value:
    """Return whether the step before lies near enough, with nothing forbidden between."""
    start = table[f"{name}_from"]
    near = start.notnull()
    if step.within_days is not None:
        near &= (table.ts_ms - start <= day_milliseconds(step.within_days)).fill_null(False)
    if step.without is not None:
        near &= ~(table[f"{name}_between"] > start).fill_null(False)
    return near
