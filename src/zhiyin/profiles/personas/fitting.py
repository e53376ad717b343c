"""A search for personas: space, number, clusters, ids, portraits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zhiyin.profiles.personas.clustering import k_means, nearest
from zhiyin.profiles.personas.features import NUMBERS
from zhiyin.profiles.personas.matching import kept_ids
from zhiyin.profiles.personas.naming import Trait, names
from zhiyin.profiles.personas.space import Space, labels_of, space_of
from zhiyin.profiles.personas.stability import chosen, stabilities

FEWEST_PEOPLE = 200
LEARNT_FROM = 100_000
SEED = 20_250_601
TRAITS_TOLD = 6


@dataclass(frozen=True)
class Persona:
    """One persona. `kept` is the share of people that it has in common with itself before."""

    number: int
    title: tuple[str, str]
    people: int
    kept: float | None
    means: dict[str, float]
    traits: tuple[Trait, ...]
    center: tuple[float, ...]


@dataclass(frozen=True)
class Fit:
    """What a search found; `numbers` and `distances` are by row of the features."""

    space: Space
    stable: dict[int, float]
    personas: tuple[Persona, ...]
    numbers: np.ndarray
    distances: np.ndarray


def fit(
    features: pa.Table,
    *,
    before: np.ndarray | None = None,
    taken: int = 0,
    count: int | None = None,
) -> Fit | None:
    """Search the personas of some buyers; None for fewer than 200, or buyers who are all alike.

    Parameters
    ----------
    features : `persona_features`, in an order that does not change from one day to the next.
    before : number of each row's persona before; 0 for people without one.
    taken : the highest number that was ever given.
    count : how many personas there were before.
    """
    if features.num_rows < FEWEST_PEOPLE:
        return None
    rng = np.random.default_rng(SEED)
    space = space_of(features)
    points = space.points(features)
    stable = stabilities(points, rng) if points.shape[1] else {}
    if not stable:
        return None
    learnt = points
    if len(points) > LEARNT_FROM:
        learnt = points[rng.choice(len(points), LEARNT_FROM, replace=False)]
    centers = k_means(learnt, chosen(stable, count), rng)
    labels, squares = nearest(points, centers)
    known = before if before is not None else np.zeros(len(points), dtype=np.int64)
    ids = kept_ids(labels, len(centers), known, taken)
    personas = described(Clusters(features, space, points, labels, centers), ids)
    by_cluster = np.array([number for number, _ in ids])
    return Fit(space, stable, personas, by_cluster[labels], np.sqrt(squares))


@dataclass(frozen=True)
class Clusters:
    """Some buyers, where they lie, and the clusters that they fall into."""

    features: pa.Table
    space: Space
    points: np.ndarray
    labels: np.ndarray
    centers: np.ndarray


def described(found: Clusters, ids: list[tuple[int, float | None]]) -> tuple[Persona, ...]:
    """Return the personas with their portraits, by number."""
    people = np.bincount(found.labels, minlength=len(found.centers))
    means = {
        name: grouped(found.features[name].to_numpy().astype(float), found.labels, people)
        for name in NUMBERS
    }
    told = traits_of(found, means, people)
    personas = [
        Persona(
            number=ids[cluster][0],
            title=title,
            people=int(people[cluster]),
            kept=ids[cluster][1],
            means={name: float(values[cluster]) for name, values in means.items()},
            traits=told[cluster],
            center=tuple(float(value) for value in found.centers[cluster]),
        )
        for cluster, title in enumerate(names(told))
    ]
    return tuple(sorted(personas, key=lambda one: one.number))


def traits_of(
    found: Clusters, means: dict[str, np.ndarray], people: np.ndarray
) -> list[tuple[Trait, ...]]:
    """Return what sets each cluster apart, the strongest first."""
    points = found.points
    deviation = np.maximum(points.std(axis=0, dtype=np.float64), 1e-9)
    apart = (found.centers - points.mean(axis=0, dtype=np.float64)) / deviation
    columns = labels_of(found.space)
    told = []
    for cluster, differences in enumerate(apart):
        traits = []
        for place in np.argsort(-np.abs(differences), kind="stable")[:TRAITS_TOLD]:
            feature, value = columns[place]
            if value is None:
                mean = means[feature][cluster]
                every = found.features[feature].to_numpy().mean()
            else:
                has = points[:, place] > 0
                mean, every = grouped(has, found.labels, people)[cluster], has.mean()
            difference = float(differences[place])
            traits.append(Trait(feature, value, float(mean), float(every), difference))
        told.append(tuple(traits))
    return told


def grouped(values: np.ndarray, labels: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return the mean of some values per cluster."""
    return np.bincount(labels, weights=values, minlength=len(people)) / np.maximum(people, 1)


def told_again(
    features: pa.Table, space: Space, centers: Mapping[int, Sequence[float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return number and distance of the nearest persona of each row, by an earlier search."""
    numbers = np.array(sorted(centers))
    middles = np.array([centers[number] for number in sorted(centers)])
    labels, squares = nearest(space.points(features), middles)
    return numbers[labels], np.sqrt(squares)
