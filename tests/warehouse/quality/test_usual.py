"""What is usual: robust against what it looks at, quiet on ordinary days, awake on odd ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.warehouse.quality.usual import SCALES, distances, judged

DAYS = 150
WEEK = np.array([1.0, 0.95, 0.9, 1.0, 1.2, 1.5, 1.35])


def history(seed, *, base=3000.0, noise=0.08, growth=0.001):
    """Return rows per day of a shop with weekdays, growth and noise."""
    rng = np.random.default_rng(seed)
    days = np.arange(DAYS)
    mean = base * np.exp(growth * days) * WEEK[days % 7] * np.exp(rng.normal(0, noise, DAYS))
    return rng.poisson(mean).astype(float)


def test_half_of_the_rows_is_odd_and_the_day_is_named():
    rows = history(1)
    rows[140] /= 2
    verdict = judged("rows", rows, rows)
    assert verdict.is_odd[140]
    assert rows[140] < verdict.low[140] < verdict.expected[140] < verdict.high[140]
    assert verdict.score[140] < -3


def test_an_odd_day_does_not_spoil_the_judgement_of_the_days_after_it():
    rows = history(2)
    before = judged("rows", rows, rows)
    rows[120] *= 50
    after = judged("rows", rows, rows)
    assert after.is_odd[120]
    assert after.expected[121:] == pytest.approx(before.expected[121:], rel=0.1)


def test_a_day_is_judged_by_the_days_before_it_alone():
    rows = history(3)
    whole = judged("rows", rows, rows)
    part = judged("rows", rows[:100], rows[:100])
    assert np.array_equal(whole.score[:100], part.score, equal_nan=True)


def test_a_weekday_on_which_the_shop_is_closed_is_expected_to_be_empty():
    rows = history(4)
    rows[5::7] = 0
    quiet = judged("rows", rows, rows)
    assert not quiet.is_odd[40:].any()
    assert quiet.expected[145] == 0
    rows[145] = 2000
    assert judged("rows", rows, rows).is_odd[145]


def test_a_weekend_is_no_oddity():
    rows = 1000 * np.where(np.arange(DAYS) % 7 >= 5, 3.0, 1.0)
    assert not judged("rows", rows, rows).is_odd.any()


def test_a_holiday_is_odd_and_the_day_after_it_is_not():
    rows = history(5)
    rows[130] = 0
    verdict = judged("rows", rows, rows)
    assert verdict.is_odd[130]
    assert not verdict.is_odd[131]


def test_too_few_days_are_not_judged():
    rows = history(6)[:20]
    rows[19] = 1
    verdict = judged("rows", rows, rows)
    assert not verdict.is_odd.any()
    assert np.isnan(verdict.score).all()


def test_missing_values_that_jump_are_odd_and_fewer_are_not():
    rows = np.full(DAYS, 1000.0)
    share = np.random.default_rng(7).binomial(1000, 0.1, DAYS) / 1000
    share[140], share[145] = 0.35, 0.0
    verdict = judged("null_rate", share, rows)
    assert np.flatnonzero(verdict.is_odd).tolist() == [140]


def test_shares_of_a_handful_of_rows_are_left_to_chance():
    rows = np.full(DAYS, 5.0)
    share = np.zeros(DAYS)
    share[140] = 1.0
    assert not judged("null_rate", share, rows).is_odd.any()


def test_a_steady_measure_may_move_a_little():
    mean = np.full(DAYS, 100.0)
    mean[140] = 110
    rows = np.full(DAYS, 1000.0)
    assert not judged("mean", mean, rows).is_odd.any()
    mean[140] = 200
    assert judged("mean", mean, rows).is_odd[140]


def test_equal_shares_have_no_distance_and_a_new_value_has_one():
    counts = np.tile([600.0, 300.0, 100.0, 0.0], (60, 1))
    assert distances(counts)[1:] == pytest.approx(0)
    counts[50] = [500, 250, 50, 200]
    far = distances(counts)
    # By hand: half of each side's relative entropy to the mixture of (.6 .3 .1 0), (.5 .25 .05 .2).
    p, q = np.array([0.6, 0.3, 0.1]), np.array([0.5, 0.25, 0.05])
    m = (p + q) / 2
    by_hand = (np.sum(p * np.log2(p / m)) + np.sum(q * np.log2(q / m)) + 0.2) / 2
    assert far[50] == pytest.approx(by_hand, abs=1e-3)


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=2, max_size=40))
@settings(max_examples=30, deadline=None)
def test_a_distance_lies_between_nothing_and_one_bit(counts):
    far = distances(np.array(counts, dtype=float))
    known = far[~np.isnan(far)]
    assert ((known >= 0) & (known <= 1 + 1e-9)).all()
    assert np.isnan(far[0])


@given(st.lists(st.integers(0, 10_000), min_size=30, max_size=120), st.sampled_from(list(SCALES)))
@settings(max_examples=30, deadline=None)
def test_what_is_usual_is_an_interval_around_what_is_expected(values, metric):
    measured = np.array(values, dtype=float)
    measured = measured / 10_000 if metric in ("null_rate", "distance") else measured
    verdict = judged(metric, measured, np.full(len(values), 1000.0))
    known = ~np.isnan(verdict.score)
    slack = 1e-9 * (1 + np.abs(verdict.expected[known]))
    assert (verdict.low[known] <= verdict.expected[known] + slack).all()
    assert (verdict.expected[known] <= verdict.high[known] + slack).all()


@pytest.mark.slow
def test_alarms_on_ordinary_days_are_as_rare_as_said_and_planted_ones_are_found():
    """Over 100 shops: one quiet day in a thousand at most, 9 of 10 halved days at least."""
    false, days, found = 0, 0, 0
    for seed in range(100):
        rows = history(seed)
        quiet = judged("rows", rows, rows)
        false += int(quiet.is_odd.sum())
        days += int((~np.isnan(quiet.score)).sum())
        rows[130 + seed % 14] /= 2
        found += judged("rows", rows, rows).is_odd[130 + seed % 14]
    # Twice the nominal rate of 5 in 10,000, for the spread is itself estimated from 56 days.
    assert false / days <= 0.001
    assert found >= 90
