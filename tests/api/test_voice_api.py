"""What customers say through the API, and who may read their words."""

from __future__ import annotations

import pytest
from tests.api.small_shop import Shop

from zhiyin.app.commands import execute

PAST_YEAR = {"days": {"last": 365}, "interval": "month"}


def asked(shop: Shop, spec: dict, *, role: str = "analyst", status: int = 200) -> dict:
    answer = shop.as_(role).post("/api/insights/voice", json={"spec": spec})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_api_answers_what_the_command_does(shop: Shop):
    told = execute(shop.workspace, "voice.ask", {"spec": PAST_YEAR})
    found = asked(shop, PAST_YEAR)
    assert found["total"]["texts"] == told["total"]["texts"] > 0
    assert sum(line["texts"] for line in found["lines"]) == found["total"]["texts"]
    assert {"logistics", "price"} <= set(found["titles"])
    assert [one["kind"] for one in found["choices"]["kind"]]


def test_negative_texts_are_as_many_as_the_dictionary_counts(shop: Shop):
    names = ["negative_feedback", "negative_feedback_share", "unhappy_customers"]
    values = execute(shop.workspace, "metrics.value", {"names": names, "last": 365})
    counted = {row["metric"]: row["value"] for row in values["rows"]}
    total = asked(shop, PAST_YEAR)["total"]
    assert counted["negative_feedback"] == total["negative"] > 0
    assert counted["negative_feedback_share"] == pytest.approx(total["negative_share"])
    unhappy = {"analysis": "voice", "spec": PAST_YEAR, "point": {"sentiment": "negative"}}
    listed = shop.as_("analyst").post("/api/insights/people", json=unhappy).json()
    assert listed["total"] == counted["unhappy_customers"] > 0


def test_words_are_quoted_to_those_who_may_know_people(shop: Shop):
    def words(role):
        rows = asked(shop, PAST_YEAR, role=role)["reasons"]
        return [quote["text"] for row in rows for quote in row["examples"]]

    assert any(words("analyst"))
    assert words("viewer")
    assert not any(words("viewer"))


def test_a_wrong_question_says_what_is_allowed(shop: Shop):
    told = asked(shop, {"kind": "song"}, status=400)
    assert "kind cannot be 'song'; allowed: review, service, survey, post" in str(told)
