"""Reading and writing condition trees."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from tests.profiles.condition_trees import trees

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.api import fields, parse_condition, to_dict
from zhiyin.profiles.conditions import (
    All,
    Attribute,
    Comparison,
    Deed,
    Did,
    Not,
    Tag,
    Window,
    leaves,
)


@settings(max_examples=100, deadline=None)
@given(trees())
def test_what_is_written_is_read_back_equal(tree):
    assert parse_condition(to_dict(tree)) == tree


def test_the_tree_of_the_handbook_is_understood():
    tree = parse_condition(
        {
            "all": [
                {"attribute": "value_tier", "equals": "high"},
                {"attribute": "recency_days", "at_least": 60, "below": 90},
                {"not": {"did": "Order Completed", "within_days": 30}},
                {"any": [{"tag": "coupon_lover"}, {"score": "churn", "at_least": 0.5}]},
            ]
        }
    )
    assert isinstance(tree, All)
    assert tree.nodes[1] == Attribute(
        "recency_days", (Comparison("at_least", 60), Comparison("below", 90))
    )
    assert tree.nodes[2] == Not(Did(Deed("Order Completed"), window=Window(30)))
    assert Tag("coupon_lover") in list(leaves(tree))


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ([], "where: a condition is a mapping"),
        ({}, "where: a condition needs exactly one of all, any, not"),
        ({"tag": "x", "audience": "y"}, "where: a condition needs exactly one of"),
        ({"all": []}, r"where\.all: needs a list with at least one condition"),
        (
            {"all": [{"everyone": True}, {"not": {"tag": ""}}]},
            r"where\.all\[1\]\.not\.tag: must be a text",
        ),
        (
            {"attribute": "age", "equals": 3},
            r"where\.attribute: no attribute is named 'age'; known: person_id",
        ),
        ({"attribute": "stage"}, "attribute needs one of equals"),
        (
            {"attribute": "stage", "equals": "lost"},
            "stage is never 'lost'; its values are prospect, new",
        ),
        ({"attribute": "stage", "one_of": ["new", "x"]}, "stage is never 'x'"),
        ({"attribute": "orders", "contains": "1"}, "'orders' is a number, which takes equals"),
        ({"attribute": "orders", "equals": "1"}, r"where\.equals: must be a number, not '1'"),
        ({"attribute": "orders", "equals": float("nan")}, "must be a number"),
        ({"attribute": "is_buyer", "equals": 1}, "must be true or false, not 1"),
        (
            {"attribute": "joined_at", "before": "soon"},
            "must be a date such as 2025-06-18, not 'soon'",
        ),
        ({"attribute": "orders", "equals": 1, "than": 2}, "'than' does not belong here"),
        ({"score": "luck", "above": 1}, "no model is named 'luck'; known: clv, churn, repurchase"),
        ({"did": "X", "at_least": 3, "at_most": 2}, "2 is below at_least"),
        ({"did": "X", "within_days": 0}, "must be a number of days above 0, not 0"),
        ({"did": "X", "at_least": 1.5}, "must be a whole number from 0 on, not 1.5"),
        (
            {"did": "Order Completed", "campaign_id": "c"},
            "'Order Completed' can be filtered by product_id, category, brand, channel",
        ),
        ({"everyone": False}, r"where\.everyone: must be true"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_is_allowed(written, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        parse_condition(written)


def test_a_tree_without_end_is_refused():
    tree: dict = {"everyone": True}
    for _ in range(30):
        tree = {"not": tree}
    with pytest.raises(InvalidInput, match="nest 20 deep at most"):
        parse_condition(tree)


def test_dates_are_instants_in_utc():
    tree = parse_condition({"attribute": "joined_at", "after": "2025-06-18T08:00:00+08:00"})
    assert tree.comparisons == (Comparison("after", datetime(2025, 6, 18)),)


def test_the_vocabulary_names_every_attribute_with_its_operators_and_values():
    known = {field["attribute"]: field for field in fields()}
    assert known["value_tier"]["values"] == ["high", "middle", "potential", "at_risk"]
    assert "at_least" in known["orders"]["operators"]
    assert known["joined_at"]["kind"] == "time"
