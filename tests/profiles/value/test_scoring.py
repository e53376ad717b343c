"""RFM in three ways, and the policy that says where steps are."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.tables import PURCHASES
from zhiyin.profiles.value.api import Thresholds, read_value_policy, scored
from zhiyin.profiles.value.breaks import natural_breaks
from zhiyin.testing.rows import EPOCH, rows_of


def spread(group):
    mean = sum(group) / len(group)
    return sum((value - mean) ** 2 for value in group)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=14), st.integers(2, 4))
def test_no_other_groups_lie_closer_together_than_natural_breaks(found, groups):
    values, counts = np.unique(found, return_counts=True)
    breaks = natural_breaks(values.astype(float), counts, groups)
    ordered = sorted(found)

    def total(bounds):
        edges = [-1.0, *bounds, 1e9]
        pieces = [[v for v in ordered if low <= v < high] for low, high in zip(edges, edges[1:])]  # noqa: B905, RUF007
        return sum(spread(piece) for piece in pieces if piece)

    wanted = min(groups, len(values))
    assert len(breaks) == wanted - 1
    least = min(total(bounds) for bounds in combinations(values[1:].tolist(), wanted - 1))
    assert total(breaks) == pytest.approx(least, abs=1e-6)


def test_many_values_are_gathered_before_they_are_broken():
    rng = np.random.default_rng(1)
    drawn = np.concatenate([rng.normal(place, 0.3, 2000) for place in (0, 5, 9)])
    values, counts = np.unique(drawn, return_counts=True)
    breaks = natural_breaks(values, counts, 3)
    assert 1.5 < breaks[0] < 4.3  # the smallest of 2,000 lies 3 deviations or so below 5
    assert 6.5 < breaks[1] < 8.3


def buyers(*rows):
    made = [
        {
            "person_id": f"user:{place}", "recency_days": recency, "orders": orders,
            "order_days": orders, "tenure_days": recency, "monetary": Decimal(amount),
            "first_order_at": EPOCH, "last_order_at": EPOCH,
        }
        for place, (recency, orders, amount) in enumerate(rows)
    ]  # fmt: skip
    return ibis.memtable(rows_of(PURCHASES, *made))


def scores(table, method):
    found, steps = scored(
        table, method, thresholds=Thresholds(), fetch=lambda expr: expr.to_pyarrow()
    )
    rows = sorted(found.to_pyarrow().to_pylist(), key=lambda row: row["person_id"])
    return [(row["r"], row["f"], row["m"]) for row in rows], steps


def test_a_score_is_one_more_than_the_steps_reached():
    table = buyers((30, 10, 3000), (31, 9, 2999), (365, 2, 200), (366, 1, 199), (400, 1, -5))
    assert scores(table, "thresholds")[0] == [
        (5, 5, 5), (4, 4, 4), (2, 2, 2), (1, 1, 1), (1, 1, 1),
    ]  # fmt: skip


def test_natural_breaks_put_what_lies_together_together():
    table = buyers(*((day, 1, 10) for day in (1, 2, 40, 44, 300, 310)))
    found, steps = scores(table, "kmeans")
    assert steps.orders == steps.monetary == ()
    assert {(f, m) for _, f, m in found} == {(1, 1)}
    by_recency = [r for r, _, _ in found]
    assert by_recency == sorted(by_recency, reverse=True)
    assert by_recency[1] > by_recency[2]
    assert by_recency[3] > by_recency[4]


def test_nobody_bought_and_nobody_is_scored():
    assert scores(buyers(), "kmeans")[0] == []
    assert scores(buyers(), "quintile")[0] == []


def test_an_unknown_method_names_the_known_ones():
    with pytest.raises(InvalidInput, match="quintile"):
        scores(buyers(), "magic")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("thresholds: {orders: [2, 2, 5, 10]}", "4 different numbers, rising"),
        ("thresholds: {recency_days: [30, 90, 180, 365]}", "4 different numbers, falling"),
        ("tiers: {high: 0.9, middle: 0.3}", "more than everybody"),
        ("tiers: {high: -0.1}", "must not be negative"),
        ("stages: {active_days: 100}", "dormant end before active"),
        ("history_months: 0", "write 1 to 120"),
        ("history_months: many", "Expected `int`"),
        ("tires: {}", "unknown field"),
        ("a: [", "correct the file"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused_in_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "policies" / "value.yaml"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match=sentence):
        read_value_policy(tmp_path)


def test_the_policy_that_ships_is_what_the_code_does_without_a_file():
    from zhiyin.profiles.value.api import ValuePolicy

    assert read_value_policy(None) == ValuePolicy()
