"""Rows of `dm.scores`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhiyin.profiles.tables import SCORES

Floats = NDArray[np.float64]


def no_scores() -> pa.Table:
    """Return the promised table without rows."""
    return SCORES.schema().to_pyarrow().empty_table()


def scores(
    person_id: Sequence[str],
    score: Floats,
    *,
    model: str,
    version: str,
    as_of: datetime,
    reasons: Sequence[str],
    low: Floats | None = None,
    high: Floats | None = None,
) -> pa.Table:
    """Return one row per person, in the promised types."""
    people = len(person_id)
    unknown = pa.nulls(people, pa.float64())
    columns = {
        "person_id": pa.array(person_id, pa.string()),
        "model": pa.repeat(model, people),
        "model_version": pa.repeat(version, people),
        "score": pa.array(score, pa.float64()),
        "low": unknown if low is None else pa.array(low, pa.float64()),
        "high": unknown if high is None else pa.array(high, pa.float64()),
        "reasons": pa.array(reasons, pa.string()),
        "as_of": pa.repeat(pa.scalar(as_of, pa.timestamp("us")), people),
    }
    return pa.table(columns).cast(SCORES.schema().to_pyarrow())
