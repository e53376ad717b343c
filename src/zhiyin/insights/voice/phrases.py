"""Known words and phrases, found in texts: at each place the longest, none over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiyin.insights.voice.grams import COMPILED_FROM
from zhiyin.insights.voice.signs import Signs, kinds_of, signs_of
from zhiyin.stats.loops import fitting

OPEN = "*"


@dataclass(frozen=True)
class Phrases:
    """Phrases ready to be looked for; phrase n is `codes[starts[n]:starts[n + 1]]`.

    `slots` is a hash table with linear probing: a phrase's number, or -1. A phrase with `is_open`
    also fits where more letters follow.
    """

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    is_open: NDArray[np.bool_]
    slots: NDArray[np.int64]
    longest: int


@dataclass(frozen=True)
class Found:
    """Where phrases stand, in the order of the texts: positions are those of `Signs.codes`."""

    texts: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    phrases: NDArray[np.int64]


def phrases_of(words: Sequence[str]) -> Phrases:
    """Return a table of phrases by their place; a `*` at the end stands for any further letters."""
    signs = signs_of([word.removesuffix(OPEN) for word in words])
    longest = int(np.diff(signs.starts).max(initial=0))
    slots = np.full(1 << max(4, int(4 * len(words)).bit_length()), -1, np.int64)
    put_in(signs.codes, signs.starts, slots)
    is_open = np.array([word.endswith(OPEN) for word in words], np.bool_)
    return Phrases(signs.codes, signs.starts, is_open, slots, longest)


def find(signs: Signs, phrases: Phrases) -> Found:
    """Return where the phrases stand in the texts."""
    out = np.empty((len(signs.codes), 4), np.int64)
    look = fitting(looked_for, len(signs.codes), COMPILED_FROM)
    count = look(
        signs.codes, kinds_of(signs), signs.starts, phrases.codes, phrases.starts,
        phrases.is_open, phrases.slots, phrases.longest, out,
    )  # fmt: skip
    return Found(*(out[:count, column].copy() for column in range(4)))


def put_in(codes: np.ndarray, starts: np.ndarray, slots: np.ndarray) -> None:
    """Fill the hash table; of equal phrases the first is found."""
    mask = len(slots) - 1
    for phrase in range(len(starts) - 1):
        value = 7
        for at in range(starts[phrase], starts[phrase + 1]):
            value = (value * 1_000_003 + codes[at]) & 0x7FFFFFFF
        slot = (value ^ (value >> 15)) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = phrase


def looked_for(  # noqa: C901, PLR0917 - one loop, so that numba can compile it
    codes: np.ndarray,
    kinds: np.ndarray,
    starts: np.ndarray,
    phrase_codes: np.ndarray,
    phrase_starts: np.ndarray,
    is_open: np.ndarray,
    slots: np.ndarray,
    longest: int,
    out: np.ndarray,
) -> int:
    """Write text, start, end and number of each phrase found into `out`; return how many."""
    mask = len(slots) - 1
    found = 0
    for text in range(len(starts) - 1):
        at = starts[text]
        end = starts[text + 1]
        while at < end:
            if kinds[at] == 3 and at > starts[text] and kinds[at - 1] == 3:
                at += 1
                continue
            best = -1
            best_end = at
            value = 7
            place = at
            while place < end and place - at < longest:
                value = (value * 1_000_003 + codes[place]) & 0x7FFFFFFF
                place += 1
                in_word = kinds[place - 1] == 3 and place < end and kinds[place] == 3
                slot = (value ^ (value >> 15)) & mask
                while slots[slot] >= 0:
                    phrase = slots[slot]
                    first = phrase_starts[phrase]
                    if phrase_starts[phrase + 1] - first == place - at and (
                        not in_word or is_open[phrase]
                    ):
                        same = True
                        for step in range(place - at):
                            if phrase_codes[first + step] != codes[at + step]:
                                same = False
                                break
                        if same:
                            best = phrase
                            best_end = place
                            break
                    slot = (slot + 1) & mask
            if best < 0:
                at += 1
                continue
            if is_open[best]:
                while best_end < end and kinds[best_end] == 3:
                    best_end += 1
            out[found, 0] = text
            out[found, 1] = at
            out[found, 2] = best_end
            out[found, 3] = best
            found += 1
            at = best_end
    return found
