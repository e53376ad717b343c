"""What texts mean: sentiment, topic, reason and aspects, for as many texts as there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhiyin.insights.voice.clauses import Clauses, clauses_of
from zhiyin.insights.voice.grams import grams_of
from zhiyin.insights.voice.lexicon import lexicon, words
from zhiyin.insights.voice.linear import Linear, sigmoid
from zhiyin.insights.voice.phrases import find
from zhiyin.insights.voice.signs import LETTER, SIGN, Signs, kinds_of, signs_of
from zhiyin.insights.voice.topics import Topics, assigned

# Texts judged at once, so that memory does not grow with their number.
AT_ONCE = 20_000
SENTIMENTS = np.array(["negative", "neutral", "positive"], object)
# A clause is called good or bad only where it leans this far from the middle.
LEANING = 0.1
# A clause whose words cancel out, or one word, should not look certain.
STEEPNESS = 1.0


@dataclass(frozen=True)
class Judge:
    """What judges texts: a trained model or, without one, the lexicon; and topics, where learnt."""

    version: str = "lexicon"
    model: Linear | None = None
    topics: Topics | None = None


def judged(rows: pa.Table, judge: Judge) -> pa.Table:
    """Return what each text means.

    Parameters
    ----------
    rows : has text, prompt and kind.

    Returns
    -------
    language, sentiment, score, method, topic, reason and moment of `dm.feedback`, row by row.
    """
    tables = [
        judged_at_once(rows.slice(at, AT_ONCE), judge)
        for at in range(0, max(rows.num_rows, 1), AT_ONCE)
    ]
    return pa.concat_tables(tables)


def judged_at_once(rows: pa.Table, judge: Judge) -> pa.Table:
    """Return what the texts of one slice mean."""
    signs = signs_of(rows["text"].to_pylist())
    clauses = clauses_of(signs, lexicon())
    score, sentiment = sentiment_of(signs, clauses, judge)
    is_good = sentiment == 1
    reasons = np.array([*words().reasons, None], object)
    moments = np.array([*words().moments, None], object)
    moment = first_of(lexicon().moment, clauses, len(signs), heeds_negation=False)
    asked = signs_of(rows["prompt"].to_pylist())
    moment = np.where(moment >= 0, moment, prompted(asked))
    reason = first_of(lexicon().reason, clauses, len(signs))
    topic = assigned(signs, judge.topics) if judge.topics else np.full(len(signs), -1)
    names = np.array([*(judge.topics.names if judge.topics else ()), None], object)
    return pa.table(
        {
            "language": pa.array(languages(signs), pa.string()),
            "sentiment": pa.array(SENTIMENTS[sentiment + 1], pa.string()),
            "score": pa.array(score, pa.float64()),
            "method": pa.array([judge.version] * len(signs), pa.string()),
            "topic": pa.array(names[topic], pa.string()),
            "reason": pa.array(np.where(is_good, None, reasons[reason]), pa.string()),
            "moment": pa.array(np.where(is_good, None, moments[moment]), pa.string()),
        }
    )


def sentiment_of(
    signs: Signs, clauses: Clauses, judge: Judge
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return of each text its score from 0 to 1, and -1, 0 or 1 for what it is called.

    The lexicon calls a text neutral whose words do not lean to either side, a model one that has
    no feature it knows.
    """
    if judge.model is None:
        total = np.bincount(clauses.texts, weights=clauses.polarity, minlength=len(signs))
        return sigmoid(STEEPNESS * total), np.sign(np.round(total, 9)).astype(np.int64)
    grams = grams_of(signs)
    knows = judge.model.known(grams) > 0
    score = np.where(knows, judge.model.probabilities(grams), 0.5)
    return score, np.where(knows, np.where(score >= 0.5, 1, -1), 0)


def first_of(
    meaning: NDArray[np.int64], clauses: Clauses, texts: int, *, heeds_negation: bool = True
) -> NDArray[np.int64]:
    """Return the first meaning of one sort that each text has; -1 for none."""
    told = meaning[clauses.found.phrases]
    counts = told >= 0
    if heeds_negation:
        counts &= ~clauses.is_negated
    first = np.full(texts, -1)
    at, of = clauses.found.texts[counts][::-1], told[counts][::-1]
    first[at] = of  # the last write is the earliest word
    return first


