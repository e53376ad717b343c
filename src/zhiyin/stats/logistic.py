"""Logistic regression with a Gaussian prior, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhiyin.core.errors import InvalidInput

STEPS = 50
ENOUGH = 1e-8


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients on the log-odds scale and their standard errors, in the order of the columns."""

    coefficients: np.ndarray
    errors: np.ndarray


def fit_logistic(features: np.ndarray, outcomes: np.ndarray, *, penalty: np.ndarray) -> LogisticFit:
    """Return the coefficients with the greatest penalized likelihood.

    Parameters
    ----------
    features : a row per observation, a column per coefficient; an intercept is a column of ones.
    outcomes : 0 or 1.
    penalty : per column, 1 / variance of the prior around 0; 0 leaves a column free.

    Raises
    ------
    InvalidInput
        Without rows, or where shapes differ.

    Notes
    -----
    Maximizes ``sum(y log p + (1 - y) log(1 - p)) - sum(penalty * b ** 2) / 2``. A step that does
    not raise it is halved. Errors are the square roots of the diagonal of the inverse of the
    penalized information, the Laplace approximation of the posterior.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, §4.3.3 and §4.5.1.
    """
    rows, columns = features.shape
    if rows == 0 or outcomes.shape != (rows,) or penalty.shape != (columns,):
        raise InvalidInput(
            f"{rows} rows of {columns} features do not fit {outcomes.shape} outcomes and "
            f"{penalty.shape} penalties."
        )
    found = np.zeros(columns)
    height = _height(features, outcomes, penalty, found)
    for _ in range(STEPS):
        gradient, information = _slopes(features, outcomes, penalty, found)
        step = np.linalg.solve(information, gradient)
        size = 1.0
        while size > ENOUGH and _height(features, outcomes, penalty, found + size * step) < height:
            size /= 2
        found = found + size * step
        height = _height(features, outcomes, penalty, found)
        if size * np.abs(step).max() < ENOUGH:
            break
    _, information = _slopes(features, outcomes, penalty, found)
    return LogisticFit(found, np.sqrt(np.diag(np.linalg.inv(information))))


def _height(
    features: np.ndarray, outcomes: np.ndarray, penalty: np.ndarray, at: np.ndarray
) -> float:
    odds = features @ at
    return float(outcomes @ odds - np.logaddexp(0, odds).sum() - (penalty * at**2).sum() / 2)


def _slopes(
    features: np.ndarray, outcomes: np.ndarray, penalty: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    chance = 1 / (1 + np.exp(-np.clip(features @ at, -500, 500)))
    gradient = features.T @ (outcomes - chance) - penalty * at
    spread = np.maximum(chance * (1 - chance), 1e-9)
    information = (features * spread[:, None]).T @ features + np.diag(penalty)
    # A column that never varies would leave nothing to solve for.
    return gradient, information + 1e-9 * np.eye(len(at))
