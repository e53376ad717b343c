"""How good probabilities and rankings are. Every measure takes weights, so that a bootstrap
resample is a vector of counts and nothing is sorted twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiyin.models.cards import CalibrationBin

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """People in descending order of score, ties together.

    `outcome` is 0 or 1 per person in that order; `starts` are the places where a new score begins.
    """

    order: NDArray[np.intp]
    outcome: Floats
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, score: Floats, outcome: Floats) -> Ranking:
        """Return the people ranked by score."""
        order = np.argsort(-score, kind="stable")
        ranked = score[order]
        starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
        return cls(order, outcome[order].astype(float), starts)

    def counts(self, weight: Floats | None) -> tuple[Floats, Floats]:
        """Return positives and negatives per distinct score, highest first."""
        if weight is None:
            weight = np.ones(len(self.outcome))
        ranked = weight[self.order]
        positives = np.add.reduceat(ranked * self.outcome, self.starts)
        return positives, np.add.reduceat(ranked, self.starts) - positives


def auc(ranking: Ranking, weight: Floats | None = None) -> float:
    """Return the chance that a person with the outcome ranks above one without; ties count half."""
    positives, negatives = ranking.counts(weight)
    above = np.cumsum(positives) - positives / 2
    pairs = positives.sum() * negatives.sum()
    return float((above * negatives).sum() / pairs) if pairs else float("nan")


def average_precision(ranking: Ranking, weight: Floats | None = None) -> float:
    """Return the area under precision over recall, as a sum of steps."""
    positives, negatives = ranking.counts(weight)
    caught, taken = np.cumsum(positives), np.cumsum(positives + negatives)
    total = positives.sum()
    if not total:
        return float("nan")
    precision = np.divide(caught, taken, out=np.zeros_like(caught), where=taken > 0)
    return float((precision * positives).sum() / total)


def lift(ranking: Ranking, weight: Floats | None = None, share: float = 0.1) -> float:
    """Return how many times more frequent the outcome is in the top share than over all.

    People tied at the edge of the share enter in proportion.
    """
    positives, negatives = ranking.counts(weight)
    size = positives + negatives
    room = share * size.sum()
    before = np.cumsum(size) - size
    entering = np.clip(room - before, 0, size)
    rate = np.divide(positives, size, out=np.zeros_like(size), where=size > 0)
    overall = positives.sum() / size.sum()
    return float((entering * rate).sum() / room / overall) if overall else float("nan")


def brier(probability: Floats, outcome: Floats, weight: Floats | None = None) -> float:
    """Return the mean squared distance of probability and outcome."""
    return float(np.average((probability - outcome) ** 2, weights=weight))


def accuracy(probability: Floats, outcome: Floats, weight: Floats | None = None) -> float:
    """Return the share of people on the right side of one half."""
    return float(np.average((probability >= 0.5) == (outcome > 0.5), weights=weight))


def intervals(
    figures: Mapping[str, Callable[[Floats | None], float]],
    people: int,
    resamples: int,
    rng: np.random.Generator,
) -> dict[str, tuple[float, float, float]]:
    """Return each figure with its 95 % bootstrap interval, all on the same resampled people."""
    drawn: dict[str, list[float]] = {name: [] for name in figures}
    for _ in range(resamples):
        weight = np.bincount(rng.integers(0, people, people), minlength=people).astype(float)
        for name, figure in figures.items():
            drawn[name].append(figure(weight))
    result = {}
    for name, figure in figures.items():
        low, high = np.nanquantile(drawn[name], [0.025, 0.975])
        result[name] = (figure(None), float(low), float(high))
    return result


def reliability(probability: Floats, outcome: Floats, bins: int = 10) -> tuple[CalibrationBin, ...]:
    """Return people in bins of equal size by prediction: what was predicted, and what happened."""
    order = np.argsort(probability, kind="stable")
    return tuple(
        CalibrationBin(len(rows), float(probability[rows].mean()), float(outcome[rows].mean()))
        for rows in np.array_split(order, bins)
        if len(rows)
    )
