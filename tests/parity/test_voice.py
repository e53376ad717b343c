"""Texts gathered on DuckDB and on Spark."""

from __future__ import annotations

import pytest

from zhiyin.insights.voice.api import INPUTS, asked, read_voice, texts, voice_people
from zhiyin.insights.voice.tables import FEEDBACK_ASPECTS
from zhiyin.insights.voice.telling import by_period, clearest
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import AS_OF
from zhiyin.testing.voice_shop import said, voice_shop

pytestmark = pytest.mark.spark


def test_texts_of_all_sources_are_the_same_on_both_engines(both_engines):
    shop = voice_shop()
    rows = both_engines.same_rows(texts, *(shop[spec.name] for spec in INPUTS))
    assert len(rows) == 10


@pytest.fixture(scope="module")
def question():
    """A question whose instants need no engine: it names its days."""
    spec = read_voice({"days": {"last": 60}, "interval": "week"})
    return asked(None, spec, as_of=AS_OF, timezone="Europe/London", fetch=None)


def test_texts_over_time_and_quotes_are_the_same_on_both_engines(both_engines, question):
    weeks = both_engines.same_rows(lambda rows: by_period(rows, question.periods), said())
    assert sum(row["texts"] for row in weeks) == 6
    quotes = both_engines.same_rows(lambda rows: clearest(rows, "topic", 2), said())
    told = {(row["topic"], row["place"]): row["said"] for row in quotes}
    assert told["delivery", 0] == "物流太慢了，等了十天"
    assert len(told) == 4


def test_who_said_so_is_the_same_on_both_engines(both_engines, question):
    aspects = rows_of(
        FEEDBACK_ASPECTS,
        *({"feedback_id": f"f{n}", "aspect": "price", "sentiment": "negative"} for n in (0, 3, 5)),
    )

    def people(feedback, mentions, point):
        return voice_people(feedback, mentions, question, point)

    point = {"aspect": "price", "sentiment": "negative"}
    rows = both_engines.same_rows(people, said(), aspects, point=point)
    assert [row["person_id"] for row in rows] == ["user:ann", "user:bob"]
    rows = both_engines.same_rows(people, said(), aspects, point={"reason": "slow_delivery"})
    assert [row["person_id"] for row in rows] == ["user:ann", "user:ann2"]
