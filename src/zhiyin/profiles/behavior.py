"""What people did, counted for many conditions in one pass over each table of facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.api import with_person
from zhiyin.profiles.conditions import ALWAYS, Behavior, Did, Occurred, Sequence, Window
from zhiyin.profiles.facts import Facts, facts_of
from zhiyin.profiles.marks import Columns, Marks, joined_marks, measures_of
from zhiyin.profiles.sequences import in_order
from zhiyin.profiles.sources import Sources
from zhiyin.profiles.windows import lies_in, starts_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


def behavior_marks(asked: Iterable[Behavior], sources: Sources) -> Marks:
    """Return the figures of all leaves: one aggregate per kind of fact, and one over timelines.

    Leaves that look at the order of facts (`sequence`, `since`) share one table of the facts
    that they are about, joined to people; all others are counted per visitor first.
    """
    plain: list[Did | Occurred] = []
    ordered: list[Did | Sequence] = []
    for leaf in asked:
        if isinstance(leaf, Sequence) or (isinstance(leaf, Did) and leaf.since is not None):
            ordered.append(leaf)
        else:
            plain.append(leaf)
    return joined_marks(counted(plain, sources), in_order(ordered, sources))


def counted(asked: list[Did | Occurred], sources: Sources) -> Marks:
    """Return how often, how much, first and last: one aggregate per kind of fact."""
    end = epoch_milliseconds(sources.as_of)
    by_leaf = {leaf: figures_of(leaf, f"plain_{place}") for place, leaf in enumerate(asked)}
    tables = []
    for facts in facts_of([leaf.deed for leaf in asked], sources, measures_of(asked)):
        here = [leaf for leaf in asked if leaf.deed in facts.columns]
        tables.append(figures(facts, here, by_leaf, sources, end))
    return Marks(tables, by_leaf)


def figures_of(leaf: Did | Occurred, prefix: str) -> Columns:
    """Return the columns that a leaf needs, by what they say."""
    if isinstance(leaf, Occurred):
        return {leaf.which: f"{prefix}_{leaf.which}"}
    total = {} if leaf.sum is None else {"total": f"{prefix}_total"}
    return {"times": f"{prefix}_times", **total}


def figures(
    facts: Facts,
    asked: list[Did | Occurred],
    by_leaf: Mapping[Behavior, Columns],
    sources: Sources,
    end: int,
) -> ir.Table:
    """Return person_id and the columns of the leaves that this kind of fact answers."""
    table = facts.table
    marks = {leaf: f"counts_{place}" for place, leaf in enumerate(asked)}
    table = table.mutate(
        **{
            marks[leaf]: table[facts.columns[leaf.deed]]
            & lies_in(bounds_of(leaf), table.ts_ms, end)
            for leaf in asked
        }
    )
    rows = table.filter(
        table.ts_ms < end,
        # One bound for all, which an engine needs no row to skip by.
        *(table.ts_ms >= start for start in common_start(asked, end)),
        reduce(or_, (table[name] for name in marks.values())),
    )
    by_visitor = rows.group_by("visitor_id").agg(
        **{
            name: figure_of(figure, leaf, rows, rows[marks[leaf]])
            for leaf in asked
            for figure, name in by_leaf[leaf].items()
        }
    )
    owned = with_person(by_visitor, sources.person_of)
    return owned.group_by("person_id").agg(
        **{
            name: MERGED[figure](owned[name])
            for leaf in asked
            for figure, name in by_leaf[leaf].items()
        }
    )


def figure_of(figure: str, leaf: Did | Occurred, rows: ir.Table, counts: ir.Value) -> ir.Value:
    """Return one figure of the rows that count."""
    match figure:
        case "times":
            return rows.count(where=counts)
        case "first":
            return rows.ts_ms.min(where=counts)
        case "last":
            return rows.ts_ms.max(where=counts)
    assert isinstance(leaf, Did)
    assert leaf.sum is not None
    return rows[leaf.sum.measure].sum(where=counts)


MERGED = {
    "times": lambda column: column.sum(),
    "total": lambda column: column.sum(),
    "first": lambda column: column.min(),
    "last": lambda column: column.max(),
}


def bounds_of(leaf: Did | Occurred) -> Window:
    """Return which facts count: the first and last time are looked for in all the past."""
    return leaf.window if isinstance(leaf, Did) else ALWAYS


def common_start(asked: Collection[Did | Occurred], end: int) -> list[int]:
    """Return the instant before which nothing counts; none where a leaf counts all the past."""
    starts = [starts_of(bounds_of(leaf), end) for leaf in asked]
    return [min(max(one) for one in starts)] if all(starts) else []
