import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.stats.answers import Difference, NotEnough
from zhiyin.stats.proportions import (
    difference_of_proportions,
    newcombe,
    stratified_difference_of_proportions,
    wilson,
)
from zhiyin.stats.sums import Proportion

# Newcombe (1998), Statistics in Medicine 17, 873-890, Table II, rows (a)-(h), method 10.
NEWCOMBE_TABLE_II = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@pytest.mark.parametrize(("first", "second", "low", "high"), NEWCOMBE_TABLE_II)
def test_newcombe_gives_the_printed_digits(first, second, low, high):
    interval = newcombe(Proportion(first[1], first[0]), Proportion(second[1], second[0]))
    assert round(interval.low, 4) == low
    assert round(interval.high, 4) == high


def test_wilson_gives_the_printed_digits():
    # Newcombe (1998), Statistics in Medicine 17, 857-872, Table I, method 3: 81/263 and 15/148.
    for successes, n, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)]:
        interval = wilson(Proportion(n, successes))
        assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
@settings(max_examples=30, deadline=None)
def test_swapping_the_arms_mirrors_the_interval(n1, n2, data):
    first = Proportion(n1, data.draw(st.integers(0, n1)))
    second = Proportion(n2, data.draw(st.integers(0, n2)))
    there, back = newcombe(first, second), newcombe(second, first)
    assert there.low == pytest.approx(-back.high, abs=1e-12)
    assert -1 - 1e-12 <= there.low <= first.share - second.share <= there.high <= 1 + 1e-12


def test_the_pooled_test_is_the_chi_square_test_without_correction():
    answer = difference_of_proportions(Proportion(200, 60), Proportion(200, 40))
    assert isinstance(answer, Difference)
    # Pearson's chi-square of (60, 140; 40, 160) is 400 (60*160 - 40*140)^2 / (100*300*200*200).
    chi_square = 400 * (60 * 160 - 40 * 140) ** 2 / (100 * 300 * 200 * 200)
    assert answer.p_value == pytest.approx(math.erfc(math.sqrt(chi_square / 2)), rel=1e-12)


def test_small_counts_are_tested_exactly():
    # Fisher's tea tasting: 3 of 4 against 1 of 4, two-sided p = 34/70.
    answer = difference_of_proportions(Proportion(4, 3), Proportion(4, 1))
    assert isinstance(answer, Difference)
    assert answer.p_value == pytest.approx(34 / 70)


@pytest.mark.parametrize(
    ("treatment", "control", "why"),
    [
        (Proportion(0, 0), Proportion(9, 1), "no_treatment"),
        (Proportion(9, 1), Proportion(0, 0), "no_holdout"),
        (Proportion(9, 0), Proportion(9, 0), "no_variation"),
        (Proportion(9, 9), Proportion(4, 4), "no_variation"),
    ],
)
def test_where_nothing_can_be_said_no_number_is_given(treatment, control, why):
    assert difference_of_proportions(treatment, control) == NotEnough(why)


def test_strata_undo_a_mix_that_differs_between_the_arms():
    # Both strata convert one point better when treated; pooled, treatment would look worse.
    strata = [
        (Proportion(1000, 110), Proportion(9000, 900)),
        (Proportion(9000, 270), Proportion(1000, 20)),
    ]
    answer = stratified_difference_of_proportions(strata)
    assert isinstance(answer, Difference)
    assert answer.value == pytest.approx(0.01)
    assert answer.interval.low < 0.01 < answer.interval.high
    share = (0.11 * 0.89 / 1000 + 0.10 * 0.90 / 9000, 0.03 * 0.97 / 9000 + 0.02 * 0.98 / 1000)
    error = math.sqrt(0.1**2 * share[0] + 0.9**2 * share[1])
    width = answer.interval.high - answer.interval.low
    # Score and Wald intervals agree to a few percent at such counts.
    assert width == pytest.approx(2 * 1.96 * error, rel=0.03)
    # The test takes the shares of each stratum as equal: 0.101 and 0.029.
    pooled = (0.101 * 0.899 * (1 / 1000 + 1 / 9000), 0.029 * 0.971 * (1 / 9000 + 1 / 1000))
    error = math.sqrt(0.1**2 * pooled[0] + 0.9**2 * pooled[1])
    assert answer.p_value == pytest.approx(math.erfc(0.01 / error / math.sqrt(2)))


@given(st.integers(5, 60), st.integers(5, 60), st.data())
@settings(max_examples=30, deadline=None)
def test_halves_of_a_sample_as_strata_give_the_same_difference(n1, n2, data):
    treatment = Proportion(n1, data.draw(st.integers(1, n1 - 1)))
    control = Proportion(n2, data.draw(st.integers(1, n2 - 1)))
    whole = difference_of_proportions(treatment, control)
    halves = stratified_difference_of_proportions([(treatment, control)] * 2)
    assert isinstance(whole, Difference)
    assert isinstance(halves, Difference)
    assert halves.value == pytest.approx(whole.value)
    # Twice the people, 1 / sqrt(2) of the width.
    width = (whole.interval.high - whole.interval.low) / math.sqrt(2)
    assert halves.interval.high - halves.interval.low == pytest.approx(width)


@pytest.mark.slow
def test_stratified_interval_covers_the_effect_on_the_treated():
    rng = np.random.default_rng(5)
    plan = [(900, 0.10, 100, 0.08), (800, 0.05, 200, 0.02), (300, 0.30, 300, 0.30)]
    truth = (900 * 0.02 + 800 * 0.03) / 2000
    runs, hits = 3000, 0
    for _ in range(runs):
        answer = stratified_difference_of_proportions(
            [
                (Proportion(a, int(rng.binomial(a, p))), Proportion(b, int(rng.binomial(b, q))))
                for a, p, b, q in plan
            ]
        )
        assert isinstance(answer, Difference)
        hits += truth in answer.interval
    assert abs(hits / runs - 0.95) < 3 * math.sqrt(0.95 * 0.05 / runs) + 0.005


def test_a_share_of_nothing_is_refused():
    with pytest.raises(InvalidInput, match="at least one trial"):
        wilson(Proportion(0, 0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n1", "p1", "n2", "p2"),
    [(900, 0.06, 100, 0.04), (9000, 0.012, 1000, 0.010), (60, 0.5, 40, 0.3), (4500, 0.1, 500, 0.1)],
)
def test_newcombe_covers_the_truth(n1, p1, n2, p2):
    rng = np.random.default_rng(20260101)
    runs = 4000
    hits = sum(
        p1 - p2 in newcombe(Proportion(n1, int(a)), Proportion(n2, int(b)))
        for a, b in zip(rng.binomial(n1, p1, runs), rng.binomial(n2, p2, runs), strict=True)
    )
    # Three standard errors of a share of 0.95 in 4000 runs, and half a point for discreteness.
    assert abs(hits / runs - 0.95) < 3 * math.sqrt(0.95 * 0.05 / runs) + 0.005


@pytest.mark.slow
def test_under_no_effect_five_percent_of_campaigns_look_effective():
    rng = np.random.default_rng(7)
    runs, alarms = 4000, 0
    for a, b in zip(rng.binomial(4500, 0.05, runs), rng.binomial(500, 0.05, runs), strict=True):
        answer = difference_of_proportions(Proportion(4500, int(a)), Proportion(500, int(b)))
        assert isinstance(answer, Difference)
        alarms += answer.p_value < 0.05
    assert abs(alarms / runs - 0.05) < 3 * math.sqrt(0.05 * 0.95 / runs) + 0.005
