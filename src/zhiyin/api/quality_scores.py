"""Scores of tables put together: by day, by dimension, over all tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import rows
from zhiyin.warehouse.quality import tables as quality

ALL = "all"  # the dimension that stands for a table's whole score
Score = dict[str, Any]
Days = Annotated[int, Query(ge=7, le=366)]


class DayScore(BaseModel):
    """The score of all tables on a day, from 0 to 100."""

    day: date
    score: float
    failed_checks: int


class DimensionScore(BaseModel):
    """The newest score of all tables in one dimension."""

    dimension: str
    score: float
    checks: int
    failed_checks: int


def score_rows(context: ApiContext, days: int, table: str | None = None) -> list[Score]:
    """Return the scores of the newest `days` days, oldest first; all tables unless one is named."""
    scores = context.warehouse.read(quality.SCORES)
    if table is not None:
        scores = scores.filter(scores.table_name == table)
    newest = context.warehouse.to_arrow(scores.score_date.max().name("day").as_table())
    last = newest["day"][0].as_py()
    if last is None:
        return []
    recent = scores.filter(scores.score_date > last - timedelta(days=days))
    ordered = recent.order_by("score_date", "table_name", "dimension")
    return rows(context.warehouse.to_arrow(ordered))


def newest_scores(scores: Iterable[Score]) -> list[Score]:
    """Return the newest score of each table and dimension; `scores` come oldest first."""
    newest = {(row["table_name"], row["dimension"]): row for row in scores}
    return [newest[key] for key in sorted(newest)]


def overall(scores: Sequence[Score]) -> float | None:
    """Return the mean of some scores, each weighing its expectations; None without any."""
    weight = sum(row["checks"] for row in scores)
    return sum(row["score"] * row["checks"] for row in scores) / weight if weight else None


def trend_of(scores: Sequence[Score]) -> list[DayScore]:
    """Return the score of all tables on each day of a look.

    A table that was not looked at on a day counts with its score of the look before.
    """
    known: dict[str, Score] = {}
    trend: list[DayScore] = []
    whole = [row for row in scores if row["dimension"] == ALL]
    for day in sorted({row["score_date"] for row in whole}):
        known.update({row["table_name"]: row for row in whole if row["score_date"] == day})
        score = overall(list(known.values()))
        if score is not None:
            failed = sum(row["failed_checks"] for row in known.values())
            trend.append(DayScore(day=day, score=score, failed_checks=failed))
    return trend


def dimension_scores(scores: Sequence[Score]) -> list[DimensionScore]:
    """Return the newest score of each dimension over all tables."""
    newest = [row for row in newest_scores(scores) if row["dimension"] != ALL]
    found: list[DimensionScore] = []
    for dimension in sorted({row["dimension"] for row in newest}):
        mine = [row for row in newest if row["dimension"] == dimension]
        score = overall(mine)
        if score is not None:
            found.append(
                DimensionScore(
                    dimension=dimension,
                    score=score,
                    checks=sum(row["checks"] for row in mine),
                    failed_checks=sum(row["failed_checks"] for row in mine),
                )
            )
    return found
