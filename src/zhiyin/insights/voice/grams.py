"""Features of a text: its runs of one to three signs, its words and its pairs of words.

The loops are plain Python over numpy arrays, to be run by `stats.loops`. Hashes stay
below 2^31 so that both do the same arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhiyin.insights.voice.signs import Signs, kinds_of
from zhiyin.stats.loops import fitting

BITS = 22
BUCKETS = 1 << BITS
RUN = 3
# Below this many signs Python is done before numba is loaded.
COMPILED_FROM = 60_000


@dataclass(frozen=True)
class Grams:
    """The different features of each text: text n has `buckets[starts[n]:starts[n + 1]]`."""

    starts: NDArray[np.int64]
    buckets: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, texts: NDArray[np.int64]) -> Grams:
        """Return the features of some of the texts."""
        sizes = np.diff(self.starts)[texts]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        steps = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
        return Grams(starts, self.buckets[np.repeat(self.starts[texts], sizes) + steps])


def grams_of(signs: Signs) -> Grams:
    """Return the features of texts, each once."""
    counts = np.zeros(len(signs) + 1, np.int64)
    # A sign begins at most RUN runs; a word ends with two features.
    buckets = np.empty(len(signs.codes) * (RUN + 2), np.int32)
    gather = fitting(gathered, len(signs.codes), COMPILED_FROM)
    seen = np.full(BUCKETS, -1, np.int32)
    filled = gather(signs.codes, kinds_of(signs), signs.starts, seen, counts, buckets)
    return Grams(np.cumsum(counts), buckets[:filled].copy())


def gathered(  # noqa: C901, PLR0912, PLR0917 - one loop, so that numba can compile it
    codes: np.ndarray,
    kinds: np.ndarray,
    starts: np.ndarray,
    seen: np.ndarray,
    counts: np.ndarray,
    buckets: np.ndarray,
) -> int:
    """Write the features of each text into `buckets`, how many into `counts`; return all."""
    filled = 0
    for text in range(len(starts) - 1):
        before = filled
        word = 17
        last_word = 23
        in_word = False
        for at in range(starts[text], starts[text + 1] + 1):
            ends = at == starts[text + 1]
            if not ends and kinds[at] == 3:
                word = (word * 1_000_003 + codes[at]) & 0x7FFFFFFF
                in_word = True
            elif in_word:
                for value in (word, (last_word * 1_000_003 + word + 5) & 0x7FFFFFFF):
                    bucket = ((value ^ (value >> 11)) * 1_540_483_477 & 0x7FFFFFFF) >> 9
                    if seen[bucket] != text:
                        seen[bucket] = text
                        buckets[filled] = bucket
                        filled += 1
                last_word = word
                word = 17
                in_word = False
            if ends or kinds[at] == 0:
                continue
            run = 11
            length = 0
            place = at
            blank = False
            while length < 3 and place < starts[text + 1]:
                code = codes[place]
                if kinds[place] == 0:
                    # Blanks in a row count as one; none ends a run.
                    if blank or place == at:
                        place += 1
                        continue
                    blank = True
                    code = 32
                else:
                    blank = False
                run = (run * 1_000_003 + code) & 0x7FFFFFFF
                length += 1
                place += 1
                if blank:
                    continue
                bucket = ((run ^ (run >> 11)) * 1_540_483_477 & 0x7FFFFFFF) >> 9
                if seen[bucket] != text:
                    seen[bucket] = text
                    buckets[filled] = bucket
                    filled += 1
        counts[text + 1] = filled - before
    return filled
