"""Boosted trees for the chance of an order, calibrated, with reasons.

References ---------- Ke, G. et al. (2017). LightGBM: A Highly Efficient Gradient Boosting
Decision Tree. NeurIPS 30. Platt, J. (1999). Probabilistic Outputs for Support Vector Machines.
Advances in Large Margin Classifiers. Lundberg, S. M. et al. (2020). From local explanations to
global understanding with explainable AI for trees. Nature Machine Intelligence 2, 56-67.
(TreeSHAP)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isnan
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from zhiyin.models.features import FEATURES

Floats = NDArray[np.float64]

TREES = 80
# Small trees with much data in each leaf: snapshots of one person are alike, and reasons stay
# short.
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.07,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


# Two threads halve the time on an idle machine; on a busy one they wait for each other by spinning
# and multiply it (11,000 rows: 0.2 s or 3 s, against 0.3 s with one thread).
ROWS_FOR_TWO_THREADS = 200_000


@dataclass(frozen=True)
class Platt:
    """Calibration p = 1 / (1 + exp(-(slope z + shift))) of a log-odds z; order is kept."""

    slope: float
    shift: float

    @classmethod
    def fit(cls, log_odds: Floats, outcome: Floats) -> Platt:
        """Fit to people the trees have not seen, with Platt's priors against certainty."""
        positives = outcome.sum()
        negatives = len(outcome) - positives
        target = np.where(outcome > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))

        def loss(at: Floats) -> tuple[float, Floats]:
            z = np.exp(at[0]) * log_odds + at[1]
            error = expit(z) - target
            slope = np.array([np.exp(at[0]) * (error * log_odds).sum(), error.sum()])
            return float((np.logaddexp(0, z) - target * z).sum()) / len(z), slope / len(z)

        bounds = [(-3.0, 3.0), (-20.0, 20.0)]
        found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds)
        return cls(float(np.exp(found.x[0])), float(found.x[1]))

    def probability(self, log_odds: Floats) -> Floats:
        """Return calibrated probabilities."""
        return expit(self.slope * log_odds + self.shift)


@dataclass(frozen=True)
class RepurchaseModel:
    """Chance of at least one order within `horizon_days`, for someone who has ordered before."""

    trees: lgb.Booster
    calibration: Platt
    horizon_days: int

    @classmethod
    def fit(
        cls, training: tuple[Floats, Floats], calibration: tuple[Floats, Floats],
        *, horizon_days: int, rng: np.random.Generator,
    ) -> RepurchaseModel:  # fmt: skip
        """Fit trees to (rows, outcomes) and calibrate them on later ones."""
        rows, outcome = training
        data = lgb.Dataset(rows, outcome, feature_name=list(FEATURES), free_raw_data=True)
        threads = 2 if len(outcome) >= ROWS_FOR_TWO_THREADS else 1
        seed = int(rng.integers(2**31 - 1))
        parameters = {**PARAMETERS, "num_threads": threads, "seed": seed}
        trees = lgb.train(parameters, data, num_boost_round=TREES)
        platt = Platt.fit(raw(trees, calibration[0]), calibration[1])
        return cls(trees, platt, horizon_days)

    def probability(self, rows: Floats) -> Floats:
        """Return the chance of an order for each row."""
        return self.calibration.probability(raw(self.trees, rows))

    def contributions(self, rows: Floats) -> Floats:
        """Return what each feature adds to the calibrated log-odds of an order (TreeSHAP)."""
        shares = np.asarray(self.trees.predict(rows, pred_contrib=True, num_threads=2), dtype=float)
        return shares[:, :-1] * self.calibration.slope

    def importance(self) -> list[tuple[str, float]]:
        """Return the features with their share of the trees' gain, highest first, none at zero."""
        gain = self.trees.feature_importance("gain")
        total = gain.sum() or 1.0
        ranked = sorted(zip(FEATURES, gain / total, strict=True), key=lambda pair: -pair[1])
        return [(name, float(share)) for name, share in ranked if share > 0]

    def dumps(self) -> dict[str, str]:
        """Return the model's files: text, and nothing that runs when it is read."""
        params: dict[str, Any] = {
            "calibration": {"slope": self.calibration.slope, "shift": self.calibration.shift},
            "horizon_days": self.horizon_days,
            "features": list(FEATURES),
        }
        return {
            "trees.txt": self.trees.model_to_string(),
            "params.json": json.dumps(params, indent=1, sort_keys=True),
        }

    @classmethod
    def loads(cls, trees: str, params: str) -> RepurchaseModel:
        """Return the model that `dumps` wrote."""
        stored = json.loads(params)
        booster = lgb.Booster(model_str=trees)
        return cls(booster, Platt(**stored["calibration"]), stored["horizon_days"])


def raw(trees: lgb.Booster, rows: Floats) -> Floats:
    """Return the log-odds that the trees give."""
    return np.asarray(trees.predict(rows, raw_score=True, num_threads=2), dtype=float)


def reasons(rows: Floats, effects: Floats, count: int = 3) -> list[str]:
    """Return per row a JSON list of the strongest {feature, value, effect}, strongest first.

    `effect` is in log-odds; `value` is null where the feature is unknown.
    """
    count = min(count, effects.shape[1])
    top = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :count]
    values = np.round(np.take_along_axis(rows, top, axis=1), 4)
    sizes = np.round(np.take_along_axis(effects, top, axis=1), 4)
    names = [f'{{"feature": "{name}", "value": ' for name in FEATURES]
    lines = []
    for places, known, size in zip(top.tolist(), values.tolist(), sizes.tolist(), strict=True):
        parts = [
            f'{names[place]}{"null" if isnan(value) else value}, "effect": {effect}}}'
            for place, value, effect in zip(places, known, size, strict=True)
        ]
        lines.append("[" + ", ".join(parts) + "]")
    return lines
