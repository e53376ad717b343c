"""Where the data came from and how it was made: imports, builds, jobs."""

from __future__ import annotations

from typing import Annotated, Any

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, plain_tree, rows
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.collect import tables as ods
from zhiyin.governance.api import Action, Permission
from zhiyin.warehouse import tables as dw

router = APIRouter(prefix="/api/data", tags=["data"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Runner = Annotated[Visitor, Depends(needs(Permission.DATA_RUN))]
Limit = Annotated[int, Query(ge=1, le=500)]


class ImportRow(BaseModel):
    """A file that was read, and whether its rows and money balance."""

    load_id: int
    recipe: str
    source_name: str
    target: str
    file_name: str
    file_bytes: int
    rows_read: int
    rows_kept: int
    rows_quarantined: int
    total_read: float | None
    total_kept: float | None
    total_quarantined: float | None
    is_balanced: bool
    imported_at: Instant
    seconds: float


class QuarantineReason(BaseModel):
    """How many records a rule set aside."""

    recipe: str
    target: str
    reason: str
    rows: int


class BuildRow(BaseModel):
    """The newest build of a table."""

    run_id: str
    table_name: str
    outcome: str
    as_of: Instant
    rows: int
    seconds: float
    built_at: Instant


class JobRow(BaseModel):
    """A run of a job."""

    run_id: str
    job: str
    state: str
    started_at: Instant
    finished_at: Instant | None
    detail: dict[str, Any]


class RunIn(BaseModel):
    """Which stages to run; all of them if none is named."""

    stages: list[str] = Field(default=[], max_length=10)


@router.get("/imports")
def list_imports(context: Context, visitor: Reader, limit: Limit = 100) -> list[ImportRow]:
    """Return the import ledger, newest first."""
    return list_ledger(context, limit)


def list_ledger(context: ApiContext, limit: int) -> list[ImportRow]:
    """Return the newest lines of the import ledger."""
    ledger = context.warehouse.read(ods.IMPORTS)
    newest = ledger.order_by(ibis.desc(ledger.load_id), ledger.file_name, ledger.target)
    table = context.warehouse.to_arrow(newest.limit(limit))
    # Exact decimals decide the balance; the numbers that are shown are rounded.
    balanced = [_is_balanced(row) for row in table.to_pylist()]
    return [
        ImportRow(
            **{name: row[name] for name in ImportRow.model_fields if name in row},
            is_balanced=is_balanced,
        )
        for row, is_balanced in zip(rows(table), balanced, strict=True)
    ]


def _is_balanced(row: dict[str, Any]) -> bool:
    parts = [row[f"total_{part}"] or 0 for part in ("read", "kept", "quarantined")]
    return (
        row["rows_read"] == row["rows_kept"] + row["rows_quarantined"]
        and parts[0] == parts[1] + parts[2]
    )


@router.get("/quarantine")
def count_quarantine(context: Context, visitor: Reader) -> list[QuarantineReason]:
    """Return how many records each rule set aside."""
    aside = context.warehouse.read(ods.QUARANTINE)
    counted = aside.group_by("recipe", "target", "reason").aggregate(rows=aside.count())
    ordered = counted.order_by(ibis.desc("rows"), "recipe", "target", "reason")
    return [QuarantineReason(**row) for row in rows(context.warehouse.to_arrow(ordered))]


@router.get("/builds")
def list_builds(context: Context, visitor: Reader) -> list[BuildRow]:
    """Return the newest build of every table."""
    return newest_builds(context)


def newest_builds(context: ApiContext) -> list[BuildRow]:
    """Return the newest build of every table, by name."""
    builds = context.warehouse.read(dw.BUILDS)
    latest = ibis.window(
        group_by="table_name", order_by=[ibis.desc(builds.built_at), ibis.desc(builds.run_id)]
    )
    ranked = builds.mutate(rank=ibis.row_number().over(latest))
    newest = ranked.filter(ranked["rank"] == 0).order_by("table_name")
    columns = list(BuildRow.model_fields)
    return [BuildRow(**row) for row in rows(context.warehouse.to_arrow(newest.select(*columns)))]


@router.get("/jobs")
def list_jobs(context: Context, visitor: Reader, limit: Limit = 50) -> list[JobRow]:
    """Return the newest job runs."""
    return [
        JobRow(
            run_id=run.run_id,
            job=run.job,
            state=run.state,
            started_at=run.started_at,
            finished_at=run.finished_at,
            detail=plain_tree(run.detail),
        )
        for run in context.operational.job_runs(limit=limit)
    ]


@router.post("/runs", status_code=201)
def run_stages(body: RunIn, context: Context, visitor: Runner, trail: Trail) -> dict[str, Any]:
    """Bring the tables up to date and return what was done."""
    trail.record(visitor.name, Action.RUN, ",".join(body.stages) or "all")
    return plain_tree(context.execute("run", body.model_dump()))
