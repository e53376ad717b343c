"""Tag definitions, and the tags they give."""

from __future__ import annotations

import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import DEFAULTS, load_tags, tags
from zhiyin.profiles.tagging.api import FAMILIES


def write(folder, **files):
    (folder / "tags").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "tags" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


@pytest.fixture
def given(tmp_path, sources):
    """Return who has the tag of a definition, with its value."""

    def people(text):
        definitions = load_tags(write(tmp_path, t=text))
        rows = tags(definitions, sources).to_pyarrow().to_pylist()
        return {row["person_id"]: row["value"] for row in rows}

    return people


def test_a_condition_gives_a_plain_tag(given):
    assert given("{family: behavior, where: {attribute: orders, at_least: 2}}") == {
        "user:ann": None
    }


def test_a_column_gives_a_tag_where_it_is_known(given):
    assert given("{family: basic, value: {attribute: gender}}") == {
        "user:ann": "female",
        "user:bob": "male",
    }


def test_bands_name_numbers_and_a_bound_belongs_to_the_band_above(given):
    text = """
family: value
where: {attribute: is_registered, equals: true}
value:
  attribute: orders
  bands: [{below: 1, is: none}, {below: 2, is: one}, {is: many}]
"""
    assert given(text) == {"user:ann": "many", "user:bob": "one", "user:cy": "none"}


def test_the_shop_has_its_default_tags(shop):
    rows = shop.to_arrow(shop.read(dm.TAGS)).to_pylist()
    found = {(row["person_id"], row["tag"], row["value"]) for row in rows}
    assert len(found) == len(rows)
    assert ("user:cy", "cart_abandoner", None) in found
    assert ("user:cy", "needs_first_order", None) in found
    assert ("user:ann", "repeat_buyer", None) in found
    assert ("user:ann", "favourite_category", "drinks") in found


def test_the_default_tags_cover_every_family_in_both_languages():
    definitions = load_tags(DEFAULTS)
    assert len(definitions) >= 15
    assert {tag.family for tag in definitions.values()} == set(FAMILIES)
    for tag in definitions.values():
        assert tag.title["zh-CN"] != tag.title["en"]
        assert tag.description["zh-CN"] != tag.description["en"]


def test_no_definitions_give_no_tags(sources):
    assert tags({}, sources).to_pyarrow().num_rows == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "{family: mood, where: {everyone: true}}",
            "t.yaml: family cannot be 'mood'; allowed: basic",
        ),
        ("{family: basic}", "a tag needs `where`"),
        ("{family: basic, value: {attribute: shoe}}", "value.attribute cannot be 'shoe'"),
        (
            "{family: basic, value: {attribute: city, bands: [{is: x}]}}",
            "need a number, and city is a text",
        ),
        (
            "{family: basic, value: {attribute: orders, bands: [{below: 2, is: a}]}}",
            "only the last one has none",
        ),
        ("{family: basic, where: {tag: other}}", "cannot ask for tags or audiences"),
        ("{family: basic, color: red}", "'color' does not belong here"),
        ("[1, 2]", "must hold a mapping"),
        ("{family: [", "is no YAML"),
    ],
)
def test_a_mistake_names_the_file_and_what_is_allowed(tmp_path, text, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        load_tags(write(tmp_path, t=text))


def test_a_name_is_given_once(tmp_path):
    same = "{name: a, family: basic, where: {everyone: true}}"
    with pytest.raises(InvalidInput, match=r"u\.yaml: the name 'a' is taken by t\.yaml"):
        load_tags(write(tmp_path, t=same, u=same))
