"""Condition trees as files hold them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from zhiyin.profiles.conditions import (
    All,
    AnyOf,
    Attribute,
    Audience,
    Comparison,
    Condition,
    Deed,
    Did,
    Everyone,
    Not,
    Occurred,
    RandomBucket,
    Scalar,
    Score,
    Sequence,
    Step,
    Tag,
    Window,
)


def to_dict(tree: Condition) -> dict[str, Any]:
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
        case Did() | Occurred() | Sequence():
            return behavior_to_dict(tree)
        case _:
            return leaf_to_dict(tree)


def leaf_to_dict(leaf: Condition) -> dict[str, Any]:
    """Return a leaf that is not about behavior."""
    match leaf:
        case Attribute(name, comparisons):
            return {"attribute": name, **compared(comparisons)}
        case Tag(name, comparisons, weight):
            told = {"weight": compared(weight)} if weight else {}
            return {"tag": name, **compared(comparisons), **told}
        case Score(model, comparisons):
            return {"score": model, **compared(comparisons)}
        case RandomBucket(salt, start, end):
            return {"random_bucket": salt, "from": start, "to": end}
        case Audience(name):
            return {"audience": name}
    raise TypeError(leaf)


def behavior_to_dict(leaf: Did | Occurred | Sequence) -> dict[str, Any]:
    """Return a leaf about behavior, with what differs from the defaults."""
    match leaf:
        case Did():
            return did_to_dict(leaf)
        case Occurred(which, deed, window, older):
            told = {} if older is None else {"older_than_days": older}
            return deed_to_dict(deed, f"{which}_did") | window_to_dict(window) | told
        case Sequence(steps, window):
            return {"sequence": [step_to_dict(step) for step in steps]} | window_to_dict(window)


def did_to_dict(did: Did) -> dict[str, Any]:
    """Return a `did` node with the bounds and filters that differ from the defaults."""
    written = deed_to_dict(did.deed, "did")
    if did.at_least != 1:
        written["at_least"] = did.at_least
    if did.at_most is not None:
        written["at_most"] = did.at_most
    written |= window_to_dict(did.window)
    if did.sum is not None:
        written["sum"] = {"of": did.sum.measure, **compared(did.sum.comparisons)}
    if did.since is not None:
        written["since"] = deed_to_dict(did.since, "did")
    return written


def deed_to_dict(deed: Deed, key: str) -> dict[str, Any]:
    """Return a deed under a key, its filters beside it; one `equals` is the bare value."""
    return {key: deed.event} | {one.name: filter_value(one.comparisons) for one in deed.filters}


def filter_value(comparisons: tuple[Comparison, ...]) -> Any:
    """Return what stands behind a filter's name."""
    if len(comparisons) == 1 and comparisons[0].operator in ("equals", "one_of"):
        return plain(comparisons[0].value)
    return compared(comparisons)


def step_to_dict(step: Step) -> dict[str, Any]:
    """Return one step of a sequence."""
    written = deed_to_dict(step.deed, "did")
    if step.within_days is not None:
        written["within_days"] = step.within_days
    if step.without is not None:
        written["without"] = deed_to_dict(step.without, "did")
    return written


def window_to_dict(window: Window) -> Mapping[str, Any]:
    """Return the bounds of a window that there are."""
    return {name: plain(value) for name, value in vars(window).items() if value is not None}


def compared(comparisons: tuple[Comparison, ...]) -> dict[str, Any]:
    """Return comparisons as they are written in a file."""
    return {comparison.operator: plain(comparison.value) for comparison in comparisons}


def plain(value: Scalar | tuple[Scalar, ...]) -> Any:
    """Return a value that JSON and YAML can hold."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
