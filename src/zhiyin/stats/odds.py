"""Odds ratios of two-by-two tables."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from scipy.special import ndtri


@dataclass(frozen=True)
class OddsRatio:
    """An odds ratio and its interval."""

    estimate: float
    low: float
    high: float


def odds_ratio(
    marked_yes: int, unmarked_yes: int, marked_no: int, unmarked_no: int, *, level: float = 0.95
) -> OddsRatio:
    """Return the odds of yes with a mark over the odds of yes without it.

    Parameters
    ----------
    marked_yes, unmarked_yes, marked_no, unmarked_no : counts, not negative.
    level : coverage of the interval.

    Notes
    -----
    ``log (a d / b c) ± z sqrt(1/a + 1/b + 1/c + 1/d)`` with one half added to each count, which
    keeps the ratio finite and its bias small.

    References
    ----------
    B. Woolf (1955), On estimating the relation between blood group and disease, Annals of Human
    Genetics 19; J. B. S. Haldane (1956), The estimation and significance of the logarithm of a
    ratio of frequencies, Annals of Human Genetics 20.

    Examples
    --------
    >>> ratio = odds_ratio(20, 10, 10, 20)
    >>> round(ratio.estimate, 2), ratio.low > 1
    (3.81, True)
    """
    a, b, c, d = (count + 0.5 for count in (marked_yes, unmarked_yes, marked_no, unmarked_no))
    center, half = log(a * d / (b * c)), sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    half *= float(ndtri(0.5 + level / 2))
    return OddsRatio(exp(center), exp(center - half), exp(center + half))
