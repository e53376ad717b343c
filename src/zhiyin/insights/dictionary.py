"""The metric dictionary: every figure defined once, in `metrics.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import InvalidInput, not_allowed, unknown
from zhiyin.core.ids import stable_digest

PATH = Path(__file__).with_name("metrics.yaml")

FACTS = ("visits", "orders", "refunds", "costs", "messages", "activity")
DIRECTIONS = ("up", "down", "neither")


@dataclass(frozen=True)
class Metric:
    """What a figure is called, what it is counted in, and which way is good. Texts per language."""

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    unit: str
    good: str
    owner: str


@dataclass(frozen=True)
class Measure(Metric):
    """A number aggregated from one fact table.

    `how` is count, sum or distinct; `column` is what is summed or told apart; `where` a boolean
    column. A distinct count over several days is not the sum of the days'.
    """

    fact: str
    how: str
    column: str | None = None
    where: str | None = None


@dataclass(frozen=True)
class Ratio(Metric):
    """A sum of measures over a sum of measures; each side maps a measure to its factor."""

    numerator: Mapping[str, float]
    denominator: Mapping[str, float]


@cache
def dictionary() -> Mapping[str, Measure | Ratio]:
    """Return every metric by name, measures before ratios."""
    return read_dictionary(yaml.safe_load(PATH.read_text("utf-8")))


def dictionary_digest() -> str:
    """Return a digest of the definitions."""
    return stable_digest(PATH.read_text("utf-8"))[:16]


def metric(name: str) -> Measure | Ratio:
    """Return a metric; `NotFound` with the known names for any other."""
    found = dictionary().get(name)
    if found is None:
        raise unknown("metric", name, dictionary())
    return found


def read_dictionary(written: Mapping[str, Any]) -> dict[str, Measure | Ratio]:
    """Return the metrics that a mapping in the layout of `metrics.yaml` defines."""
    found: dict[str, Measure | Ratio] = {}
    for name, body in written["measures"].items():
        found[name] = read_measure(name, dict(body))
    for name, body in written["ratios"].items():
        for side in ("numerator", "denominator"):
            for part in body[side]:
                if not isinstance(found.get(part), Measure):
                    raise unknown("measure", part, found, then=f"Correct {name}.{side}.")
        found[name] = Ratio(name=name, **body)
        check_direction(found[name])
    return found


def read_measure(name: str, body: dict[str, Any]) -> Measure:
    """Return one measure."""
    how = dict(body.pop("measure"))
    fact, where = how.pop("fact"), how.pop("where", None)
    if fact not in FACTS:
        raise not_allowed(f"{name}.measure.fact", fact, FACTS)
    if len(how) != 1 or next(iter(how)) not in ("count", "sum", "distinct"):
        raise InvalidInput(f"{name}.measure needs exactly one of count, sum and distinct.")
    kind, column = next(iter(how.items()))
    column = None if kind == "count" else column
    found = Measure(name=name, **body, fact=fact, how=kind, column=column, where=where)
    check_direction(found)
    return found


def check_direction(found: Metric) -> None:
    """Raise where `good` is none of the three directions."""
    if found.good not in DIRECTIONS:
        raise not_allowed(f"{found.name}.good", found.good, DIRECTIONS)
