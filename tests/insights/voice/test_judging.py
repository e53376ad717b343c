"""What texts mean, by the lexicon and by a model."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from zhiyin.insights.voice.api import Judge, aspects, fit, grams_of, judged, labeled, signs_of
from zhiyin.insights.voice.keeping import files_of, judge_of
from zhiyin.insights.voice.lexicon import lexicon, words
from zhiyin.insights.voice.linear import calibrated


def rows_of(*texts, prompts=None):
    return pa.table(
        {
            "feedback_id": pa.array([str(n) for n in range(len(texts))]),
            "text": pa.array(texts, pa.string()),
            "prompt": pa.array(prompts or [None] * len(texts), pa.string()),
        }
    )


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("质量很好", "positive"),
        ("質量很好", "positive"),
        ("不好用", "negative"),
        ("没有破损，包装完好", "positive"),
        ("一点也不喜欢", "negative"),
        ("😡", "negative"),
        ("👍", "positive"),
        ("ＢＡＤ", "negative"),
        ("not good at all", "negative"),
        ("It wasn't bad", "positive"),
        ("Great product, fast delivery", "positive"),
        ("手机屏幕 is broken", "negative"),
        ("昨天买的", "neutral"),
        ("", "neutral"),
        (None, "neutral"),
        ("！？…", "neutral"),
    ],
)
def test_the_lexicon_heeds_negation_emoji_and_spelling(text, sentiment):
    [row] = judged(rows_of(text), Judge()).to_pylist()
    assert row["sentiment"] == sentiment
    assert row["method"] == "lexicon"
    assert (row["score"] > 0.5, row["score"] < 0.5) == (
        sentiment == "positive",
        sentiment == "negative",
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [("很好", "zh"), ("very good", "en"), ("这个phone很good", "mixed"), ("123 👍", None)],
)
def test_the_language_of_a_text_is_told(text, language):
    assert judged(rows_of(text), Judge())["language"].to_pylist() == [language]


@pytest.mark.parametrize(
    ("text", "prompt", "reason", "moment"),
    [
        ("太贵了，所以没付款", None, "too_expensive", "payment_abandoned"),
        ("客服态度恶劣，再也不会买了", None, "bad_service", "left"),
        ("didn't buy, shipping costs were horrible", None, "shipping_cost", "payment_abandoned"),
        ("物流太慢", "为什么没有付款？", "slow_delivery", "payment_abandoned"),
        ("没有破损，很满意", None, None, None),
        ("质量很好，非常满意，就是有一点点色差", None, None, None),
    ],
)
def test_reasons_and_moments_are_told_unless_the_text_praises(text, prompt, reason, moment):
    [row] = judged(rows_of(text, prompts=[prompt]), Judge()).to_pylist()
    assert (row["reason"], row["moment"]) == (reason, moment)


def test_each_aspect_has_the_sentiment_of_its_own_clauses():
    rows = aspects(rows_of("质量很好，物流太慢！客服，很热情", "", "昨天买的"), Judge()).to_pylist()
    assert {(row["feedback_id"], row["aspect"]): row["sentiment"] for row in rows} == {
        ("0", "quality"): "positive",
        ("0", "logistics"): "negative",
        ("0", "service"): "positive",
    }


def test_a_text_means_the_same_alone_as_among_others():
    texts = ["质量很好，物流太慢", "", "not good, but cheap", None, "😡 再也不买", "a" * 9_000]
    together = judged(rows_of(*texts), Judge()).to_pylist()
    assert together == [judged(rows_of(text), Judge()).to_pylist()[0] for text in texts]


def test_every_word_of_the_lexicon_is_found_as_itself():
    chosen = lexicon()
    told = words()
    assert len(chosen.polarity) > 900
    both = set(told.aspects) & set(told.reasons) | set(told.reasons) & set(told.moments)
    assert both == set()  # titles are kept by name
    assert set(told.titles) == {*told.aspects, *told.reasons, *told.moments}
    assert all(set(title) == {"zh-CN", "en"} for title in told.titles.values())


GOOD = ["味道真甜", "店家讲究", "great smell", "包得仔细"]
BAD = ["味道发涩", "店家敷衍我", "odd smell", "包得潦草"]


@cache
def learnt(seed=3):
    texts = [f"{text}{n}" for n in range(30) for text in (*GOOD, *BAD)]
    positive = np.array([True] * 4 + [False] * 4)
    grams = grams_of(signs_of(texts))
    truth = np.tile(positive, 30)
    model = fit(grams, truth, penalty=0.3, rng=np.random.default_rng(seed))
    return calibrated(model, model.margins(grams), truth)


def test_a_model_learns_words_that_no_lexicon_has_and_survives_its_files():
    judge = Judge("v1", learnt())
    rows = rows_of(*GOOD, *BAD, "囧囧囧")
    told = judged(rows, judge)
    assert told["sentiment"].to_pylist() == ["positive"] * 4 + ["negative"] * 4 + ["neutral"]
    assert set(told["method"].to_pylist()) == {"v1"}
    again = judged(rows, judge_of(files_of(judge), "v1"))
    assert again["sentiment"] == told["sentiment"]
    assert np.allclose(again["score"].to_numpy(), told["score"].to_numpy(), atol=1e-6)


def test_training_is_repeatable():
    one, other = learnt(), learnt.__wrapped__()
    assert np.array_equal(one.weights, other.weights)
    assert (one.bias, one.scale) == (other.bias, other.scale)


def test_a_model_of_another_shape_is_left_alone():
    files = files_of(Judge("v1", learnt()))
    old = {name: text.replace("signs3", "signs9") for name, text in files.items()}
    assert judge_of(old, "v1") == Judge()


def test_labels_count_before_ratings_and_ratings_by_their_scale():
    told = [
        ("positive", 1.0, "a"), ("差评", 5.0, "a"), (None, 5.0, "a"), (None, 3.0, "a"),
        (None, 2.0, "a"), (None, None, "a"), ("mixed", None, "a"),
        (None, 10.0, "b"), (None, 8.0, "b"), (None, 6.0, "b"),
        ("1", None, "c"), ("0", None, "c"),
        (None, 101.0, "d"), (None, 3.0, "d"),
    ]  # fmt: skip
    rows = pa.table(
        {
            "label": pa.array([one[0] for one in told], pa.string()),
            "rating": pa.array([one[1] for one in told], pa.float64()),
            "source_id": pa.array([one[2] for one in told], pa.string()),
            "kind": pa.array(["review"] * len(told), pa.string()),
        }
    )
    assert labeled(rows).tolist() == [1, -1, 1, 0, -1, 0, 0, 1, 0, -1, 1, -1, 0, 0]
