"""Measures against scikit-learn's, and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from zhiyin.models.churn.api import (
    Ranking,
    accuracy,
    auc,
    average_precision,
    brier,
    lift,
    reliability,
)
from zhiyin.models.churn.metrics import intervals
from zhiyin.models.churn.model import Platt

# Few distinct scores, so that ties are the rule.
PEOPLE = st.lists(
    st.tuples(st.integers(0, 8).map(lambda n: n / 8), st.integers(0, 1)), min_size=4, max_size=60
).filter(lambda rows: len({outcome for _, outcome in rows}) == 2)


def columns(rows):
    return tuple(np.array(values, dtype=float) for values in zip(*rows, strict=True))


@given(PEOPLE)
@settings(max_examples=30, deadline=None)
def test_measures_agree_with_scikit_learn(rows):
    score, outcome = columns(rows)
    ranking = Ranking.of(score, outcome)
    assert auc(ranking) == pytest.approx(roc_auc_score(outcome, score))
    assert average_precision(ranking) == pytest.approx(average_precision_score(outcome, score))
    assert brier(score, outcome) == pytest.approx(brier_score_loss(outcome, score))


@given(PEOPLE, st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_a_weight_is_a_number_of_copies(rows, seed):
    score, outcome = columns(rows)
    copies = np.random.default_rng(seed).integers(0, 4, len(rows))
    copies[np.argmax(outcome)] += 1
    copies[np.argmin(outcome)] += 1
    longer = Ranking.of(np.repeat(score, copies), np.repeat(outcome, copies))
    for measure in (auc, average_precision, lift):
        weighted = measure(Ranking.of(score, outcome), copies.astype(float))
        assert weighted == pytest.approx(measure(longer))


def test_lift_counts_the_top_tenth():
    score = np.arange(100.0)
    outcome = np.zeros(100)
    outcome[90:95] = 1
    assert lift(Ranking.of(score, outcome)) == pytest.approx((5 / 10) / (5 / 100))


def test_lift_of_equal_scores_is_one():
    outcome = np.tile([1.0, 0.0, 0.0], 20)
    assert lift(Ranking.of(np.zeros(60), outcome)) == pytest.approx(1.0)


def test_accuracy_counts_the_right_side_of_one_half():
    assert accuracy(np.array([0.2, 0.5, 0.9]), np.array([0.0, 1.0, 0.0])) == pytest.approx(2 / 3)


def test_measures_without_both_outcomes_are_no_number():
    ranking = Ranking.of(np.array([0.1, 0.2]), np.zeros(2))
    assert np.isnan(auc(ranking))
    assert np.isnan(average_precision(ranking))
    assert np.isnan(lift(ranking))


def test_the_interval_of_a_useless_score_holds_one_half():
    rng = np.random.default_rng(2)
    ranking = Ranking.of(rng.random(2_000), (rng.random(2_000) < 0.3).astype(float))
    value, low, high = intervals({"auc": lambda w: auc(ranking, w)}, 2_000, 100, rng)["auc"]
    assert low < value < high
    assert low < 0.5 < high
    # Two standard errors of an AUC from 600 and 1,400 people are 0.028 either way.
    assert high - low == pytest.approx(0.056, abs=0.02)


def test_reliability_bins_hold_everyone_once():
    probability = np.linspace(0, 1, 105)
    bins = reliability(probability, (probability > 0.5).astype(float))
    assert sum(b.people for b in bins) == 105
    assert [b.observed for b in bins[:4]] == [0, 0, 0, 0]
    assert [b.observed for b in bins[-4:]] == [1, 1, 1, 1]


def test_calibration_mends_log_odds_that_are_too_bold():
    rng = np.random.default_rng(4)
    truth = rng.normal(0, 1, 20_000)
    outcome = (rng.random(20_000) < 1 / (1 + np.exp(-truth))).astype(float)
    platt = Platt.fit(2 * truth + 1, outcome)
    # The standard error of the slope is 0.009 here, of the shift 0.02.
    assert platt.slope == pytest.approx(0.5, abs=0.04)
    assert platt.shift == pytest.approx(-0.5, abs=0.08)


def test_calibration_keeps_the_order():
    platt = Platt.fit(np.array([3.0, 2.0, -1.0, -2.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert (np.diff(platt.probability(np.linspace(-5, 5, 11))) > 0).all()
