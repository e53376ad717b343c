"""Features and phrases beside plain loops, and compiled beside interpreted."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.insights.voice import grams as grams_module
from zhiyin.insights.voice.grams import gathered, grams_of
from zhiyin.insights.voice.phrases import find, phrases_of
from zhiyin.insights.voice.signs import kinds_of, signs_of
from zhiyin.stats.loops import compiled

TEXTS = st.lists(st.text(alphabet="好不差ab 's，.😡", max_size=14), min_size=1, max_size=6)


def features_by_hand(text: str) -> set[tuple]:
    """Return the different runs, words and pairs of words that a plain reading finds."""
    kept = re.sub(" +", " ", text)
    runs = set()
    for at, sign in enumerate(kept):
        if sign == " ":
            continue
        for length in (1, 2, 3):
            run = kept[at : at + length]
            if len(run) == length and run[-1] != " ":
                runs.add(("run", run))
    words = re.findall("[a-z]+", text)
    pairs = zip(["", *words], words, strict=False)
    return runs | {("word", word) for word in words} | {("pair", *pair) for pair in pairs}


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_features_are_the_runs_words_and_pairs_of_a_plain_reading(texts):
    grams = grams_of(signs_of(texts))
    for n, text in enumerate(texts):
        buckets = grams.buckets[grams.starts[n] : grams.starts[n + 1]]
        assert len(set(buckets.tolist())) == len(buckets) == len(features_by_hand(text))


@given(TEXTS)
@settings(max_examples=20, deadline=None)
def test_a_text_has_the_same_features_alone_as_among_others(texts):
    together = grams_of(signs_of(texts))
    for n, text in enumerate(texts):
        alone = grams_of(signs_of([text]))
        mine = together.of(np.array([n]))
        assert mine.buckets.tolist() == alone.buckets.tolist()


def test_compiled_and_interpreted_features_are_the_same():
    signs = signs_of(["质量 not bad 不好，😡 it's", "", "a", "好好好"])

    def run(function):
        counts = np.zeros(len(signs) + 1, np.int64)
        out = np.empty(len(signs.codes) * 5, np.int32)
        seen = np.full(grams_module.BUCKETS, -1, np.int32)
        filled = function(signs.codes, kinds_of(signs), signs.starts, seen, counts, out)
        return counts.tolist(), out[:filled].tolist()

    assert run(gathered) == run(compiled(gathered))


WORDS = ["好", "不好", "好看", "not", "no", "deliver*", "on time", "ab"]


def is_letter(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "a" <= text[at] <= "z"


def fits(text: str, at: int, word: str) -> bool:
    stem = word.removesuffix("*")
    goes_on = is_letter(stem, len(stem) - 1) and is_letter(text, at + len(stem))
    return text.startswith(stem, at) and (word != stem or not goes_on)


def found_by_hand(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    while at < len(text):
        is_inside = is_letter(text, at) and is_letter(text, at - 1)
        hits = [word for word in WORDS if not is_inside and fits(text, at, word)]
        if not hits:
            at += 1
            continue
        best = max(hits, key=lambda word: len(word.removesuffix("*")))
        found.append((at, best))
        at += len(best.removesuffix("*"))
        while best.endswith("*") and is_letter(text, at):
            at += 1
    return found


@given(st.lists(st.sampled_from([*WORDS, "e", " ", "看", "delivered", "n"]), max_size=10))
@settings(max_examples=50, deadline=None)
def test_the_longest_phrase_at_each_place_is_found(pieces):
    text = "".join(pieces).replace("*", "")
    found = find(signs_of([text]), phrases_of(WORDS))
    told = [(at, WORDS[n]) for at, n in zip(found.starts, found.phrases, strict=True)]
    assert told == found_by_hand(text)
