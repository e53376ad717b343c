"""What a model card says: data, figures beside baselines, calibration, limits. JSON in, JSON
out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Metric:
    """A figure on data the model never saw, with its 95 % interval and the baseline's figure.

    `is_main` marks the one that stands for the model in lists.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    baseline_name: str | None = None
    is_main: bool = False


@dataclass(frozen=True)
class CalibrationBin:
    """People predicted alike: the mean prediction and what happened."""

    people: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class Note:
    """A fact about this training that a reader must know: a stable code and its numbers."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """One model version, described.

    `status` is "trained" or "not_enough_data". `readings` are the names under which the model's
    answers appear in `dm.scores`. `data` holds counts and ISO dates, `method` the parameters.
    """

    model: str
    readings: tuple[str, ...]
    status: str
    trained_as_of: datetime
    horizon_days: int | None
    rows: int
    data: Mapping[str, Any] = field(default_factory=dict)
    method: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    features: tuple[tuple[str, float], ...] = ()
    limits: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    drift_reference: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON-able values; no NaN, no infinity."""
        plain = asdict(self)
        plain["trained_as_of"] = self.trained_as_of.isoformat()
        plain["features"] = [{"feature": name, "share": share} for name, share in self.features]
        return finite(plain)


@dataclass(frozen=True)
class Trained:
    """A model ready to be stored: its card and its files."""

    card: Card
    files: Mapping[str, str]


@dataclass(frozen=True)
class NotEnoughData:
    """No model: what is missing, as codes with the numbers found and needed."""

    card: Card


def main_metric(card: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the figure that stands for the model, or None on a card without figures."""
    return next((metric for metric in card["metrics"] if metric["is_main"]), None)


def deciles(values: NDArray[np.float64]) -> list[float] | None:
    """Return the nine inner deciles of the known values, to compare later data with."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    return [float(v) for v in np.quantile(known, np.linspace(0.1, 0.9, 9))]


def finite(value: Any) -> Any:
    """Return the value as JSON can hold it: NaN as null, infinity as text."""
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else ("inf" if value > 0 else "-inf")
    return value
