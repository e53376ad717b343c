"""Reads condition trees as files hold them, and says where a mistake is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.conditions import (
    CHOICES,
    EVENT_FILTERS,
    FACT_FILTERS,
    KIND_OPERATORS,
    MODELS,
    OPERATORS,
    All,
    AnyOf,
    Attribute,
    Audience,
    Comparison,
    Condition,
    Did,
    Everyone,
    Not,
    Score,
    Tag,
    attribute_kind,
)
from zhiyin.profiles.tables import CUSTOMERS

DID_KEYS = ("at_least", "at_most", "within_days", *EVENT_FILTERS)
DEEPEST = 20


def parse_condition(written: Any, path: str = "where", depth: int = 0) -> Condition:
    """Return the tree that a mapping of plain values describes.

    Raises
    ------
    InvalidInput
        with the path of the mistaken node (such as ``where.all[2].not``), the value and what is
        allowed.
    """
    if depth > DEEPEST:
        raise InvalidInput(
            f"{path}: conditions nest {DEEPEST} deep at most; name a part of it as an audience."
        )
    if not isinstance(written, Mapping):
        raise InvalidInput(
            f"{path}: a condition is a mapping such as {{attribute: stage, equals: new}}, "
            f"not {written!r}."
        )
    kinds = [kind for kind in READERS if kind in written]
    if len(kinds) != 1:
        raise InvalidInput(
            f"{path}: a condition needs exactly one of {', '.join(READERS)}; "
            f"it has {', '.join(map(str, written)) or 'nothing'}."
        )
    return READERS[kinds[0]](dict(written), path, depth)


def read_everyone(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `everyone: true`."""
    only_keys(written, ("everyone",), path)
    if written["everyone"] is not True:
        raise InvalidInput(
            f"{path}.everyone: must be true; for nobody, write not: {{everyone: true}}."
        )
    return Everyone()


def read_nodes(kind: str, node: type[All] | type[AnyOf]) -> Callable[..., Condition]:
    """Return the reader of `all` or `any`."""

    def read(written: dict[str, Any], path: str, depth: int) -> Condition:
        only_keys(written, (kind,), path)
        nodes = written[kind]
        if not isinstance(nodes, list | tuple) or not nodes:
            raise InvalidInput(
                f"{path}.{kind}: needs a list with at least one condition, not {nodes!r}."
            )
        return node(
            tuple(
                parse_condition(item, f"{path}.{kind}[{place}]", depth + 1)
                for place, item in enumerate(nodes)
            )
        )

    return read


