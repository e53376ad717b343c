"""The customers list."""

from __future__ import annotations

import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import CustomerSearch, parse_condition, search_customers, select


@pytest.fixture
def listed(shop):
    def people(members=None, **asked):
        page = search_customers(shop.read(dm.CUSTOMERS), CustomerSearch(**asked), members)
        ids = shop.to_arrow(page.rows)["person_id"].to_pylist()
        return ids, shop.to_arrow(page.total)["total"][0].as_py()

    return people


def test_the_highest_amount_comes_first_and_ties_go_by_id(listed):
    assert listed() == (["user:ann", "user:bob", "anon:d2", "user:cy"], 4)


def test_unknown_values_come_last_both_ways(listed):
    assert listed(sort="recency_days")[0][:2] == ["user:ann", "user:bob"]
    assert listed(sort="-recency_days")[0][:2] == ["user:bob", "user:ann"]


def test_text_is_found_in_names_ids_and_contacts_whatever_its_case(listed):
    assert listed(text=" ANN ") == (["user:ann"], 1)
    assert listed(text="13800") == (["user:ann"], 1)
    assert listed(text="b.c")[1] == 3
    assert listed(text="100%")[1] == 0


def test_filters_narrow_and_pages_divide(listed):
    assert listed(stage="prospect", sort="person_id") == (["anon:d2", "user:cy"], 2)
    assert listed(stage="prospect", sort="person_id", page=2, size=1) == (["user:cy"], 2)


def test_an_audience_may_be_searched(listed, sources):
    members = select(parse_condition({"attribute": "is_buyer", "equals": True}), sources)
    assert listed(members)[1] == 2


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"tier": "gold"}, "tier cannot be 'gold'; allowed: high"),
        ({"stage": "gone"}, "stage cannot be 'gone'"),
        ({"sort": "-email"}, "sort cannot be '-email'"),
        ({"page": 0}, "page must be 1 or more"),
        ({"size": 501}, "size 1 to 500"),
    ],
)
def test_what_cannot_be_asked_is_named(listed, asked, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        listed(**asked)
