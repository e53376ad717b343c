"""The parameters of the linkage model: what Splink leaves open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.linkage.coincidence import Patterns, unmixed
from zhiyin.adapters.linkage.estimation import (
    at_least,
    matched_shares,
    pooled,
    unmatched_shares,
)
from zhiyin.ports.linkage import Comparison

positive = st.floats(1e-6, 1.0)
levels = st.integers(2, 6).flatmap(lambda n: st.lists(positive, min_size=n, max_size=n))


def spread(values) -> np.ndarray:
    return np.asarray(values) / np.sum(values)


@settings(max_examples=50, deadline=None)
@given(levels.flatmap(lambda m: st.tuples(st.just(m), st.permutations(m))))
def test_a_worse_agreement_never_counts_for_more_and_matches_stay_what_they_were(drawn):
    m, u = map(spread, drawn)
    new_m, new_u = map(np.asarray, pooled(m, u))
    ratios = new_m / new_u
    assert (np.diff(ratios) <= 1e-4 * ratios[:-1]).all()
    assert new_m.sum() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(new_u, u, rtol=1e-5)


def test_levels_in_order_are_left_as_they_are():
    m, u = (0.9, 0.08, 0.02), (0.01, 0.09, 0.9)
    assert pooled(m, u) == (m, u)


def test_levels_in_the_wrong_order_get_the_weight_that_they_have_together():
    m, _ = pooled((0.2, 0.6, 0.2), (0.1, 0.1, 0.8))
    assert m == pytest.approx((0.4, 0.4, 0.2))


@settings(max_examples=50, deadline=None)
@given(levels, st.floats(0, 0.05))
def test_matches_are_taken_out_of_random_pairs_exactly(shares, prior):
    u = spread(np.asarray(shares) + 0.1)
    m = np.roll(u, 1)
    seen = prior * m + (1 - prior) * u
    np.testing.assert_allclose(unmatched_shares(seen, m, prior=prior, pairs=1e12), u, rtol=1e-6)


def test_a_level_that_no_random_pair_is_on_is_rare_and_not_impossible():
    u = unmatched_shares((0.0, 1.0), (0.9, 0.1), prior=1e-6, pairs=1000)
    assert 0 < u[0] <= 1 / 1000
    assert min(matched_shares((1.0, 0.0))) > 0


def test_of_two_shares_the_greater_counts_and_the_last_level_takes_the_rest():
    assert at_least((0.1, 0.2, 0.7), (0.3, 0.1, 0.6)) == pytest.approx((0.3, 0.2, 0.5))
    assert sum(at_least((0.9, 0.05, 0.05), (0.05, 0.9, 0.05))) == pytest.approx(1)


def test_what_strangers_of_one_name_share_is_told_from_what_matches_share():
    # Strangers have similar e-mails in 30 of 100 cases since these are made from names.
    m, u = (
        {"email": (0.8, 0.1, 0.1), "born": (0.95, 0.05)},
        {"email": (0.001, 0.3, 0.699), "born": (0.01, 0.99)},
    )
    share = 0.05
    cells = [(email, born) for email in range(3) for born in range(2)]
    weights = [
        share * m["email"][e] * m["born"][b] + (1 - share) * u["email"][e] * u["born"][b]
        for e, b in cells
    ]
    patterns = Patterns(
        (Comparison("email", "email"), Comparison("born", "date")),
        np.array(cells),
        np.round(np.array(weights) * 1e6),
    )
    believed = {"email": (0.001, 0.001, 0.998), "born": (0.01, 0.99)}
    start = {"email": (0.9, 0.05, 0.05), "born": (0.9, 0.1)}
    matches, found = unmixed(patterns, start, believed)
    assert matches == pytest.approx(share, abs=0.02)
    # With two fields there is no one answer, but similar e-mails are the strangers'.
    assert found["email"][1] == pytest.approx(0.3, abs=0.03)
