"""The space that buyers lie in: features on one scale, so that distances mean likeness."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.profiles.personas.features import LOGARITHMIC, NUMBERS, TEXTS

MOST_VALUES = 8
FARTHEST = 3.0  # one amount in a million must not make a persona of one
NORMAL_QUARTILES = 1.349  # the interquartile range of a normal distribution, in deviations


class Number(msgspec.Struct, frozen=True):
    """One number's middle and spread, of its logarithm where it has one."""

    name: str
    middle: float
    spread: float


class Text(msgspec.Struct, frozen=True):
    """One text's commonest values, and how far apart two of them lie."""

    name: str
    values: tuple[str, ...]
    spread: float


class Space(msgspec.Struct, frozen=True):
    """Which features count and how they are scaled.

    A number lies at (x - median) / (interquartile range / 1.349), cut at three; the standard
    deviation stands in where half of all buyers are alike. A text is one column per value, scaled
    so that all of its columns together vary as much as one number does. What is alike for
    everybody is left out.
    """

    numbers: tuple[Number, ...]
    texts: tuple[Text, ...]

    def points(self, features: pa.Table) -> np.ndarray:
        """Return one row per buyer."""
        columns = [
            np.clip((scaled(features, one.name) - one.middle) / one.spread, -FARTHEST, FARTHEST)
            for one in self.numbers
        ]
        for text in self.texts:
            place = places(features, text)
            columns += [(place == index) / text.spread for index in range(len(text.values))]
        if not columns:
            return np.zeros((features.num_rows, 0), dtype=np.float32)
        return np.column_stack(columns).astype(np.float32)


def space_of(features: pa.Table) -> Space:
    """Return the space of `persona_features` of some buyers."""
    numbers = []
    for name in NUMBERS:
        values = scaled(features, name)
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
        # A shared value of more than half leaves no quartiles apart.
        spread = (high - low) / NORMAL_QUARTILES or float(values.std())
        if spread > 1e-9:
            numbers.append(Number(name, float(middle), float(max(spread, values.std() / 2))))
    texts = (text_of(features, name) for name in TEXTS)
    return Space(tuple(numbers), tuple(text for text in texts if text is not None))


def text_of(features: pa.Table, name: str) -> Text | None:
    """Return the commonest values of a text; None where all are alike."""
    counted = pc.value_counts(features[name].combine_chunks()).to_pylist()
    known = [(-one["counts"], one["values"]) for one in counted if one["values"] is not None]
    common = sorted(known)[:MOST_VALUES]
    shares = np.array([-count for count, _ in common]) / features.num_rows
    variance = float((shares * (1 - shares)).sum())
    if variance < 1e-3:
        return None
    return Text(name, tuple(value for _, value in common), float(np.sqrt(variance)))


def scaled(features: pa.Table, name: str) -> np.ndarray:
    """Return a number of each buyer on the scale that it is looked at on."""
    values = features[name].to_numpy().astype(float)
    return np.log1p(np.maximum(values, 0.0)) if name in LOGARITHMIC else values


def places(features: pa.Table, text: Text) -> np.ndarray:
    """Return the place of each buyer's value among those of a text; -1 for any other."""
    found = pc.index_in(features[text.name], value_set=pa.array(text.values, "string"))
    return found.fill_null(-1).to_numpy()


def labels_of(space: Space) -> Sequence[tuple[str, str | None]]:
    """Return feature and value of each column of `points`."""
    columns: list[tuple[str, str | None]] = [(one.name, None) for one in space.numbers]
    return columns + [(text.name, value) for text in space.texts for value in text.values]
