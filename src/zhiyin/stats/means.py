"""The difference of two means, their ratio, and a check of the approximation behind both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from zhiyin.stats.answers import Difference, Interval, NotEnough
from zhiyin.stats.strata import comparable
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
    small for that (see `MeansContrast.skewness`).

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
    return stratified_difference_of_means([(treatment, control)], level=level)


def stratified_difference_of_means(
    strata: Sequence[tuple[SampleMean, SampleMean]], *, level: float = 0.95
) -> Difference | NotEnough:
    """Return the difference of means within strata, weighted by the strata's treated people.

    See `stratified_difference_of_proportions` for why. One stratum gives Welch's interval.
    """
    contrast = contrast_means(strata)
    if isinstance(contrast, NotEnough):
        return contrast
    value = contrast.treated_mean - contrast.control_mean
    error = math.sqrt(contrast.treated_variance + contrast.control_variance)
    half = float(stats.t.ppf((1 + level) / 2, contrast.freedom)) * error
    is_skewed = contrast.skewness is not None and abs(contrast.skewness) > LARGEST_SKEWNESS
    return Difference(
        value,
        Interval(value - half, value + half, level),
        float(2 * stats.t.sf(abs(value) / error, contrast.freedom)),
        "skewed" if is_skewed else None,
    )


@dataclass(frozen=True)
class MeansContrast:
    """Two arms' means over the same mix of strata, with the variances of these means.

    Parameters
    ----------
    freedom
        Welch-Satterthwaite degrees of freedom of the difference.
    skewness
        Skewness of the sampling distribution of the difference; None when cubes are unknown. With
        one arm it is G1 / sqrt(n), Cochran's quantity.
    """

    treated_mean: float
    treated_variance: float
    control_mean: float
    control_variance: float
    freedom: float
    skewness: float | None


def contrast_means(
    strata: Sequence[tuple[SampleMean, SampleMean]],
) -> MeansContrast | NotEnough:
    """Return both arms' means over the treated people's mix of strata.

    Notes
    -----
    With weights w (a stratum's share of the treated), the variance of a mean is sum(w^2 s^2 / n);
    the degrees of freedom are V^2 / sum((w^2 s^2 / n)^2 / (n - 1)) over strata and arms; third
    cumulants of independent means add, with w^3 m3 / n^2 each and a minus for the control.
    """
    used = comparable(strata, least=2)
    if isinstance(used, NotEnough):
        return used
    treated = sum(treatment.n for treatment, _ in used)
    weighted = [(treatment.n / treated, treatment, control) for treatment, control in used]
    one = [(w, treatment) for w, treatment, _ in weighted]
    two = [(w, control) for w, _, control in weighted]
    variances = [w * w * s.variance / s.n for w, s in one + two]
    variance = sum(variances)
    if variance == 0:
        return NotEnough("no_variation")
    squares = sum(v * v / (s.n - 1) for v, (_, s) in zip(variances, one + two, strict=True))
    cumulants = _third_cumulant(one), _third_cumulant(two)
    skewness = None
    if cumulants[0] is not None and cumulants[1] is not None:
        skewness = (cumulants[0] - cumulants[1]) / variance**1.5
    return MeansContrast(
        treated_mean=sum(w * s.mean for w, s in one),
        treated_variance=sum(variances[: len(one)]),
        control_mean=sum(w * s.mean for w, s in two),
        control_variance=sum(variances[len(one) :]),
        freedom=variance**2 / squares,
        skewness=skewness,
    )


def _third_cumulant(arm: Sequence[tuple[float, SampleMean]]) -> float | None:
    total = 0.0
    for weight, sample in arm:
        if sample.third_moment is None:
            return None
        total += weight**3 * sample.third_moment / sample.n**2
    return total


def ratio_of_means(
    contrast: MeansContrast, *, level: float = 0.95
) -> tuple[float, Interval] | NotEnough:
    """Return treated mean / control mean and its Fieller interval.

    Returns
    -------
    tuple[float, Interval] | NotEnough
        `zero_baseline` when the control's mean is 0, `unbounded` when it does not differ from
        zero at `level`, so that no finite interval has that coverage.

    Notes
    -----
    The limits r solve (x - r y)^2 = t^2 (v_x + r^2 v_y), with means x, y and their variances v_x,
    v_y, and t with the difference's degrees of freedom.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185.
    """
    x, y = contrast.treated_mean, contrast.control_mean
    if y == 0:
        return NotEnough("zero_baseline")
    t = float(stats.t.ppf((1 + level) / 2, contrast.freedom))
    a = y * y - t * t * contrast.control_variance
    b, c = -2 * x * y, x * x - t * t * contrast.treated_variance
    if a <= 0:
        return NotEnough("unbounded")
    # a > 0 makes the discriminant positive unless both variances are 0.
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return x / y, Interval((-b - root) / (2 * a), (-b + root) / (2 * a), level)
