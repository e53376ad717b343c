"""The metric dictionary: where the definitions of all figures are, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from zhiyin.core.errors import NotFound
from zhiyin.core.ids import stable_digest
from zhiyin.insights.fact_columns import FACT_COLUMNS
from zhiyin.insights.metric_files import read_dictionary, read_own
from zhiyin.insights.metric_kinds import FOLDER, Measure, Metrics, Ratio, no_metric

PATH = Path(__file__).with_name("metrics.yaml")


@cache
def dictionary() -> Metrics:
    """Return every metric that ships with the product by name, measures before ratios."""
    return read_dictionary(yaml.safe_load(PATH.read_text("utf-8")))


def load_metrics(workspace: Path | None) -> Metrics:
    """Return the shipped metrics and then the workspace's own, from `metrics/*.yaml`, by name.

    Raises
    ------
    InvalidInput
        for a file that is wrong: the sentence names file, value, what is allowed.
    """
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
