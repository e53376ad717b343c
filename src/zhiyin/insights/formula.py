"""A metric's formula as plain values, for those who put it into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhiyin.insights.dictionary import dictionary, metric
from zhiyin.insights.metric_kinds import Measure, Ratio


def formula(found: Measure | Ratio) -> dict[str, Any]:
    """Return what a metric is counted from.

    Returns
    -------
    A measure has `fact`, `how`, `column` and `where` [{column, operator, value}]; a ratio has
    `numerator` and `denominator`, each [{metric, factor}]. What the other has is empty.
    """
    told: dict[str, Any] = {"fact": None, "how": None, "column": None, "where": []}
    if isinstance(found, Ratio):
        sides = {key: parts(getattr(found, key)) for key in ("numerator", "denominator")}
        return {"kind": "ratio", **told, **sides}
    where = [
        {"column": one.column, "operator": asked.operator, "value": plain(asked.value)}
        for one in found.where
        for asked in one.comparisons
    ]
    told = {"fact": found.fact, "how": found.how, "column": found.column, "where": where}
    return {"kind": "measure", **told, "numerator": [], "denominator": []}


def parts(side: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return one side of a ratio."""
    return [{"metric": name, "factor": factor} for name, factor in side.items()]


def plain(value: Any) -> Any:
    """Return what a filter compares with as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def plain_figure(name: str, values: Mapping[str, float | None]) -> float | None:
    """Return a shipped metric from its measures' values; None over zero or an unknown part.

    The same as `evaluation.figure` for numbers that are at hand already.
    """
    found = metric(name, dictionary())
    if isinstance(found, Measure):
        return values[name]
    sides: list[float] = []
    for side in (found.numerator, found.denominator):
        known = [(plain_figure(part, values), factor) for part, factor in side.items()]
        numbers = [value * factor for value, factor in known if value is not None]
        if len(numbers) < len(known):
            return None
        sides.append(sum(numbers))
    return sides[0] / sides[1] if sides[1] else None
