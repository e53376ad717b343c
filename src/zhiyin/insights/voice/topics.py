"""Topics: what a shop's customers talk about, learnt from their own phrases.

Phrases are runs of two to four signs, or words, that hold together. A factorization of the matrix
of texts and phrases into non-negative parts (Lee and Seung, 1999; start by Boutsidis and
Gallopoulos, 2008) gives the topics. Nothing is drawn at
random: the same texts give the same topics.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

from zhiyin.insights.voice.lexicon import words
from zhiyin.insights.voice.phrases import Phrases, find, phrases_of
from zhiyin.insights.voice.signs import Signs, plain

TOPICS = 12
LEAST_TEXTS = 200
MOST_TEXTS = 20_000
MOST_PHRASES = 1_200
NAMED_BY = 3
ROUNDS = 60
PIECE = re.compile(r"[㐀-鿿]+|[a-z][a-z'-]{2,}")


@dataclass(frozen=True)
class Topics:
    """Topics by their names, and how much each phrase speaks for each of them.

    `weights` has a row for each phrase and a column for each topic.
    """

    names: tuple[str, ...]
    phrases: tuple[str, ...]
    weights: NDArray[np.float32]

    def table(self) -> Phrases:
        """Return the phrases ready to be looked for."""
        return phrases_of(self.phrases)


def learn(signs: Signs, texts: Sequence[str], topics: int = TOPICS) -> Topics | None:
    """Return the topics of texts; None where there are too few texts or phrases."""
    if len(texts) < LEAST_TEXTS:
        return None
    step = max(1, len(texts) // MOST_TEXTS)
    phrases = candidates([plain(text) for text in texts[::step][:MOST_TEXTS]])
    if len(phrases) < 2 * topics:
        return None
    counts = matrix(signs, phrases_of(phrases), len(phrases))
    rarity = np.log((1 + len(signs)) / (1 + np.asarray((counts > 0).sum(axis=0)).ravel()))
    weighted = counts.multiply(rarity).tocsr()
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    kept = weighted[norms > 0].multiply(1 / norms[norms > 0][:, None]).tocsr()
    parts = factorized(kept, topics)
    return Topics(named(phrases, parts), tuple(phrases), (parts.T * rarity[:, None]).astype("f4"))


def assigned(signs: Signs, topics: Topics) -> NDArray[np.int64]:
    """Return the strongest topic of each text; -1 where none of the phrases stands in it."""
    found = find(signs, topics.table())
    scores = np.zeros((len(signs), len(topics.names)))
    np.add.at(scores, found.texts, topics.weights[found.phrases])
    return np.where(scores.max(axis=1) > 0, scores.argmax(axis=1), -1)


def matrix(signs: Signs, phrases: Phrases, width: int) -> csr_matrix:
    """Return how often each phrase stands in each text."""
    found = find(signs, phrases)
    ones = np.ones(len(found.texts))
    return csr_matrix((ones, (found.texts, found.phrases)), (len(signs), width))


def candidates(texts: Sequence[str]) -> list[str]:
    """Return the phrases that texts have in common, most frequent first.

    A run of signs counts if it is seen three times as often as its halves, were they
    independent, would be seen side by side. Words that only judge are left out.
    """
    held: Counter[str] = Counter()
    singles: Counter[str] = Counter()
    for text in texts:
        here: set[str] = set()
        for piece in PIECE.findall(text):
            singles.update(piece)
            here.update(runs(piece) if piece[0] > "z" else [piece])
        held.update(here)
    total = sum(singles.values())
    least = max(5, len(texts) // 500)
    judging = words().polarity
    often = {
        phrase: count
        for phrase, count in held.items()
        if count >= least
        and phrase not in judging
        and phrase not in words().empty_words
        and holds_together(phrase, count, held, singles, total)
    }
    whole = without_parts(often)
    return sorted(whole, key=lambda phrase: (-often[phrase], phrase))[:MOST_PHRASES]


def runs(piece: str) -> list[str]:
    """Return the runs of two to four signs that neither begin nor end with an empty one."""
    empty = words().empty_signs
    return [
        piece[at : at + length]
        for at in range(len(piece) - 1)
        if piece[at] not in empty
        for length in (2, 3, 4)
        if at + length <= len(piece) and piece[at + length - 1] not in empty
    ]


def holds_together(
    phrase: str, count: int, held: Counter[str], singles: Counter[str], total: int
) -> bool:
    """Return whether a run is more than two halves that happen to meet."""
    if phrase[0] <= "z":
        return True
    halves = ((phrase[:cut], phrase[cut:]) for cut in range(1, len(phrase)))
    return all(
        count * total
        >= 3 * max(held[one], singles[one] if len(one) == 1 else 1)
        * max(held[other], singles[other] if len(other) == 1 else 1)
        for one, other in halves
    )  # fmt: skip


def without_parts(often: dict[str, int]) -> list[str]:
    """Return the phrases without those that are hardly ever seen outside of a longer one."""
    part_of: dict[str, int] = {}
    for phrase, count in often.items():
        for length in range(2, len(phrase)):
            for at in range(len(phrase) - length + 1):
                part = phrase[at : at + length]
                part_of[part] = max(part_of.get(part, 0), count)
    return [
        phrase
        for phrase, count in often.items()
        if phrase[0] <= "z" or part_of.get(phrase, 0) < 0.7 * count
    ]


def factorized(rows: csr_matrix, topics: int) -> NDArray[np.float64]:
    """Return the non-negative parts: one row per topic, one column per phrase.

    Hierarchical alternating least squares (Cichocki and Phan, 2009).
    """
    left, parts = started(rows, topics)
    for _ in range(ROUNDS):
        left = improved(left, rows @ parts.T, parts @ parts.T)
        parts = improved(parts.T, rows.T @ left, left.T @ left).T
    return parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-12)


def improved(
    values: NDArray[np.float64], against: NDArray[np.float64], square: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the factor after one pass over its columns."""
    for column in range(values.shape[1]):
        slope = against[:, column] - values @ square[:, column]
        step = slope / max(square[column, column], 1e-12)
        values[:, column] = np.maximum(values[:, column] + step, 1e-12)
    return values


def started(rows: csr_matrix, topics: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the factors that a singular value decomposition suggests."""
    left, sizes, right = svds(rows, k=topics, v0=np.ones(min(np.shape(rows))))
    firsts, parts = [], []
    for place in np.argsort(-sizes):
        u, v = left[:, place], right[place]  # pyright: ignore[reportOptionalSubscript]
        halves = [(np.maximum(s * u, 0), np.maximum(s * v, 0)) for s in (1, -1)]
        weight = [np.linalg.norm(x) * np.linalg.norm(y) for x, y in halves]
        x, y = halves[int(np.argmax(weight))]
        share = np.sqrt(sizes[place] * max(weight))
        firsts.append(share * x / max(np.linalg.norm(x), 1e-12))
        parts.append(share * y / max(np.linalg.norm(y), 1e-12))
    return np.array(firsts).T.copy() + 1e-6, np.array(parts) + 1e-6


def named(phrases: Sequence[str], parts: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a name for each topic: the phrases that are its own more than any other's."""
    own = parts * (parts / np.maximum(parts.sum(axis=0, keepdims=True), 1e-12))
    names = []
    for topic in range(len(parts)):
        chosen: list[str] = []
        for place in np.argsort(-own[topic], kind="stable"):
            phrase = phrases[place]
            if not any(set(phrase) & set(other) for other in chosen if phrase[0] > "z"):
                chosen.append(phrase)
            if len(chosen) == NAMED_BY:
                break
        names.append(" · ".join(chosen))
    return tuple(names)
