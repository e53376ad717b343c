"""How good each table is: scores, expectations, anomalies; a look on demand, and the report."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant
from zhiyin.api.quality_scores import (
    ALL,
    Days,
    DayScore,
    DimensionScore,
    dimension_scores,
    newest_scores,
    score_rows,
    trend_of,
)
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.core.privacy import Pii
from zhiyin.governance.api import MASK, Action, Permission, mask_value
from zhiyin.warehouse.cleaning import tables as cleaning
from zhiyin.warehouse.quality import api as engine

router = APIRouter(prefix="/api/data/quality", tags=["quality"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Runner = Annotated[Visitor, Depends(needs(Permission.DATA_RUN))]
ANOMALIES_SHOWN = 100


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


class CheckIn(BaseModel):
    """Which table is looked at now; all of them if none is named."""

    table: Annotated[str, Field(max_length=200)] | None = None


class AlertsOut(BaseModel):
    """Who is told of what a run finds: the web hook's host, addresses masked by role."""

    webhook: str | None
    email: list[str]
    only_blocking: bool


class Looked(BaseModel):
    """How much was looked at, and what failed."""

    tables: int
    expectations: int
    failed_checks: int


@router.get("")
def read_quality(context: Context, visitor: Reader, days: Days = 30) -> QualityOut:
    """Return how the tables stand today, and how that came in the last `days` days."""
    scores = score_rows(context, days)
    trend = trend_of(scores)
    anomalies = engine.recent_anomalies(context.warehouse, days)
    tables = _tables(scores, engine.newest_results(context.warehouse), anomalies)
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
        anomalies=[AnomalyLine(**vars(one)) for one in anomalies[:ANOMALIES_SHOWN]],
    )


@router.post("/check")
def check_now(body: CheckIn, context: Context, visitor: Runner, trail: Trail) -> Looked:
    """Look at one table, or at all, now; nothing is held back by it."""
    found = context.execute("quality.check", body.model_dump(exclude_none=True))
    trail.record(visitor.name, Action.QUALITY_CHECK, body.table or "all")
    return Looked(**{name: found[name] for name in Looked.model_fields})


@router.get("/alerts")
def read_alerts(context: Context, visitor: Reader) -> AlertsOut:
    """Return who is told of what a run finds wrong."""
    found = context.execute("quality.alerts", {})
    shown = (mask_value(address, Pii.CONTACT, visitor.role) for address in found["email"])
    return AlertsOut(**{**found, "email": [address or MASK for address in shown]})


@router.get("/report", response_class=HTMLResponse)
def download_report(
    context: Context, visitor: Reader, language: Literal["zh-CN", "en"] = "zh-CN"
) -> HTMLResponse:
    """Return the report as one page that needs no other file, examples masked as for a viewer."""
    with TemporaryDirectory() as folder:
        page = Path(folder) / "quality.html"
        context.execute("quality.report", {"html": str(page), "language": language})
        text = page.read_text("utf-8")
    name = f"quality-{context.clock.now():%Y-%m-%d}.html"
    return HTMLResponse(text, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _tables(
    scores: list[dict[str, Any]], results: list[dict[str, Any]], anomalies: list[engine.Anomaly]
) -> list[TableLine]:
    names = sorted({row["table_name"] for row in [*scores, *results]})
    lines = [_table(name, scores, results, anomalies) for name in names]
    return sorted(lines, key=lambda line: (not line.is_held_back, _known(line.score), line.table))


def _known(score: float | None) -> float:
    return 101.0 if score is None else score


def _table(
    name: str,
    scores: list[dict[str, Any]],
    results: list[dict[str, Any]],
    anomalies: list[engine.Anomaly],
) -> TableLine:
    mine = [row for row in scores if row["table_name"] == name]
    whole = [row for row in mine if row["dimension"] == ALL]
    # An expectation that met no row says nothing.
    looked = [row for row in results if row["table_name"] == name and row["rows"]]
    newest = newest_scores(mine)
    return TableLine(
        table=name,
        score=whole[-1]["score"] if whole else None,
        previous=whole[-2]["score"] if len(whole) > 1 else None,
        dimensions={row["dimension"]: row["score"] for row in newest if row["dimension"] != ALL},
        checks=len(looked),
        failed_checks=sum(not row["passed"] for row in looked),
        is_held_back=any(row["held_back"] for row in looked),
        anomalies=sum(one.table == name for one in anomalies),
        checked_at=max((row["checked_at"] for row in looked), default=None),
    )


def _cleaned(context: ApiContext) -> tuple[int, int]:
    """Return how many values cleaning changed, and how many rows it keeps out."""
    changes = context.warehouse.read(cleaning.CHANGES)
    repaired = changes.filter(changes.action != "rejected").changed.sum().fill_null(0)
    rejected = context.warehouse.read(cleaning.REJECTS).count()
    values = (repaired.name("n").as_table(), rejected.name("n").as_table())
    first, second = (context.warehouse.to_arrow(value)["n"][0].as_py() for value in values)
    return int(first), int(second)
