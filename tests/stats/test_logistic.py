"""Logistic regression against a general optimizer, and against planted effects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from zhiyin.core.errors import InvalidInput
from zhiyin.stats.logistic import fit_logistic


def planted(rows: int, effects: list[float], seed: int):
    rng = np.random.default_rng(seed)
    features = np.hstack([np.ones((rows, 1)), rng.normal(size=(rows, len(effects) - 1))])
    chance = 1 / (1 + np.exp(-features @ np.array(effects)))
    return features, (rng.random(rows) < chance).astype(float)


def test_the_fit_is_that_of_a_general_optimizer():
    features, outcomes = planted(400, [-1.0, 0.8, -0.5], seed=1)
    penalty = np.array([0.0, 4.0, 4.0])

    def loss(at):
        odds = features @ at
        return np.logaddexp(0, odds).sum() - outcomes @ odds + (penalty * at**2).sum() / 2

    # The optimizer stops at a gradient of 1e-8, so the digits below 1e-6 are its own.
    expected = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-8})
    found = fit_logistic(features, outcomes, penalty=penalty)
    assert found.coefficients == pytest.approx(expected.x, abs=1e-5)
    chance = 1 / (1 + np.exp(-features @ found.coefficients))
    spread = chance * (1 - chance)
    information = (features * spread[:, None]).T @ features + np.diag(penalty)
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    assert found.errors == pytest.approx(errors, rel=1e-6)


def test_planted_effects_lie_within_four_standard_errors():
    effects = [-1.5, 0.7, 0.0, -0.3]
    features, outcomes = planted(20_000, effects, seed=2)
    found = fit_logistic(features, outcomes, penalty=np.full(4, 1e-9))
    # Four errors each: chance fails this once in some four thousand seeds, and the seed is fixed.
    assert (np.abs(found.coefficients - effects) < 4 * found.errors).all()


def test_a_feature_that_tells_everything_stays_finite_under_a_prior():
    features = np.array([[1.0, -1.0]] * 20 + [[1.0, 1.0]] * 20)
    outcomes = np.array([0.0] * 20 + [1.0] * 20)
    found = fit_logistic(features, outcomes, penalty=np.array([1e-6, 4.0]))
    assert 0 < found.coefficients[1] < 5


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(InvalidInput, match="0 rows of 2 features"):
        fit_logistic(np.zeros((0, 2)), np.zeros(0), penalty=np.zeros(2))
