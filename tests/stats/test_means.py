import math

import numpy as np
import pytest
from scipy import stats

from zhiyin.stats.answers import Difference, NotEnough
from zhiyin.stats.means import (
    MeansContrast,
    contrast_means,
    difference_of_means,
    ratio_of_means,
    stratified_difference_of_means,
)
from zhiyin.stats.sums import SampleMean


def sums_of(values) -> SampleMean:
    x = np.asarray(values, dtype=float)
    return SampleMean(len(x), float(x.sum()), float((x**2).sum()), float((x**3).sum()))


def summarized(n: int, mean: float, deviation: float) -> SampleMean:
    return SampleMean(n, n * mean, (n - 1) * deviation**2 + n * mean**2)


# NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.3, data set AUTO83B.
AMERICAN = summarized(249, 20.14458, 6.41470)
JAPANESE = summarized(79, 30.48101, 6.10771)


def test_welch_gives_the_printed_digits():
    answer = difference_of_means(AMERICAN, JAPANESE)
    assert isinstance(answer, Difference)
    freedom = contrast(AMERICAN, JAPANESE).freedom
    assert freedom == pytest.approx(136.8750, abs=5e-4)
    half = (answer.interval.high - answer.interval.low) / 2
    t = answer.value / (half / stats.t.ppf(0.975, freedom))
    assert t == pytest.approx(-12.94627, abs=5e-5)


def test_welch_on_sums_is_welch_on_the_sample():
    rng = np.random.default_rng(3)
    a, b = rng.gamma(2, 30, 300), rng.gamma(2, 25, 40)
    answer, reference = (
        difference_of_means(sums_of(a), sums_of(b)),
        stats.ttest_ind(a, b, equal_var=False),
    )
    assert isinstance(answer, Difference)
    assert answer.p_value == pytest.approx(reference.pvalue, rel=1e-9)
    expected = reference.confidence_interval(0.95)
    assert (answer.interval.low, answer.interval.high) == pytest.approx(tuple(expected), rel=1e-9)


@pytest.mark.parametrize(
    ("treatment", "control", "why"),
    [
        (sums_of([]), sums_of([1, 2]), "no_treatment"),
        (sums_of([1, 2]), sums_of([]), "no_holdout"),
        (sums_of([1, 2]), sums_of([1]), "too_few"),
        (sums_of([0, 0, 0]), sums_of([0, 0]), "no_variation"),
    ],
)
def test_where_nothing_can_be_said_no_number_is_given(treatment, control, why):
    assert difference_of_means(treatment, control) == NotEnough(why)
    assert contrast_means([(treatment, control)]) == NotEnough(why)


def test_with_equal_arms_skewness_cancels_and_with_one_large_arm_it_is_cochrans():
    x = np.random.default_rng(5).lognormal(0, 1, 400)
    assert contrast(sums_of(x), sums_of(x)).skewness == pytest.approx(0, abs=1e-12)
    tiny_variance = SampleMean(10**9, 0.0, 1.0, 0.0)
    found = contrast(sums_of(x), tiny_variance).skewness
    # G1 uses the unbiased variance here, hence the factor ((n - 1) / n)^1.5.
    expected = stats.skew(x) / math.sqrt(400) * (399 / 400) ** 1.5
    assert found == pytest.approx(expected, rel=1e-6)


def test_few_buyers_bring_a_caution_and_many_do_not():
    few = sums_of([0] * 95 + [900, 20, 30, 40, 10])
    many = sums_of(([0] * 80 + [50, 60] * 10) * 60)
    small, large = difference_of_means(many, few), difference_of_means(many, many)
    assert isinstance(small, Difference)
    assert isinstance(large, Difference)
    assert (small.caution, large.caution) == ("skewed", None)


def test_fieller_limits_are_where_the_t_test_of_x_minus_r_y_turns():
    x, y = summarized(400, 12, 30), summarized(100, 9, 20)
    answer = ratio_of_means(contrast(x, y))
    assert not isinstance(answer, NotEnough)
    ratio, interval = answer
    assert ratio == pytest.approx(12 / 9)
    assert interval.low < ratio < interval.high
    t = stats.t.ppf(0.975, contrast(x, y).freedom)
    for r in (interval.low, interval.high):
        distance = abs(x.mean - r * y.mean) / math.sqrt(x.variance / x.n + r * r * y.variance / y.n)
        assert distance == pytest.approx(t, rel=1e-9)


