"""How good each table is: scores, expectations, anomalies; a look on demand, and the report."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.masked_values import masked_value_of
from zhiyin.api.quality_scores import (
    ALL,
    DayScore,
    DimensionScore,
    dimension_scores,
    newest_scores,
    score_rows,
    trend_of,
)
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.core.errors import NotFound
from zhiyin.governance.api import Permission
from zhiyin.warehouse.cleaning import tables as cleaning
from zhiyin.warehouse.quality import tables as quality

router = APIRouter(prefix="/api/data/quality", tags=["quality"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Days = Annotated[int, Query(ge=7, le=366)]
Name = Annotated[str, Query(max_length=200)]
ANOMALIES_SHOWN = 100
PROFILE_DAYS = 400
Severity = Literal["blocking", "warning"]


class TableLine(BaseModel):
    """A table's newest scores, and what fails. `dimensions` maps a dimension to its score."""

    table: str
    score: float | None
    previous: float | None
    dimensions: dict[str, float]
    checks: int
    failed_checks: int
    is_held_back: bool
    anomalies: int
    checked_at: Instant | None


class AnomalyLine(BaseModel):
    """A day of data whose measure lies outside what the days before let expect."""

    table: str
    column: str
    metric: str
    day: date
    value: float
    expected: float
    low: float
    high: float
    score: float
    found_at: Instant


class QualityOut(BaseModel):
    """How all tables stand; scores go from 0 to 100.

    `score` is the mean of the tables' newest scores, each weighing its expectations; `previous`
    is what it was on the day of the look before. `repaired` and `rejected` count the values and
    rows that cleaning changed or kept out.
    """

    score: float | None
    previous: float | None
    checked_at: Instant | None
    checks: int
    failed_checks: int
    held_back: int
    repaired: int
    rejected: int
    trend: list[DayScore]
    dimensions: list[DimensionScore]
    tables: list[TableLine]
    anomalies: list[AnomalyLine]


class CheckLine(BaseModel):
    """An expectation at the newest look. `example` is a value that breaks it, masked by role."""

    check_name: str
    column: str
    dimension: str
    severity: Severity
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


class TableOut(BaseModel):
    """One table: its scores by day and dimension, its expectations, what is measured of it."""

    table: str
    score: float | None
    previous: float | None
    is_held_back: bool
    trend: list[DimensionDay]
    checks: list[CheckLine]
    measures: list[Measure]


class DimensionDay(BaseModel):
    """A dimension's score on a day; the dimension `all` is the whole table's."""

    day: date
    dimension: str
    score: float


class ProfilePoint(BaseModel):
    """A measure of one day of data; the band is known for days that stood out."""

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


@router.get("")
def read_quality(context: Context, visitor: Reader, days: Days = 30) -> QualityOut:
    """Return how the tables stand today, and how that came in the last `days` days."""
    scores = score_rows(context, days)
    trend = trend_of(scores)
    anomalies = anomaly_rows(context, days)
    tables = _tables(scores, newest_results(context), anomalies)
    repaired, rejected = _cleaned(context)
    return QualityOut(
        score=trend[-1].score if trend else None,
        previous=trend[-2].score if len(trend) > 1 else None,
        checked_at=max((line.checked_at for line in tables if line.checked_at), default=None),
        checks=sum(line.checks for line in tables),
        failed_checks=sum(line.failed_checks for line in tables),
        held_back=sum(line.is_held_back for line in tables),
        repaired=repaired,
        rejected=rejected,
        trend=trend,
        dimensions=dimension_scores(scores),
        tables=tables,
        anomalies=[_anomaly(row) for row in anomalies[:ANOMALIES_SHOWN]],
    )


@router.get("/tables/{table}")
def read_table(context: Context, visitor: Reader, table: str, days: Days = 90) -> TableOut:
    """Return one table's scores, expectations and measures."""
    scores = score_rows(context, days, table)
    results = newest_results(context, table)
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


