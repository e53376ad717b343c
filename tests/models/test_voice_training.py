"""Sentiment learnt from labeled texts, kept in the registry, and measured on unseen ones."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from zhiyin.insights.voice.api import judged
from zhiyin.models.api import champion
from zhiyin.models.voice.api import MODEL, macro_f1, read_judge, split, train

AS_OF = datetime(2026, 4, 1)
GOOD = ("真甜", "讲究", "麻利", "lush")
BAD = ("发涩", "潦草", "磨蹭", "drab")


def labeled_rows(count: int) -> pa.Table:
    rng = np.random.default_rng(11)
    good = rng.random(count) < 0.5
    words = [rng.choice(GOOD if one else BAD) for one in good]
    nothing = pa.nulls(count, pa.string())
    return pa.table(
        {
            "text": pa.array([f"第{n}次{word}" for n, word in enumerate(words)]),
            "label": pa.array(["positive" if one else "negative" for one in good]),
            "rating": pa.nulls(count, pa.float64()),
            "category": nothing,
            "kind": pa.array(["review"] * count),
            "source_id": pa.array(["shop"] * count),
            "prompt": nothing,
        }
    )


def test_a_fifth_of_each_stratum_is_kept_and_no_text_is_on_both_sides():
    texts = [f"text {n % 90}" for n in range(100)]
    strata = ["a" if n % 90 < 60 else "b" for n in range(100)]
    parts = split(texts, strata, np.random.default_rng(1))
    sides = [{texts[n] for n in part} for part in (parts.training, parts.test)]
    assert sides[0] & sides[1] == set()
    assert len(sides[0] | sides[1]) == len(parts.training) + len(parts.test) == 90
    assert [sum(strata[n] == side for n in parts.test) for side in "ab"] == [12, 6]
    assert set(parts.training) == {*parts.learning, *parts.scaling}


@pytest.mark.parametrize(
    ("truth", "called", "wanted"),
    [
        ([1, 1, 0, 0], [1, 1, 0, 0], 1.0),
        ([1, 1, 0, 0], [1, 1, 1, 1], (2 * 2 / 6 + 0) / 2),
        ([1, 0, 0, 0], [1, 1, 0, 0], (2 * 1 / 3 + 2 * 2 / 5) / 2),
    ],
)
def test_macro_f1_is_the_mean_of_both_sides(truth, called, wanted):
    assert macro_f1(np.array(truth, bool), np.array(called, bool)) == pytest.approx(wanted)


def test_what_was_learnt_judges_from_the_registry(tmp_path):
    rows = labeled_rows(300)
    version = train(rows, as_of=AS_OF, registry_dir=tmp_path, rng=np.random.default_rng(2))
    figures = {one["name"]: one["value"] for one in version.card["metrics"]}
    assert version.card["data"]["texts_tested"] == 60
    assert figures["macro_f1"] > 0.95
    judge, learnt = read_judge(tmp_path)
    assert judge.version == learnt == version.version == champion(tmp_path, MODEL).version
    told = judged(rows, judge)["sentiment"].to_pylist()
    assert np.mean([a == b for a, b in zip(told, rows["label"].to_pylist(), strict=True)]) > 0.95


def test_too_few_labels_leave_the_lexicon_in_its_place(tmp_path):
    rows = labeled_rows(100)
    version = train(rows, as_of=AS_OF, registry_dir=tmp_path, rng=np.random.default_rng(2))
    assert version.card["status"] == "not_enough_data"
    assert version.card["notes"][0]["code"] == "voice_too_few_labels"
    assert read_judge(tmp_path)[0].version == "lexicon"
