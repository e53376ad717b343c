"""The metric dictionary: what a figure is, and where the definitions of all of them are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.core.ids import stable_digest
from zhiyin.insights.fact_columns import FACT_COLUMNS

if TYPE_CHECKING:
    from zhiyin.profiles.api import Comparison

PATH = Path(__file__).with_name("metrics.yaml")
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


@cache
def dictionary() -> Metrics:
    """Return every metric that ships with the product by name, measures before ratios."""
    from zhiyin.insights.metric_files import read_dictionary

    return read_dictionary(yaml.safe_load(PATH.read_text("utf-8")))


def load_metrics(workspace: Path | None) -> Metrics:
    """Return the shipped metrics and then the workspace's own, from `metrics/*.yaml`, by name.

    Raises
    ------
    InvalidInput
        for a file that is wrong: the sentence names file, value, what is allowed.
    """
    from zhiyin.insights.metric_files import read_own

    return dictionary() if workspace is None else read_own(workspace / FOLDER, dictionary())


def dictionary_digest() -> str:
    """Return a digest of the shipped definitions."""
    return stable_digest(PATH.read_text("utf-8"))[:16]


def metric(name: str, metrics: Metrics | None = None) -> Measure | Ratio:
    """Return a metric; `NotFound` with the nearest and the known names for any other."""
    known = dictionary() if metrics is None else metrics
    found = known.get(name)
    if found is None:
        raise NotFound(no_metric(name, known))
    return found


def no_metric(name: object, known: Iterable[str]) -> str:
    """Return the sentence that says that there is no such metric, and which come near."""
    names = list(known)
    near = difflib.get_close_matches(str(name), names, n=SUGGESTED, cutoff=0.6)
    guess = f"did you mean {' or '.join(near)}? " if near else ""
    return f"No metric is named {name!r}; {guess}known: {', '.join(names)}."


def measures_of(names: Iterable[str], metrics: Metrics) -> set[str]:
    """Return the measures that metrics are made of, through any number of ratios."""
    found: set[str] = set()
    for name in names:
        one = metric(name, metrics)
        found |= {name} if isinstance(one, Measure) else measures_of(one.parts, metrics)
    return found


def grain(name: str, metrics: Metrics) -> tuple[str, ...]:
    """Return by what a metric can be divided: day, channel and, where people are known, person.

    A ratio can be divided only by what all of its parts can: nobody knows whom a cost was for.
    """
    facts = {metrics[one].fact for one in measures_of([name], metrics)}  # pyright: ignore[reportAttributeAccessIssue]
    has_people = all("person_id" in FACT_COLUMNS[fact] for fact in facts)
    return ("day", "channel", "person") if has_people else ("day", "channel")


def used_in(name: str, metrics: Metrics) -> tuple[str, ...]:
    """Return the metrics that are made of this one directly, by name."""
    return tuple(
        one.name for one in metrics.values() if isinstance(one, Ratio) and name in one.parts
    )


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
