"""The warehouse's reader of conditions: a tree and tables in, person ids out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.core.ids import BUCKETS
from zhiyin.profiles.behavior import behavior_marks
from zhiyin.profiles.bucketing import bucket_of
from zhiyin.profiles.comparing import passes
from zhiyin.profiles.conditions import (
    All,
    AnyOf,
    Attribute,
    Audience,
    Condition,
    Did,
    Everyone,
    Not,
    Occurred,
    RandomBucket,
    Score,
    Sequence,
    Tag,
    day_milliseconds,
    leaves,
    resolved,
)
from zhiyin.profiles.marks import Columns
from zhiyin.profiles.sources import SOURCE_SPECS, Sources
from zhiyin.profiles.windows import lies_in

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["SOURCE_SPECS", "Sources", "select"]


@dataclass(frozen=True)
class Leaves:
    """One row per person with what the leaves of a tree are decided by.

    Attributes
    ----------
    table : person_id, the attributes asked for, and the columns below.
    columns : of each leaf that needs any, its columns by what they say.
    end : the instant asked about, milliseconds since 1970.
    """

    table: ir.Table
    columns: Mapping[Condition, Columns]
    end: int


def select(tree: Condition, sources: Sources) -> ir.Table:
    """Return the people of `dm.customers` for whom the tree holds.

    A comparison with an unknown value is false, also below a `not`: ``not: {attribute: city,
    equals: Leeds}`` holds for people whose city nobody knows. However many conditions a tree has,
    each table of facts is read once (a second time for sequences and `since`).

    Returns
    -------
    One column, person_id, each person once.
    """
    whole = resolved(tree, sources.audiences, sources.listed)
    asked = leaf_columns(list(dict.fromkeys(leaves(whole))), sources)
    return asked.table.filter(truth(whole, asked)).select("person_id")


def leaf_columns(asked: list[Condition], sources: Sources) -> Leaves:
    """Return people with the columns that leaves are decided by."""
    attributes = {leaf.name for leaf in asked if isinstance(leaf, Attribute)} - {"person_id"}
    table = sources.customers.select("person_id", *sorted(attributes))
    marks = behavior_marks(
        [leaf for leaf in asked if isinstance(leaf, Did | Occurred | Sequence)], sources
    )
    columns: dict[Condition, Columns] = {**marks.columns}
    tables = list(marks.tables)
    for kind, look in ((Tag, tag_marks), (Score, score_marks), (Audience, listed_marks)):
        found = [leaf for leaf in asked if isinstance(leaf, kind)]
        if found:
            made, names = look(found, sources)
            tables += made
            columns |= {leaf: {"mark": name} for leaf, name in names.items()}
    owners = [f"owner_{place}" for place in range(len(tables))]
    # One chain of joins and no projection between them, which keeps the query flat.
    for owner, mark in zip(owners, tables, strict=True):
        table = table.left_join(mark.rename({owner: "person_id"}), [("person_id", owner)])
    return Leaves(table.drop(*owners), columns, epoch_milliseconds(sources.as_of))


def tag_marks(asked: list[Tag], sources: Sources) -> tuple[list[ir.Table], dict[Condition, str]]:
    """Return which of the tags each person has with a value and weight that pass."""
    tags = sources.tags
    if any(leaf.weight for leaf in asked) and "weight" not in tags.columns:
        raise InvalidInput("Tags of this workspace have no weights yet; leave weight out.")
    rows = tags.filter(tags.tag.isin(sorted({leaf.name for leaf in asked})))
    names: dict[Condition, str] = {leaf: f"tag_{place}" for place, leaf in enumerate(asked)}
    return [rows.group_by("person_id").agg(**{names[t]: has(t, rows).any() for t in asked})], names


def has(leaf: Tag, tags: ir.Table) -> ir.Value:
    """Return whether a row is the tag with a value and a weight that pass."""
    asked: list[ir.Value] = []
    asked.append(tags.tag.isin([leaf.name]))
    if leaf.comparisons:
        asked.append(passes(tags.value, leaf.comparisons))
    if leaf.weight:
        asked.append(passes(tags.weight, leaf.weight))
    return reduce(and_, asked)


def score_marks(
    asked: list[Score], sources: Sources
) -> tuple[list[ir.Table], dict[Condition, str]]:
    """Return each person's scores of the models asked for."""
    models = {model: f"score_{n}" for n, model in enumerate(sorted({one.model for one in asked}))}
    rows = sources.scores.filter(sources.scores.model.isin(list(models)))
    found = rows.group_by("person_id").agg(
        **{name: rows.score.max(where=rows.model == model) for model, name in models.items()}
    )
    return [found], {leaf: models[leaf.model] for leaf in asked}


def listed_marks(
    asked: list[Audience], sources: Sources
) -> tuple[list[ir.Table], dict[Condition, str]]:
    """Return who is in each of the audiences that have no tree."""
    names: dict[Condition, str] = {leaf: f"listed_{place}" for place, leaf in enumerate(asked)}
    tables = [
        sources.listed[leaf.name].select("person_id", **{names[leaf]: ibis.literal(True)})
        for leaf in asked
    ]
    return tables, names


def truth(tree: Condition, asked: Leaves) -> ir.Value:
    """Return the tree as a boolean over the rows of `asked.table`; never null."""
    match tree:
        case Everyone():
            return ibis.literal(True)
        case All(nodes):
            return reduce(and_, (truth(node, asked) for node in nodes))
        case AnyOf(nodes):
            return reduce(or_, (truth(node, asked) for node in nodes))
        case Not(node):
            return ~truth(node, asked)
        case Did() | Occurred() | Sequence():
            return behaved(tree, asked)
        case _:
            return holds_now(tree, asked)


def holds_now(leaf: Condition, asked: Leaves) -> ir.Value:
    """Return whether a leaf holds that is not about behavior."""
    table = asked.table
    match leaf:
        case Attribute(name, comparisons):
            return passes(table[name], comparisons)
        case RandomBucket(salt, start, end):
            drawn = bucket_of(salt, table.person_id)
            return (drawn >= round(start * BUCKETS)) & (drawn < round(end * BUCKETS))
        case Score(_, comparisons):
            return passes(table[asked.columns[leaf]["mark"]], comparisons)
        case _:
            return table[asked.columns[leaf]["mark"]].fill_null(False)


def behaved(leaf: Did | Occurred | Sequence, asked: Leaves) -> ir.Value:
    """Return whether a leaf about behavior holds."""
    table, names = asked.table, asked.columns[leaf]
    match leaf:
        case Did():
            return did_enough(leaf, table, names)
        case Occurred(which, _, window, older):
            instant = table[names[which]]
            passed = instant.notnull() & lies_in(window, instant, asked.end)
            if older is not None:
                passed &= instant < asked.end - day_milliseconds(older)
            return passed.fill_null(False)
        case _:
            return table[names["done"]].fill_null(False)


def did_enough(did: Did, table: ir.Table, names: Columns) -> ir.Value:
    """Return whether number and sum lie within the bounds of a `did`."""
    times = table[names["times"]].fill_null(0)
    enough = times >= did.at_least
    if did.at_most is not None:
        enough &= times <= did.at_most
    if did.sum is not None:
        total = table[names["total"]].cast("float64").fill_null(0.0)
        enough &= passes(total, did.sum.comparisons)
    return enough & table[names["since"]].notnull() if did.since is not None else enough
