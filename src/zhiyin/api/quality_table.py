"""One table: its scores by dimension, its expectations, and what is measured of it every day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.masked_values import masked_value_of
from zhiyin.api.quality_scores import ALL, Days, score_rows
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.core.errors import NotFound
from zhiyin.governance.api import Permission
from zhiyin.warehouse.quality import api as engine
from zhiyin.warehouse.quality import tables as quality

router = APIRouter(prefix="/api/data/quality/tables", tags=["quality"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Name = Annotated[str, Query(max_length=200)]
PROFILE_DAYS = 180


class CheckLine(BaseModel):
    """An expectation at the newest look. `example` is a value that breaks it, masked by role."""

    check_name: str
    column: str
    dimension: str
    severity: Literal["blocking", "warning"]
    rows: int
    failed: int
    pass_rate: float
    at_least: float
    passed: bool
    held_back: bool
    example: str | None
    checked_at: Instant


class Measure(BaseModel):
    """A measure that is taken of every day of data: of a column, or of the table."""

    column: str
    metric: str
    days: int
    anomalies: int


class DimensionDay(BaseModel):
    """A dimension's score on a day; the dimension `all` is the whole table's."""

    day: date
    dimension: str
    score: float


class TableOut(BaseModel):
    """One table: its scores by day and dimension, its expectations, what is measured of it."""

    table: str
    score: float | None
    previous: float | None
    is_held_back: bool
    trend: list[DimensionDay]
    checks: list[CheckLine]
    measures: list[Measure]


class ProfilePoint(BaseModel):
    """A measure of one day of data, and what the days before let expect; null of the first days."""

    day: date
    value: float
    expected: float | None
    low: float | None
    high: float | None
    is_anomaly: bool


class ProfileOut(BaseModel):
    """A measure day by day."""

    table: str
    column: str
    metric: str
    points: list[ProfilePoint]


@router.get("/{table}")
def read_table(context: Context, visitor: Reader, table: str, days: Days = 90) -> TableOut:
    """Return one table's scores, expectations and measures."""
    scores = score_rows(context, days, table)
    results = worst_first(engine.newest_results(context.warehouse, table))
    measures = _measures(context, table)
    if not scores and not results and not measures:
        raise NotFound(
            f"Nothing is known of the quality of {table!r}; name a table with expectations, and"
            " look at it with `zhiyin quality check`."
        )
    whole = [row for row in scores if row["dimension"] == ALL]
    return TableOut(
        table=table,
        score=whole[-1]["score"] if whole else None,
        previous=whole[-2]["score"] if len(whole) > 1 else None,
        is_held_back=any(row["held_back"] for row in results),
        trend=[
            DimensionDay(day=row["score_date"], dimension=row["dimension"], score=row["score"])
            for row in scores
        ],
        checks=[_check(row, visitor.role) for row in results],
        measures=measures,
    )


@router.get("/{table}/profile")
def read_profile(
    context: Context, visitor: Reader, table: str, metric: Name = "rows", column: Name = ""
) -> ProfileOut:
    """Return a measure of a table's data, day by day, with the days that stand out."""
    usual = engine.usual_days(context.warehouse, table, column=column, metric=metric)
    if not usual:
        raise NotFound(f"Nothing is measured of {metric!r} and {column!r} in {table!r}.")
    odd = {
        one.day: one
        for one in engine.read_anomalies(context.warehouse, since=usual[0].day)
        if one.measure == (table, column, metric)
    }
    points = [
        ProfilePoint(
            day=one.day,
            value=one.value,
            is_anomaly=one.day in odd,
            **{name: getattr(odd.get(one.day, one), name) for name in ("expected", "low", "high")},
        )
        for one in usual[-PROFILE_DAYS:]
    ]
    return ProfileOut(table=table, column=column, metric=metric, points=points)


def worst_first(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return expectations: missed ones first, those held least before others."""
    return sorted(results, key=lambda row: (row["passed"], row["pass_rate"], row["check_name"]))


def _check(row: dict[str, Any], role: str) -> CheckLine:
    # Of whole tables an example is a figure, such as a total.
    column, example = row["column"], row["example"]
    shown = masked_value_of(example, row["table_name"], column, role) if column else example
    return CheckLine(**{**row, "example": shown})


def _measures(context: ApiContext, table: str) -> list[Measure]:
    """Return what is measured of a table: first the rows, then the columns by name."""
    profiles = context.warehouse.read(quality.PROFILES)
    found = context.warehouse.read(quality.ANOMALIES)
    taken = profiles.filter(profiles.table_name == table).group_by("column", "metric")
    odd = found.filter(found.table_name == table).group_by("column", "metric")
    joined = taken.agg(days=ibis._.count()).left_join(
        odd.agg(anomalies=ibis._.count()), ["column", "metric"]
    )
    listed = joined.select("column", "metric", "days", anomalies=joined.anomalies.fill_null(0))
    return [
        Measure(**row)
        for row in rows(context.warehouse.to_arrow(listed.order_by("column", "metric")))
    ]
