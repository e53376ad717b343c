import numpy as np
import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.stats.answers import NotEnough
from zhiyin.stats.split import ALARM, EXACT_UP_TO, split_p_value, strata_split_p_value


def test_a_famous_uneven_split_gives_the_printed_p_value():
    # Kohavi, Tang and Xu (2020), Trustworthy Online Controlled Experiments, chapter 3: 1.8E-6.
    assert split_p_value([821_588, 815_482], [0.5, 0.5]) == pytest.approx(1.8e-6, abs=0.05e-6)


def test_exact_and_large_sample_test_meet():
    just_exact = split_p_value([EXACT_UP_TO * 9 // 10 - 200, EXACT_UP_TO // 10 + 200], [0.9, 0.1])
    just_large = split_p_value([EXACT_UP_TO * 9 // 10 - 200, EXACT_UP_TO // 10 + 201], [0.9, 0.1])
    assert just_exact == pytest.approx(just_large, rel=0.05)


def test_small_splits_are_exact():
    # Two-sided: 0 of 5 or 5 of 5 under one half.
    assert split_p_value([0, 5], [0.5, 0.5]) == pytest.approx(2 / 32)


def test_three_arms_are_tested_by_chi_square():
    # chi-square of (90, 100, 110) against 100 each is 2 with 2 degrees of freedom: exp(-1).
    assert split_p_value([90, 100, 110], [1 / 3, 1 / 3, 1 / 3]) == pytest.approx(np.exp(-1))


def test_nobody_assigned_is_no_answer():
    assert split_p_value([0, 0], [0.9, 0.1]) == NotEnough("too_few")


@pytest.mark.parametrize("shares", [[0.9], [0.9, 0.2], [1.0, 0.0]])
def test_shares_that_do_not_fit_are_refused(shares):
    with pytest.raises(InvalidInput, match="Planned shares"):
        split_p_value([5, 5], shares)


def test_a_fair_draw_seldom_alarms():
    rng = np.random.default_rng(1)
    draws = rng.binomial(2000, 0.1, 300)
    alarms = sum(split_p_value([2000 - int(k), int(k)], [0.9, 0.1]) < ALARM for k in draws)
    assert alarms <= 2


def test_strata_are_tested_each_under_its_own_share():
    assert strata_split_p_value([(80, 20), (50, 50)], [0.2, 0.5]) == pytest.approx(1)
    # Standard scores 2.5 and -2: chi-square 10.25 with 2 degrees of freedom.
    found = strata_split_p_value([(70, 30), (60, 40)], [0.2, 0.5])
    assert found == pytest.approx(np.exp(-10.25 / 2))


def test_strata_without_a_hold_out_are_left_out():
    only = strata_split_p_value([(70, 30), (60, 0)], [0.2, 0.0])
    assert only == split_p_value([70, 30], [0.8, 0.2])
    assert strata_split_p_value([(60, 0)], [0.0]) == NotEnough("too_few")
