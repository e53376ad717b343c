"""Odds ratios with their intervals."""

from __future__ import annotations

from math import exp, log, sqrt

import pytest

from zhiyin.stats.odds import odds_ratio


def test_the_ratio_is_haldanes_and_the_interval_woolfs():
    found = odds_ratio(20, 10, 10, 20)
    half = 1.959963984540054 * sqrt(1 / 20.5 + 1 / 10.5 + 1 / 10.5 + 1 / 20.5)
    assert found.estimate == pytest.approx((20.5 / 10.5) ** 2)
    assert found.low == pytest.approx(exp(log(found.estimate) - half))
    assert found.high == pytest.approx(exp(log(found.estimate) + half))


def test_it_stays_finite_where_a_count_is_zero():
    found = odds_ratio(5, 0, 0, 5)
    assert 1 < found.low < found.estimate < found.high < float("inf")


def test_swapping_what_is_asked_turns_it_around():
    one, other = odds_ratio(7, 3, 2, 9), odds_ratio(2, 9, 7, 3)
    assert one.estimate * other.estimate == pytest.approx(1)
    assert one.low * other.high == pytest.approx(1)
