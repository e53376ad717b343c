"""Which of two judgements a text passes: a linear model on log-count ratios.

A text has features 0 or 1. Each counts by the logarithm of how much more often it stands in texts
of one judgement than of the other (Wang and Manning, 2012, equations 2 and 5), and a support vector
machine with squared loss weighs them anew (Hsieh et al., 2008, algorithm 1). Probabilities come
from a logistic curve whose scale is fitted to texts that the machine did not see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zhiyin.insights.voice.grams import BUCKETS, COMPILED_FROM, Grams
from zhiyin.stats.loops import fitting

Weights = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """A fitted model: log odds of a positive text are `scale` times its margin."""

    ratios: Weights
    weights: Weights
    bias: float
    scale: float = 1.0

    def margins(self, grams: Grams) -> NDArray[np.float64]:
        """Return how far each text lies on the positive side."""
        return totals(grams, self.weights[grams.buckets]) / lengths(grams, self.ratios) + self.bias

    def known(self, grams: Grams) -> NDArray[np.float64]:
        """Return how much of each text the model knows; 0 for nothing."""
        return totals(grams, self.ratios[grams.buckets] ** 2)

    def probabilities(self, grams: Grams) -> NDArray[np.float64]:
        """Return the probability that each text is positive."""
        return sigmoid(self.scale * self.margins(grams))


def fit(
    grams: Grams,
    positive: NDArray[np.bool_],
    *,
    penalty: float,
    rng: np.random.Generator,
    epochs: int = 30,
) -> Linear:
    """Fit weights to labeled texts; `penalty` is C, the weight of errors."""
    ratios = log_count_ratios(grams, positive)
    # Longer texts have more features; on the unit sphere they do not count more than short ones.
    norms = 1 / lengths(grams, ratios)
    weights = np.zeros(BUCKETS + 1)
    order = np.stack([rng.permutation(len(grams)) for _ in range(epochs)])
    descend = fitting(descended, len(grams.buckets), COMPILED_FROM)
    signs = np.where(positive, 1.0, -1.0)
    descend(
        grams.starts,
        grams.buckets,
        ratios.astype(np.float64),
        norms,
        signs,
        penalty,
        order,
        weights,
    )
    return Linear(ratios, (weights[:BUCKETS] * ratios).astype(np.float32), float(weights[BUCKETS]))


def totals(grams: Grams, values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return for each text the sum of its features' values, given feature by feature."""
    of_text = np.repeat(np.arange(len(grams)), np.diff(grams.starts))
    return np.bincount(of_text, weights=values, minlength=len(grams))  # pyright: ignore[reportReturnType]


def lengths(grams: Grams, ratios: Weights) -> NDArray[np.float64]:
    """Return the Euclidean length of each text's features."""
    return np.sqrt(np.maximum(totals(grams, ratios[grams.buckets] ** 2), 1e-12))


def log_count_ratios(
    grams: Grams, positive: NDArray[np.bool_], smoothing: float = 1.0
) -> NDArray[np.float32]:
    """Return of each feature the logarithm of its frequency in positive over negative texts."""
    of_text = np.repeat(positive, np.diff(grams.starts))
    with_it = np.bincount(grams.buckets[of_text], minlength=BUCKETS) + smoothing
    without = np.bincount(grams.buckets[~of_text], minlength=BUCKETS) + smoothing
    # What stands in one text only says nothing of others.
    known = (with_it + without) >= 2 * smoothing + 2
    ratios = np.log(with_it / with_it.sum()) - np.log(without / without.sum())
    return np.where(known, ratios, 0.0).astype(np.float32)


def calibrated(model: Linear, margins: NDArray[np.float64], positive: NDArray[np.bool_]) -> Linear:
    """Return the model with the scale that makes probabilities of texts it did not see true.

    Newton's method on the log likelihood. The point between the judgements stays where the machine
    put it, so that what a text is called does not hang on the texts used here.
    """
    signed = np.where(positive, margins, -margins)
    scale = 1.0
    for _ in range(100):
        wrong = sigmoid(-scale * signed)
        # A light prior keeps the scale finite where every text is judged right.
        slope = signed @ wrong - 1e-2 * scale
        curve = (signed**2) @ (wrong * (1 - wrong)) + 1e-2
        step = slope / curve
        scale += float(np.clip(step, -2.0, 2.0))
        if abs(step) < 1e-9:
            break
    return replace(model, scale=max(scale, 1e-3))


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logistic function without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def descended(  # noqa: PLR0917 - one loop, so that numba can compile it
    starts: np.ndarray,
    buckets: np.ndarray,
    ratios: np.ndarray,
    norms: np.ndarray,
    signs: np.ndarray,
    penalty: float,
    order: np.ndarray,
    weights: np.ndarray,
) -> None:
    """Move `weights` (the last is the bias) to the minimum by coordinate descent in the dual."""
    bias = len(weights) - 1
    diagonal = 0.5 / penalty
    alphas = np.zeros(len(starts) - 1)
    for epoch in range(order.shape[0]):
        largest = 0.0
        for text in order[epoch]:
            margin = 0.0
            for at in range(starts[text], starts[text + 1]):
                margin += weights[buckets[at]] * ratios[buckets[at]]
            margin = margin * norms[text] + weights[bias]
            gradient = signs[text] * margin - 1.0 + diagonal * alphas[text]
            downhill = min(gradient, 0.0) if alphas[text] == 0.0 else gradient
            if abs(downhill) < 1e-12:
                continue
            largest = max(largest, abs(downhill))
            before = alphas[text]
            # Each text has length 1, and one more for the bias.
            alphas[text] = max(before - gradient / (2.0 + diagonal), 0.0)
            step = (alphas[text] - before) * signs[text]
            for at in range(starts[text], starts[text + 1]):
                weights[buckets[at]] += step * norms[text] * ratios[buckets[at]]
            weights[bias] += step
        if largest < 0.01:
            break
