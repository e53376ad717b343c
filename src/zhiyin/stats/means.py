"""The difference of two means, their ratio, and a check of the approximation behind both."""

from __future__ import annotations

import math

from scipy import stats

from zhiyin.stats.answers import Difference, Interval, NotEnough
from zhiyin.stats.sums import SampleMean

# Cochran (1977), Sampling Techniques, 3rd ed., eq. (2.24) asks for n > 25 G1^2 before a normal
# interval of a mean with skewness G1 is trusted, that is, for a skewness of the mean below 1/5.
LARGEST_SKEWNESS = 0.2


def difference_of_means(
    treatment: SampleMean, control: SampleMean, *, level: float = 0.95
) -> Difference | NotEnough:
    """Return treatment's mean minus control's with Welch's interval and two-sided p-value.

    Variances may differ. Revenue per person is skewed and mostly zero: by the central limit
    theorem the interval is right for large arms, and `caution` is `skewed` where the arms are too
    small for that (see `skewness_of_difference`).

    Parameters
    ----------
    level
        Confidence level of the interval, in (0, 1).

    Returns
    -------
    Difference | NotEnough
        `no_treatment`, `no_holdout`, `too_few` (an arm of one), or `no_variation` (every value
        equal within both arms).

    References
    ----------
    Welch (1947), Biometrika 34, 28-35.
    """
    lacking = _lacking(treatment, control)
    if lacking is not None:
        return lacking
    error = math.sqrt(treatment.variance / treatment.n + control.variance / control.n)
    freedom = welch_degrees_of_freedom(treatment, control)
    value = treatment.mean - control.mean
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    skewness = skewness_of_difference(treatment, control)
    return Difference(
        value,
        Interval(value - half, value + half, level),
        float(2 * stats.t.sf(abs(value) / error, freedom)),
        "skewed" if skewness is not None and abs(skewness) > LARGEST_SKEWNESS else None,
    )


def welch_degrees_of_freedom(first: SampleMean, second: SampleMean) -> float:
    """Return the Welch-Satterthwaite degrees of freedom of a difference of means."""
    a, b = first.variance / first.n, second.variance / second.n
    return (a + b) ** 2 / (a * a / (first.n - 1) + b * b / (second.n - 1))


def skewness_of_difference(first: SampleMean, second: SampleMean) -> float | None:
    """Return the skewness of the sampling distribution of first's mean minus second's.

    Notes
    -----
    Third cumulants of independent means add: (m3 / n^2 of the first - m3 / n^2 of the second) over
    the error variance to the power 3/2. With one arm this is G1 / sqrt(n), Cochran's quantity.
    """
    one, two = first.third_moment, second.third_moment
    if one is None or two is None:
        return None
    error_variance = first.variance / first.n + second.variance / second.n
    return (one / first.n**2 - two / second.n**2) / error_variance**1.5


def ratio_of_means(
    numerator: SampleMean, denominator: SampleMean, *, level: float = 0.95
) -> tuple[float, Interval] | NotEnough:
    """Return the ratio of two independent means and its Fieller interval.

    Returns
    -------
    tuple[float, Interval] | NotEnough
        `zero_baseline` when the denominator's mean is 0, `unbounded` when it does not differ from
        zero at `level`, so that no finite interval has that coverage.

    Notes
    -----
    The limits r solve (x - r y)^2 = t^2 (v_x + r^2 v_y), with means x, y and error variances v_x,
    v_y; t has the denominator's degrees of freedom where they are the fewer.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185.
    """
    lacking = _lacking(numerator, denominator)
    if lacking is not None:
        return lacking
    x, y = numerator.mean, denominator.mean
    if y == 0:
        return NotEnough("zero_baseline")
    vx, vy = numerator.variance / numerator.n, denominator.variance / denominator.n
    t = float(stats.t.ppf((1 + level) / 2, min(numerator.n, denominator.n) - 1))
    a, b, c = y * y - t * t * vy, -2 * x * y, x * x - t * t * vx
    if a <= 0:
        return NotEnough("unbounded")
    # a > 0 makes the discriminant positive unless both error variances are 0.
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return x / y, Interval((-b - root) / (2 * a), (-b + root) / (2 * a), level)


def _lacking(treatment: SampleMean, control: SampleMean) -> NotEnough | None:
    if treatment.n == 0:
        return NotEnough("no_treatment")
    if control.n == 0:
        return NotEnough("no_holdout")
    if treatment.n < 2 or control.n < 2:
        return NotEnough("too_few")
    if treatment.variance == 0 and control.variance == 0:
        return NotEnough("no_variation")
    return None
