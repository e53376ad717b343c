import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.stats.sums import Proportion, SampleMean

VALUES = st.lists(st.integers(-1000, 1000).map(lambda cents: cents / 4), min_size=2, max_size=40)


def sums_of(values: list[float]) -> SampleMean:
    x = np.asarray(values, dtype=float)
    return SampleMean(len(x), float(x.sum()), float((x**2).sum()), float((x**3).sum()))


@given(VALUES, VALUES)
@settings(max_examples=30, deadline=None)
def test_merged_sums_are_the_sums_of_the_merged_sample(left, right):
    merged = sums_of(left) + sums_of(right)
    both = np.asarray(left + right)
    assert merged.n == len(both)
    # 80 quarters below 1000 in absolute value: exact in doubles up to the cubes.
    assert merged.mean == pytest.approx(both.mean(), rel=1e-9, abs=1e-9)
    assert merged.variance == pytest.approx(both.var(ddof=1), rel=1e-9, abs=1e-9)
    expected = float(((both - both.mean()) ** 3).mean())
    assert merged.third_moment == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_a_constant_sample_has_variance_zero_in_spite_of_cancellation():
    assert SampleMean(3, 0.3, 3 * 0.1**2).variance == pytest.approx(0, abs=1e-17)


def test_cubes_that_one_part_lacks_are_lacking_in_the_whole():
    assert (SampleMean(2, 3, 5, 9) + SampleMean(1, 1, 1)).third_moment is None


def test_proportions_add():
    assert Proportion(10, 3) + Proportion(5, 5) == Proportion(15, 8)


@pytest.mark.parametrize(("n", "successes"), [(3, 4), (3, -1)])
def test_impossible_counts_are_refused(n, successes):
    with pytest.raises(InvalidInput, match="cannot be"):
        Proportion(n, successes)
