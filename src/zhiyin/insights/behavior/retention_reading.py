"""Reads questions about retention from plain values, and says where a mistake is."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.retention import RetentionPoint, RetentionSpec, retention_members
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.trends_reading import NUMBERS
from zhiyin.insights.behavior.vocabulary import (
    INTERVALS,
    LONGEST_DAYS,
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

KINDS = ("first_time", "recurring")
MODES = ("calendar", "elapsed")
MEASURES = ("people", "sum", "average")
MEANS = ("simple", "weighted")
KEYS = (
    "target", "returning", "kind", "days", "interval", "intervals", "mode", "brackets",
    "cumulative", "at_least", "measure", "property", "mean", "breakdown",
)  # fmt: skip
MOST_INTERVALS = 366
MOST_BRACKETS = 30
# Days of a period, upwards: as many cohorts are shown as there are columns.
PERIOD_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 31}


def read_retention(written: Any) -> RetentionSpec:
    """Return the question that a mapping of plain values asks.

    Raises
    ------
    InvalidInput
        with the path of the mistake, the value and what is allowed.
    """
    body = mapping(written, "retention", KEYS)
    if body.get("target") is None:
        raise InvalidInput("target: say which event begins, such as Order Completed.")
    target = read_step(body["target"], "target")
    returning = body.get("returning")
    interval = read_choice(body.get("interval", "week"), "interval", INTERVALS)
    intervals = whole(body.get("intervals", 8), "intervals", lowest=1, highest=MOST_INTERVALS)
    measure = read_choice(body.get("measure", "people"), "measure", MEASURES)
    spec = RetentionSpec(
        target=target,
        returning=target if returning is None else read_step(returning, "returning"),
        kind=read_choice(body.get("kind", "first_time"), "kind", KINDS),
        days=read_days(said_days(body.get("days"), interval, intervals), "days"),
        interval=interval,
        intervals=intervals,
        mode=read_choice(body.get("mode", "calendar"), "mode", MODES),
        brackets=read_brackets(body.get("brackets") or []),
        cumulative=truth(body.get("cumulative", False), "cumulative"),
        at_least=whole(body.get("at_least", 1), "at_least", lowest=1, highest=10_000),
        measure=measure,
        of_property=read_amount(body.get("property"), measure),
        mean=read_choice(body.get("mean", "weighted"), "mean", MEANS),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
    )
    check(spec)
    return spec


def said_days(written: Any, interval: str, intervals: int) -> Any:
    """Return the days asked for; if no first day is said, as many periods as there are columns."""
    if not isinstance(written, Mapping | None) or {"since", "last"} & set(written or {}):
        return written
    return {**(written or {}), "last": min(ceil(intervals * PERIOD_DAYS[interval]), LONGEST_DAYS)}


def read_brackets(written: Any) -> tuple[int, ...]:
    """Return how many periods each column after the first joins."""
    if not isinstance(written, list | tuple) or len(written) > MOST_BRACKETS:
        raise InvalidInput(f"brackets: needs a list of at most {MOST_BRACKETS}, not {written!r}.")
    found = tuple(
        whole(one, f"brackets[{n}]", lowest=1, highest=MOST_INTERVALS)
        for n, one in enumerate(written)
    )
    if sum(found) >= MOST_INTERVALS:
        raise InvalidInput(
            f"brackets: they join {sum(found)} periods; {MOST_INTERVALS - 1} are allowed."
        )
    return found


def read_amount(written: Any, measure: str) -> str | None:
    """Return the property that is summed; none where people are counted."""
    if measure == "people":
        if written is not None:
            raise InvalidInput("property: belongs to measure sum or average, not to people.")
        return None
    return read_choice(written or NUMBERS[0], "property", NUMBERS)


def check(spec: RetentionSpec) -> None:
    """Raise where parts of a question contradict each other."""
    if spec.mode == "elapsed" and spec.interval == "month":
        raise InvalidInput("Months differ in length; choose mode calendar, or days or weeks.")
    if spec.cumulative and spec.measure != "people":
        raise InvalidInput(f"Only people stay until later, not a {spec.measure}; drop cumulative.")


def read_retention_point(written: Any) -> RetentionPoint:
    """Return a cell of an answer from {cohort, column, returned, group, is_other}."""
    body = mapping(written, "point", ("cohort", "column", "returned", "group", "is_other"))
    for name in ("cohort", "group"):
        if body.get(name) is not None and not isinstance(body[name], str):
            raise InvalidInput(f"point.{name}: must be a text, not {body[name]!r}.")
    column = body.get("column")
    if column is not None:
        column = whole(column, "point.column", lowest=0, highest=MOST_INTERVALS)
    return RetentionPoint(
        body.get("cohort"),
        column,
        truth(body.get("returned", True), "point.returned"),
        body.get("group"),
        truth(body.get("is_other", False), "point.is_other"),
        "group" in body or "is_other" in body,
    )


def retention_people(scope: Scope, spec: RetentionSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return person_id, each once, behind {cohort, column, returned, group, is_other}."""
    return retention_members(scope, spec, read_retention_point(point))
