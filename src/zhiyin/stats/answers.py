"""What a statistical question can be answered with: a number with its uncertainty, or none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NotEnough:
    """There is no answer, and why: a stable key, never an effect of 0 with p = 1.

    `why` is one of `no_treatment`, `no_holdout`, `too_few`, `no_variation`, `zero_baseline`,
    `unbounded`.
    """

    why: str


@dataclass(frozen=True)
class Interval:
    """A confidence interval `low <= high` that covers the truth in a share `level` of samples."""

    low: float
    high: float
    level: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def scaled(self, factor: float) -> Interval:
        """Return the interval of `factor` times the quantity."""
        ends = sorted((self.low * factor, self.high * factor))
        return Interval(ends[0], ends[1], self.level)


@dataclass(frozen=True)
class Difference:
    """An estimated difference, treatment minus control.

    `p_value` is two-sided, under the hypothesis of no difference. `caution` is `skewed` where the
    large-sample approximation behind the interval is doubtful, else None.
    """

    value: float
    interval: Interval
    p_value: float
    caution: str | None = None

    @property
    def is_positive(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.interval.low > 0

    @property
    def is_negative(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.interval.high < 0
