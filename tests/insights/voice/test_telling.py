"""Answers about what customers say, against plain loops over the same texts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.voice import api as voice
from zhiyin.insights.voice.tables import FEEDBACK, FEEDBACK_ASPECTS
from zhiyin.insights.voice.telling import quoted
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse.tables import PRODUCTS

AS_OF = datetime(2026, 4, 1)
ZONE = "Asia/Shanghai"
DAY = timedelta(days=1)
SIDES = ("positive", "negative", "neutral")

text = st.fixed_dictionaries(
    {
        "hours_ago": st.none() | st.integers(0, 24 * 40),
        "sentiment": st.sampled_from(SIDES),
        "topic": st.sampled_from([None, "t1", "t2"]),
        "reason": st.sampled_from([None, "slow_delivery", "poor_quality"]),
        "moment": st.sampled_from([None, "left", "payment_abandoned"]),
        "person_id": st.sampled_from([None, "user:a", "user:b", "user:c"]),
        "kind": st.sampled_from(["review", "survey"]),
        "text": st.sampled_from(["same words", "other words", "third words"]),
        "aspects": st.dictionaries(st.sampled_from(["price", "service"]), st.sampled_from(SIDES)),
    }
)


def tables_of(texts: list[dict]) -> tuple[ibis.Table, ibis.Table, ibis.Table]:
    """Return dm.feedback, dm.feedback_aspects and dw.products."""
    rows, aspects = [], []
    for place, one in enumerate(texts):
        at = None if one["hours_ago"] is None else AS_OF - timedelta(hours=one["hours_ago"] + 1)
        row = {name: value for name, value in one.items() if name not in ("hours_ago", "aspects")}
        rows.append(
            row | {
                "feedback_id": f"{place:03}", "feedback_time": at, "source_id": "s",
                "ts_ms": (at - EPOCH) // timedelta(milliseconds=1) if at else None,
                "score": {"positive": 0.9, "negative": 0.1, "neutral": 0.5}[one["sentiment"]],
                "method": "lexicon",
            }
        )  # fmt: skip
        aspects += [
            {"feedback_id": f"{place:03}", "aspect": name, "sentiment": side, "score": 0.5}
            for name, side in one["aspects"].items()
        ]
    made = (
        rows_of(FEEDBACK, *rows),
        rows_of(FEEDBACK_ASPECTS, *aspects),
        rows_of(PRODUCTS, {"product_id": "p", "name": "Pear"}),
    )
    return tuple(ibis.memtable(table) for table in made)


def fetch(table: ibis.Table):
    return table.to_pyarrow()


def answer_of(texts: list[dict], spec: dict) -> dict:
    """Return the answer, and check every number of people against its own list."""
    feedback, aspects, products = tables_of(texts)
    question = voice.asked(
        feedback, voice.read_voice(spec), as_of=AS_OF, timezone=ZONE, fetch=fetch
    )
    answer = voice.told(feedback, aspects, products, question, fetch=fetch)
    for rows, key in (("topics", "topic"), ("reasons", "reason"), ("moments", "moment")):
        for row in answer[rows]:
            people = voice.voice_people(feedback, aspects, question, {key: row[key]})
            assert people.count().to_pyarrow().as_py() == row["people"]
    return answer


@settings(max_examples=12, deadline=None)
@given(
    st.lists(text, max_size=30), st.sampled_from([None, 7, 14]), st.sampled_from([None, "survey"])
)
def test_the_answer_is_that_of_a_loop(texts, last, kind):
    spec = {"days": {"last": last} if last else None, "kind": kind}
    answer = answer_of(texts, spec)
    # As of midnight UTC, the last day in Shanghai has eight hours.
    end = 24 * (last or 0) - 24 + 8
    mine = [
        one for one in texts
        if kind in (None, one["kind"])
        and (last is None or (one["hours_ago"] is not None and one["hours_ago"] + 1 <= end))
    ]  # fmt: skip
    sides = Counter(one["sentiment"] for one in mine)
    assert {side: answer["total"][side] for side in SIDES} == {side: sides[side] for side in SIDES}
    assert answer["total"]["people"] == len({one["person_id"] for one in mine} - {None})
    judging = sides["positive"] + sides["negative"]
    share = sides["negative"] / judging if judging else None
    assert answer["total"]["negative_share"] == share
    assert answer["undated"] == sum(one["hours_ago"] is None for one in mine)
    assert sum(one["texts"] for one in answer["lines"]) + answer["undated"] == len(mine)
    topics = Counter(one["topic"] for one in mine if one["topic"])
    assert {one["topic"]: one["texts"] for one in answer["topics"]} == topics
    assert all(one["share"] == one["texts"] / len(mine) for one in answer["topics"])
    reasons = Counter(one["reason"] for one in mine if one["reason"])
    assert {one["reason"]: one["texts"] for one in answer["reasons"]} == reasons
    why = Counter((one["moment"], one["reason"]) for one in mine if one["moment"] and one["reason"])
    told = {
        (one["moment"], reason["reason"]): reason["texts"]
        for one in answer["moments"]
        for reason in one["reasons"]
    }
    assert told == why
    said = Counter(one_aspect for one in mine for one_aspect in one["aspects"].items())
    found = {(one["aspect"], side): one[side] for one in answer["aspects"] for side in SIDES}
    assert {key: times for key, times in found.items() if times} == said


def one(hours_ago: int | None = 1, **columns) -> dict:
    usual = {"topic": None, "reason": None, "moment": None, "person_id": None, "kind": "review"}
    return usual | {
        "hours_ago": hours_ago, "sentiment": "negative", "text": "the same words", "aspects": {},
        **columns,
    }  # fmt: skip


def test_a_topic_is_held_against_the_days_before():
    texts = [
        one(1, topic="t1"), one(2, topic="t1"), one(3, topic="t2"), one(4),
        one(24 * 8, topic="t1"), one(24 * 9), one(24 * 10), one(24 * 11), one(24 * 15),
    ]  # fmt: skip
    answer = answer_of(texts, {"days": {"last": 7}})
    assert answer["earlier"]["texts"] == 4
    found = {row["topic"]: (row["share"], row["earlier_share"]) for row in answer["topics"]}
    assert found == {"t1": (0.5, 0.25), "t2": (0.25, 0.0)}
    # Texts that begin within the days before tell too little of these.
    for known in (texts[:4], texts[:-1]):
        alone = answer_of(known, {"days": {"last": 7}})
        assert (alone["earlier"], alone["topics"][0]["earlier_share"]) == (None, None)


def test_quotes_are_different_texts_and_cover_how_to_reach_people():
    texts = [
        one(topic="t1", text="call me at 138 1234 5678 or ann@mail.example, it is broken"),
        one(topic="t1", text="the parcel came late"),
        one(topic="t1", text=" the parcel came late "),
        one(topic="t1", text="ok"),
    ]  # fmt: skip
    (topic,) = answer_of(texts, {"examples": 2})["topics"]
    assert [quote["text"] for quote in topic["examples"]] == [
        "call me at *** or ***, it is broken",
        "the parcel came late",
    ]
    assert quoted("x" * 500).endswith("x…")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("call 138.1234.5678 please", "call *** please"),
        ("打138—1234—5678找我", "打***找我"),
        ("(138)1234-5678", "***"),
        ("QQ: 12345 或 wxid_ab12", "*** 或 ***"),
        ("it cost 199.00, twice 1299", "it cost 199.00, twice 1299"),
        ("a.b@c.example.", "***."),
    ],
)
def test_ways_to_reach_somebody_are_covered_and_prices_are_not(written, shown):
    assert quoted(written) == shown


def test_people_of_an_aspect_are_those_who_say_so_of_it_on_those_days():
    texts = [
        one(1, person_id="user:a", sentiment="positive", aspects={"price": "negative"}),
        one(2, person_id="user:b", aspects={"price": "positive"}),
        one(24 * 3, person_id="user:c", aspects={"price": "negative"}),
        one(1, aspects={"price": "negative"}),
    ]
    feedback, aspects, _ = tables_of(texts)
    asked = voice.read_voice({"days": {"last": 7}})
    question = voice.asked(feedback, asked, as_of=AS_OF, timezone=ZONE, fetch=fetch)

    def people(point):
        found = voice.voice_people(feedback, aspects, question, point)
        return sorted(fetch(found)["person_id"].to_pylist())

    blamed = {"aspect": "price", "sentiment": "negative"}
    assert people(blamed) == ["user:a", "user:c"]
    assert people(blamed | {"at": "2026-03-29"}) == ["user:c"]
    assert people({"sentiment": "positive"}) == ["user:a"]
    with pytest.raises(InvalidInput, match="A key of a point cannot be 'mood'"):
        people({"mood": "bad"})
    with pytest.raises(InvalidInput, match="begins at '1999-01-01'"):
        people({"at": "1999-01-01"})


def test_texts_without_a_time_are_counted_and_have_no_periods():
    answer = answer_of([one(None), one(None, sentiment="neutral")], {})
    assert (answer["total"]["texts"], answer["undated"]) == (2, 2)
    assert (answer["interval"], answer["starts"], answer["lines"]) == (None, [], [])


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"kind": "song"}, "kind cannot be 'song'; allowed: review"),
        ({"interval": "year"}, "interval cannot be 'year'"),
        ({"product": 3}, "product: must be a text"),
        ({"mood": 1}, "mood"),
        ({"most": 0}, "most"),
    ],
)
def test_a_wrong_question_is_refused(spec, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        voice.read_voice(spec)
