"""What a condition may ask: all that a rule editor needs to know to be drawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from zhiyin.profiles.behavior_parser import MOST_STEPS, WITHIN
from zhiyin.profiles.condition_parser import DEEPEST, MOST_LEAVES
from zhiyin.profiles.conditions import (
    CHOICES,
    KIND_OPERATORS,
    MODELS,
    Condition,
    Did,
    Occurred,
    Sequence,
    attribute_kind,
    leaves,
)
from zhiyin.profiles.deeds import EVENTS, ORDER, ORDERS, REFUND, REFUNDS, FactKind
from zhiyin.profiles.tables import CUSTOMERS


def fields() -> list[dict[str, Any]]:
    """Return the attributes of a person, with their kinds, operators and values."""
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


def vocabulary() -> dict[str, Any]:
    """Return everything that a condition may ask, as plain values.

    Returns
    -------
    attributes
        As `fields`.
    facts
        By event name (`""` for every name that has no entry): `properties`, each with name, kind,
        operators, unit and meaning; and `measures`, what `sum: {of: …}` may add up.
    nodes
        Each kind of node by its first key: the keys that may stand beside it, by what they take
        (`number`, `count`, `days`, `time`, `deed`, `sum`, `steps`, `comparisons`, `filters`,
        `condition`, `conditions`, `share`, `event`, `name`, `true`).
    operators
        The operators of each kind of value.
    limits
        `leaves` and `depth` of a tree, `steps` of a sequence.
    """
    return {
        "attributes": fields(),
        "facts": {"": of_facts(EVENTS), ORDER: of_facts(ORDERS), REFUND: of_facts(REFUNDS)},
        "nodes": NODES,
        "operators": {kind: list(names) for kind, names in KIND_OPERATORS.items()},
        "models": list(MODELS),
        "limits": {"leaves": MOST_LEAVES, "depth": DEEPEST, "steps": MOST_STEPS},
    }


def of_facts(kind: FactKind) -> dict[str, Any]:
    """Return what may be asked of one kind of fact."""
    return {
        "properties": [
            {
                "name": name,
                "kind": one.kind,
                "operators": list(KIND_OPERATORS[one.kind]),
                "unit": one.unit,
                "meaning": one.meaning,
            }
            for name, one in kind.properties.items()
        ],
        "measures": [{"name": name, "meaning": meaning} for name, meaning in kind.measures.items()],
    }


WINDOW_KEYS = {**dict.fromkeys(WITHIN, "number"), "after": "time", "before": "time"}
OCCURRED_KEYS = {"filters": "filters", **WINDOW_KEYS, "older_than_days": "number"}
NODES: dict[str, dict[str, str]] = {
    "all": {"all": "conditions"},
    "any": {"any": "conditions"},
    "not": {"not": "condition"},
    "everyone": {"everyone": "true"},
    "attribute": {"attribute": "name", "comparisons": "comparisons"},
    "tag": {"tag": "name", "comparisons": "comparisons", "weight": "comparisons"},
    "score": {"score": "name", "comparisons": "comparisons"},
    "audience": {"audience": "name"},
    "random_bucket": {"random_bucket": "name", "share": "share", "from": "share", "to": "share"},
    "did": {
        "did": "event",
        "filters": "filters",
        "at_least": "count",
        "at_most": "count",
        **WINDOW_KEYS,
        "sum": "sum",
        "since": "deed",
    },
    "first_did": {"first_did": "event", **OCCURRED_KEYS},
    "last_did": {"last_did": "event", **OCCURRED_KEYS},
    "sequence": {"sequence": "steps", **WINDOW_KEYS},
    # A step of a sequence; the bounds belong to later steps than the first.
    "step": {
        "did": "event",
        "filters": "filters",
        **dict.fromkeys(WITHIN, "number"),
        "without": "deed",
    },
}


def warnings(tree: Condition, history_start: datetime | None, as_of: datetime) -> list[str]:
    """Return a sentence for each window that looks further back than facts are known.

    Parameters
    ----------
    history_start : the oldest fact, naive UTC; None where there are no facts at all.
    as_of : the instant asked about, naive UTC.
    """
    told = []
    for leaf in dict.fromkeys(leaves(tree)):
        if not isinstance(leaf, Did | Occurred | Sequence):
            continue
        name = leaf.steps[0].deed.event if isinstance(leaf, Sequence) else leaf.deed.event
        if history_start is None:
            told.append(f"{name!r}: no event or order is known yet, so nobody has done it.")
            continue
        days, start = longest_look(leaf), leaf.window.after
        if days is not None and as_of - timedelta(days=days) < history_start:
            known = max((as_of - history_start).days, 0)
            told.append(
                f"{name!r}: the last {days:g} days are asked for, and history begins "
                f"{history_start:%Y-%m-%d}, {known} days ago; what was done before is not known."
            )
        elif start is not None and start < history_start:
            told.append(
                f"{name!r}: asked for from {start:%Y-%m-%d} on, and history begins "
                f"{history_start:%Y-%m-%d}; what was done before is not known."
            )
    return told


def longest_look(leaf: Did | Occurred | Sequence) -> float | None:
    """Return how many days back a leaf looks; None where it has no such bound."""
    older = leaf.older_than_days if isinstance(leaf, Occurred) else None
    told = [days for days in (leaf.window.within_days, older) if days is not None]
    return max(told, default=None)
