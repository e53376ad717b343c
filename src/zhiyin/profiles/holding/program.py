"""Many condition trees, made ready to be kept up with event by event."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from zhiyin.core.ids import joined_digest
from zhiyin.profiles.condition_writing import to_dict
from zhiyin.profiles.conditions import (
    Attribute,
    Condition,
    Deed,
    Did,
    Occurred,
    RandomBucket,
    Sequence,
    Tag,
    leaves,
    resolved,
)
from zhiyin.profiles.holding.deeds import Recognizer, recognizer
from zhiyin.profiles.holding.truth import Meaning, Truth, ValueOf, truth_of
from zhiyin.profiles.holding.watches import Behavior, Watch, subject_of, watch_of
from zhiyin.profiles.holding.watching import Answer

# Of what memories look like; another form is another program.
FORM = "2"
Key = TypeVar("Key", int, str)


@dataclass(frozen=True)
class TagTree:
    """A tag that a tree decides: who has it, and where its value comes from if it has one.

    `reads` are the attributes that the value comes from.
    """

    where: Condition
    value: ValueOf | None = None
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ear:
    """Who wants to be told of a deed: each memory's key, its watch, and the deed's slot in it."""

    recognizes: Recognizer
    told: tuple[tuple[str, Watch, int], ...]


@dataclass(frozen=True)
class Rule:
    """One tree: `tag:` or `audience:` and its name, and when it holds."""

    place: int
    name: str
    tag: str | None
    holds: Truth
    value: ValueOf | None


@dataclass(frozen=True)
class Program:
    """Trees compiled together: conditions about the same behavior share one memory.

    Conditions about behavior are known by their places, whole numbers from 0.

    Attributes
    ----------
    rules : tags before audiences, which may ask for them.
    watches : by the key of their memory.
    asked : by the key of a memory, the places of the conditions that read it, and how they do.
    ears : by event name.
    rules_of : the rules that ask for a condition about behavior, by its place.
    rules_of_tag : the rules that ask for a tag among the trees, by the tag's name.
    rules_of_attribute : the rules that ask for an attribute, by its name.
    digest : equal for equal trees.
    names : of all rules.
    true_of_nobody : places of the conditions that hold for who did nothing at all.
    personal : the rules that ask who the person is.
    openings : what holds for newcomers, by the attributes that rules ask for; filled by whoever
        meets one.
    """

    rules: tuple[Rule, ...]
    watches: Mapping[str, Watch]
    asked: Mapping[str, tuple[tuple[int, Answer], ...]]
    ears: Mapping[str, tuple[Ear, ...]]
    rules_of: Mapping[int, tuple[Rule, ...]]
    rules_of_tag: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    rules_of_attribute: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    digest: str = ""
    names: frozenset[str] = frozenset()
    true_of_nobody: frozenset[int] = frozenset()
    personal: tuple[Rule, ...] = ()
    openings: dict[tuple[Any, ...], frozenset[str]] = field(default_factory=dict, compare=False)


def compiled(
    tags: Mapping[str, TagTree],
    audiences: Mapping[str, Condition],
    listed: Collection[str] = (),
) -> Program:
    """Return the program of all trees.

    Parameters
    ----------
    tags : tags that conditions decide, by name; their trees ask for no tags and no audiences.
    audiences : trees by name; they may ask for tags and for each other.
    listed : names of audiences that have members and no tree.

    Raises
    ------
    InvalidInput
        for an audience that names one which is not defined, or itself.
    """
    trees = {f"tag:{name}": tag.where for name, tag in tags.items()}
    for name, tree in audiences.items():
        trees[f"audience:{name}"] = resolved(tree, audiences, listed)
    asked = dict.fromkeys(leaf for tree in trees.values() for leaf in leaves(tree))
    behaviors = [leaf for leaf in asked if isinstance(leaf, Did | Occurred | Sequence)]
    places = {leaf: place for place, leaf in enumerate(behaviors)}
    watches, reading = watched(places)
    answers = [pair for pairs in reading.values() for pair in pairs]
    rules = rules_of(trees, tags, places)
    by_tree = list(zip(rules, trees.values(), strict=True))
    by_attribute: dict[str, dict[int, Rule]] = {}
    for name, rule in attribute_readers(by_tree, tags):
        by_attribute.setdefault(name, {})[rule.place] = rule
    return Program(
        rules,
        watches,
        reading,
        ears_of(watches.items()),
        indexed(by_tree, places.get),
        indexed(by_tree, lambda leaf: leaf.name if isinstance(leaf, Tag) else None),
        {name: tuple(found.values()) for name, found in by_attribute.items()},
        joined_digest([FORM, *(part for name in trees for part in (name, written(trees[name])))]),
        frozenset(trees),
        frozenset(place for place, answer in answers if answer(None, 0)[0]),
        tuple(rule for rule, tree in by_tree if any(map(is_personal, leaves(tree)))),
    )


def watched(
    places: Mapping[Behavior, int],
) -> tuple[dict[str, Watch], dict[str, tuple[tuple[int, Answer], ...]]]:
    """Return the watches of conditions about behavior, and who reads which memory; by its key."""
    together: dict[Hashable, list[Behavior]] = {}
    for leaf in places:
        together.setdefault(subject_of(leaf), []).append(leaf)
    groups = {memory_key(some): some for some in together.values()}
    watches = {key: watch_of(some) for key, some in groups.items()}
    return watches, {
        key: tuple(zip((places[leaf] for leaf in some), watches[key].answers, strict=True))
        for key, some in groups.items()
    }


def rules_of(
    trees: Mapping[str, Condition], tags: Mapping[str, TagTree], places: Mapping[Condition, int]
) -> tuple[Rule, ...]:
    """Return each tree as a rule."""
    meaning = Meaning(places, {name: tag.value for name, tag in tags.items()})
    rules = []
    for place, (name, tree) in enumerate(trees.items()):
        tag = name.removeprefix("tag:") if name.startswith("tag:") else None
        value = None if tag is None else tags[tag].value
        rules.append(Rule(place, name, tag, truth_of(tree, meaning), value))
    return tuple(rules)


def is_personal(leaf: Condition) -> bool:
    """Return whether a leaf tells people apart of whom the same is known."""
    return isinstance(leaf, RandomBucket) or (
        isinstance(leaf, Attribute) and leaf.name == "person_id"
    )


def memory_key(some: Collection[Condition]) -> str:
    """Return the short name under which the memory of some leaves is kept; equal for equal ones,
    for others would have it reach elsewhere."""
    return joined_digest(sorted(written(leaf) for leaf in some), length=10)


def written(tree: Condition) -> str:
    """Return a tree as text that is equal for equal trees."""
    return msgspec.json.encode(to_dict(tree), order="sorted").decode()


def ears_of(watches: Collection[tuple[str, Watch]]) -> dict[str, tuple[Ear, ...]]:
    """Return who listens to each event; a deed that many ask for is recognized once."""
    listeners: dict[Deed, list[tuple[str, Watch, int]]] = {}
    for key, watch in watches:
        for slot, deed in enumerate(watch.deeds):
            listeners.setdefault(deed, []).append((key, watch, slot))
    ears: dict[str, list[Ear]] = {}
    for deed, told in listeners.items():
        ears.setdefault(deed.event, []).append(Ear(recognizer(deed), tuple(told)))
    return {event: tuple(found) for event, found in ears.items()}


def indexed(
    trees: Collection[tuple[Rule, Condition]], key_of: Callable[[Any], Key | None]
) -> dict[Key, tuple[Rule, ...]]:
    """Return the rules by what their leaves look at."""
    found: dict[Key, dict[int, Rule]] = {}
    for rule, tree in trees:
        for leaf in leaves(tree):
            key = key_of(leaf)
            if key is not None:
                found.setdefault(key, {})[rule.place] = rule
    return {key: tuple(rules.values()) for key, rules in found.items()}


def attribute_readers(
    trees: Collection[tuple[Rule, Condition]], tags: Mapping[str, TagTree]
) -> Iterator[tuple[str, Rule]]:
    """Yield attributes with the rules whose answer depends on them, through a tag's value too."""
    for rule, tree in trees:
        if rule.tag is not None:
            for name in tags[rule.tag].reads:
                yield name, rule
        for leaf in leaves(tree):
            if isinstance(leaf, Attribute):
                yield leaf.name, rule
            if isinstance(leaf, Tag) and leaf.name in tags:
                for name in tags[leaf.name].reads:
                    yield name, rule
