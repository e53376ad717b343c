"""Reads condition trees as files hold them, and says where a mistake is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.behavior_parser import read_did, read_occurred, read_sequence
from zhiyin.profiles.condition_values import comparisons, number, only_keys, required, text
from zhiyin.profiles.conditions import (
    CHOICES,
    MODELS,
    All,
    AnyOf,
    Attribute,
    Audience,
    Comparison,
    Condition,
    Everyone,
    Not,
    RandomBucket,
    Score,
    Tag,
    attribute_kind,
    leaves,
)
from zhiyin.profiles.tables import CUSTOMERS

DEEPEST = 20
MOST_LEAVES = 200


def parse_condition(written: Any, path: str = "where") -> Condition:
    """Return the tree that a mapping of plain values describes.

    Raises
    ------
    InvalidInput
        with the path of the mistaken node (such as ``where.all[2].not``), the value and what is
        allowed; also for a tree of more than 200 leaves or more than 20 levels.
    """
    tree = read_node(written, path, 0)
    many = sum(1 for _ in leaves(tree))
    if many > MOST_LEAVES:
        raise InvalidInput(
            f"{path}: {many} conditions in one tree; at most {MOST_LEAVES}. For many values of one "
            "thing write one_of, and name parts that belong together as audiences of their own."
        )
    return tree


def read_node(written: Any, path: str, depth: int) -> Condition:
    """Return one node and what is below it."""
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
                read_node(item, f"{path}.{kind}[{place}]", depth + 1)
                for place, item in enumerate(nodes)
            )
        )

    return read


def read_not(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `not: {…}`."""
    only_keys(written, ("not",), path)
    return Not(read_node(written["not"], f"{path}.not", depth + 1))


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
    found = comparisons(written, "tag", path, kind="text", beside=("weight",))
    if "weight" not in written:
        return Tag(name, found)
    weight = written["weight"]
    if not isinstance(weight, Mapping):
        raise InvalidInput(f"{path}.weight: must be such as {{at_least: 0.5}}, not {weight!r}.")
    told = comparisons({"weight": "weight", **weight}, "weight", f"{path}.weight", kind="number")
    return Tag(name, found, required(told, f"{path}.weight", "weight"))


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


def read_random_bucket(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `random_bucket: salt` with `share`, or with `from` and `to`."""
    only_keys(written, ("random_bucket", "share", "from", "to"), path)
    salt = text(written["random_bucket"], f"{path}.random_bucket")
    if ("share" in written) == ("from" in written or "to" in written):
        raise InvalidInput(f"{path}: random_bucket needs share, or from and to; not both.")
    start = number(written.get("from", 0), f"{path}.from")
    end = number(written.get("share", written.get("to", 1)), f"{path}.share")
    if not 0 <= start < end <= 1:
        raise InvalidInput(
            f"{path}: shares lie between 0 and 1 and rise, such as 0.1 for a tenth; "
            f"not {start!r} to {end!r}."
        )
    return RandomBucket(salt, start, end)


READERS: dict[str, Callable[..., Condition]] = {
    "all": read_nodes("all", All),
    "any": read_nodes("any", AnyOf),
    "not": read_not,
    "everyone": read_everyone,
    "attribute": read_attribute,
    "tag": read_tag,
    "score": read_score,
    "audience": read_audience,
    "random_bucket": read_random_bucket,
    "sequence": read_sequence,
    "first_did": read_occurred,
    "last_did": read_occurred,
    "did": read_did,
}


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
