"""Condition trees as functions of one person's memories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from zhiyin.core.ids import BUCKETS, bucket
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
)
from zhiyin.profiles.holding.comparing import all_passed
from zhiyin.profiles.holding.known import Known

# What a tag's value is for a person; None where it is unknown, and then nobody has the tag.
ValueOf = Callable[[Known], str | None]


@dataclass(slots=True)
class View:
    """One person at one instant: what every rule looks at.

    `true` are the places of the conditions about behavior that hold, `held` the names of the
    rules.
    """

    true: AbstractSet[int]
    known: Known
    held: AbstractSet[str]


Truth = Callable[[View], bool]


@dataclass(frozen=True)
class Meaning:
    """What leaves mean beside what they say.

    Attributes
    ----------
    places : of each leaf about behavior, its place in the program.
    tags : of each tag that a tree decides, where its value comes from.
    """

    places: Mapping[Condition, int]
    tags: Mapping[str, ValueOf | None]


def truth_of(tree: Condition, meaning: Meaning) -> Truth:  # noqa: PLR0911 - one per node
    """Return the tree as a function."""
    match tree:
        case Everyone():
            return lambda view: True
        case All(nodes):
            return joined([truth_of(node, meaning) for node in nodes], stop=False)
        case AnyOf(nodes):
            return joined([truth_of(node, meaning) for node in nodes], stop=True)
        case Not(node):
            inner = truth_of(node, meaning)
            return lambda view: not inner(view)
        case Did() | Occurred() | Sequence():
            return watched(meaning.places[tree])
        case Tag():
            return tagged(tree, meaning)
        case _:
            return told_of(tree)


def joined(truths: list[Truth], *, stop: bool) -> Truth:
    """Return whether all hold, or with `stop` whether any does."""
    if len(truths) == 1:
        return truths[0]

    def look(view: View) -> bool:
        for truth in truths:
            if truth(view) is stop:
                return stop
        return not stop

    return look


def watched(place: int) -> Truth:
    """Return a condition about behavior."""
    return lambda view: place in view.true


def told_of(leaf: Condition) -> Truth:
    """Return a condition about something else than behavior."""
    match leaf:
        case Attribute("person_id", comparisons):
            test = all_passed(comparisons)
            return lambda view: test(view.known.person_id)
        case Attribute(name, comparisons):
            test = all_passed(comparisons)
            return lambda view: test(view.known.attributes.get(name))
        case Score(model, comparisons):
            test = all_passed(comparisons)
            return lambda view: test(view.known.scores.get(model))
        case Audience(name):
            return lambda view: name in view.known.listed
        case RandomBucket(salt, start, end):
            first, last = round(start * BUCKETS), round(end * BUCKETS)
            return lambda view: first <= bucket(salt, view.known.person_id) < last
    raise TypeError(leaf)


def tagged(leaf: Tag, meaning: Meaning) -> Truth:
    """Return whether the person has a tag with a value and a weight that pass."""
    value = all_passed(leaf.comparisons) if leaf.comparisons else None
    weight = all_passed(leaf.weight) if leaf.weight else None
    name, rule = leaf.name, f"tag:{leaf.name}"
    value_of = meaning.tags.get(name)

    def passes(found: tuple[str | None, float | None]) -> bool:
        return (value is None or value(found[0])) and (weight is None or weight(found[1]))

    def decided_here(view: View) -> bool:
        if rule not in view.held:
            return False
        return passes((None if value_of is None else value_of(view.known), RULE_WEIGHT))

    def told(view: View) -> bool:
        found = view.known.tags.get(name)
        return found is not None and passes(found)

    return decided_here if name in meaning.tags else told


# A condition holds or it does not.
RULE_WEIGHT = None
