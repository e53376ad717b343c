"""Personas: groups that are there are found, named by what sets them apart, and keep their ids."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest

from zhiyin.profiles.personas.api import NUMBERS, Trait, adjusted_rand, fit, k_means, nearest
from zhiyin.profiles.personas.matching import kept_ids
from zhiyin.profiles.personas.naming import names
from zhiyin.profiles.personas.stability import chosen


def shoppers(people=600, seed=3):
    """Return features of three planted kinds of buyers, and whose kind is whose."""
    rng = np.random.default_rng(seed)
    kind = np.arange(people) % 3
    columns = {name: np.ones(people) for name in NUMBERS}  # alike for everybody: left out
    columns["monetary"] = np.where(kind == 0, 9000, 100) * rng.lognormal(0, 0.2, people)
    columns["weekend_share"] = np.where(kind == 0, 0.8, 0.1) + rng.normal(0, 0.05, people)
    columns["recency_days"] = np.where(kind == 1, 300, 10) * rng.lognormal(0, 0.2, people)
    columns["discount_share"] = np.where(kind == 2, 0.5, 0.05) + rng.normal(0, 0.03, people)
    texts = {
        "favourite_category": pa.array(["tea"] * people, "string"),
        "favourite_channel": pa.array([None] * people, "string"),
    }
    table = {"person_id": pa.array([f"user:{n:05}" for n in range(people)]), **columns, **texts}
    return pa.table(table), kind


def test_the_kinds_that_were_planted_are_found():
    features, kind = shoppers()
    found = fit(features)
    assert len(found.personas) == 3
    assert found.stable[3] > 0.95
    assert adjusted_rand(kind, found.numbers - 1) == pytest.approx(1.0)
    rich = next(one for one in found.personas if found.numbers[0] == one.number)
    assert rich.title == ("周末高价值买家", "Weekend high-value buyers")
    assert {trait.feature for trait in rich.traits[:2]} == {"monetary", "weekend_share"}


def test_the_same_buyers_have_the_same_personas_and_ids_stay_when_some_change():
    features, _ = shoppers()
    first, again = fit(features), fit(features)
    assert (first.numbers == again.numbers).all()
    later, _ = shoppers(seed=4)
    moved = fit(later, before=first.numbers, taken=3, count=3)
    assert {one.number for one in moved.personas} == {1, 2, 3}
    assert (moved.numbers == first.numbers).mean() > 0.99
    assert all(one.kept > 0.9 for one in moved.personas)


def test_too_few_buyers_and_buyers_all_alike_have_no_personas():
    features, _ = shoppers()
    assert fit(features.slice(0, 199)) is None
    same = features.take(pa.array([0] * 300))
    assert fit(same) is None


def test_no_single_buyer_is_a_persona():
    features, _ = shoppers()
    money = features["monetary"].to_numpy().copy()
    money[0] = 1e9
    place = features.column_names.index("monetary")
    found = fit(features.set_column(place, "monetary", pa.array(money)))
    assert min(one.people for one in found.personas) > 50


def test_a_cluster_with_other_people_gets_a_number_that_was_never_given():
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    before = np.array([4, 4, 4, 7, 0, 0, 0, 0])
    found = kept_ids(labels, 3, before, 9)
    assert found[0] == (4, 1.0)
    assert found[1][0] == 7
    assert found[2] == (10, None)


def test_clusters_lie_where_no_better_division_of_few_points_does():
    rng = np.random.default_rng(5)
    for _ in range(5):
        points = rng.normal(size=(8, 2)).astype(np.float32)
        _, squares = nearest(points, k_means(points, 2, rng, starts=20))
        least = min(
            sum(
                float(((points[side] - points[side].mean(axis=0)) ** 2).sum())
                for side in (list(some), [n for n in range(8) if n not in some])
            )
            for size in range(1, 5)
            for some in itertools.combinations(range(8), size)
        )
        assert float(squares.sum()) == pytest.approx(least, rel=1e-3)


def test_the_adjusted_rand_index_is_that_of_pairs():
    rng = np.random.default_rng(6)
    one, other = rng.integers(0, 3, 40), rng.integers(0, 4, 40)
    pairs = list(itertools.combinations(range(40), 2))
    both = sum(one[a] == one[b] and other[a] == other[b] for a, b in pairs)
    rows = sum(one[a] == one[b] for a, b in pairs)
    columns = sum(other[a] == other[b] for a, b in pairs)
    expected = rows * columns / len(pairs)
    wanted = (both - expected) / ((rows + columns) / 2 - expected)
    assert adjusted_rand(one, other) == pytest.approx(wanted)
    assert adjusted_rand(one, (one + 1) % 3) == 1.0


@pytest.mark.parametrize(
    ("stable", "before", "number"),
    [
        ({3: 0.9, 4: 0.85, 5: 0.6}, None, 4),
        ({3: 0.5, 4: 0.7, 5: 0.6}, None, 4),
        ({3: 0.9, 4: 0.85, 5: 0.76}, 5, 5),
        ({3: 0.9, 4: 0.85, 5: 0.6}, 5, 4),
    ],
)
def test_as_many_personas_as_come_back_and_the_number_before_is_not_left_lightly(
    stable, before, number
):
    assert chosen(stable, before) == number


def trait(feature, difference, value=None):
    return Trait(feature, value, 1.0, 1.0, difference)


def test_no_two_personas_have_one_name():
    told = names([
        (trait("monetary", 2.0), trait("recency_days", -1.0), trait("visits", 0.5)),
        (trait("monetary", 2.0), trait("recency_days", -1.0), trait("discount_share", 0.5)),
        (trait("favourite_category", 2.0, "Tea"), trait("orders", -1.0)),
        (),
        (),
    ])  # fmt: skip
    assert len(set(told)) == 5
    assert told[0] == ("活跃高价值买家", "Active high-value buyers")
    assert told[2] == ("低频「Tea」买家", "Infrequent buyers of Tea")
    assert told[4] == ("普通买家 2", "Ordinary buyers 2")
