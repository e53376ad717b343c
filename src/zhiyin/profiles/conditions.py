"""Conditions: a tree that says who is meant, and knows no engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.tables import CUSTOMERS

OPERATORS = (
    "equals", "not_equals", "one_of", "at_least", "above", "at_most", "below",
    "contains", "starts_with", "exists", "before", "after",
)  # fmt: skip

Scalar = str | int | float | bool | datetime


@dataclass(frozen=True)
class Comparison:
    """One operator and what it compares with. `one_of` holds a tuple, `exists` a boolean.

    Every comparison with an unknown value is false, except `exists: false`. `before` is strict,
    `after` is not, so that the two divide the known instants.
    """

    operator: str
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True)
class Everyone:
    """Holds for every person."""


@dataclass(frozen=True)
class All:
    """Holds when every node holds."""

    nodes: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Holds when at least one node holds."""

    nodes: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """Holds when the node does not."""

    node: Condition


@dataclass(frozen=True)
class Attribute:
    """Holds when a column of `dm.customers` passes every comparison."""

    name: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Tag:
    """Holds when the person has the tag, and its value and its weight pass every comparison."""

    name: str
    comparisons: tuple[Comparison, ...] = ()
    weight: tuple[Comparison, ...] = ()


@dataclass(frozen=True)
class Score:
    """Holds when the person's newest score of a model passes every comparison."""

    model: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Audience:
    """Holds when the person is in another audience."""

    name: str


@dataclass(frozen=True)
class RandomBucket:
    """Holds for a fixed share of people, drawn by a hash of the salt and the person's id.

    `start` and `end` are shares in [0, 1]: with one salt, 0–0.1 and 0.1–0.2 are two tenths that
    do not meet. Another salt draws independently. Shares are kept to four digits.
    """

    salt: str
    start: float
    end: float


@dataclass(frozen=True)
class Filter:
    """A property of a fact, by its name in `profiles.deeds`, and what it has to pass."""

    name: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Deed:
    """Which facts count: those with the event's name that pass every filter.

    `Order Completed` means orders and `Order Refunded` refunds, however they arrived, each once;
    any other name means events. Filters on lines and products of an order are met by one line.
    """

    event: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Window:
    """When facts count: those before the instant asked about, and of these those that lie

    within the last `within_days` times 24 hours, not before `after`, and before `before`
    (naive UTC). None stands for no bound. Instants are compared in whole milliseconds.
    """

    within_days: float | None = None
    after: datetime | None = None
    before: datetime | None = None


ALWAYS = Window()


@dataclass(frozen=True)
class Sum:
    """What the sum of a measure of the facts that count has to pass; nothing adds up to 0."""

    measure: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Did:
    """Holds when the person did something a number of times.

    `at_least` and `at_most` bound the number, `sum` the sum of an amount. With `since`, only what
    was done after the last time of that other deed counts (strictly later), and who never did
    that is not meant. The window bounds what is counted, not the other deed.
    """

    deed: Deed
    at_least: int = 1
    at_most: int | None = None
    window: Window = ALWAYS
    sum: Sum | None = None
    since: Deed | None = None


@dataclass(frozen=True)
class Occurred:
    """Holds when the first (or last) time that the person ever did something lies in the window.

    `older_than_days` asks for a time more than so many days ago. Who never did it is not meant.
    """

    which: str  # first | last
    deed: Deed
    window: Window = ALWAYS
    older_than_days: float | None = None


@dataclass(frozen=True)
class Step:
    """A later step of a sequence: how long after the step before, and what must not lie between.

    The step comes strictly later, at most `within_days` later; `without` strictly between.
    """

    deed: Deed
    within_days: float | None = None
    without: Deed | None = None


@dataclass(frozen=True)
class Sequence:
    """Holds when the person did one thing and then the next, all steps inside the window."""

    steps: tuple[Step, ...]
    window: Window = ALWAYS


Behavior = Did | Occurred | Sequence
Condition = (
    Everyone
    | All
    | AnyOf
    | Not
    | Attribute
    | Tag
    | Score
    | Audience
    | RandomBucket
    | Did
    | Occurred
    | Sequence
)

