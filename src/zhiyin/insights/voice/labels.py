"""Judgements that came with texts: stars, scores and words, as good or bad."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhiyin.insights.voice.lexicon import words

# The largest rating of a source tells its scale; (least good, most bad) of each scale.
SCALES = ((1.0, (1.0, 0.0)), (5.0, (4.0, 2.0)), (10.0, (9.0, 6.0)), (100.0, (80.0, 40.0)))


def labeled(rows: pa.Table) -> NDArray[np.int8]:
    """Return 1 for texts that came with a good judgement, -1 for a bad one, 0 for others.

    Words count before numbers, and a label that is a number counts as a rating. A rating is read on
    the scale of its source: up to 1 (0 and less are bad), 5 stars (4 and more are good, 2 and less
    bad), 10 points as in net promoter scores (9, 6), or 100 (80, 40).

    Parameters
    ----------
    rows : has label, rating, kind and source_id.
    """
    labels = [(label or "").strip().lower() for label in rows["label"].to_pylist()]
    good, bad = words().labels
    told = np.array([1 if one in good else -1 if one in bad else 0 for one in labels], np.int8)
    rating = rows["rating"].cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    rating = np.where(np.isnan(rating), [number(label) for label in labels], rating)
    sources = list(zip(rows["kind"].to_pylist(), rows["source_id"].to_pylist(), strict=True))
    places = {source: place for place, source in enumerate(dict.fromkeys(sources))}
    of_row = np.array([places[source] for source in sources], np.int64)
    largest = np.full(len(places), -np.inf)
    known = ~np.isnan(rating)
    np.maximum.at(largest, of_row[known], rating[known])
    by_rating = np.zeros(len(rating), np.int8)
    for place, most in enumerate(largest):
        scale = next((bounds for top, bounds in SCALES if most <= top), None)
        if scale is None or not np.isfinite(most):
            continue
        mine = (of_row == place) & known
        by_rating[mine & (rating >= scale[0])] = 1
        by_rating[mine & (rating <= scale[1])] = -1
    return np.where(told != 0, told, by_rating).astype(np.int8)


def number(text: str) -> float:
    """Return the text as a number; not a number where it is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
