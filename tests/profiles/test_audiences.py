"""Audience definitions, their sizes, members and portraits."""

from __future__ import annotations

import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import (
    DEFAULTS,
    audience_members,
    count_audience,
    load_audiences,
    load_tags,
    parse_condition,
    portrait,
    portrait_rows,
)


def write(folder, **files):
    (folder / "audiences").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "audiences" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_the_default_audiences_name_only_tags_that_exist_and_both_languages():
    audiences = load_audiences(DEFAULTS, set(load_tags(DEFAULTS)))
    assert len(audiences) >= 10
    for audience in audiences.values():
        assert audience.title["zh-CN"] != audience.title["en"]
        assert audience.description["zh-CN"] != audience.description["en"]


def test_sizes_are_the_numbers_of_members(shop, sources):
    sizes = {
        row["audience"]: row["members"]
        for row in shop.to_arrow(shop.read(dm.AUDIENCES)).to_pylist()
    }
    audiences = load_audiences(DEFAULTS)
    assert set(sizes) == set(audiences)
    for name, audience in audiences.items():
        members = audience_members(audience.where, sources).to_pyarrow()["person_id"].to_pylist()
        assert sizes[name] == len(members) == len(set(members))
    assert sizes["cart_abandoners_7d"] == 1
    assert sizes["prospects"] == 1
    assert sizes["reachable_by_email"] == 1
    assert sizes["high_churn"] == 1


def test_counting_needs_no_members(sources):
    tree = parse_condition({"attribute": "is_registered", "equals": True})
    assert count_audience(tree, sources).to_pyarrow().to_pylist() == [{"members": 3}]


def test_a_portrait_sets_members_beside_everybody(sources):
    tree = parse_condition({"attribute": "is_buyer", "equals": True})
    found = portrait(portrait_rows(tree, sources).to_pyarrow().to_pylist())
    assert (found["members"], found["base"]) == (2, 4)
    stages = next(d["values"] for d in found["dimensions"] if d["dimension"] == "stage")
    assert sum(value["members"] for value in stages) == 2
    assert next(v for v in stages if v["value"] == "prospect") == {
        "value": "prospect",
        "members": 0,
        "share": 0,
        "base_share": 0.5,
        "index": 0,
        "p_value": pytest.approx(1 / 3),
    }
    assert "rfm_segment" in {d["dimension"] for d in found["dimensions"]}
    assert "age_group" not in {d["dimension"] for d in found["dimensions"]}


def test_nobody_has_a_portrait_too(sources):
    nobody = parse_condition({"attribute": "orders", "above": 99})
    found = portrait(portrait_rows(nobody, sources).to_pyarrow().to_pylist())
    assert found["members"] == 0
    assert all(value["index"] is None for d in found["dimensions"] for value in d["values"])


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a": "{title: x}"}, r"a\.yaml: an audience needs either `where`"),
        ({"a": "{where: {audience: b}}"}, r"a\.yaml: no audience is named 'b'; defined: a"),
        ({"a": "{where: {tag: b}}"}, r"a\.yaml: no tag is named 'b'; defined: known"),
        ({"a": "{where: {audience: a}}"}, "in a circle: a → a; break it"),
        (
            {"a": "{where: {not: {audience: b}}}", "b": "{where: {audience: a}}"},
            "circle: a → b → a",
        ),
        (
            {"a": "{where: {attribute: stage, equals: x}}"},
            r"a\.yaml: where\.equals: stage is never 'x'",
        ),
        (
            {"a": "{title: {fr: x}, where: {everyone: true}}"},
            "title is a text or one for each of zh-CN, en",
        ),
    ],
)
def test_a_mistake_names_the_file_and_what_is_allowed(tmp_path, files, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        load_audiences(write(tmp_path, **files), {"known"})


def test_a_workspace_without_audiences_has_none(tmp_path):
    assert load_audiences(tmp_path) == {}


def test_a_missing_language_borrows_the_other(tmp_path):
    files = {
        "a": "{title: {en: Friends}, where: {everyone: true}}",
        "b": "{where: {everyone: true}}",
    }
    audiences = load_audiences(write(tmp_path, **files))
    assert audiences["a"].title == {"zh-CN": "Friends", "en": "Friends"}
    assert audiences["b"].title["en"] == "b"
