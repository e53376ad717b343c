"""What a metric is: a measure of one fact, or a ratio of metrics."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhiyin.core.errors import InvalidInput

if TYPE_CHECKING:
    from zhiyin.profiles.api import Comparison

FOLDER = "metrics"
SHIPPED = "metrics.yaml"

DIRECTIONS = ("up", "down", "neither")
UNITS = (
    "people", "sessions", "orders", "events", "messages", "pieces", "currency", "share", "ratio",
    "count",
)  # fmt: skip
SUGGESTED = 3


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What a figure is called, what it is counted in, and which way is good. Texts per language.

    `origin` is the file that defines it: `metrics.yaml` ships with the product, any other is the
    workspace's. `version` is raised by whoever changes what the figure means.
    """

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    unit: str
    good: str
    owner: str
    version: int = 1
    origin: str = SHIPPED


@dataclass(frozen=True, kw_only=True)
class FactFilter:
    """Which rows of a fact count: those whose `column` passes all comparisons."""

    column: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, kw_only=True)
class Measure(Metric):
    """A number aggregated from one fact.

    `how` is count, sum or distinct; `column` is what is summed or told apart; a row counts if it
    passes every filter of `where`. A distinct count over several days is not the sum of the days'.
    """

    fact: str
    how: str
    column: str | None = None
    where: tuple[FactFilter, ...] = ()

    @property
    def columns(self) -> set[str]:
        """The fact's columns that it reads."""
        return {found.column for found in self.where} | ({self.column} if self.column else set())


@dataclass(frozen=True, kw_only=True)
class Ratio(Metric):
    """A sum of metrics over a sum of metrics; each side maps a metric to its factor.

    Over zero, and where a part is unknown, it is unknown.
    """

    numerator: Mapping[str, float]
    denominator: Mapping[str, float]

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics that it is made of, each once."""
        return tuple(dict.fromkeys((*self.numerator, *self.denominator)))


Metrics = Mapping[str, Measure | Ratio]


def no_metric(name: object, known: Iterable[str]) -> str:
    """Return the sentence that says that there is no such metric, and which come near."""
    names = list(known)
    near = difflib.get_close_matches(str(name), names, n=SUGGESTED, cutoff=0.6)
    guess = f"did you mean {' or '.join(near)}? " if near else ""
    return f"No metric is named {name!r}; {guess}known: {', '.join(names)}."


def check_circles(metrics: Metrics) -> None:
    """Raise where a metric is made of itself, directly or through others."""
    finished: set[str] = set()

    def follow(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise InvalidInput(
                f"{metrics[name].origin}: {name} would be counted from itself ({circle}); "
                "take one of these parts out."
            )
        found = metrics[name]
        if name not in finished and isinstance(found, Ratio):
            for part in found.parts:
                follow(part, (*path, name))
        finished.add(name)

    for name in metrics:
        follow(name, ())