@router.get("/tables/{table}/profile")
def read_profile(
    context: Context, visitor: Reader, table: str, metric: Name = "rows", column: Name = ""
) -> ProfileOut:
    """Return a measure of a table's data, day by day, with the days that stand out."""
    profiles = context.warehouse.read(quality.PROFILES)
    mine = profiles.filter(
        profiles.table_name == table, profiles.metric == metric, profiles.column == column
    )
    found = context.warehouse.read(quality.ANOMALIES).drop("value", "found_at", "score")
    joined = mine.left_join(found, ["table_name", "profile_date", "column", "metric"])
    newest = joined.order_by(ibis.desc("profile_date")).limit(PROFILE_DAYS)
    columns = ("profile_date", "value", "expected", "low", "high")
    days = rows(context.warehouse.to_arrow(newest.select(*columns)))
    points = [
        ProfilePoint(day=row.pop("profile_date"), **row, is_anomaly=row["expected"] is not None)
        for row in reversed(days)
    ]
    return ProfileOut(table=table, column=column, metric=metric, points=points)


def newest_results(context: ApiContext, table: str | None = None) -> list[dict[str, Any]]:
    """Return the expectations as each table's newest look found them, worst first."""
    results = context.warehouse.read(quality.RESULTS)
    if table is not None:
        results = results.filter(results.table_name == table)
    looks = results.group_by("table_name").agg(
        run_id=results.run_id.argmax(results.checked_at), newest=results.checked_at.max()
    )
    newest = results.semi_join(looks, ["table_name", "run_id"])
    ordered = newest.order_by("table_name", "passed", "pass_rate", "check_name")
    return rows(context.warehouse.to_arrow(ordered))


def anomaly_rows(context: ApiContext, days: int) -> list[dict[str, Any]]:
    """Return the anomalies of the newest `days` days of data, newest and strongest first."""
    found = context.warehouse.read(quality.ANOMALIES)
    newest = context.warehouse.to_arrow(found.profile_date.max().name("day").as_table())
    last = newest["day"][0].as_py()
    if last is None:
        return []
    recent = found.filter(found.profile_date > last - timedelta(days=days))
    ordered = recent.order_by(
        ibis.desc("profile_date"), ibis.desc(recent.score.abs()), "table_name", "column", "metric"
    )
    return rows(context.warehouse.to_arrow(ordered))


def _tables(
    scores: list[dict[str, Any]], results: list[dict[str, Any]], anomalies: list[dict[str, Any]]
) -> list[TableLine]:
    names = sorted({row["table_name"] for row in [*scores, *results, *anomalies]})
    lines = [_table(name, scores, results, anomalies) for name in names]
    return sorted(lines, key=lambda line: (not line.is_held_back, _known(line.score), line.table))


def _known(score: float | None) -> float:
    return 101.0 if score is None else score


def _table(
    name: str,
    scores: list[dict[str, Any]],
    results: list[dict[str, Any]],
    anomalies: list[dict[str, Any]],
) -> TableLine:
    mine = [row for row in scores if row["table_name"] == name]
    whole = [row for row in mine if row["dimension"] == ALL]
    looked = [row for row in results if row["table_name"] == name]
    newest = newest_scores(mine)
    return TableLine(
        table=name,
        score=whole[-1]["score"] if whole else None,
        previous=whole[-2]["score"] if len(whole) > 1 else None,
        dimensions={row["dimension"]: row["score"] for row in newest if row["dimension"] != ALL},
        checks=len(looked),
        failed_checks=sum(not row["passed"] for row in looked),
        is_held_back=any(row["held_back"] for row in looked),
        anomalies=sum(row["table_name"] == name for row in anomalies),
        checked_at=max((row["checked_at"] for row in looked), default=None),
    )


def _check(row: dict[str, Any], role: str) -> CheckLine:
    example = masked_value_of(row["example"], row["table_name"], row["column"], role)
    return CheckLine(**{**row, "example": example})


def _anomaly(row: dict[str, Any]) -> AnomalyLine:
    return AnomalyLine(table=row["table_name"], day=row["profile_date"], **row)


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


def _cleaned(context: ApiContext) -> tuple[int, int]:
    """Return how many values cleaning changed, and how many rows it keeps out."""
    changes = context.warehouse.read(cleaning.CHANGES)
    repaired = changes.filter(changes.action != "rejected").changed.sum().fill_null(0)
    rejected = context.warehouse.read(cleaning.REJECTS).count()
    values = (repaired.name("n").as_table(), rejected.name("n").as_table())
    first, second = (context.warehouse.to_arrow(value)["n"][0].as_py() for value in values)
    return int(first), int(second)
