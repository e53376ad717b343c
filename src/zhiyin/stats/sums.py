"""Sufficient statistics that add up: computed per part in the warehouse, merged anywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

from zhiyin.core.errors import InvalidInput


@dataclass(frozen=True)
class Proportion:
    """`successes` among `n` independent trials."""

    n: int
    successes: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.n:
            raise InvalidInput(
                f"{self.successes} successes among {self.n} trials cannot be; "
                "successes lie between 0 and the number of trials."
            )

    def __add__(self, other: Proportion) -> Proportion:
        return Proportion(self.n + other.n, self.successes + other.successes)

    @property
    def share(self) -> float:
        """Return successes / n; not a number when n is 0."""
        return self.successes / self.n if self.n else math.nan


@dataclass(frozen=True)
class SampleMean:
    """A sample of one quantity as its count and power sums.

    Parameters
    ----------
    n
        Number of observations, those with the value 0 included.
    total, total_squares
        Sums of the values and of their squares.
    total_cubes
        Sum of their cubes; None when it was not collected, and then skewness is unknown.
    """

    n: int
    total: float
    total_squares: float
    total_cubes: float | None = None

    def __add__(self, other: SampleMean) -> SampleMean:
        cubes = None
        if self.total_cubes is not None and other.total_cubes is not None:
            cubes = self.total_cubes + other.total_cubes
        return SampleMean(
            self.n + other.n,
            self.total + other.total,
            self.total_squares + other.total_squares,
            cubes,
        )

    @property
    def mean(self) -> float:
        """Return total / n; not a number when n is 0."""
        return self.total / self.n if self.n else math.nan

    @property
    def variance(self) -> float:
        """Return the unbiased sample variance; not a number below two observations."""
        if self.n < 2:
            return math.nan
        # Cancellation can leave a tiny negative number where all values are equal.
        return max(self.total_squares - self.total * self.mean, 0.0) / (self.n - 1)

    @property
    def third_moment(self) -> float | None:
        """Return the third central moment, sum((x - mean)^3) / n; None when it is unknown."""
        if self.total_cubes is None or self.n == 0:
            return None
        mean = self.mean
        return self.total_cubes / self.n - 3 * mean * self.total_squares / self.n + 2 * mean**3
