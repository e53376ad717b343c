"""Conditions: a tree that says who is meant, and knows no engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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
    """Holds when the person has the tag, and its value passes every comparison."""

    name: str
    comparisons: tuple[Comparison, ...] = ()


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
class Did:
    """Holds when the person did something a number of times.

    `at_least` and `at_most` bound the number; the time is all the past, or the last
    `within_days` times 24 hours before the instant asked about. `Order Completed` counts orders and
    `Order Refunded` refunds, however they arrived; any other name counts events.
    """

    event: str
    at_least: int = 1
    at_most: int | None = None
    within_days: float | None = None
    product_id: str | None = None
    channel: str | None = None
    campaign_id: str | None = None


Condition = Everyone | All | AnyOf | Not | Attribute | Tag | Score | Audience | Did

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

# What each filter of `did` may be asked of, for the two names that are not events.
FACT_FILTERS: Mapping[str, tuple[str, ...]] = {
    "Order Completed": ("product_id", "channel"),
    "Order Refunded": ("product_id",),
}
EVENT_FILTERS = ("product_id", "channel", "campaign_id")

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


def fields() -> list[dict[str, Any]]:
    """Return what a condition may ask of a person: attributes, their kinds, operators, values."""
    return [
        {
            "attribute": name,
            "kind": attribute_kind(name),
            "operators": list(KIND_OPERATORS[attribute_kind(name)]),
            "values": list(CHOICES.get(name, ())),
            "unit": column.unit,
            "meaning": column.meaning,
        }
        for name, column in CUSTOMERS.columns.items()
    ]


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


def to_dict(tree: Condition) -> dict[str, Any]:  # noqa: PLR0911 - one answer per kind of node
    """Return the tree as it is written in a file; `parse_condition` reads it back equal."""
    match tree:
        case Everyone():
            return {"everyone": True}
        case All(nodes):
            return {"all": [to_dict(node) for node in nodes]}
        case AnyOf(nodes):
            return {"any": [to_dict(node) for node in nodes]}
        case Not(node):
            return {"not": to_dict(node)}
        case Attribute(name, comparisons):
            return {"attribute": name, **compared(comparisons)}
        case Tag(name, comparisons):
            return {"tag": name, **compared(comparisons)}
        case Score(model, comparisons):
            return {"score": model, **compared(comparisons)}
        case Audience(name):
            return {"audience": name}
        case Did():
            return did_to_dict(tree)


def compared(comparisons: tuple[Comparison, ...]) -> dict[str, Any]:
    """Return comparisons as they are written in a file."""
    return {comparison.operator: plain(comparison.value) for comparison in comparisons}


def plain(value: Scalar | tuple[Scalar, ...]) -> Any:
    """Return a value that JSON and YAML can hold."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def did_to_dict(did: Did) -> dict[str, Any]:
    """Return a `did` node with the bounds and filters that differ from the defaults."""
    written: dict[str, Any] = {"did": did.event}
    if did.at_least != 1:
        written["at_least"] = did.at_least
    for name in ("at_most", "within_days", *EVENT_FILTERS):
        if getattr(did, name) is not None:
            written[name] = getattr(did, name)
    return written


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
