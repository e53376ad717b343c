"""Records set aside: reasons, single records, fixes tried out, replays."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant
from zhiyin.api.masked_records import masked_content, masked_detail, masked_text
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.core.errors import InvalidInput
from zhiyin.governance.api import Action, Permission

router = APIRouter(prefix="/api/data/records", tags=["records"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Runner = Annotated[Visitor, Depends(needs(Permission.DATA_RUN))]
Day = Annotated[str, Field(max_length=40)]


class Asked(BaseModel):
    """Which open records are listed, and how many at most."""

    reason: Annotated[str, Field(max_length=200)] | None = None
    source: Annotated[str, Field(max_length=200)] | None = None
    event: Annotated[str, Field(max_length=200)] | None = None
    since: Day | None = None
    limit: Annotated[int, Field(ge=0, le=500)] = 50


class ReasonLine(BaseModel):
    """Open records of one reason, source and event."""

    reason: str
    source: str
    event: str | None
    is_live: bool
    rows: int
    newest: Instant


class RecordLine(BaseModel):
    """One open record. `detail` is a sentence in English; personal values in it may be masked."""

    id: str
    reason: str
    detail: str | None
    source: str
    event: str | None
    is_live: bool
    quarantined_at: Instant


class RecordsOut(BaseModel):
    """Open records: how many for which reason, and the newest."""

    total: int
    reasons: list[ReasonLine]
    records: list[RecordLine]


class ViolationOut(BaseModel):
    """A rule of the plan that the record breaks: where, which, and what stood there."""

    path: str
    rule: str
    detail: str
    value: Any


class RecordOut(RecordLine):
    """A record with what it holds, masked for the visitor's role.

    `content` is the event as it was sent; null with `text` where it is no event or was cut.
    `obstacle` says why it cannot be replayed: from_file | cut | redacted | broken_text.
    """

    target: str
    load_id: int
    origin: str
    origin_line: int
    obstacle: str | None
    content: dict[str, Any] | None
    text: str | None
    violations: list[ViolationOut]


class Wanted(BaseModel):
    """Which open records are meant; what is null does not matter."""

    reason: Annotated[str, Field(max_length=200)] | None = None
    source: Annotated[str, Field(max_length=200)] | None = None
    event: Annotated[str, Field(max_length=200)] | None = None
    since: Day | None = None
    ids: Annotated[list[str], Field(max_length=500)] = []


class ReplayIn(BaseModel):
    """Records to replay; `rule` is a fix rule to declare first, null for those there are."""

    wanted: Wanted
    rule: dict[str, Any] | None = None


class DismissIn(BaseModel):
    """Records to close without taking them."""

    wanted: Wanted


class Preview(BaseModel):
    """What would become of one record: taken | open | impossible."""

    id: str
    outcome: Literal["taken", "repeated", "open", "impossible"]
    reason: str | None
    detail: str | None
    fixes: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Previews(BaseModel):
    """The first of the records that are meant, before and after."""

    total: int
    previews: list[Preview]


class Replayed(BaseModel):
    """What became of the records; `reasons` counts those that stay open."""

    tried: int
    taken: int
    repeated: int
    open: int
    impossible: int
    reasons: dict[str, int]


class Dismissed(BaseModel):
    """How many records were closed."""

    dismissed: int


@router.get("")
def list_records(context: Context, visitor: Reader, asked: Annotated[Asked, Query()]) -> RecordsOut:
    """Return the open records that are meant."""
    found = context.execute("records.list", asked.model_dump(exclude_none=True))
    lines = [_masked_line(line, visitor.role) for line in found.pop("records")]
    return RecordsOut(**found, records=lines)


@router.get("/item")
def read_record(
    context: Context, visitor: Reader, id: Annotated[str, Query(max_length=500)]
) -> RecordOut:
    """Return one open record."""
    found, role = context.execute("records.show", {"id": id}), visitor.role
    record, content = found.pop("record"), found.pop("content")
    violations = [
        {**one, **masked_content({"value": one["value"]}, role, above=one["path"])}
        for one in found.pop("violations")
    ]
    return RecordOut(
        **_masked_line(found, role),
        content=masked_content(content, role) if content is not None else None,
        text=masked_text(record, role) if content is None else None,
        violations=[
            ViolationOut(**{**one, "detail": masked_detail(one["detail"], role)})
            for one in violations
        ],
    )


@router.get("/rules")
def list_rules(context: Context, visitor: Reader) -> list[dict[str, Any]]:
    """Return the declared fix rules in the order in which they apply."""
    return context.execute("records.rules", {})


@router.post("/preview")
def preview(body: ReplayIn, context: Context, visitor: Runner) -> Previews:
    """Return what a replay would do, without doing it."""
    found = context.execute(*_command(body, dry_run=True))
    for one in found["previews"]:
        for side in ("before", "after"):
            if one[side] is not None:
                one[side] = masked_content(one[side], visitor.role)
        one["detail"] = masked_detail(one["detail"], visitor.role)
    return Previews(**found)


@router.post("/replay")
def replay(body: ReplayIn, context: Context, visitor: Runner, trail: Trail) -> Replayed:
    """Send records through the loader again, each at most once."""
    name, asked = _command(body, dry_run=False)
    report = context.execute(name, {**asked, "actor": visitor.name})
    rule = (body.rule or {}).get("name")
    detail = {"taken": report["taken"], "tried": report["tried"], "rule": rule}
    trail.record(visitor.name, Action.RECORDS_REPLAY, _subject(body.wanted), detail)
    return Replayed(**report)


@router.post("/dismiss")
def dismiss(body: DismissIn, context: Context, visitor: Runner, trail: Trail) -> Dismissed:
    """Close records without taking them; they stay in the quarantine."""
    wanted = body.wanted.model_dump(exclude_none=True)
    if not any(wanted.values()):
        raise InvalidInput("Say which records: by reason, source, event, since or ids.")
    done = context.execute("records.dismiss", {**wanted, "actor": visitor.name})
    trail.record(visitor.name, Action.RECORDS_DISMISS, _subject(body.wanted), done)
    return Dismissed(**done)


def _command(body: ReplayIn, *, dry_run: bool) -> tuple[str, dict[str, Any]]:
    asked = {**body.wanted.model_dump(exclude_none=True), "dry_run": dry_run}
    if body.rule is None:
        return "records.replay", asked
    return "records.fix", {**asked, "rule": body.rule}


def _subject(wanted: Wanted) -> str:
    told = (wanted.reason, wanted.source, wanted.event)
    return "/".join(part for part in told if part) or ("chosen" if wanted.ids else "all")


def _masked_line(line: dict[str, Any], role: str) -> dict[str, Any]:
    return {**line, "detail": masked_detail(line["detail"], role)}
