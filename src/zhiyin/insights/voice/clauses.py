"""Texts in clauses: what each clause is about, and whether its words are good or bad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiyin.insights.voice.lexicon import CONTRAST, NEGATOR, STRONGER, Lexicon
from zhiyin.insights.voice.phrases import Found, find
from zhiyin.insights.voice.signs import BLANK, LETTER, SIGN, Signs, kinds_of

BREAKS = np.array([ord(sign) for sign in "\n,.!?;:~、…。"], np.int64)
# How far a negation reaches, in signs: 不是很好 and not a very good one.
REACH_SIGNS, REACH_LETTERS = 4, 16
TURNED, RAISED = -0.8, 1.5


@dataclass(frozen=True)
class Clauses:
    """Clauses in the order of the texts, and the words of the lexicon found in them.

    Parameters
    ----------
    texts : of each clause its text.
    starts : of each clause its first code, and the end of the last.
    polarity : sum of the good and bad words of each clause, negations heeded.
    found : the words.
    places : of each word found its clause.
    is_negated : whether a negation stands before the word.
    """

    texts: NDArray[np.int64]
    starts: NDArray[np.int64]
    polarity: NDArray[np.float64]
    found: Found
    places: NDArray[np.int64]
    is_negated: NDArray[np.bool_]


def clauses_of(signs: Signs, lexicon: Lexicon) -> Clauses:
    """Return the clauses of texts."""
    found = find(signs, lexicon.phrases)
    kinds = kinds_of(signs)
    role = lexicon.role[found.phrases]
    first = np.isin(signs.codes, BREAKS) | blank_between_signs(kinds)
    # A point within 3.5 or a colon within 10:30 ends nothing.
    inside = np.zeros(len(kinds), np.bool_)
    inside[1:-1] = (kinds[:-2] == LETTER) & (kinds[2:] == LETTER)
    first &= ~(inside & (signs.codes != ord("\n")))
    first[signs.starts[:-1][np.diff(signs.starts) > 0]] = True
    first[found.starts[role == CONTRAST]] = True
    number = np.cumsum(first) - 1
    starts = np.flatnonzero(first)
    places = number[found.starts]
    negated = within_reach(found, places, role == NEGATOR, reach_of(found, kinds))
    raised = within_reach(found, places, role == STRONGER, np.full(len(places), 1))
    value = lexicon.polarity[found.phrases]
    value = value * np.where(raised, RAISED, 1.0) * np.where(negated, TURNED, 1.0)
    return Clauses(
        texts=np.searchsorted(signs.starts, starts, side="right") - 1,
        starts=np.append(starts, len(signs.codes)),
        polarity=np.bincount(places, weights=value, minlength=len(starts)),
        found=found,
        places=places,
        is_negated=negated,
    )


def blank_between_signs(kinds: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return which blanks stand between two signs: Chinese is written without, save for pauses."""
    between = np.zeros(len(kinds), np.bool_)
    between[1:-1] = (kinds[1:-1] == BLANK) & (kinds[:-2] == SIGN) & (kinds[2:] == SIGN)
    return between


def reach_of(found: Found, kinds: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return how far before each word a negation may stand."""
    return np.where(kinds[found.starts] == LETTER, REACH_LETTERS, REACH_SIGNS)


def within_reach(
    found: Found,
    places: NDArray[np.int64],
    is_before: NDArray[np.bool_],
    reach: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return whether the nearest word of a kind before each word is near and in its clause."""
    if not len(places):
        return np.zeros(0, np.bool_)
    at = np.where(is_before, np.arange(len(places)), -1)
    nearest = np.empty(len(at), np.int64)
    nearest[0] = -1
    nearest[1:] = np.maximum.accumulate(at)[:-1]
    there = np.maximum(nearest, 0)
    gap = found.starts - found.ends[there]
    return (nearest >= 0) & (places[there] == places) & (gap <= reach)
