"""Tags as a person reads them on a terminal."""

from __future__ import annotations

import pytest

from zhiyin.app import render
from zhiyin.app.render_tags import render as render_tags


@pytest.fixture
def printed(capsys, monkeypatch):
    monkeypatch.setattr(render.console, "width", 100)

    def shown(name, result):
        render_tags(name, result)
        return capsys.readouterr().out

    return shown


LINE = {
    "tag": "repeat", "title": {"en": "Repeat"}, "family": "behavior", "kind": "rule",
    "owner": "crm", "unit": "", "valid_days": None, "version": 2, "holders": 5,
    "coverage": 0.25, "drift": None, "newest_fact_at": "2025-06-30T01:02:03",
}  # fmt: skip


def test_the_list_ends_with_how_many_people_have_a_tag(printed):
    text = printed(
        "tags.list", {"people": 20, "covered": 0.9, "tags_per_person": 1.5, "tags": [LINE]}
    )
    assert "25.0 %" in text
    assert "2025-06-30" in text
    assert "90.0 % of 20 people have a tag, 1.5 each on average." in text


def test_a_tag_that_no_run_has_counted_says_what_to_do(printed):
    shown = {**LINE, "weight": 1.0, "statistics": None, "values": [], "reads": [], "used_by": []}
    doubt = {"sentence": "The tag asks for an event never seen."}
    text = printed("tags.show", {**shown, "warnings": [doubt]})
    assert "zhiyin run" in text
    assert "- The tag asks for an event never seen." in text


def test_no_weights_and_no_campaign_are_told(printed):
    assert "every tag weighs 1" in printed("tags.weights", {"in_force": [], "proposed": []})
    nothing = {"proposal": None, "why": "no_measured_campaign", "campaigns": [], "weights": []}
    assert "no campaign with a hold-out" in printed("tags.weights_propose", nothing)
