"""Boosted trees that tell the people of a seed from everybody else, judged on people unseen.

Notes
-----
What is known are positives (the seed) and unlabeled others, among whom the wanted look-alikes hide.
A classifier of seed against others ranks people as one of true positives against true negatives
would, if the seed is drawn at random from all positives (Elkan and Noto, 2008, Lemma 1): the score
is a rank, no probability.

References
----------
Elkan, C. and Noto, K. (2008). Learning Classifiers from Only Positive and Unlabeled Data. KDD.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from zhiyin.core.errors import InvalidInput

Floats = NDArray[np.float32]

SMALLEST_SEED = 50
MOST_OTHERS = 200_000
HELD_OUT = 0.3
TREES = 100
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.08,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.8,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class QualityPoint:
    """Of the best-scored `share` of the people held out: how many belong to the seed.

    `precision` is the share of them that does, `recall` the share of all held-out seed people that
    is among them, `random` the precision of a random choice, `lift` = precision / random.
    """

    share: float
    people: int
    precision: float
    recall: float
    random: float
    lift: float


@dataclass(frozen=True)
class LookAlike:
    """Scores of everybody, and what the model is worth.

    Attributes
    ----------
    scores : one for each row that was given, higher for who is more like the seed.
    curve : quality on people whom the model that was judged had not seen.
    held_out : how many people it was judged on, `held_out_seed` of them of the seed.
    importance : the features' shares of the trees' gain, highest first.
    """

    scores: NDArray[np.float64]
    curve: tuple[QualityPoint, ...]
    held_out: int
    held_out_seed: int
    importance: tuple[tuple[str, float], ...]


def look_alike(
    rows: Floats, names: list[str], is_seed: NDArray[np.bool_], rng: np.random.Generator
) -> LookAlike:
    """Return how much everybody is like the seed.

    A model is fitted to 70 % of the people and judged on the others; the scores are those of a
    second one, fitted to all.

    Parameters
    ----------
    rows : one row per person; not a number where something is unknown.
    names : the columns' names.
    is_seed : whose likes are looked for.
    rng : what people are held out and drawn with.

    Raises
    ------
    InvalidInput
        for a seed of fewer than 50 people, and one that leaves fewer than 50 others.
    """
    seed, others = int(is_seed.sum()), int((~is_seed).sum())
    if min(seed, others) < SMALLEST_SEED:
        raise InvalidInput(
            f"The seed has {seed:,} people and leaves {others:,} others; a look-alike needs at "
            f"least {SMALLEST_SEED} of each. Choose another seed."
        )
    held = held_out(is_seed, rng)
    judged = fitted(rows[~held], names, is_seed[~held], rng)
    points = curve(predicted(judged, rows[held]), is_seed[held])
    final = fitted(rows, names, is_seed, rng)
    gain = final.feature_importance("gain")
    total = float(gain.sum()) or 1.0
    ranked = sorted(zip(names, gain / total, strict=True), key=lambda one: -one[1])
    return LookAlike(
        scores=predicted(final, rows),
        curve=points,
        held_out=int(held.sum()),
        held_out_seed=int(is_seed[held].sum()),
        importance=tuple((name, float(share)) for name, share in ranked if share > 0),
    )


def held_out(is_seed: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return who is held out: the same share of the seed and of the others."""
    held = np.zeros(len(is_seed), dtype=bool)
    for group in (is_seed, ~is_seed):
        members = np.flatnonzero(group)
        held[rng.choice(members, max(round(len(members) * HELD_OUT), 1), replace=False)] = True
    return held


def fitted(
    rows: Floats, names: list[str], is_seed: NDArray[np.bool_], rng: np.random.Generator
) -> lgb.Booster:
    """Fit trees to the seed and to at most 200,000 of the others."""
    others = np.flatnonzero(~is_seed)
    if len(others) > MOST_OTHERS:
        others = rng.choice(others, MOST_OTHERS, replace=False)
    chosen = np.sort(np.concatenate([np.flatnonzero(is_seed), others]))
    outcome = is_seed[chosen].astype(np.float64)
    # Both groups weigh the same, or a small seed would drown.
    weight = np.where(outcome > 0, 0.5 / outcome.mean(), 0.5 / (1 - outcome.mean()))
    data = lgb.Dataset(rows[chosen], outcome, weight=weight, feature_name=names)
    seed = int(rng.integers(2**31 - 1))
    return lgb.train({**PARAMETERS, "seed": seed}, data, num_boost_round=TREES)


def predicted(trees: lgb.Booster, rows: Floats) -> NDArray[np.float64]:
    """Return the scores of rows."""
    return np.asarray(trees.predict(rows, num_threads=2), dtype=np.float64)


def curve(scores: NDArray[np.float64], is_seed: NDArray[np.bool_]) -> tuple[QualityPoint, ...]:
    """Return the quality of the best shares; equal scores count in the order of the rows."""
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(is_seed[order])
    random = float(is_seed.mean())
    points = []
    for share in SHARES:
        people = max(round(len(scores) * share), 1)
        hits = int(found[people - 1])
        precision = hits / people
        points.append(
            QualityPoint(
                share, people, precision, hits / int(is_seed.sum()), random, precision / random
            )
        )
    return tuple(points)