def prompted(prompts: Signs) -> NDArray[np.int64]:
    """Return the moment that each prompt speaks of; -1 for none."""
    found = find(prompts, lexicon().phrases)
    told = lexicon().moment[found.phrases]
    first = np.full(len(prompts), -1)
    first[found.texts[told >= 0][::-1]] = told[told >= 0][::-1]
    return first


def aspects(rows: pa.Table, judge: Judge) -> pa.Table:
    """Return `dm.feedback_aspects` of texts.

    A clause about an aspect says of it what its words say; where they say nothing, what the next
    clause says if that is about no aspect, else what the model makes of the clause.

    Parameters
    ----------
    rows : has feedback_id and text.
    """
    tables = [
        aspects_at_once(rows.slice(at, AT_ONCE), judge)
        for at in range(0, max(rows.num_rows, 1), AT_ONCE)
    ]
    return pa.concat_tables(tables)


def aspects_at_once(rows: pa.Table, judge: Judge) -> pa.Table:
    """Return the aspects of one slice of texts."""
    names = np.array(list(words().aspects), object)
    signs = signs_of(rows["text"].to_pylist())
    clauses = clauses_of(signs, lexicon())
    aspect = lexicon().aspect[clauses.found.phrases]
    pairs = np.unique(clauses.places[aspect >= 0] * len(names) + aspect[aspect >= 0])
    place, aspect = pairs // len(names), pairs % len(names)
    leaning = clause_scores(signs, clauses, place, judge)
    keys, group = np.unique(clauses.texts[place] * len(names) + aspect, return_inverse=True)
    counts = np.bincount(group, minlength=len(keys))
    score = np.bincount(group, weights=leaning, minlength=len(keys)) / np.maximum(counts, 1)
    called = np.where(score >= 0.5 + LEANING, 1, np.where(score <= 0.5 - LEANING, -1, 0))
    ids = rows["feedback_id"].combine_chunks() if rows.num_rows else pa.array([], pa.string())
    return pa.table(
        {
            "feedback_id": ids.take(pa.array(keys // len(names), pa.int64())).cast(pa.string()),
            "aspect": pa.array(names[keys % len(names)], pa.string()),
            "sentiment": pa.array(SENTIMENTS[called + 1], pa.string()),
            "score": pa.array(score, pa.float64()),
            "clauses": pa.array(counts, pa.int64()),
        }
    )


def clause_scores(
    signs: Signs, clauses: Clauses, place: NDArray[np.int64], judge: Judge
) -> NDArray[np.float64]:
    """Return of the clauses named how good each is, from 0 to 1."""
    about = np.zeros(len(clauses.texts) + 1, np.bool_)
    about[clauses.places[lexicon().aspect[clauses.found.phrases] >= 0]] = True
    polarity = np.append(clauses.polarity, 0.0)
    texts = np.append(clauses.texts, -1)
    borrows = (polarity[place] == 0) & ~about[place + 1] & (texts[place + 1] == texts[place])
    value = np.where(borrows, polarity[place + 1], polarity[place])
    scores = sigmoid(STEEPNESS * value)
    silent = value == 0
    if judge.model is not None and silent.any():
        parts = Signs(signs.codes, clauses.starts)
        grams = grams_of(parts).of(place[silent])
        knows = judge.model.known(grams) > 0
        scores[silent] = np.where(knows, judge.model.probabilities(grams), 0.5)
    return scores


def languages(signs: Signs) -> NDArray[np.object_]:
    """Return zh, en or mixed by the share of Chinese signs; None where there are no words."""
    kinds = kinds_of(signs)
    of_text = np.repeat(np.arange(len(signs)), np.diff(signs.starts))
    is_han = (kinds == SIGN) & (signs.codes >= 0x3040) & (signs.codes < 0xFB00)
    is_latin = (kinds == LETTER) & ((signs.codes < 48) | (signs.codes > 57))
    han = np.bincount(of_text, weights=is_han, minlength=len(signs))
    # A Chinese word has two signs, an English one about five letters.
    latin = np.bincount(of_text, weights=is_latin, minlength=len(signs)) / 2.5
    share = han / np.maximum(han + latin, 1e-9)
    found = np.where(share >= 0.8, "zh", np.where(share <= 0.2, "en", "mixed")).astype(object)
    found[(han + latin) == 0] = None
    return found
