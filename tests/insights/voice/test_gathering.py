"""Texts of all sources in one table, and what is told of them."""

from __future__ import annotations

from datetime import datetime

import ibis
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import InvalidInput
from zhiyin.insights.voice.api import INPUTS, Judge, VoiceScope, builds, report, texts, topics
from zhiyin.insights.voice.gathering import GATHERED
from zhiyin.insights.voice.tables import FEEDBACK, FEEDBACK_ASPECTS
from zhiyin.testing.voice_shop import AT, voice_shop
from zhiyin.warehouse.api import BuildContext

CONTEXT = BuildContext(as_of=datetime(2026, 4, 1))


@pytest.fixture(scope="module")
def shop():
    tables = voice_shop()
    warehouse = DuckDBWarehouse(":memory:")
    for spec in INPUTS:
        warehouse.write(spec, tables[spec.name])
    yield [warehouse.read(spec) for spec in INPUTS]
    warehouse.close()


@pytest.fixture(scope="module")
def built(shop):
    first, second = builds(Judge())
    feedback = first.build(*shop, context=CONTEXT)
    return feedback, second.build(feedback, context=CONTEXT)


def fetch(expr):
    return expr.to_pyarrow()


def test_each_text_is_there_once_with_its_newest_wording(shop):
    rows = {row["text"]: row for row in texts(*shop).to_pyarrow().to_pylist()}
    assert set(rows) == {
        "质量很好", "物流太慢", "great value", "客服态度恶劣，再也不会买了",
        "shipping costs were too high", "真香 👍", "味道很好", "太贵了", "solved quickly, thanks",
    }  # fmt: skip
    assert rows["质量很好"]["rating"] == 5
    assert rows["质量很好"]["category"] == "水果"
    assert rows["物流太慢"]["category"] == "书籍"
    assert rows["质量很好"]["ts_ms"] == 1_772_353_800_123
    assert rows["物流太慢"]["ts_ms"] is None


def test_two_texts_without_a_number_stay_two(shop):
    found = [row for row in texts(*shop).to_pyarrow().to_pylist() if row["text"] == "great value"]
    assert len({row["feedback_id"] for row in found}) == 2
    assert {row["visitor_id"] for row in found} == {None}


def test_a_text_belongs_to_the_person_behind_the_customer_number(shop):
    rows = {row["text"]: row for row in texts(*shop).to_pyarrow().to_pylist()}
    people = {text: row["person_id"] for text, row in rows.items() if row["person_id"]}
    assert people == {
        "质量很好": "user:ann",
        "客服态度恶劣，再也不会买了": "user:ann",
        "shipping costs were too high": "user:bob",
        "味道很好": "user:bob",
        "太贵了": "anon:d1",
    }


def test_events_bring_text_rating_and_question(shop):
    rows = {row["text"]: row for row in texts(*shop).to_pyarrow().to_pylist()}
    assert (rows["味道很好"]["rating"], rows["味道很好"]["kind"]) == (5, "review")
    assert rows["味道很好"]["feedback_time"] == AT
    assert rows["太贵了"]["prompt"] == "为什么没付款"
    assert rows["solved quickly, thanks"]["rating"] is None


def test_the_builds_keep_what_their_tables_promise(built):
    feedback, aspects = built
    assert feedback.schema() == FEEDBACK.schema()
    assert aspects.schema() == FEEDBACK_ASPECTS.schema()
    rows = {row["text"]: row for row in feedback.to_pyarrow().to_pylist()}
    assert (rows["太贵了"]["reason"], rows["太贵了"]["moment"]) == (
        "too_expensive",
        "payment_abandoned",
    )
    assert rows["shipping costs were too high"]["reason"] == "shipping_cost"
    assert rows["客服态度恶劣，再也不会买了"]["moment"] == "left"
    assert all(row["feedback_id"] for row in aspects.to_pyarrow().to_pylist())


def test_no_text_gives_empty_tables(shop):
    nothing = [table.filter(ibis.literal(False)) for table in shop]
    first, second = builds(Judge())
    feedback = first.build(*nothing, context=CONTEXT)
    assert feedback.to_pyarrow().num_rows == 0
    assert second.build(feedback, context=CONTEXT).to_pyarrow().num_rows == 0
    told = report(feedback, second.build(feedback, context=CONTEXT), VoiceScope(), fetch=fetch)
    assert told["total"]["negative_share"] is None
    assert topics(feedback, VoiceScope(), fetch=fetch) == []


def test_what_a_table_is_made_from_covers_its_columns(shop, built):
    first, second = builds(Judge())
    assert set(first.origin(*shop, context=CONTEXT).columns) == set(FEEDBACK.columns)
    assert set(second.origin(built[0], context=CONTEXT).columns) == set(FEEDBACK_ASPECTS.columns)
    assert set(GATHERED) < set(FEEDBACK.columns)


def test_a_report_counts_what_the_tables_hold(built):
    told = report(*built, VoiceScope(), fetch=fetch)
    assert told["total"]["texts"] == 10
    sides = ("positive", "negative", "neutral")
    assert sum(told["total"][side] for side in sides) == 10
    assert {row["kind"]: row["texts"] for row in told["kinds"]} == {
        "review": 5, "service": 2, "survey": 2, "post": 1,
    }  # fmt: skip
    reasons = {row["reason"]: row["people"] for row in told["reasons"]}
    assert reasons["bad_service"] == 1
    assert {(row["moment"], row["reason"]) for row in told["reasons_of_moments"]} == {
        ("left", "bad_service"),
        ("payment_abandoned", "too_expensive"),
    }
    assert [row["month"] for row in told["months"]] == ["2026-03"]


def test_a_scope_leaves_out_what_is_not_meant(built):
    def total(scope):
        return report(*built, scope, fetch=fetch)["total"]["texts"]

    assert total(VoiceScope(kind="service")) == 2
    assert total(VoiceScope(product_id="p1")) == 2
    assert total(VoiceScope(start=AT)) == 7
    assert total(VoiceScope(end=AT)) == 0


def test_a_scope_that_cannot_be_is_refused():
    with pytest.raises(InvalidInput, match="poem"):
        VoiceScope(kind="poem")
    with pytest.raises(InvalidInput, match="before it begins"):
        VoiceScope(start=AT, end=AT)
