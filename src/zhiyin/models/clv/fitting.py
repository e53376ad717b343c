"""Maximum likelihood for the models of this folder: data checks, grouping, and the search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from zhiyin.core.errors import Conflict, InvalidInput

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Takes the logarithms of the parameters; gives the mean log-likelihood and its gradient."""

# exp(±16) spans nine million either way: beyond that a parameter has run away.
FARTHEST = 16.0
# Enough customers to start the search a few steps from the answer of any larger data set.
SAMPLE = 20_000


@dataclass(frozen=True)
class Maximum:
    """Where a search ended: logarithms of the parameters, mean log-likelihood, slope left over."""

    at: Floats
    value: float
    slope: float


def climb(objective: Objective, starts: Sequence[Floats], scale: Floats | None = None) -> Maximum:
    """Return the highest maximum that BFGS finds from the starts.

    With `scale` (a square root of the inverse curvature) the search runs in coordinates in which
    the top looks round, so that a start close by needs a handful of evaluations.
    """
    best: Maximum | None = None
    for start in starts:
        found = climb_from(objective, np.asarray(start, dtype=float), scale)
        if best is None or found.value > best.value:
            best = found
    if best is None or not np.isfinite(best.value):
        raise Conflict(
            "No parameters give these customers a finite likelihood; look for extreme values "
            "among frequency, recency, T and monetary."
        )
    return best


def climb_from(objective: Objective, start: Floats, scale: Floats | None) -> Maximum:
    """Return the maximum that one search reaches.

    BFGS rather than L-BFGS-B: for four parameters it keeps no less, and SciPy's L-BFGS-B calls a
    threaded library at every step, which on a busy machine waits longer than it works.
    """
    turn = np.eye(len(start)) if scale is None else scale

    def descend(z: Floats) -> tuple[float, Floats]:
        value, slope = objective(np.clip(start + turn @ z, -FARTHEST, FARTHEST))
        if not np.isfinite(value):
            return 1e300, np.zeros_like(z)
        return -value, -(turn.T @ slope)

    result = minimize(
        descend, np.zeros_like(start), jac=True, method="BFGS", options={"gtol": 1e-8}
    )
    at = np.clip(start + turn @ result.x, -FARTHEST, FARTHEST)
    value, slope = objective(at)
    return Maximum(at, value, float(np.abs(slope).max()))


def curvature(objective: Objective, at: Floats) -> Floats:
    """Return minus the second derivative of the mean log-likelihood in the logarithms."""
    step = 1e-4
    rows = []
    for axis in np.eye(len(at)):
        ahead, behind = objective(at + step * axis)[1], objective(at - step * axis)[1]
        rows.append((behind - ahead) / (2 * step))
    matrix = np.array(rows)
    return (matrix + matrix.T) / 2


def inverse_root(matrix: Floats) -> Floats | None:
    """Return C with C C' = matrix⁻¹, or None where the matrix is not positive definite."""
    values, vectors = np.linalg.eigh(matrix)
    if not np.isfinite(values).all() or values.min() <= 1e-10 * abs(values.max()):
        return None
    return vectors / np.sqrt(values)


def inner(one: Floats, other: Floats) -> float:
    """Return the sum of products, on one core.

    `one @ other` hands long vectors to a threaded library whose threads wait for each other by
    spinning: on a busy machine of two cores a fit then took 6 s instead of 0.05 s.
    """
    return float(np.einsum("i,i->", one, other))


def equal_customers(*columns: Floats) -> tuple[list[Floats], Floats]:
    """Return each distinct row once, and how many customers share it.

    Rows are sorted by a 64-bit mix of their columns and compared with their neighbours. Two
    different rows with the same mix could leave equal rows apart, which costs time, never
    correctness. Sorting one mixed number takes a third of the time of `np.lexsort`.
    """
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        bits = (column + 0.0).view(np.uint64)  # + 0.0 turns -0.0 into 0.0
        mixed = (mixed ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed)
    ordered = [column[order] for column in columns]
    if not len(order):
        return ordered, np.zeros(0)
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in ordered])
    first = np.flatnonzero(is_new)
    counts = np.diff(np.append(first, len(order))).astype(float)
    return [column[first] for column in ordered], counts


def column(name: str, values: ArrayLike) -> Floats:
    """Return the values as a flat array of finite floats.

    Raises
    ------
    InvalidInput
        Where a value is missing, no number, infinite or negative, or the array is not flat.
    """
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name} holds something that is no number ({error}).") from error
    if array.ndim != 1:
        raise InvalidInput(f"{name} has {array.ndim} dimensions; give one number per customer.")
    bad = ~np.isfinite(array) | (array < 0)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InvalidInput(
            f"{name} is {array[row]} at row {row}; it must be a finite number of at least 0. "
            "Remove or mend that customer."
        )
    return array


def same_length(**columns: Floats) -> None:
    """Raise `InvalidInput` unless all columns have one length."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidInput(f"The columns differ in length: {lengths}; give one row per customer.")


def whole_numbers(name: str, values: Floats) -> Floats:
    """Return the values, or raise `InvalidInput` where one is not a whole number."""
    bad = values != np.floor(values)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InvalidInput(
            f"{name} is {values[row]} at row {row}; it counts purchases, so it must be whole."
        )
    return values


class MaximumLikelihood:
    """A model with positive parameters, fitted by maximum likelihood.

    A fitted model has `params_` (the paper's letters), `log_likelihood_` (of all customers),
    `customers_` (their number), and `covariance_` of the logarithms of the parameters, from the
    observed information; None where the likelihood is flat at its maximum.
    """

    letters: ClassVar[tuple[str, ...]]
    params_: Mapping[str, float]
    log_likelihood_: float
    customers_: int
    covariance_: Floats | None

    def keep(self, at: Floats, value: float, information: Floats | None, customers: int) -> Self:
        """Store a fit: `value` and `information` are means over the customers."""
        self.params_ = {name: float(v) for name, v in zip(self.letters, np.exp(at), strict=True)}
        self.log_likelihood_ = float(value * customers)
        self.customers_ = customers
        root = None if information is None else inverse_root(information)
        self.covariance_ = None if root is None else (root @ root.T) / customers
        return self

    @property
    def standard_errors_(self) -> dict[str, float] | None:
        """Standard errors of the parameters by the delta method; None where they are undefined."""
        self.require_fit()
        if self.covariance_ is None:
            return None
        spread = np.sqrt(np.diag(self.covariance_))
        letters = self.letters[: len(spread)]
        return {
            name: self.params_[name] * float(s) for name, s in zip(letters, spread, strict=True)
        }

    def require_fit(self) -> None:
        """Raise `Conflict` on a model that was never fitted."""
        if not hasattr(self, "params_"):
            raise Conflict(f"This {type(self).__name__} has no parameters yet; call fit first.")
