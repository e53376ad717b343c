"""Topics learnt from texts of which the topics are known."""

from __future__ import annotations

import numpy as np

from zhiyin.insights.voice.signs import signs_of
from zhiyin.insights.voice.topics import LEAST_TEXTS, assigned, learn

SUBJECTS = (
    ("酒店房间", "前台早餐", "入住登记"),
    ("手机屏幕", "电池续航", "摄像头像素"),
    ("苹果水分", "果肉果核", "箱子冰袋"),
)
FILLERS = ("这次", "我们那天", "上周末", "一共", "还有")


def spoken(rng, count=360):
    truth = rng.integers(0, len(SUBJECTS), count)
    texts = []
    for subject in truth:
        chosen = rng.choice(SUBJECTS[subject], 2, replace=False)
        texts.append(f"{rng.choice(FILLERS)}，{chosen[0]}，{chosen[1]}")
    return texts, truth


def test_texts_on_one_subject_share_a_topic():
    texts, truth = spoken(np.random.default_rng(5))
    topics = learn(signs_of(texts), texts, topics=3)
    found = assigned(signs_of(texts), topics)
    for subject in range(3):
        mine = found[truth == subject]
        assert np.bincount(mine[mine >= 0]).max() / len(mine) > 0.9
    assert len(set(topics.names)) == 3


def test_the_same_texts_give_the_same_topics():
    texts, _ = spoken(np.random.default_rng(5))
    one, other = (learn(signs_of(texts), texts, topics=3) for _ in range(2))
    assert one.names == other.names
    assert np.array_equal(one.weights, other.weights)


def test_a_text_without_a_known_phrase_has_no_topic():
    texts, _ = spoken(np.random.default_rng(5))
    topics = learn(signs_of(texts), texts, topics=3)
    assert assigned(signs_of(["", "今天天气", "酒店房间"]), topics).tolist()[:2] == [-1, -1]


def test_few_texts_have_no_topics():
    texts, _ = spoken(np.random.default_rng(5), LEAST_TEXTS - 1)
    assert learn(signs_of(texts), texts) is None
