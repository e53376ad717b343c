"""Random numbers that belong to a person and a day, not to the order of the calls.

Every draw is a hash of (stream, subject, day, index). What one person does therefore never depends
on who else exists, is treated, or was asked first: potential outcomes are well defined, and a month
drawn at once equals the same month drawn day by day.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Streams:
    """Named, independent streams of one seed.

    Notes
    -----
    The finalizer of SplitMix64 over a counter; the stream's key is 64 bits of SHA-256. A counter is
    `subject * 2**32 + day * 2**12 + index`, so subjects stay below 2**32, days (since 1970) below
    2**20 and indexes below 2**12.

    References
    ----------
    Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators, figure 14.
    """

    def __init__(self, seed: int):
        self.seed = seed
        self._keys: dict[str, np.uint64] = {}

    def words(
        self, stream: str, subject: Ints, day: Ints | int = 0, index: Ints | int = 0
    ) -> Words:
        """Return 64 random bits per counter; the arguments are broadcast."""
        with np.errstate(over="ignore"):
            counter = (np.asarray(subject, np.uint64) << np.uint64(32)) + (
                (np.asarray(day, np.uint64) << np.uint64(12)) + np.asarray(index, np.uint64)
            )
            word = np.atleast_1d(counter * _GOLDEN + self._key(stream))
            word ^= word >> np.uint64(30)
            word *= _MIX_1
            word ^= word >> np.uint64(27)
            word *= _MIX_2
            word ^= word >> np.uint64(31)
        return word

    def uniform(
        self, stream: str, subject: Ints, day: Ints | int = 0, index: Ints | int = 0
    ) -> Floats:
        """Return numbers in [0, 1) with 53 random bits."""
        bits = self.words(stream, subject, day, index) >> np.uint64(11)
        return bits.astype(np.float64) * 2.0**-53

    def generator(self, stream: str) -> np.random.Generator:
        """Return an ordinary generator for things that are drawn once, when the world is made."""
        return np.random.default_rng(int(self._key(stream)))

    def _key(self, stream: str) -> np.uint64:
        if stream not in self._keys:
            digest = hashlib.sha256(f"{self.seed}:{stream}".encode()).digest()
            self._keys[stream] = np.uint64(int.from_bytes(digest[:8], "big"))
        return self._keys[stream]


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for `counts` copies of each row, the row's number and the copy's number from 0."""
    rows = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return rows, np.arange(len(rows)) - starts[rows]


def pick(cumulative: Floats, u: Floats) -> Ints:
    """Return per row the first column whose cumulative share exceeds `u`."""
    return np.minimum((u[:, None] >= cumulative).sum(axis=1), cumulative.shape[1] - 1)
