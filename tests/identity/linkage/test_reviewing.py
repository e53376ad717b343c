"""The queue of pairs that wait for somebody's judgment."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import NotFound
from zhiyin.identity.linkage.api import pair_id, reviews, reviews_named
from zhiyin.identity.tables import DECISIONS, MATCHES, PERSON_OF
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

NOON = datetime(2026, 3, 1, 12)
FIELDS = json.dumps(
    {"city": {"level": "equal", "weight": 2.0}, "name": {"level": "different", "weight": -5.0}}
)


def match(left: int, right: int, verdict: str = "review", probability: float = 0.9) -> dict:
    return {
        "left_id": f"user:{left}",
        "right_id": f"user:{right}",
        "verdict": verdict,
        "probability": probability,
        "comparison": FIELDS,
    }


def decision(left: int, right: int, revoked_at: datetime | None = None) -> dict:
    return {
        "decision_id": f"d-{left}{right}",
        "left_id": f"user:{left}",
        "right_id": f"user:{right}",
        "revoked_at": revoked_at,
    }


@pytest.fixture(scope="module")
def warehouse():
    made = DuckDBWarehouse(":memory:")
    yield made
    made.close()


def publish(warehouse, matches, decisions=(), people=None) -> None:
    warehouse.write(MATCHES, rows_of(MATCHES, *matches))
    warehouse.write(DECISIONS, rows_of(DECISIONS, *decisions))
    owners = [
        {"visitor_id": f"user:{one}", "person_id": f"user:{person}"}
        for one, person in (people or {}).items()
    ]
    warehouse.write(PERSON_OF, rows_of(PERSON_OF, *owners))


def waiting(warehouse) -> list[tuple[str, str]]:
    return [(pair.left_id, pair.right_id) for pair in reviews(warehouse).reviews]


def test_pairs_wait_most_probable_first_and_pages_do_not_overlap(warehouse):
    publish(warehouse, [match(1, 2, probability=0.6), match(3, 4), match(5, 6, "rejected")])
    assert waiting(warehouse) == [("user:3", "user:4"), ("user:1", "user:2")]
    page = reviews(warehouse, limit=1, offset=1)
    assert (page.total, page.reviews[0].left_id) == (2, "user:1")
    assert reviews(warehouse, limit=0).reviews == ()


def test_a_pair_shows_both_records_and_what_says_most(warehouse):
    warehouse.write(dw.CUSTOMERS, rows_of(dw.CUSTOMERS, {"visitor_id": "user:1", "name": "王小明"}))
    publish(warehouse, [match(1, 2)])
    (pair,) = reviews(warehouse).reviews
    assert [(one.field, one.level) for one in pair.fields] == [
        ("name", "different"),
        ("city", "equal"),
    ]
    assert pair.left["name"] == "王小明"
    assert pair.right == {}


def test_nothing_waits_before_the_first_run():
    empty = DuckDBWarehouse(":memory:")
    assert reviews(empty).total == 0
    empty.close()


def test_a_pair_is_found_by_its_number_while_it_waits(warehouse):
    publish(warehouse, [match(1, 2), match(1, 3)])
    number = pair_id("user:1", "user:3")
    (found,) = reviews_named(warehouse, [number, number])
    assert (found.left_id, found.right_id) == ("user:1", "user:3")
    publish(warehouse, [match(1, 2), match(1, 3)], [decision(1, 3)])
    with pytest.raises(NotFound, match=f"'{number}' waits"):
        reviews_named(warehouse, [number])


numbers = st.integers(1, 4)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.tuples(numbers, numbers).filter(lambda p: p[0] < p[1]), st.booleans()),
    st.dictionaries(st.tuples(numbers, numbers).filter(lambda p: p[0] < p[1]), st.booleans()),
    st.dictionaries(numbers, numbers),
)
def test_only_undecided_pairs_of_two_people_wait(warehouse, matches, decisions, people):
    publish(
        warehouse,
        [match(*pair, "review" if open_ else "accepted") for pair, open_ in matches.items()],
        [decision(*pair, NOON if revoked else None) for pair, revoked in decisions.items()],
        people,
    )
    expected = {
        (f"user:{left}", f"user:{right}")
        for (left, right), open_ in matches.items()
        if open_
        and decisions.get((left, right), True)
        and people.get(left, left) != people.get(right, right)
    }
    assert set(waiting(warehouse)) == expected
