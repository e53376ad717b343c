"""Audiences: condition trees in files, counted while they are written, kept and compared."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.audience_file import AudienceFile
from zhiyin.api.context import ApiContext
from zhiyin.api.customers import SHOWN, CustomerRow, customer_row
from zhiyin.api.definitions import Audiences, audience_named, audiences_of
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.governance.api import Action, Permission
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm

router = APIRouter(prefix="/api/audiences", tags=["audiences"])
Reader = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_READ))]
Writer = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_WRITE))]


class AudienceRow(BaseModel):
    """One line of the list. `members` is the size at the last build, `trend` those of snapshots."""

    name: str
    title: dict[str, str]
    description: dict[str, str]
    kind: str
    members: int | None
    share: float | None
    as_of: Instant | None
    refresh: str
    owner: str
    trend: list[int]


class AudienceOut(AudienceRow):
    """An audience with its condition tree; `version` changes with every change of its file.

    `where` is null for a list, whose members were written down in `snapshot`.
    """

    where: dict[str, Any] | None
    snapshot: str | None
    exclude: list[str]
    alert_change: float | None
    used_by: list[str]
    version: str


class AudienceIn(BaseModel):
    """What is saved. `version` is that of the file the editor started from; null for a new one.

    Without `where` a list keeps its members.
    """

    title: dict[str, str]
    description: dict[str, str] = {}
    where: dict[str, Any] | None = None
    exclude: list[str] = []
    refresh: str = ""
    alert_change: float | None = None
    owner: str = Field(default="", max_length=80)
    version: str | None = None


class CountIn(BaseModel):
    """A condition tree to count, less the people of some audiences."""

    where: dict[str, Any]
    exclude: list[str] = []


class Count(BaseModel):
    """How many people the condition holds for, how many can be reached by e-mail, out of all.

    `warnings` has `nobody` or `everybody` where that is the answer.
    """

    count: int
    reachable: int
    total: int
    warnings: list[str]
    notes: list[str]
    milliseconds: float


class Share(BaseModel):
    """The share of one value inside the audience and among all customers.

    `p_value` tells how likely so different a share is by chance.
    """

    value: str
    members: int
    share: float
    base_share: float
    index: float | None
    p_value: float | None


class TagShare(BaseModel):
    """The share of people with a tag inside the audience and among all customers."""

    tag: str
    members: int
    share: float
    base_share: float
    index: float | None
    p_value: float | None


class Dimension(BaseModel):
    """One attribute's shares, most members first."""

    dimension: str
    values: list[Share]


class AudiencePortrait(BaseModel):
    """Who is in the audience: attribute by attribute, tag by tag, and a few of them."""

    members: int
    base: int
    dimensions: list[Dimension]
    tags: list[TagShare]
    sample: list[CustomerRow]


@router.get("")
def list_audiences(context: Context, visitor: Reader) -> list[AudienceRow]:
    """Return every audience with its size at the last build."""
    sizes, total, trends = _sizes(context), _people(context), _trends(context)
    return [
        _row(audience, sizes, total, trends)
        for _, audience in sorted(audiences_of(context).items())
    ]


@router.post("/count")
def count_audience(body: CountIn, context: Context, visitor: Reader) -> Count:
    """Count the people a condition holds for now, without saving it."""
    found = context.execute("audience.count", {"where": body.where, "exclude": body.exclude})
    return Count(
        count=found["count"],
        reachable=found["reachable"],
        total=found["people"],
        warnings=found["warnings"],
        notes=found["notes"],
        milliseconds=found["milliseconds"],
    )


@router.post("/portrait")
def portray_audience(body: CountIn, context: Context, visitor: Reader) -> AudiencePortrait:
    """Describe the people a condition holds for, beside all customers."""
    asked = {"where": body.where, "exclude": body.exclude}
    return _portrait(context.execute("audience.portrait", asked), visitor)


@router.get("/{name}/portrait")
def portray_saved(name: str, context: Context, visitor: Reader) -> AudiencePortrait:
    """Describe the people of a saved audience, beside all customers."""
    return _portrait(context.execute("audience.portrait", {"name": name}), visitor)


@router.get("/{name}")
def read_audience(name: str, context: Context, visitor: Reader) -> AudienceOut:
    """Return one audience with its condition tree."""
    return _out(context, audiences_of(context), name)


@router.put("/{name}")
def save_audience(
    name: str, body: AudienceIn, context: Context, visitor: Writer, trail: Trail
) -> AudienceOut:
    """Write the audience's file; `Conflict` if somebody else wrote it meanwhile.

    The condition is checked as a file's would be, so what is saved can be read again.
    """
    context.execute("audience.save", {"name": name, **body.model_dump()})
    trail.record(visitor.name, Action.AUDIENCE_SAVE, name)
    return _out(context, audiences_of(context), name)


@router.delete("/{name}", status_code=204)
def remove_audience(
    name: str, context: Context, visitor: Writer, trail: Trail, version: str | None = None
) -> None:
    """Put an audience aside that nothing uses; it can be brought back."""
    context.execute("audience.remove", {"name": name, "version": version})
    trail.record(visitor.name, Action.AUDIENCE_SAVE, name, {"removed": True})


@router.post("/{name}/restore")
def restore_audience(name: str, context: Context, visitor: Writer, trail: Trail) -> AudienceOut:
    """Bring back the audience that was removed last under a name."""
    context.execute("audience.restore", {"name": name})
    trail.record(visitor.name, Action.AUDIENCE_SAVE, name, {"restored": True})
    return _out(context, audiences_of(context), name)


def _portrait(found: dict[str, Any], visitor: Visitor) -> AudiencePortrait:
    sample = [
        customer_row({key: row[key] for key in SHOWN}, visitor.role) for row in found["sample"]
    ]
    return AudiencePortrait(**{**found, "sample": sample})


def _people(context: ApiContext) -> int:
    counted = context.warehouse.read(dm.CUSTOMERS).count().as_table()
    return int(context.warehouse.to_arrow(counted)[0][0].as_py())


def _sizes(context: ApiContext) -> dict[str, dict[str, Any]]:
    sizes = rows(context.warehouse.to_arrow(context.warehouse.read(dm.AUDIENCES)))
    return {row["audience"]: row for row in sizes}


def _trends(context: ApiContext) -> dict[str, list[int]]:
    listed = context.execute("audience.list", {})
    return {row["audience"]: row["trend"] for row in listed}


def _row(
    audience: profiles.AudienceDefinition,
    sizes: dict[str, dict[str, Any]],
    total: int,
    trends: dict[str, list[int]],
) -> AudienceRow:
    counted = sizes.get(audience.name)
    return AudienceRow(
        name=audience.name,
        title=dict(audience.title),
        description=dict(audience.description),
        kind="rule" if audience.snapshot is None else "list",
        members=counted["members"] if counted else None,
        share=counted["members"] / total if counted and total else None,
        as_of=counted["as_of"] if counted else None,
        refresh=audience.refresh,
        owner=audience.owner,
        trend=trends.get(audience.name, []),
    )


def _out(context: ApiContext, audiences: Audiences, name: str) -> AudienceOut:
    audience = audience_named(audiences, name)
    row = _row(audience, _sizes(context), _people(context), _trends(context))
    file = AudienceFile(context.definitions, name)
    return AudienceOut(
        **row.model_dump(),
        where=None if audience.rule is None else profiles.to_dict(audience.rule),
        snapshot=audience.snapshot,
        exclude=list(audience.exclude),
        alert_change=audience.alert_change,
        used_by=file.used_by(),
        version=file.version(),
    )
