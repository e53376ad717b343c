"""How models are trained: the few numbers a workspace may want to change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelConfig:
    """Settings of training.

    Parameters
    ----------
    clv_horizon_days
        How far ahead customer value looks.
    discount_per_year
        Yearly rate at which later money counts less.
    minimum_repeaters
        Customers with a second purchase below which no value model is fitted.
    repurchase_horizon_days
        How far ahead repurchase and churn look; None takes the longest of 60, 30 and 14 days of
        which the data hold four.
    minimum_people, minimum_outcomes
        Buyers per snapshot, and buyers and non-buyers among them, below which no model is trained.
    maximum_people
        People that one snapshot brings at most, drawn by a stable hash.
    resamples
        Bootstrap resamples behind the intervals of the figures.
    draws
        Simulated futures per customer behind the interval of customer value.
    """

    clv_horizon_days: int = 365
    discount_per_year: float = 0.10
    minimum_repeaters: int = 100
    repurchase_horizon_days: int | None = None
    minimum_people: int = 200
    minimum_outcomes: int = 40
    maximum_people: int = 100_000
    resamples: int = 200
    draws: int = 200
