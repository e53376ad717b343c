"""Which labeled texts a model learns from, and which it is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TEST_SHARE = 0.2
SCALING_SHARE = 0.1


@dataclass(frozen=True)
class Split:
    """Places of texts: `learning` and `scaling` together are what is trained on."""

    learning: NDArray[np.int64]
    scaling: NDArray[np.int64]
    test: NDArray[np.int64]

    @property
    def training(self) -> NDArray[np.int64]:
        """Everything that is not kept for the test."""
        return np.sort(np.concatenate([self.learning, self.scaling]))


def split(texts: Sequence[str], strata: Sequence[object], rng: np.random.Generator) -> Split:
    """Return a split in which a fifth of each stratum is kept for the test.

    A text that stands there twice counts once: what was learnt by heart must not look like skill.
    A tenth of the rest sets the scale of the probabilities.

    Parameters
    ----------
    texts : folded, so that spellings of one text are the same.
    strata : of each text its label, with its category where one is known.
    """
    firsts = list({text: place for place, text in reversed(list(enumerate(texts)))}.values())
    by_stratum: dict[object, list[int]] = {}
    for place in sorted(firsts):
        by_stratum.setdefault(strata[place], []).append(place)
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for stratum in sorted(by_stratum, key=str):
        places = rng.permutation(by_stratum[stratum])
        tested = round(len(places) * TEST_SHARE)
        scaled = round((len(places) - tested) * SCALING_SHARE)
        cuts = np.split(places, [tested, tested + scaled])
        for part, cut in zip((parts[2], parts[1], parts[0]), cuts, strict=True):
            part.extend(cut.tolist())
    return Split(*(np.sort(np.array(part, np.int64)) for part in parts))
