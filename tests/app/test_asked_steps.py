"""Steps of questions are told in words that a person reads."""

from __future__ import annotations

import pytest

from zhiyin.app.commands.asked_steps import in_words
from zhiyin.insights.behavior.api import read_funnel

CASES = [
    ("Page Viewed", "Page Viewed"),
    ({"events": ["A", "B"]}, "A | B"),
    ({}, "any"),
    ({"event": "A", "first_ever": True}, "A (first ever)"),
    ({"event": "A", "where": [{"property": "page_path", "equals": "/"}]}, "A (page_path is /)"),
    (
        {"event": "A", "where": [{"property": "platform", "one_of": ["app", "web"]}]},
        "A (platform is one of app, web)",
    ),
]


@pytest.mark.parametrize(("written", "words"), CASES)
def test_a_step_is_told_in_words(written, words):
    assert in_words(read_funnel({"steps": [written, "B"]}).steps[0]) == words
