"""Customers who buy like one customer, against a loop over all of them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import similar_customers
from zhiyin.testing.rows import rows_of

NUMBERS = ("orders", "monetary", "average_order", "recency_days", "visits_30d", "discount_share")
TEXTS = ("favourite_category", "favourite_channel")


def by_hand(people, name):
    """Return the ids of the ten nearest buyers, and how far each is."""
    buyers = [one for one in people if one["is_buyer"]]

    def place(one, column):
        number = float(one[column] or 0)
        return number if column == "discount_share" else math.log1p(max(number, 0.0))

    if not buyers:
        return []
    spreads = {}
    for column in NUMBERS:
        values = [place(one, column) for one in buyers]
        middle = sum(values) / len(values)
        spreads[column] = math.sqrt(sum((x - middle) ** 2 for x in values) / len(values))
    own = next((one for one in buyers if one["person_id"] == name), None)
    found = []
    if own is None:
        return []
    for one in buyers:
        if one["person_id"] == name:
            continue
        apart = sum(
            ((place(one, c) - place(own, c)) / spreads[c]) ** 2
            for c in NUMBERS
            if spreads[c] > 1e-9
        )
        apart += sum(one[c] != own[c] for c in TEXTS)
        found.append((one["person_id"], math.sqrt(apart)))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))[:10]


person = st.fixed_dictionaries({
    "is_buyer": st.sampled_from([True, True, True, False]),
    "orders": st.integers(0, 9),
    "monetary": st.integers(-50, 900).map(Decimal),
    "average_order": st.none() | st.integers(0, 300).map(Decimal),
    "recency_days": st.none() | st.integers(0, 400),
    "visits_30d": st.integers(0, 5),
    "discount_share": st.none() | st.sampled_from([0.0, 0.25, 0.5]),
    "favourite_category": st.sampled_from([None, "tea", "cups"]),
    "favourite_channel": st.sampled_from([None, "web"]),
})  # fmt: skip


@pytest.fixture(scope="module")
def warehouse():
    opened = DuckDBWarehouse(":memory:")
    yield opened
    opened.close()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(person, min_size=1, max_size=15))
def test_the_nearest_buyers_are_those_that_a_loop_finds(warehouse, rows):
    people = [{"person_id": f"user:{n:02}", **row} for n, row in enumerate(rows)]
    warehouse.write(dm.CUSTOMERS, rows_of(dm.CUSTOMERS, *people))
    found = similar_customers("user:00", warehouse)
    wanted = by_hand(people, "user:00")
    assert [row["distance"] for row in found] == pytest.approx([apart for _, apart in wanted])
    told = dict(wanted)
    for row in found:  # equally far neighbors may take each other's place by rounding
        assert told.get(row["person_id"], wanted[-1][1]) == pytest.approx(row["distance"])
    assert len({row["person_id"] for row in found}) == len(found)


def test_a_visitor_who_never_bought_has_nobody_alike(shop):
    assert similar_customers("anon:d2", shop) == []


def test_a_buyer_sees_the_others_with_what_is_shown_of_them(shop):
    (bob,) = similar_customers("user:ann", shop)
    assert bob["person_id"] == "user:bob"
    assert set(bob) == {
        "person_id", "name", "value_tier", "stage", "orders", "monetary", "recency_days",
        "distance",
    }  # fmt: skip
    assert bob["distance"] > 0
