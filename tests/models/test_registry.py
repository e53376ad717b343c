"""Versions stay as they are; the champion changes in one step."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from zhiyin.core.errors import NotFound
from zhiyin.models import registry
from zhiyin.models.api import champion, list_versions, promote

AS_OF = datetime.fromisoformat("2026-03-01")


def save(folder, text="trees", as_of=AS_OF, model="clv"):
    card = {"trained_as_of": as_of.isoformat(), "metrics": [], "readings": [model], "rows": 1}
    return registry.save(folder, model=model, as_of=as_of, card=card, files={"trees.txt": text})


def test_a_version_is_read_back_as_it_was_saved(tmp_path):
    saved = save(tmp_path, "树")
    assert saved.read("trees.txt") == "树"
    assert saved.version.startswith("20260301-")
    assert saved.card["version"] == saved.version
    assert list_versions(tmp_path, "clv") == [saved]


def test_the_same_content_is_the_same_version(tmp_path):
    assert save(tmp_path) == save(tmp_path)
    assert len(list_versions(tmp_path)) == 1
    assert save(tmp_path, "other").version != save(tmp_path).version


def test_versions_come_by_model_then_oldest_first(tmp_path):
    newer, older = save(tmp_path, as_of=AS_OF + timedelta(days=30)), save(tmp_path)
    other = save(tmp_path, model="repurchase")
    assert list_versions(tmp_path) == [older, newer, other]


def test_nobody_is_champion_before_the_first_promotion(tmp_path):
    assert champion(tmp_path, "clv") is None
    save(tmp_path)
    assert champion(tmp_path, "clv") is None


def test_the_champion_is_the_version_promoted_last(tmp_path):
    first, second = save(tmp_path), save(tmp_path, "other")
    promote(tmp_path, "clv", first.version)
    assert champion(tmp_path, "clv") == first
    promote(tmp_path, "clv", second.version)
    assert champion(tmp_path, "clv") == second
    promote(tmp_path, "clv", first.version)
    assert champion(tmp_path, "clv") == first


def test_an_unknown_version_is_refused_with_the_known_ones(tmp_path):
    saved = save(tmp_path)
    with pytest.raises(NotFound, match=saved.version):
        promote(tmp_path, "clv", "20200101-0")
    assert champion(tmp_path, "clv") is None


def test_a_save_that_was_cut_short_is_not_a_version(tmp_path):
    draft = tmp_path / "clv" / ".draft-1"
    draft.mkdir(parents=True)
    (draft / "card.json").write_text("{", encoding="utf-8")
    assert list_versions(tmp_path) == []


def test_a_broken_card_says_what_to_do(tmp_path):
    saved = save(tmp_path)
    (saved.folder / "card.json").write_text("{", encoding="utf-8")
    with pytest.raises(NotFound, match="train again"):
        registry.load(tmp_path, "clv", saved.version)
