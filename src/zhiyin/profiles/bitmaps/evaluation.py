"""The third reader of conditions: a tree over bitmaps, everybody at once in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from pyroaring import BitMap

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.bitmaps.ranks import RanksIndex
from zhiyin.profiles.bitmaps.values import NotIndexedError, ValuesIndex, union
from zhiyin.profiles.conditions import (
    All,
    AnyOf,
    Attribute,
    Audience,
    Comparison,
    Condition,
    Everyone,
    Not,
    Score,
    Tag,
)


class Indexes(Protocol):
    """The indexes of one state of the tables."""

    @property
    def everyone(self) -> BitMap: ...

    def attribute(self, name: str) -> ValuesIndex | RanksIndex:
        """Return a column's index; `NotIndexedError` for a column that has none."""
        ...

    def tag(self, name: str) -> ValuesIndex:
        """Return a tag's index, an empty one for a tag that nobody has."""
        ...

    def score(self, model: str) -> ValuesIndex | RanksIndex:
        """Return the index of a model's scores."""
        ...


Leaf = Callable[[Condition], BitMap]


def people_of(
    tree: Condition,
    indexes: Indexes,
    *,
    audiences: Mapping[str, Condition],
    otherwise: Leaf,
    listed: Collection[str] = (),
) -> BitMap:
    """Return the numbers of the people for whom a tree holds: those of `select`, exactly.

    Parameters
    ----------
    tree
        The condition.
    indexes
        What is known as bitmaps.
    audiences
        The trees of the audiences that others may name.
    otherwise
        Answers a leaf that has no bitmap, usually by asking the warehouse.
    listed
        Audiences that have members and no tree: `otherwise` answers for them.

    Returns
    -------
    A bitmap that the caller must not change: it may be an index's own.
    """

    def found(node: Condition, open_audiences: Mapping[str, Condition]) -> BitMap:
        match node:
            case Everyone():
                return indexes.everyone
            case All(nodes):
                return every(nodes, lambda one: found(one, open_audiences), indexes.everyone)
            case AnyOf(nodes):
                return union([found(one, open_audiences) for one in nodes])
            case Not(inner):
                return indexes.everyone - found(inner, open_audiences)
            case Audience(name) if name not in listed:
                others = {key: one for key, one in open_audiences.items() if key != name}
                return found(named(name, open_audiences), others)
            case _:
                return leaf_of(node, indexes, otherwise)

    return found(tree, audiences)


def every(nodes: tuple[Condition, ...], found: Leaf, everyone: BitMap) -> BitMap:
    """Return the people of all nodes: the rarest first, the negated taken away last."""
    wanted = sorted((found(one) for one in nodes if not isinstance(one, Not)), key=len)
    people = BitMap.intersection(*wanted) if len(wanted) > 1 else (wanted or [everyone])[0]
    for one in nodes:
        if isinstance(one, Not):
            people = people - found(one.node)
    return people


def named(name: str, audiences: Mapping[str, Condition]) -> Condition:
    """Return an audience's tree."""
    if name not in audiences:
        known = ", ".join(sorted(audiences)) or "none"
        raise InvalidInput(
            f"Audience {name!r} is not defined, or refers to itself; usable here: {known}."
        )
    return audiences[name]


def leaf_of(leaf: Condition, indexes: Indexes, otherwise: Leaf) -> BitMap:
    """Return the people of one leaf, by its index or otherwise."""
    try:
        match leaf:
            case Attribute(name, comparisons):
                return held(indexes.attribute(name), comparisons, indexes.everyone)
            case Score(model, comparisons):
                return held(indexes.score(model), comparisons, indexes.everyone)
            case Tag(name, comparisons, weight) if not weight:
                index = indexes.tag(name)
                return index.passing(comparisons) if comparisons else index.present
            case _:
                return otherwise(leaf)
    except NotIndexedError:
        return otherwise(leaf)


def held(
    index: ValuesIndex | RanksIndex, comparisons: tuple[Comparison, ...], everyone: BitMap
) -> BitMap:
    """Return the people whose value passes; `exists: false` holds for all without one."""
    absent = Comparison("exists", False)
    if absent not in comparisons:
        return index.passing(comparisons)
    is_alone = all(one == absent for one in comparisons)
    return everyone - index.known if is_alone else BitMap()
