"""Audiences: condition trees in files, counted by the warehouse, edited here or in the file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from zhiyin.api.audience_file import AudienceFile
from zhiyin.api.context import ApiContext
from zhiyin.api.customers import SHOWN, CustomerRow, customer_row
from zhiyin.api.definitions import Audiences, audience_named, audiences_of, sources_of, tags_of
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.export import csv_response
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.governance.api import Action, Permission
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm

router = APIRouter(prefix="/api/audiences", tags=["audiences"])
Reader = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_READ))]
Writer = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_WRITE))]
Exporter = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_EXPORT))]
SAMPLE = 8


class AudienceRow(BaseModel):
    """One line of the list. `members` is the size at the last build."""

    name: str
    title: dict[str, str]
    description: dict[str, str]
    members: int | None
    share: float | None
    as_of: Instant | None


class AudienceOut(AudienceRow):
    """An audience with its condition tree; `version` changes with every change of its file."""

    where: dict[str, Any]
    used_by: list[str]
    version: str


class AudienceIn(BaseModel):
    """What is saved. `version` is that of the file the editor started from; null for a new one."""

    title: dict[str, str]
    description: dict[str, str] = {}
    where: dict[str, Any]
    version: str | None = None


class CountIn(BaseModel):
    """A condition tree to count."""

    where: dict[str, Any]


class Count(BaseModel):
    """How many people the condition holds for, how many can be reached by e-mail, out of all."""

    count: int
    reachable: int
    total: int


class Share(BaseModel):
    """The share of one value inside the audience and among all customers."""

    value: str
    members: int
    share: float
    base_share: float
    index: float | None


class Dimension(BaseModel):
    """One attribute's shares, most members first."""

    dimension: str
    values: list[Share]


class AudiencePortrait(BaseModel):
    """Who is in the audience: attribute by attribute, and a few of them."""

    members: int
    base: int
    dimensions: list[Dimension]
    sample: list[CustomerRow]


@router.get("")
def list_audiences(context: Context, visitor: Reader) -> list[AudienceRow]:
    """Return every audience with its size at the last build."""
    sizes, total = _sizes(context), _people(context)
    return [_row(audience, sizes, total) for _, audience in sorted(audiences_of(context).items())]


@router.post("/count")
def count_audience(body: CountIn, context: Context, visitor: Reader) -> Count:
    """Count the people a condition holds for now, without saving it."""
    tree, sources = _asked(context, body)
    members = profiles.audience_members(tree, sources)
    counted = members.aggregate(
        count=members.count(), reachable=members.count(where=members.can_email)
    )
    row = context.warehouse.to_arrow(counted).to_pylist()[0]
    return Count(count=row["count"], reachable=row["reachable"], total=_people(context))


@router.post("/portrait")
def portray_audience(body: CountIn, context: Context, visitor: Reader) -> AudiencePortrait:
    """Describe the people a condition holds for, beside all customers."""
    tree, sources = _asked(context, body)
    found = profiles.portrait(
        rows(context.warehouse.to_arrow(profiles.portrait_rows(tree, sources)))
    )
    members = profiles.audience_members(tree, sources).select(*SHOWN)
    top = members.order_by([members.monetary.desc(), members.person_id]).limit(SAMPLE)
    return AudiencePortrait(
        **found,
        sample=[customer_row(row, visitor.role) for row in rows(context.warehouse.to_arrow(top))],
    )


@router.get("/{name}")
def read_audience(name: str, context: Context, visitor: Reader) -> AudienceOut:
    """Return one audience with its condition tree."""
    audiences = audiences_of(context)
    return _out(context, audiences, name)


@router.put("/{name}")
def save_audience(
    name: str, body: AudienceIn, context: Context, visitor: Writer, trail: Trail
) -> AudienceOut:
    """Write the audience's file; `Conflict` if somebody else wrote it meanwhile.

    The condition is checked as a file's would be, so what is saved can be read again.
    """
    audiences = audiences_of(context)
    tree = profiles.parse_condition(body.where)
    profiles.check_names(
        tree, tags=set(tags_of(context)), audiences=set(audiences) - {name}, where=name
    )
    AudienceFile(context.definitions, name).write(
        title=body.title,
        description=body.description,
        where=profiles.to_dict(tree),
        version=body.version,
    )
    trail.record(visitor.name, Action.AUDIENCE_SAVE, name)
    return _out(context, audiences_of(context), name)


@router.get("/{name}/export")
def export_audience(name: str, context: Context, visitor: Exporter, trail: Trail) -> Response:
    """Return the members as CSV, personal data masked by role; written down in the audit trail."""
    audiences = audiences_of(context)
    tree = audience_named(audiences, name).where
    members = profiles.audience_members(tree, sources_of(context, audiences)).select(*SHOWN)
    table = context.warehouse.to_arrow(members.order_by("person_id"))
    trail.record(visitor.name, Action.AUDIENCE_EXPORT, name, {"rows": table.num_rows})
    return csv_response(table, dm.CUSTOMERS, visitor.role, file_name=f"{name}.csv")


def _asked(context: ApiContext, body: CountIn) -> tuple[profiles.Condition, profiles.Sources]:
    tree = profiles.parse_condition(body.where)
    audiences = audiences_of(context)
    profiles.check_names(tree, tags=set(tags_of(context)), audiences=set(audiences), where="where")
    return tree, sources_of(context, audiences)


def _people(context: ApiContext) -> int:
    counted = context.warehouse.read(dm.CUSTOMERS).count().as_table()
    return int(context.warehouse.to_arrow(counted)[0][0].as_py())


def _sizes(context: ApiContext) -> dict[str, dict[str, Any]]:
    sizes = rows(context.warehouse.to_arrow(context.warehouse.read(dm.AUDIENCES)))
    return {row["audience"]: row for row in sizes}


def _row(
    audience: profiles.AudienceDefinition, sizes: dict[str, dict[str, Any]], total: int
) -> AudienceRow:
    counted = sizes.get(audience.name)
    return AudienceRow(
        name=audience.name,
        title=dict(audience.title),
        description=dict(audience.description),
        members=counted["members"] if counted else None,
        share=counted["members"] / total if counted and total else None,
        as_of=counted["as_of"] if counted else None,
    )


def _out(context: ApiContext, audiences: Audiences, name: str) -> AudienceOut:
    audience = audience_named(audiences, name)
    row = _row(audience, _sizes(context), _people(context))
    return AudienceOut(
        **row.model_dump(),
        where=profiles.to_dict(audience.where),
        used_by=AudienceFile(context.definitions, name).used_by(),
        version=AudienceFile(context.definitions, name).version(),
    )