def read_not(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `not: {…}`."""
    only_keys(written, ("not",), path)
    return Not(parse_condition(written["not"], f"{path}.not", depth + 1))


def read_attribute(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `attribute: name` and its comparisons."""
    name = text(written["attribute"], f"{path}.attribute")
    if name not in CUSTOMERS.columns:
        raise InvalidInput(
            f"{path}.attribute: no attribute is named {name!r}; "
            f"known: {', '.join(CUSTOMERS.columns)}."
        )
    found = comparisons(written, "attribute", path, kind=attribute_kind(name))
    for comparison in found:
        check_choice(name, comparison, path)
    return Attribute(name, required(found, path, "attribute"))


def read_tag(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `tag: name`, with or without comparisons of its value."""
    name = text(written["tag"], f"{path}.tag")
    return Tag(name, comparisons(written, "tag", path, kind="text"))


def read_score(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `score: model` and its comparisons."""
    model = text(written["score"], f"{path}.score")
    if model not in MODELS:
        raise InvalidInput(
            f"{path}.score: no model is named {model!r}; known: {', '.join(MODELS)}."
        )
    return Score(model, required(comparisons(written, "score", path, kind="number"), path, "score"))


def read_audience(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `audience: name`."""
    only_keys(written, ("audience",), path)
    return Audience(text(written["audience"], f"{path}.audience"))


def read_did(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `did: event` with its bounds and filters."""
    only_keys(written, ("did", *DID_KEYS), path)
    event = text(written["did"], f"{path}.did")
    allowed = FACT_FILTERS.get(event, EVENT_FILTERS)
    for name in EVENT_FILTERS:
        if name in written and name not in allowed:
            raise InvalidInput(
                f"{path}.{name}: {event!r} can be filtered by {', '.join(allowed)} only."
            )
    filters = {
        name: text(written[name], f"{path}.{name}") for name in EVENT_FILTERS if name in written
    }
    at_least = count(written.get("at_least", 1), f"{path}.at_least", lowest=0)
    at_most = written.get("at_most")
    if at_most is not None and count(at_most, f"{path}.at_most", lowest=0) < at_least:
        raise InvalidInput(
            f"{path}.at_most: {at_most} is below at_least ({at_least}); "
            f"for people who never did it, write not: {{did: {event}}}."
        )
    within = written.get("within_days")
    if within is not None and (
        isinstance(within, bool) or not isinstance(within, int | float) or within <= 0
    ):
        raise InvalidInput(f"{path}.within_days: must be a number of days above 0, not {within!r}.")
    return Did(event, at_least=at_least, at_most=at_most, within_days=within, **filters)


READERS: dict[str, Callable[..., Condition]] = {
    "all": read_nodes("all", All),
    "any": read_nodes("any", AnyOf),
    "not": read_not,
    "everyone": read_everyone,
    "attribute": read_attribute,
    "tag": read_tag,
    "score": read_score,
    "audience": read_audience,
    "did": read_did,
}


def comparisons(
    written: dict[str, Any], subject: str, path: str, *, kind: str
) -> tuple[Comparison, ...]:
    """Return the comparisons beside a subject, in the order of `OPERATORS`."""
    allowed = KIND_OPERATORS[kind]
    only_keys(written, (subject, *OPERATORS), path)
    for name in written:
        if name != subject and name not in allowed:
            raise InvalidInput(
                f"{path}.{name}: {written[subject]!r} is a {kind}, "
                f"which takes {', '.join(allowed)}."
            )
    return tuple(
        Comparison(name, operand(written[name], name, kind, f"{path}.{name}"))
        for name in OPERATORS
        if name in written
    )


def required(found: tuple[Comparison, ...], path: str, subject: str) -> tuple[Comparison, ...]:
    """Return the comparisons, of which there must be one."""
    if not found:
        raise InvalidInput(f"{path}: {subject} needs one of {', '.join(OPERATORS)}.")
    return found


def operand(value: Any, operator: str, kind: str, path: str) -> Any:
    """Return the value that an operator compares with, as the kind of its subject needs it."""
    if operator == "exists":
        if not isinstance(value, bool):
            raise InvalidInput(f"{path}: must be true or false, not {value!r}.")
        return value
    if operator == "one_of":
        if not isinstance(value, list | tuple) or not value:
            raise InvalidInput(f"{path}: needs a list with at least one value, not {value!r}.")
        return tuple(KINDS[kind](item, f"{path}[{place}]") for place, item in enumerate(value))
    return KINDS[kind](value, path)


def text(value: Any, path: str) -> str:
    """Return a non-empty text; numbers are taken as they are written."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{path}: must be a text that is not empty, not {value!r}.")
    return value


def number(value: Any, path: str) -> int | float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInput(f"{path}: must be a number, not {value!r}.")
    return value


def boolean(value: Any, path: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise InvalidInput(f"{path}: must be true or false, not {value!r}.")
    return value


def instant(value: Any, path: str) -> datetime:
    """Return a naive UTC instant from a date or an ISO 8601 text; a date is its first instant."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidInput(
                f"{path}: must be a date such as 2025-06-18, not {value!r}."
            ) from None
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime.combine(value, datetime.min.time())
    raise InvalidInput(f"{path}: must be a date such as 2025-06-18, not {value!r}.")


KINDS: dict[str, Callable[[Any, str], Any]] = {
    "text": text,
    "number": number,
    "boolean": boolean,
    "time": instant,
}


def count(value: Any, path: str, *, lowest: int) -> int:
    """Return a whole number that is at least `lowest`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise InvalidInput(f"{path}: must be a whole number from {lowest} on, not {value!r}.")
    return value


def check_choice(name: str, comparison: Comparison, path: str) -> None:
    """Raise where an attribute with fixed values is compared with one that it never has."""
    if name not in CHOICES or comparison.operator not in ("equals", "not_equals", "one_of"):
        return
    asked = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    for value in asked:
        if value not in CHOICES[name]:
            raise InvalidInput(
                f"{path}.{comparison.operator}: {name} is never {value!r}; "
                f"its values are {', '.join(CHOICES[name])}."
            )


def only_keys(written: Mapping[str, Any], allowed: tuple[str, ...], path: str) -> None:
    """Raise where a node has a key that it does not take."""
    for name in written:
        if name not in allowed:
            raise InvalidInput(
                f"{path}: {name!r} does not belong here; allowed: {', '.join(allowed)}."
            )
