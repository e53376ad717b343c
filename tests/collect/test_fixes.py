"""The vocabulary of fix rules: each change, what it leaves alone, and what is no rule."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.collect.dead_letters.api import read_fixes, read_rule, rule_body, with_rule
from zhiyin.collect.dead_letters.changes import changed
from zhiyin.collect.dead_letters.fixes import fixed
from zhiyin.collect.plan.api import FIXES
from zhiyin.core.errors import Conflict, InvalidInput

WHERE = {"reason": "plan_violation"}
ABOUT = {"reason": "plan_violation", "source_id": "web", "event": "A"}


def rule(*changes: dict, name: str = "one", where: dict | None = None) -> dict:
    return {"name": name, "where": where or WHERE, "changes": list(changes)}


def after(properties: dict, change: dict) -> dict:
    made = read_rule(rule(change)).changes[0]
    return changed({"properties": properties}, made)["properties"]


P = "properties."


@pytest.mark.parametrize(
    ("before", "change", "expected"),
    [
        ({"a": 1}, {"do": "rename", "path": P + "a", "to": "b"}, {"b": 1}),
        ({"a": 1, "b": 2}, {"do": "rename", "path": P + "a", "to": "b"}, {"b": 2}),
        ({"a": 1, "b": None}, {"do": "rename", "path": P + "a", "to": "b"}, {"b": 1}),
        ({"b": 2}, {"do": "rename", "path": P + "a", "to": "b"}, {"b": 2}),
        ({}, {"do": "default", "path": P + "a", "value": 1}, {"a": 1}),
        ({"a": None}, {"do": "default", "path": P + "a", "value": 1}, {"a": 1}),
        ({"a": 0}, {"do": "default", "path": P + "a", "value": 1}, {"a": 0}),
        ({}, {"do": "default", "path": P + "a.b", "value": 1}, {"a": {"b": 1}}),
        ({"a": 0}, {"do": "set", "path": P + "a", "value": [1]}, {"a": [1]}),
        ({"a": "x"}, {"do": "set", "path": P + "a.b", "value": 1}, {"a": "x"}),
        ({"a": "1,234.50"}, {"do": "cast", "path": P + "a", "to": "number"}, {"a": 1234.5}),
        ({"a": "¥ 12"}, {"do": "cast", "path": P + "a", "to": "number"}, {"a": 12}),
        ({"a": "12.0"}, {"do": "cast", "path": P + "a", "to": "integer"}, {"a": 12}),
        ({"a": 7}, {"do": "cast", "path": P + "a", "to": "string"}, {"a": "7"}),
        ({"a": "True"}, {"do": "cast", "path": P + "a", "to": "boolean"}, {"a": True}),
        ({"a": None}, {"do": "cast", "path": P + "a", "to": "number"}, {"a": None}),
        ({"a": 1, "b": 2}, {"do": "remove", "path": P + "a"}, {"b": 2}),
        ({"a": "男"}, {"do": "map", "path": P + "a", "values": {"男": "male"}}, {"a": "male"}),
        ({"a": 1}, {"do": "map", "path": P + "a", "values": {"1": "one"}}, {"a": "one"}),
        ({"a": "x"}, {"do": "map", "path": P + "a", "values": {"y": "z"}}, {"a": "x"}),
        (
            {"a": [{"b": "1"}, {"c": 2}, 3]},
            {"do": "cast", "path": P + "a[].b", "to": "number"},
            {"a": [{"b": 1}, {"c": 2}, 3]},
        ),
        ({"a": ["1", "2"]}, {"do": "cast", "path": P + "a[]", "to": "number"}, {"a": [1, 2]}),
    ],
)
def test_a_change_does_what_it_says_and_no_more(before, change, expected):
    assert after(before, change) == expected


@pytest.mark.parametrize(
    ("text", "formats", "zone", "expected"),
    [
        ("31/12/2025 9:05", ["D/M/YYYY h:mm"], "Asia/Shanghai", "2025-12-31T01:05:00Z"),
        ("12/31/25 9:05 pm", ["MM/DD/YY h:mm A"], "UTC", "2025-12-31T21:05:00Z"),
        (1767171900000, ["epoch_ms"], "Asia/Shanghai", "2025-12-31T09:05:00Z"),
        ("2025-12-31T09:05:00+08:00", ["ISO"], "UTC", "2025-12-31T01:05:00Z"),
        ("2025-12-31 09:05", ["D/M/YYYY", "ISO"], "Asia/Shanghai", "2025-12-31T01:05:00Z"),
    ],
)
def test_a_time_is_read_in_its_format_and_zone(text, formats, zone, expected):
    change = {"do": "parse_time", "path": P + "at", "formats": formats, "timezone": zone}
    assert after({"at": text}, change) == {"at": expected}


@pytest.mark.parametrize(
    ("value", "change", "sentence"),
    [
        ("seven", {"do": "cast", "path": P + "a", "to": "number"}, "'seven' is no number"),
        ("nan", {"do": "cast", "path": P + "a", "to": "number"}, "'nan' is no number"),
        (1.5, {"do": "cast", "path": P + "a", "to": "integer"}, "1.5 is no whole number"),
        ("maybe", {"do": "cast", "path": P + "a", "to": "boolean"}, "neither true nor false"),
        ("x", {"do": "parse_time", "path": P + "a", "formats": ["YYYY-MM-DD"]}, "is no time"),
    ],
)
def test_what_cannot_be_changed_is_said(value, change, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        after({"a": value}, change)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (rule({"do": "run", "path": P + "a"}), "Invalid value 'run'"),
        (rule({"do": "cast", "path": P + "a", "to": "money"}), "Invalid enum value 'money'"),
        (rule({"do": "remove", "path": "price"}), "a path's beginning cannot be 'price'"),
        (rule({"do": "remove", "path": "properties"}), "is everything"),
        (rule({"do": "remove", "path": "properties..a"}), "a path's beginning"),
        (rule({"do": "remove", "path": P + "a", "code": "x"}), "unknown field `code`"),
        (rule({"do": "parse_time", "path": P + "a", "formats": ["hh:mm"]}), "time format 'hh:mm'"),
        (rule({"do": "remove", "path": P + "a[]"}), "are the items of a list"),
        (rule(), "at least one change"),
        ({"name": "x", "where": {}, "changes": [{"do": "remove", "path": P + "a"}]}, "where must"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_reason(body, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read_rule(body)


def test_only_rules_that_fit_are_applied_in_their_order():
    rules = [
        read_rule(rule({"do": "set", "path": P + "a", "value": 1}, name="first")),
        read_rule(
            rule({"do": "set", "path": P + "a", "value": 9}, name="other", where={"source": "app"})
        ),
        read_rule(rule({"do": "map", "path": P + "a", "values": {"1": 2}}, name="second")),
        read_rule(rule({"do": "remove", "path": P + "b"}, name="idle")),
    ]
    found = fixed({"properties": {}}, rules, ABOUT)
    assert (found.event, found.by) == ({"properties": {"a": 2}}, ("first", "second"))


def test_a_rule_is_kept_in_the_file_under_a_name_of_its_own():
    one = read_rule(rule({"do": "remove", "path": P + "a"}))
    files = with_rule({}, one)
    assert read_fixes(files) == [one]
    assert with_rule(files, one) == files
    assert read_rule(rule_body(one)) == one
    other = read_rule(rule({"do": "remove", "path": P + "b"}))
    with pytest.raises(Conflict, match="'one'"):
        with_rule(files, other)
    with pytest.raises(InvalidInput, match=r"fixes.yaml, rule 1"):
        read_fixes({FIXES: "rules: [{name: x}]"})


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["1", "x", "true"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)
changes = st.sampled_from(
    [
        {"do": "rename", "path": P + "a.b", "to": "c"},
        {"do": "default", "path": P + "a", "value": 1},
        {"do": "set", "path": P + "a.b.a", "value": 1},
        {"do": "cast", "path": P + "a[].b", "to": "string"},
        {"do": "remove", "path": P + "a[].b"},
        {"do": "remove", "path": P + "b.a"},
        {"do": "map", "path": P + "b", "values": {"1": 2, "x": 1}},
    ]
)


@settings(max_examples=60, deadline=None)
@given(properties=st.dictionaries(st.sampled_from("abc"), values), change=changes)
def test_a_change_leaves_the_event_it_was_given_alone_and_other_properties_too(properties, change):
    before = copy.deepcopy(properties)
    touched = change["path"].removeprefix(P)[0]
    found = after(properties, change)
    assert properties == before
    assert {k: v for k, v in found.items() if k != touched} == {
        k: v for k, v in before.items() if k != touched
    }
