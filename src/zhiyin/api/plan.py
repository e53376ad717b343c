"""The tracking plan: events with volume and conformity, schemas, versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.governance.api import Action, Permission

router = APIRouter(prefix="/api/data/plan", tags=["plan"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Runner = Annotated[Visitor, Depends(needs(Permission.DATA_RUN))]
Days = Annotated[int, Query(ge=1, le=366)]
Enforce = Literal["block", "flag", "off"]
Policy = Literal["allow", "flag", "block"]


class PlanLine(BaseModel):
    """A planned event, and how its traffic of the last days kept to it.

    `rows` counts what arrived, `flagged` what was kept although it breaks the plan, `blocked` what
    was set aside. `conformity` is the share that keeps to the plan; null without traffic.
    """

    name: str
    event: str
    kind: str
    title: dict[str, str]
    description: str
    owner: str
    enforce: Enforce
    properties: int
    rows: int
    flagged: int
    blocked: int
    conformity: float | None


class UnplannedLine(BaseModel):
    """An event that arrived and is not planned."""

    event: str
    rows: int
    flagged: int
    blocked: int


class PlanOut(BaseModel):
    """The plan in force. `problem` tells what is wrong with its files, if anything."""

    version: int
    problem: str | None
    unknown_events: Policy
    days: int
    events: list[PlanLine]
    unplanned: list[UnplannedLine]


class PlannedEventOut(PlanLine):
    """A planned event with its JSON Schema; `version` is the plan's."""

    json_schema: dict[str, Any]
    version: int


class PolicyIn(BaseModel):
    """What happens to events that are not planned; `expects` is the version it started from."""

    unknown_events: Policy
    expects: int | None = None


class EventIn(BaseModel):
    """What changes about a planned event; the rest stays."""

    title: dict[str, str] | None = None
    description: Annotated[str, Field(max_length=2_000)] | None = None
    owner: Annotated[str, Field(max_length=200)] | None = None
    enforce: Enforce | None = None
    json_schema: dict[str, Any] | None = None
    expects: int | None = None


class CheckIn(BaseModel):
    """A draft of an event's schema, to be held against the traffic of the last days."""

    name: str
    json_schema: dict[str, Any]
    days: Annotated[int, Field(ge=1, le=366)] = 7


class BrokenRule(BaseModel):
    """What so many events break."""

    event: str | None
    reason: str
    rows: int
    detail: str


class Check(BaseModel):
    """How many of the events seen break the plan, and how."""

    events: int
    broken: int
    violations: list[BrokenRule]


class GenerateIn(BaseModel):
    """From how many days of traffic a plan is made, and whether the present one is kept."""

    days: Annotated[int, Field(ge=1, le=3660)]
    merge: bool = True
    limits: bool = False
    dry_run: bool = True


class FileChange(BaseModel):
    """A file of the plan that differs, as a unified diff."""

    file: str
    change: Literal["added", "removed", "changed"]
    diff: str
    added: int
    removed: int


class Doubt(BaseModel):
    """Something seen in the traffic that the plan does not take over."""

    event: str
    property: str
    why: str


class GeneratedOut(BaseModel):
    """What a plan from traffic changes."""

    version: int
    events_seen: int
    events_planned: int
    is_dry_run: bool
    doubtful: list[Doubt]
    changes: list[FileChange]


class VersionLine(BaseModel):
    """Who put which version in force, when, and why."""

    version: int
    at: Instant
    actor: str
    why: str


@router.get("")
def read_plan(context: Context, visitor: Reader, days: Days = 7) -> PlanOut:
    """Return the plan with the traffic of the last days."""
    return PlanOut(**context.execute("plan.show", {"days": days}))


@router.patch("")
def change_policy(body: PolicyIn, context: Context, visitor: Runner, trail: Trail) -> PlanOut:
    """Say what happens to events that are not planned."""
    context.execute("plan.policy", {**body.model_dump(), "actor": visitor.name})
    trail.record(visitor.name, Action.PLAN_CHANGE, "unknown_events", body.model_dump())
    return read_plan(context, visitor)


@router.post("/generate")
def generate_plan(
    body: GenerateIn, context: Context, visitor: Runner, trail: Trail
) -> GeneratedOut:
    """Make a plan from traffic; a dry run shows what it would change."""
    made = context.execute("plan.generate", {**body.model_dump(), "actor": visitor.name})
    if not body.dry_run:
        trail.record(visitor.name, Action.PLAN_CHANGE, "generate", {"version": made["version"]})
    return GeneratedOut(**made)


@router.post("/check")
def check_schema(body: CheckIn, context: Context, visitor: Reader) -> Check:
    """Hold the traffic of the last days against a draft of an event's schema."""
    asked = {"name": body.name, "schema": body.json_schema, "days": body.days}
    return Check(**context.execute("plan.check", asked))


@router.get("/events/{name}")
def read_event(name: str, context: Context, visitor: Reader) -> PlannedEventOut:
    """Return one planned event."""
    found = context.execute("plan.event", {"name": name})
    return PlannedEventOut(json_schema=found.pop("schema"), **found)


@router.put("/events/{name}")
def change_event(
    name: str, body: EventIn, context: Context, visitor: Runner, trail: Trail
) -> PlannedEventOut:
    """Change a planned event: its words, whether it is enforced, its schema."""
    changes = body.model_dump(exclude={"expects", "json_schema"}, exclude_none=True)
    if body.json_schema is not None:
        changes["schema"] = body.json_schema
    asked = {"name": name, "changes": changes, "expects": body.expects, "actor": visitor.name}
    found = context.execute("plan.save_event", asked)
    trail.record(visitor.name, Action.PLAN_CHANGE, name, {"changed": sorted(changes)})
    return PlannedEventOut(json_schema=found.pop("schema"), **found)


@router.get("/versions")
def list_versions(context: Context, visitor: Reader) -> list[VersionLine]:
    """Return every version of the plan, newest first."""
    return [VersionLine(**line) for line in context.execute("plan.history", {})]


@router.get("/versions/{version}")
def compare_version(version: int, context: Context, visitor: Reader) -> list[FileChange]:
    """Return what a version changed."""
    return [FileChange(**c) for c in context.execute("plan.diff", {"after": version})]


@router.post("/versions/{version}/restore")
def restore_version(version: int, context: Context, visitor: Runner, trail: Trail) -> PlanOut:
    """Make an old version's content the newest version."""
    made = context.execute("plan.restore", {"version": version, "actor": visitor.name})
    detail = {"restored": version, "version": made["version"]}
    trail.record(visitor.name, Action.PLAN_CHANGE, "restore", detail)
    return read_plan(context, visitor)
