"""Reads questions about trends from plain values, and says where a mistake is."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.trends import (
    ADDITIVE,
    COUNTS,
    Series,
    TrendPoint,
    TrendsSpec,
    trend_members,
)
from zhiyin.insights.behavior.trends_formula import Formula, read_formula
from zhiyin.insights.behavior.vocabulary import (
    COMPARISONS,
    INTERVALS,
    PROPERTIES,
    mapping,
    read_breakdown,
    read_choice,
    read_days,
    read_step,
    truth,
    whole,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = (
    "series", "days", "interval", "breakdown", "compare", "formulas", "smoothing", "cumulative",
    "sample",
)  # fmt: skip
SERIES_KEYS = (
    "key", "event", "events", "where", "first_ever", "count", "property", "percentile", "metric",
)  # fmt: skip
STEP_KEYS = ("event", "events", "where", "first_ever")
OF_PROPERTY = ("sum", "average", "median", "percentile", "minimum", "maximum")
NUMBERS = tuple(name for name, kind in PROPERTIES.items() if kind == "number")
MOST_SERIES = 26
MOST_FORMULAS = 10
LONGEST_SMOOTHING = 366


def read_trends(written: Any) -> TrendsSpec:
    """Return the question that a mapping of plain values asks.

    Raises
    ------
    InvalidInput
        with the path of the mistake, the value and what is allowed.
    """
    body = mapping(written, "trends", KEYS)
    series = read_all_series(body.get("series"))
    keys = tuple(one.key for one in series)
    spec = TrendsSpec(
        series=series,
        days=read_days(body.get("days"), "days"),
        interval=read_choice(body.get("interval", "day"), "interval", INTERVALS),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
        compare=(
            None
            if body.get("compare") is None
            else read_choice(body["compare"], "compare", COMPARISONS)
        ),
        formulas=read_formulas(body.get("formulas") or [], keys),
        smoothing=whole(body.get("smoothing", 1), "smoothing", lowest=1, highest=LONGEST_SMOOTHING),
        cumulative=truth(body.get("cumulative", False), "cumulative"),
        sample=read_sample(body.get("sample", 1.0)),
    )
    check(spec)
    return spec


def read_all_series(written: Any) -> tuple[Series, ...]:
    """Return the series, of which there is at least one, called A, B, … unless they say."""
    if not isinstance(written, list | tuple) or not 1 <= len(written) <= MOST_SERIES:
        raise InvalidInput(f"series: needs a list of 1 to {MOST_SERIES} series, not {written!r}.")
    found = tuple(
        read_series(one, f"series[{n}]", ascii_uppercase[n]) for n, one in enumerate(written)
    )
    keys = [one.key for one in found]
    for key in keys:
        if keys.count(key) > 1:
            raise InvalidInput(f"series: two are called {key}; each needs a key of its own.")
    return found


def read_series(written: Any, path: str, key: str) -> Series:
    """Return one series from an event's name or a mapping."""
    body = mapping({"event": written} if isinstance(written, str) else written, path, SERIES_KEYS)
    key = body.get("key", key)
    if not isinstance(key, str) or key not in tuple(ascii_uppercase):
        raise InvalidInput(f"{path}.key: must be one of A to Z, not {key!r}.")
    step = {name: body[name] for name in STEP_KEYS if name in body}
    if "metric" in body:
        others = [name for name in body if name not in ("key", "metric")]
        if others or not isinstance(body["metric"], str):
            raise InvalidInput(
                f"{path}: a metric says itself what is counted; give its name and nothing else."
            )
        return Series(key, metric=body["metric"])
    count = read_choice(body.get("count", "events"), f"{path}.count", COUNTS)
    return Series(
        key,
        read_step(step, path),
        count,
        read_property(body.get("property"), f"{path}.property", count),
        read_percentile(body.get("percentile"), f"{path}.percentile", count),
    )


def read_property(written: Any, path: str, count: str) -> str | None:
    """Return what is summed or averaged; `revenue` unless it is said."""
    if count not in OF_PROPERTY:
        if written is not None:
            raise InvalidInput(f"{path}: {count} looks at no property; choose {OF_PROPERTY[0]}.")
        return None
    return read_choice(written or NUMBERS[0], path, NUMBERS)


def read_percentile(written: Any, path: str, count: str) -> float | None:
    """Return which percentile is wanted, above 0 and below 100."""
    if count != "percentile":
        if written is not None:
            raise InvalidInput(f"{path}: belongs to count percentile, not to {count}.")
        return None
    if isinstance(written, bool) or not isinstance(written, int | float) or not 0 < written < 100:
        raise InvalidInput(f"{path}: must be a number above 0 and below 100, not {written!r}.")
    return float(written)


def read_formulas(written: Any, keys: tuple[str, ...]) -> tuple[Formula, ...]:
    """Return the formulas."""
    if isinstance(written, str):
        written = [written]
    if not isinstance(written, list | tuple) or len(written) > MOST_FORMULAS:
        raise InvalidInput(f"formulas: needs a list of at most {MOST_FORMULAS}, not {written!r}.")
    return tuple(read_formula(one, f"formulas[{n}]", keys) for n, one in enumerate(written))


def read_sample(written: Any) -> float:
    """Return the share of people who are asked, in steps of a thousandth."""
    is_number = isinstance(written, int | float) and not isinstance(written, bool)
    if not is_number or not 0.001 <= written <= 1:
        raise InvalidInput(f"sample: must be a share from 0.001 to 1, not {written!r}.")
    return round(float(written), 3)


def check(spec: TrendsSpec) -> None:
    """Raise where parts of a question contradict each other."""
    for one in spec.series:
        if spec.cumulative and (one.metric or one.count not in ADDITIVE):
            raise InvalidInput(
                f"Series {one.key} cannot be cumulative: only {', '.join(ADDITIVE)} add up."
            )
        if one.metric and spec.interval == "hour":
            raise InvalidInput(f"The metric {one.metric} is known per day; choose a day or longer.")
        if one.metric and spec.sample < 1:
            raise InvalidInput(f"The metric {one.metric} is counted of everybody; drop the sample.")
        kinds = spec.breakdown and (spec.breakdown.kind, spec.breakdown.name)
        if one.metric and kinds and kinds[0] == "event" and kinds[1] != "channel":
            raise InvalidInput(
                f"The metric {one.metric} cannot be divided by {kinds[1]}; choose channel, or "
                "something known of people."
            )


def read_trend_point(written: Any) -> TrendPoint:
    """Return a point of an answer from {series, at, group, is_other, is_previous}."""
    allowed = ("series", "at", "group", "is_other", "is_previous")
    body = mapping(written, "point", allowed)
    for name in ("series", "at", "group"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise InvalidInput(f"point.{name}: must be a text, not {body[name]!r}.")
    if body.get("series") is None:
        raise InvalidInput("point.series: say which series, such as A.")
    return TrendPoint(
        body["series"],
        body.get("at"),
        body.get("group"),
        truth(body.get("is_other", False), "point.is_other"),
        "group" in body or "is_other" in body,
        truth(body.get("is_previous", False), "point.is_previous"),
    )


def trends_people(scope: Scope, spec: TrendsSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return person_id, each once, behind {series, at, group, is_other, is_previous}."""
    return trend_members(scope, spec, read_trend_point(point))
