"""Versions of a definition."""

from __future__ import annotations

from datetime import datetime

import pytest

from zhiyin.core.errors import Conflict, InvalidInput, NotFound
from zhiyin.profiles.tagging.api import TagShelf, load_tags

AT = datetime(2025, 6, 30)
BODY = {"title": "Two", "family": "value", "where": {"attribute": "orders", "at_least": 2}}
THREE = {**BODY, "where": {"attribute": "orders", "at_least": 3}}


def saved(shelf, body, expects, actor="li"):
    return shelf.save("loyal", body, expects=expects, actor=actor, why="", at=AT)


def test_each_save_is_a_version_and_an_old_one_comes_back(tmp_path):
    shelf = TagShelf(tmp_path)
    first = saved(shelf, BODY, None)
    second = saved(shelf, THREE, 1)
    assert (first.version, second.version) == (1, 2)
    assert first.digest != second.digest
    third = shelf.restore("loyal", 1, expects=2, actor="wang", at=AT)
    assert (third.version, third.digest) == (3, first.digest)
    assert [one.version for one in shelf.versions("loyal")] == [3, 2, 1]
    assert load_tags(tmp_path)["loyal"].version == 3


def test_the_second_of_two_who_save_one_definition_is_told(tmp_path):
    shelf = TagShelf(tmp_path)
    saved(shelf, BODY, None)
    saved(shelf, THREE, 1)
    with pytest.raises(Conflict, match="version 2 now, not 1"):
        saved(shelf, {**BODY, "owner": "me"}, 1)
    with pytest.raises(Conflict, match="exists already"):
        saved(shelf, BODY, None)
    assert shelf.body("loyal")["where"] == THREE["where"]


def test_what_was_written_into_the_file_is_a_version_too(tmp_path):
    shelf = TagShelf(tmp_path)
    saved(shelf, BODY, None)
    path = tmp_path / "tags" / "loyal.yaml"
    path.write_text(path.read_text("utf-8").replace("at_least: 2", "at_least: 9"), "utf-8")
    assert shelf.number("loyal") == 2
    assert [one.actor for one in shelf.versions("loyal")] == ["files", "li"]
    with pytest.raises(Conflict):
        saved(shelf, THREE, 1)
    saved(shelf, THREE, 2)
    bounds = [one.body["where"]["at_least"] for one in shelf.versions("loyal")]
    assert bounds == [3, 9, 2]


def test_a_draft_that_is_wrong_changes_nothing(tmp_path):
    shelf = TagShelf(tmp_path)
    saved(shelf, BODY, None)
    with pytest.raises(InvalidInput, match="no attribute is named 'shoe'"):
        saved(shelf, {**BODY, "where": {"attribute": "shoe", "equals": 1}}, 1)
    assert shelf.number("loyal") == 1


def test_a_removed_tag_and_a_version_that_never_was_are_told(tmp_path):
    shelf = TagShelf(tmp_path)
    saved(shelf, BODY, None)
    with pytest.raises(NotFound, match="has no version 7; there are: 1"):
        shelf.restore("loyal", 7, expects=1, actor="li", at=AT)
    (tmp_path / "tags" / "loyal.yaml").unlink()
    with pytest.raises(Conflict, match="was removed meanwhile"):
        saved(shelf, BODY, 1)


def test_a_name_must_do_as_a_file_and_an_address(tmp_path):
    for name in ("../evil", "new", "Upper"):
        with pytest.raises(InvalidInput, match="cannot be named"):
            TagShelf(tmp_path).save(name, BODY, expects=None, actor="li", why="", at=AT)


def test_users_of_a_tag_are_found_in_files(tmp_path):
    (tmp_path / "audiences").mkdir()
    (tmp_path / "audiences" / "x.yaml").write_text("where: {tag: loyal}", "utf-8")
    (tmp_path / "audiences" / "y.yaml").write_text("where: {tag: loyal_too}", "utf-8")
    assert TagShelf(tmp_path).used_by("loyal") == ["audiences/x.yaml"]
