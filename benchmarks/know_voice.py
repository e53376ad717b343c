"""Sentiment of Chinese shop reviews beside TF-IDF, and how fast texts are judged.

A fifth of the reviews, stratified by category and label, is kept for the test; texts that stand
there twice count once. The product and the yardstick, scikit-learn's TF-IDF over runs of one and
two signs with a logistic regression (C = 3), learn from the very same other four fifths. The
product's penalty, 0.3 or 1, and its longest run, two to four signs, were chosen on a part of the
training texts of another split.

python -m benchmarks.know_voice
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.meter import ROOT, peak_mib, stopwatch
from zhiyin.insights.voice import api as voice
from zhiyin.models.voice.api import macro_f1, split, trained

DATA = Path(os.environ.get("ZHIYIN_DATA", ROOT.parent / "shared" / "data"))
SEED = 7


def reviews() -> pa.Table:
    """Return the reviews as training wants them."""
    path = DATA / "reviews_zh" / "parquet" / "online_shopping_10_cats.parquet"
    if not path.is_file():
        raise SystemExit(f"{path} is not there; set ZHIYIN_DATA to the folder of the data sets.")
    raw = pq.read_table(path)
    raw = raw.filter(pc.is_valid(raw["review"]))
    count = raw.num_rows
    label = pc.if_else(pc.equal(raw["label"], 1), "positive", "negative")
    return pa.table(
        {
            "feedback_id": pa.array([str(n) for n in range(count)]),
            "text": raw["review"].cast(pa.string()),
            "label": label,
            "rating": pa.nulls(count, pa.float64()),
            "category": raw["cat"].cast(pa.string()),
            "kind": pa.array(["review"] * count),
            "source_id": pa.array(["reviews_zh"] * count),
            "prompt": pa.nulls(count, pa.string()),
        }
    )


def by_tfidf(texts: list[str], positive: np.ndarray, parts: object) -> tuple[float, np.ndarray]:
    """Return seconds of training and what the yardstick calls each text of the test."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    learning = [texts[n] for n in parts.training]
    with stopwatch() as watch:
        features = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        model = LogisticRegression(C=3, max_iter=300)
        model.fit(features.fit_transform(learning), positive[parts.training])
    return watch.seconds, model.predict(features.transform([texts[n] for n in parts.test]))


def main() -> None:
    rows = reviews()
    texts = rows["text"].to_pylist()
    positive = voice.labeled(rows) > 0
    figures: dict[str, object] = {"texts": rows.num_rows}
    warm = rows.slice(0, 3_000)
    voice.judged(warm, voice.Judge())  # numba loads its machine code
    with stopwatch() as watch:
        result = trained(rows, datetime.now(UTC).replace(tzinfo=None), rng=generator())
    figures["train_seconds"] = watch.seconds
    judge = voice.judge_of(result.files, "measured")
    strata = list(zip(rows["category"].to_pylist(), positive.tolist(), strict=True))
    parts = split([voice.plain(text) for text in texts], strata, generator())
    tested = rows.take(pa.array(parts.test))
    truth = positive[parts.test]
    called = np.array(voice.judged(tested, judge)["sentiment"].to_pylist()) != "negative"
    by_words = np.array(voice.judged(tested, voice.Judge())["sentiment"].to_pylist()) != "negative"
    seconds, yardstick = by_tfidf(texts, positive, parts)
    figures |= {
        "texts_tested": len(truth),
        "macro_f1": round(macro_f1(truth, called), 4),
        "tfidf_macro_f1": round(macro_f1(truth, yardstick), 4),
        "lexicon_macro_f1": round(macro_f1(truth, by_words), 4),
        "tfidf_train_seconds": seconds,
    }
    for name, work in (("judged", voice.judged), ("aspects", voice.aspects)):
        work(warm, judge)
        with stopwatch() as watch:
            work(rows, judge)
        figures[f"{name}_texts_per_second"] = round(rows.num_rows / watch.seconds)
    figures["peak_mib"] = peak_mib()
    json.dump(figures, sys.stdout)
    print()


def generator() -> np.random.Generator:
    """Return the generator whose first draws make the split; training makes the same one."""
    return np.random.default_rng(SEED)


if __name__ == "__main__":
    main()
