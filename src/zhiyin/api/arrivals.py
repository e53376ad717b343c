"""What arrives, and from where: live sources, the event log, databases and their pulls."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import ibis
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, plain_tree, rows
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.collect import tables as ods
from zhiyin.core.clock import naive_utc
from zhiyin.governance.api import Action, Permission

router = APIRouter(prefix="/api/data", tags=["data"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Runner = Annotated[Visitor, Depends(needs(Permission.DATA_RUN))]
DAYS = 7


class Arrival(BaseModel):
    """What one source sent lately; sources that sent nothing are left out."""

    source_id: str
    events: int
    last_received_at: Instant


class Partition(BaseModel):
    """One partition of the event log."""

    partition: str
    begin: int
    end: int
    waiting: int
    bytes: int | None


class Arrivals(BaseModel):
    """The sources of the last days, and what waits in the log."""

    days: int
    sources: list[Arrival]
    log: list[Partition]


class Connection(BaseModel):
    """A database of the settings."""

    name: str
    kind: str
    host: str
    port: int | None
    database: str
    user: str
    tls: str


class Pull(BaseModel):
    """Where the reading of one table stands."""

    recipe: str
    source: str
    table: str
    target: str
    cursor: str
    position: str | None
    rows: int
    aside: int
    state: str
    last: str


class PullIn(BaseModel):
    """Which recipe to pull now; all that name tables if none is given."""

    recipe: str | None = Field(default=None, max_length=200)


@router.get("/arrivals")
def list_arrivals(context: Context, visitor: Reader) -> Arrivals:
    """Return what each source sent in the last seven days, and what waits to be loaded."""
    log = context.execute("log.status", {})
    return Arrivals(
        days=DAYS,
        sources=_sources(context),
        log=[Partition(**{k: row.get(k) for k in Partition.model_fields}) for row in log],
    )


def _sources(context: ApiContext) -> list[Arrival]:
    since = naive_utc(context.clock.now()) - timedelta(days=DAYS)
    events = context.warehouse.read(ods.EVENTS)
    recent = events.filter(events.received_at >= ibis.literal(since))
    counted = recent.group_by("source_id").aggregate(
        events=recent.count(), last_received_at=recent.received_at.max()
    )
    found = rows(context.warehouse.to_arrow(counted.order_by("source_id")))
    return [Arrival(**row) for row in found]


@router.get("/connections")
def list_connections(context: Context, visitor: Reader) -> list[Connection]:
    """Return the databases of the settings, without their passwords."""
    found = context.execute("connection.list", {})
    return [Connection(**{k: row[k] for k in Connection.model_fields}) for row in found]


@router.get("/pulls")
def list_pulls(context: Context, visitor: Reader) -> list[Pull]:
    """Return where every pull stands."""
    found = context.execute("pulls.list", {})
    return [Pull(**{k: row[k] for k in Pull.model_fields}) for row in found]


@router.post("/pulls", status_code=201)
def pull_now(body: PullIn, context: Context, visitor: Runner, trail: Trail) -> dict[str, Any]:
    """Read the new and changed rows now, and return what came."""
    trail.record(visitor.name, Action.RUN, f"pull {body.recipe or 'all'}")
    if body.recipe:
        return plain_tree(context.execute("pull", {"recipe": body.recipe}))
    return plain_tree(context.execute("pull.all", {}))
