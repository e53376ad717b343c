"""Trains sentiment and topics on the shop's texts, measures them, and writes the card."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhiyin.insights.voice import api as voice
from zhiyin.models.cards import CalibrationBin, Card, Metric, Note, NotEnoughData, Trained
from zhiyin.models.voice.splitting import split

MODEL = "voice"
LIMITS = ("voice_two_sides", "voice_own_texts")
# C of the machine, the best of 0.3 and 1 on a part of the training texts of Chinese reviews.
PENALTY = 0.3
LEAST_LABELED = 200
LEAST_OF_EACH = 40
BINS = 10


def trained(
    rows: pa.Table, as_of: datetime, *, rng: np.random.Generator
) -> Trained | NotEnoughData:
    """Return what was learnt from texts: sentiment where enough are labeled, and topics.

    The model that is measured is the model that is returned: it never saw the texts of the test.

    Parameters
    ----------
    rows : has text, label, rating, category, kind and source_id, as in `dm.feedback`.
    """
    judgements = voice.labeled(rows)
    good, bad = int((judgements > 0).sum()), int((judgements < 0).sum())
    texts = rows["text"].to_pylist()
    topics = voice.learn(voice.signs_of(texts), texts)
    judge = voice.Judge(topics=topics)
    card = Card(
        model=MODEL,
        readings=(MODEL,),
        status="trained",
        trained_as_of=as_of,
        horizon_days=None,
        rows=good + bad,
        data={"texts": rows.num_rows, "positive": good, "negative": bad},
        limits=LIMITS,
    )
    if good + bad < LEAST_LABELED or min(good, bad) < LEAST_OF_EACH:
        needs = {"labeled": good + bad, "needed": LEAST_LABELED, "of_each": LEAST_OF_EACH}
        card = replace(card, notes=(Note("voice_too_few_labels", needs),))
        if topics is None:
            return NotEnoughData(replace(card, status="not_enough_data"))
        return Trained(card, voice.files_of(judge))
    chosen = rows.filter(pa.array(judgements != 0))
    model, card = sentiment(chosen, judgements[judgements != 0] > 0, card, rng)
    return Trained(card, voice.files_of(replace(judge, version="trained", model=model)))


def sentiment(
    rows: pa.Table, positive: NDArray[np.bool_], card: Card, rng: np.random.Generator
) -> tuple[voice.Linear, Card]:
    """Return the model fitted to four fifths of labeled texts, and the card with its figures."""
    texts = rows["text"].to_pylist()
    strata = list(zip(rows["category"].to_pylist(), positive.tolist(), strict=True))
    parts = split([voice.plain(text) for text in texts], strata, rng)
    grams = voice.grams_of(voice.signs_of(texts))

    def fitted(places: NDArray[np.int64]) -> voice.Linear:
        return voice.fit(grams.of(places), positive[places], penalty=PENALTY, rng=rng.spawn(1)[0])

    scaling = parts.scaling
    first = fitted(parts.learning)
    scale = voice.calibrated(first, first.margins(grams.of(scaling)), positive[scaling]).scale
    model = replace(fitted(parts.training), scale=scale)
    probability = model.probabilities(grams.of(parts.test))
    truth = positive[parts.test]
    by_words = voice.judged(rows.take(pa.array(parts.test)), voice.Judge())
    # Where its words do not lean, the lexicon has to guess as well; most texts praise.
    said_good = np.array([s != "negative" for s in by_words["sentiment"].to_pylist()])
    figures = (
        Metric(
            "macro_f1",
            macro_f1(truth, probability >= 0.5),
            baseline=macro_f1(truth, said_good),
            baseline_name="lexicon",
            is_main=True,
        ),
        Metric("accuracy", float((truth == (probability >= 0.5)).mean())),
    )
    return model, replace(
        card,
        data={**card.data, "texts_tested": len(parts.test)},
        method={"penalty": PENALTY, "scale": round(scale, 4)},
        metrics=figures,
        calibration=reliability(probability, truth),
    )


def macro_f1(truth: NDArray[np.bool_], called: NDArray[np.bool_]) -> float:
    """Return the mean of the F1 of both sides: harmonic means of precision and recall."""
    sides = []
    for side in (True, False):
        right = int(((truth == side) & (called == side)).sum())
        named = int((truth == side).sum()) + int((called == side).sum())
        sides.append(2 * right / named if named else 0.0)
    return sum(sides) / 2


def reliability(
    probability: NDArray[np.float64], truth: NDArray[np.bool_]
) -> tuple[CalibrationBin, ...]:
    """Return texts with like probabilities: the mean one, and how many were positive."""
    order = np.array_split(np.argsort(probability, kind="stable"), BINS)
    return tuple(
        CalibrationBin(len(part), float(probability[part].mean()), float(truth[part].mean()))
        for part in order
        if len(part)
    )
