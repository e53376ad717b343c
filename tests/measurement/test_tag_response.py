"""What tags say about response."""

from __future__ import annotations

import numpy as np
import pytest

from zhiyin.measurement.api import Observed, tag_responses

TAGS = ["persuadable", "always", "noise", "rare"]


def observed(rows: int = 12_000, seed: int = 3) -> Observed:
    """Return a campaign that moves the persuadable only, and people who buy anyway."""
    rng = np.random.default_rng(seed)
    treated = rng.random(rows) < 0.7
    persuadable, always, noise = (rng.random(rows) < 0.4 for _ in range(3))
    rare = rng.random(rows) < 0.001
    odds = -2.0 + 1.2 * always + 1.5 * (treated & persuadable)
    converted = rng.random(rows) < 1 / (1 + np.exp(-odds))
    return Observed(
        campaign=np.zeros(rows, dtype=int),
        treated=treated,
        converted=converted,
        tagged=np.column_stack([persuadable, always, noise, rare]),
        features=[(name, None) for name in TAGS],
    )


def test_who_is_moved_weighs_most_and_who_buys_anyway_does_not():
    found = tag_responses(observed(), TAGS)
    assert found["persuadable"].weight > 2
    assert found["always"].weight < 0.7
    assert found["noise"].weight < 0.7
    assert found["persuadable"].effect > 4 * found["persuadable"].error


def test_weights_are_one_on_average_and_one_where_nothing_is_known():
    found = tag_responses(observed(), [*TAGS, "unheard"])
    known = [one.weight for one in found.values() if one.effect is not None]
    assert np.mean(known) == pytest.approx(1)
    for name in ("rare", "unheard"):
        assert (found[name].weight, found[name].effect) == (1.0, None)
    assert found["unheard"].people == 0 < found["rare"].people


def test_few_conversions_leave_weights_near_one():
    few = tag_responses(observed(rows=400), TAGS)
    many = tag_responses(observed(rows=12_000), TAGS)
    assert abs(few["persuadable"].weight - 1) < abs(many["persuadable"].weight - 1)


def test_a_campaign_without_any_order_changes_nothing():
    seen = observed(rows=200)
    nothing = Observed(
        seen.campaign, seen.treated, np.zeros(200, dtype=bool), seen.tagged, seen.features
    )
    assert {one.weight for one in tag_responses(nothing, TAGS).values()} == {1.0}


def test_the_values_of_a_tag_are_one_effect():
    seen = observed()
    features = [("kind", "a"), ("kind", "b"), ("noise", None), ("rare", None)]
    joined = Observed(seen.campaign, seen.treated, seen.converted, seen.tagged, features)
    found = tag_responses(joined, ["kind", "noise", "rare"])
    assert found["kind"].effect > 0.3
    assert found["kind"].weight > found["noise"].weight
