"""One proportion, and the difference of two: score intervals and their tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import add

from scipy import stats

from zhiyin.core.errors import InvalidInput
from zhiyin.stats.answers import Difference, Interval, NotEnough
from zhiyin.stats.strata import comparable
from zhiyin.stats.sums import Proportion

# Below this expected count in any cell the normal approximation of the score test gives way to
# Fisher's exact test (Cochran 1954, Biometrics 10, 417-451).
SMALL_EXPECTED_COUNT = 5.0


def wilson(sample: Proportion, level: float = 0.95) -> Interval:
    """Return the score interval of a proportion, without continuity correction.

    Raises
    ------
    InvalidInput
        When the sample holds no trial.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    if sample.n == 0:
        raise InvalidInput("A share of 0 trials has no interval; pass at least one trial.")
    z = float(stats.norm.ppf((1 + level) / 2))
    n, p = sample.n, sample.share
    center = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At p = 0 and p = 1 the end is exact, but rounding would leave 1e-17.
    low = 0.0 if sample.successes == 0 else center - half
    high = 1.0 if sample.successes == n else center + half
    return Interval(low, high, level)


def newcombe(first: Proportion, second: Proportion, level: float = 0.95) -> Interval:
    """Return the hybrid score interval of first's share minus second's.

    It stays inside [-1, 1] and keeps its coverage for small counts, where the textbook interval
    fails.

    Notes
    -----
    With Wilson limits (l1, u1) and (l2, u2) of p1 and p2 and d = p1 - p2, the interval is
    d - sqrt((p1 - l1)^2 + (u2 - p2)^2) to d + sqrt((u1 - p1)^2 + (p2 - l2)^2).

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    one, two = wilson(first, level), wilson(second, level)
    p1, p2 = first.share, second.share
    return Interval(
        p1 - p2 - math.hypot(p1 - one.low, two.high - p2),
        p1 - p2 + math.hypot(one.high - p1, p2 - two.low),
        level,
    )


def difference_of_proportions(
    treatment: Proportion, control: Proportion, *, level: float = 0.95
) -> Difference | NotEnough:
    """Return treatment's share minus control's with Newcombe's interval and a two-sided p-value.

    The p-value is that of the pooled score test, or of Fisher's exact test when an expected count
    is below 5. Interval and test may disagree close to the threshold; verdicts go by the interval.

    Parameters
    ----------
    level
        Confidence level of the interval, in (0, 1).

    Returns
    -------
    Difference | NotEnough
        `no_treatment` or `no_holdout` when an arm is empty, `no_variation` when nobody, or
        everybody, succeeded.
    """
    return stratified_difference_of_proportions([(treatment, control)], level=level)


def stratified_difference_of_proportions(
    strata: Sequence[tuple[Proportion, Proportion]], *, level: float = 0.95
) -> Difference | NotEnough:
    """Return the difference of shares within strata, weighted by the strata's treated people.

    It is the effect on the treated where arms were drawn with another chance in each stratum, so
    that pooled arms would differ in their mix. A stratum with an empty arm says nothing and is
    left out.

    Parameters
    ----------
    strata
        (treatment, control) of each stratum.

    Notes
    -----
    With weights w, differences d and Newcombe limits (l, u) per stratum, the lower limit is
    sum(w d) - sqrt(sum(w^2 (d - l)^2)), the upper one alike. One stratum gives Newcombe's own.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702, eq. (3).
    """
    used = comparable(strata)
    if isinstance(used, NotEnough):
        return used
    whole = reduce(add, (sample for pair in used for sample in pair))
    if whole.successes in (0, whole.n):
        return NotEnough("no_variation")
    treated = sum(treatment.n for treatment, _ in used)
    value = below = above = 0.0
    for treatment, control in used:
        weight, interval = treatment.n / treated, newcombe(treatment, control, level)
        difference = treatment.share - control.share
        value += weight * difference
        below += (weight * (difference - interval.low)) ** 2
        above += (weight * (interval.high - difference)) ** 2
    interval = Interval(value - math.sqrt(below), value + math.sqrt(above), level)
    return Difference(value, interval, _p_value(used, value))


def _p_value(strata: Sequence[tuple[Proportion, Proportion]], value: float) -> float:
    if len(strata) == 1:
        return p_value_of_equal_shares(*strata[0])
    treated = sum(treatment.n for treatment, _ in strata)
    variance = sum((one.n / treated) ** 2 * _pooled_variance(one, other) for one, other in strata)
    return float(2 * stats.norm.sf(abs(value) / math.sqrt(variance)))


def p_value_of_equal_shares(first: Proportion, second: Proportion) -> float:
    """Return the two-sided p-value under equal shares; both outcomes must occur."""
    pooled = first + second
    rarer = min(pooled.share, 1 - pooled.share)
    if min(first.n, second.n) * rarer < SMALL_EXPECTED_COUNT:
        table = [[s.successes, s.n - s.successes] for s in (first, second)]
        return float(stats.fisher_exact(table)[1])
    error = math.sqrt(_pooled_variance(first, second))
    return float(2 * stats.norm.sf(abs(first.share - second.share) / error))


def _pooled_variance(first: Proportion, second: Proportion) -> float:
    share = (first + second).share
    return share * (1 - share) * (1 / first.n + 1 / second.n)