def test_a_baseline_that_may_be_zero_gives_no_ratio():
    high, low, zero = summarized(50, 3, 2), summarized(50, 0.1, 2), summarized(50, 0, 2)
    assert ratio_of_means(contrast(high, low)) == NotEnough("unbounded")
    assert ratio_of_means(contrast(high, zero)) == NotEnough("zero_baseline")


def test_strata_undo_a_mix_that_differs_between_the_arms():
    # Within each stratum treatment earns 1 more; pooled arms would show 1 + 0.4 * 10.
    rich, poor = summarized(900, 21, 3), summarized(100, 11, 3)
    held_rich, held_poor = summarized(500, 20, 3), summarized(500, 10, 3)
    answer = stratified_difference_of_means([(rich, held_rich), (poor, held_poor)])
    assert isinstance(answer, Difference)
    assert answer.value == pytest.approx(1)
    half = (answer.interval.high - answer.interval.low) / 2
    error = 3 * math.sqrt(0.81 * (1 / 900 + 1 / 500) + 0.01 * (1 / 100 + 1 / 500))
    assert half == pytest.approx(1.96 * error, rel=0.005)


def test_a_stratum_without_hold_out_is_left_out():
    arms = summarized(900, 21, 3), summarized(500, 20, 3)
    lonely = summarized(400, 90, 3), sums_of([])
    assert stratified_difference_of_means([arms, lonely]) == difference_of_means(*arms)


def contrast(treatment: SampleMean, control: SampleMean) -> MeansContrast:
    found = contrast_means([(treatment, control)])
    assert isinstance(found, MeansContrast)
    return found


def spending(rng: np.random.Generator, n: int, share: float) -> np.ndarray:
    """Return skewed revenue per person: most spend nothing, the others lognormal amounts."""
    return (rng.random(n) < share) * rng.lognormal(4, 0.8, n)


@pytest.mark.slow
def test_welch_covers_the_difference_of_skewed_revenue():
    rng = np.random.default_rng(11)
    runs, hits = 2000, 0
    truth = (0.08 - 0.06) * math.exp(4 + 0.8**2 / 2)
    for _ in range(runs):
        answer = difference_of_means(
            sums_of(spending(rng, 8000, 0.08)), sums_of(spending(rng, 2000, 0.06))
        )
        assert isinstance(answer, Difference)
        hits += truth in answer.interval
    # Three standard errors of 2000 runs: 0.0146.
    assert abs(hits / runs - 0.95) < 3 * math.sqrt(0.95 * 0.05 / runs)


@pytest.mark.slow
def test_the_caution_marks_the_arms_for_which_welch_undercovers():
    rng = np.random.default_rng(12)
    runs, hits, cautions = 2000, 0, 0
    truth = 0.02 * math.exp(4 + 0.8**2 / 2)
    for _ in range(runs):
        answer = difference_of_means(
            sums_of(spending(rng, 900, 0.08)), sums_of(spending(rng, 100, 0.06))
        )
        if isinstance(answer, Difference):
            hits, cautions = hits + (truth in answer.interval), cautions + bool(answer.caution)
    # Skewness is itself underestimated in small samples, so the mark is frequent, not certain.
    assert cautions / runs > 0.75
    assert hits / runs < 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


@pytest.mark.slow
def test_design_based_interval_covers_when_only_the_assignment_is_random():
    # A fixed population, as in a campaign: outcomes are given, who is held out is drawn. Neyman's
    # variance (Welch's) covers at least at its level when the effect is the same for everyone.
    rng = np.random.default_rng(13)
    base = spending(rng, 12000, 0.10)
    runs, hits = 2000, 0
    for _ in range(runs):
        is_held = rng.permutation(12000) < 2400
        answer = difference_of_means(sums_of(base[~is_held] + 1.5), sums_of(base[is_held]))
        assert isinstance(answer, Difference)
        hits += 1.5 in answer.interval
    assert hits / runs > 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)


@pytest.mark.slow
def test_fieller_covers_the_ratio():
    rng = np.random.default_rng(14)
    runs, hits = 2000, 0
    for _ in range(runs):
        answer = ratio_of_means(
            contrast(sums_of(spending(rng, 8000, 0.08)), sums_of(spending(rng, 4000, 0.06)))
        )
        assert not isinstance(answer, NotEnough)
        hits += 0.08 / 0.06 in answer[1]
    # 240 buyers in the smaller arm leave a skewness of about 0.15, worth one point of coverage.
    assert abs(hits / runs - 0.95) < 3 * math.sqrt(0.95 * 0.05 / runs) + 0.01
