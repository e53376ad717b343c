"""The shipped words: which are good or bad, which turn them round, what they are about, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from zhiyin.insights.voice.phrases import Phrases, find, phrases_of
from zhiyin.insights.voice.signs import signs_of

FILE = Path(__file__).with_name("lexicon.yaml")
NONE, NEGATOR, STRONGER, CONTRAST = 0, 1, 2, 3


@dataclass(frozen=True)
class Lexicon:
    """Phrases and what each means; -1 stands for no aspect, no reason, no moment."""

    phrases: Phrases
    polarity: NDArray[np.float64]
    role: NDArray[np.int8]
    aspect: NDArray[np.int64]
    reason: NDArray[np.int64]
    moment: NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """The lexicon as its file lists it: words by what they mean."""

    polarity: Mapping[str, float]
    roles: Mapping[str, int]
    aspects: Mapping[str, Sequence[str]]
    reasons: Mapping[str, Sequence[str]]
    moments: Mapping[str, Sequence[str]]
    titles: Mapping[str, Mapping[str, str]]
    labels: tuple[frozenset[str], frozenset[str]]
    empty_words: frozenset[str]
    empty_signs: frozenset[str]


@cache
def words() -> Words:
    """Return the shipped lexicon as it is written."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    groups = {
        group: {name: spelled(one["words"]) for name, one in raw[group].items()}
        for group in ("aspects", "reasons", "moments")
    }
    bad = dict.fromkeys(spelled(raw["negative"]), -1.0)
    roles = {
        word: role
        for name, role in (("contrasts", CONTRAST), ("stronger", STRONGER), ("negators", NEGATOR))
        for word in spelled(raw[name])
    }
    titles = {
        name: one["title"]
        for group in ("aspects", "reasons", "moments")
        for name, one in raw[group].items()
    }
    good = dict.fromkeys(spelled(raw["positive"]), 1.0)
    return Words(
        good | bad,
        roles,
        **groups,
        titles=titles,
        labels=(frozenset(spelled(raw["good_labels"])), frozenset(spelled(raw["bad_labels"]))),
        empty_words=frozenset(spelled(raw["empty_words"])),
        empty_signs=frozenset(raw["empty_signs"]),
    )


@cache
def lexicon() -> Lexicon:
    """Return the shipped lexicon, ready to be looked for."""
    told = words()
    listed = [told.polarity, told.roles, *by_group(told)]
    every = list(dict.fromkeys(word for one in listed for word in one))
    aspect, reason, moment = (place_of(every, group) for group in by_group(told))
    return Lexicon(
        phrases=phrases_of(every),
        polarity=inherited(every, told.polarity, 0.0),
        role=np.array([told.roles.get(word, NONE) for word in every], np.int8),
        aspect=np.where(aspect >= 0, aspect, inherited(every, by_group(told)[0], -1)).astype(int),
        reason=reason,
        moment=moment,
    )


def spelled(listed: str) -> list[str]:
    """Return the words of a list; `_` stands for a blank inside a phrase."""
    return [word.replace("_", " ") for word in listed.split()]


def by_group(told: Words) -> list[dict[str, int]]:
    """Return each word's aspect, reason and moment by its place; the first that lists it counts."""
    return [
        {
            word: place
            for place, listed in reversed(list(enumerate(group.values())))
            for word in listed
        }
        for group in (told.aspects, told.reasons, told.moments)
    ]


def place_of(every: Sequence[str], group: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the place of each word's meaning; -1 for none."""
    return np.array([group.get(word, -1) for word in every], np.int64)


def inherited(
    every: Sequence[str], meanings: Mapping[str, float], missing: float
) -> NDArray[np.float64]:
    """Return what each phrase means; one that is not listed means what a word inside it does.

    So 物流太慢 is about logistics and bad, though it is listed as a reason only.
    """
    known = list(meanings)
    found = find(signs_of([word.removesuffix("*") for word in every]), phrases_of(known))
    values = np.full(len(every), float(missing))
    for text, phrase in zip(found.texts.tolist(), found.phrases.tolist(), strict=True):
        values[text] = meanings[known[phrase]]
    listed = [place for place, word in enumerate(every) if word in meanings]
    values[listed] = [meanings[every[place]] for place in listed]
    return values