MODELS = ("clv", "churn", "repurchase")

# The values that an attribute may have, where they are few and fixed.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "value_tier": ("high", "middle", "potential", "at_risk"),
    "stage": ("prospect", "new", "active", "dormant", "churned"),
    "gender": ("female", "male", "other"),
    "rfm_segment": (
        "champions", "loyal", "potential_loyalist", "new", "promising", "needs_attention",
        "about_to_sleep", "at_risk", "cannot_lose", "hibernating", "lost",
    ),
}  # fmt: skip

KIND_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": ("equals", "not_equals", "one_of", "contains", "starts_with", "exists"),
    "number": (
        "equals", "not_equals", "one_of", "at_least", "above", "at_most", "below", "exists",
    ),
    "boolean": ("equals", "not_equals", "exists"),
    "time": ("before", "after", "exists"),
}  # fmt: skip


def attribute_kind(name: str) -> str:
    """Return text, number, boolean or time for a column of `dm.customers`."""
    column_type = CUSTOMERS.columns[name].type.removeprefix("!")
    if column_type == "string":
        return "text"
    if column_type == "boolean":
        return "boolean"
    return "time" if column_type.startswith(("timestamp", "date")) else "number"


def leaves(tree: Condition) -> Iterator[Condition]:
    """Yield the nodes of a tree that hold no others, from left to right."""
    match tree:
        case All(nodes) | AnyOf(nodes):
            for node in nodes:
                yield from leaves(node)
        case Not(node):
            yield from leaves(node)
        case _:
            yield tree


def deeds(leaf: Condition) -> tuple[Deed, ...]:
    """Return every deed that a leaf names; none where it is not about behavior."""
    match leaf:
        case Did(deed, since=None) | Occurred(_, deed):
            return (deed,)
        case Did(deed, since=since) if since is not None:
            return (deed, since)
        case Sequence(steps):
            between = (step.without for step in steps if step.without is not None)
            return (*(step.deed for step in steps), *between)
        case _:
            return ()


def day_milliseconds(days: float) -> int:
    """Return days of 24 hours in whole milliseconds."""
    return timedelta(days=days) // timedelta(milliseconds=1)


def check_names(tree: Condition, *, tags: set[str], audiences: set[str], where: str) -> None:
    """Raise `InvalidInput` where a tree names a tag or audience that nobody defined."""
    for leaf in leaves(tree):
        if isinstance(leaf, Tag) and leaf.name not in tags:
            raise InvalidInput(unknown_name(where, "tag", leaf.name, tags))
        if isinstance(leaf, Audience) and leaf.name not in audiences:
            raise InvalidInput(unknown_name(where, "audience", leaf.name, audiences))


def unknown_name(where: str, kind: str, name: str, known: set[str]) -> str:
    """Return the sentence for a name that nobody defined."""
    names = ", ".join(sorted(known)) or "none"
    return f"{where}: no {kind} is named {name!r}; defined: {names}."


def resolved(
    tree: Condition, audiences: Mapping[str, Condition], listed: Collection[str] = ()
) -> Condition:
    """Return the tree with the trees of the audiences that it names in their place.

    Audiences among `listed` have members and no tree: they stay as they are.

    Raises
    ------
    InvalidInput
        for an audience that is not among `audiences`, or that refers to itself.
    """
    match tree:
        case All(nodes):
            return All(tuple(resolved(node, audiences, listed) for node in nodes))
        case AnyOf(nodes):
            return AnyOf(tuple(resolved(node, audiences, listed) for node in nodes))
        case Not(node):
            return Not(resolved(node, audiences, listed))
        case Audience(name) if name not in listed:
            if name not in audiences:
                known = ", ".join(sorted(audiences)) or "none"
                raise InvalidInput(
                    f"Audience {name!r} is not defined, or refers to itself; usable here: {known}."
                )
            others = {key: value for key, value in audiences.items() if key != name}
            return resolved(audiences[name], others, listed)
        case _:
            return tree
