"""Audiences written down, compared and handed out: snapshots, uploads, samples, exports."""

from __future__ import annotations

import io
from typing import Annotated, Any, Literal

import pyarrow.parquet as pq
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from zhiyin.api.audiences import Reader, Writer
from zhiyin.api.customers import SHOWN
from zhiyin.api.definitions import audience_named, audiences_of, sources_of
from zhiyin.api.encoding import Instant
from zhiyin.api.export import csv_response
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.governance.api import Action, Permission, mask_record
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.membership import api as membership

router = APIRouter(prefix="/api/audiences", tags=["audiences"])
Exporter = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_EXPORT))]
LARGEST_UPLOAD = 20_000_000
HASHED = TableSpec(
    name="hashed",
    grain=(),
    columns={name: Column("string", "SHA-256, hex") for name in membership.HASHED_COLUMNS},
)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Snapshot(BaseModel):
    """How an audience stood once, and what changed since the time before."""

    snapshot_id: str
    taken_at: Instant
    as_of: Instant
    reason: str
    members: int
    entered: int | None
    left: int | None
    people: int
    has_members: bool
    actor: str | None


class OverlapIn(BaseModel):
    """The audiences to compare, two to eight."""

    names: list[str] = Field(max_length=20)


class Sized(BaseModel):
    """An audience and its size now."""

    audience: str
    members: int


class Region(BaseModel):
    """The people who are in exactly these audiences, of those compared."""

    sets: list[str]
    people: int


class Pair(BaseModel):
    """Two audiences and the people in both."""

    first: str
    second: str
    both: int
    of_first: float
    of_second: float
    jaccard: float


class Overlap(BaseModel):
    """How audiences overlap."""

    audiences: list[Sized]
    regions: list[Region]
    pairs: list[Pair]


class UploadIn(BaseModel):
    """A list of ids as CSV text."""

    name: Name
    title: str = Field(default="", max_length=80)
    text: str = Field(max_length=LARGEST_UPLOAD)
    file: str = Field(default="", max_length=200)
    dry_run: bool = False


class UploadOut(BaseModel):
    """What became of the rows of an uploaded list; `examples` are ids that nobody has."""

    rows: int
    empty: int
    matched: int
    unmatched: int
    people: int
    repeated: int
    conflicting: int
    columns: list[str]
    examples: list[str]
    snapshot_id: str | None = None


class SampleIn(BaseModel):
    """How many people are drawn, as a share or a number, and under which name they are kept."""

    save_as: Name
    title: str = Field(default="", max_length=80)
    share: float | None = None
    size: int | None = None
    seed: str = Field(default="", max_length=80)


class SampleOut(BaseModel):
    """A sample that was kept."""

    audience: str
    members: int
    count: int
    snapshot_id: str


class LookalikeIn(BaseModel):
    """How many people like these are wanted, and under which name they are kept, if at all."""

    size: int | None = None
    save_as: Name | None = None
    title: str = Field(default="", max_length=80)


class QualityPoint(BaseModel):
    """Of the best-scored share of people held out, how many are of the seed."""

    share: float
    people: int
    precision: float
    recall: float
    random: float
    lift: float


class Importance(BaseModel):
    """How much a feature tells the seed from others."""

    feature: str
    share: float


class LookalikeOut(BaseModel):
    """People like those of an audience, and how well that can be told."""

    seed: str
    seed_members: int
    count: int
    held_out: int
    held_out_seed: int
    curve: list[QualityPoint]
    importance: list[Importance]
    left_out: list[str]
    audience: str | None = None


@router.post("/overlap")
def compare_audiences(body: OverlapIn, context: Context, visitor: Reader) -> Overlap:
    """Return how two to eight audiences overlap."""
    return Overlap(**context.execute("audience.overlap", {"names": body.names}))


@router.post("/upload", status_code=201)
def upload_audience(body: UploadIn, context: Context, visitor: Writer, trail: Trail) -> UploadOut:
    """Make an audience of a list of ids, or only tell which of them are known."""
    asked = {**body.model_dump(), "title": body.title or None, "actor": visitor.name}
    found = context.execute("audience.upload", asked)
    if not body.dry_run:
        told = {"uploaded": found["rows"], "matched": found["matched"]}
        trail.record(visitor.name, Action.AUDIENCE_SAVE, body.name, told)
    return UploadOut(**found)


@router.get("/{name}/history")
def read_history(name: str, context: Context, visitor: Reader) -> list[Snapshot]:
    """Return the snapshots of an audience, the newest first."""
    return [Snapshot(**row) for row in context.execute("audience.history", {"name": name})]


@router.post("/{name}/snapshots", status_code=201)
def take_snapshot(name: str, context: Context, visitor: Writer, trail: Trail) -> Snapshot:
    """Write down who is in an audience now."""
    row = context.execute("audience.snapshot", {"name": name, "actor": visitor.name})
    trail.record(visitor.name, Action.AUDIENCE_SAVE, name, {"snapshot": row["snapshot_id"]})
    return Snapshot(**row)


@router.post("/{name}/sample", status_code=201)
def draw_sample(
    name: str, body: SampleIn, context: Context, visitor: Writer, trail: Trail
) -> SampleOut:
    """Draw people of an audience at random and keep them as a list."""
    asked = {**body.model_dump(), "title": body.title or None, "actor": visitor.name}
    found = context.execute("audience.sample", {"name": name, **asked})
    trail.record(visitor.name, Action.AUDIENCE_SAVE, body.save_as, {"sample_of": name})
    return SampleOut(**found)


@router.post("/{name}/lookalike")
def find_lookalikes(
    name: str, body: LookalikeIn, context: Context, visitor: Writer, trail: Trail
) -> LookalikeOut:
    """Find people like those of an audience, and keep them as a list if a name is given."""
    asked = {**body.model_dump(), "title": body.title or None, "actor": visitor.name}
    found = context.execute("audience.lookalike", {"name": name, **asked})
    if body.save_as:
        trail.record(visitor.name, Action.AUDIENCE_SAVE, body.save_as, {"look_alike_of": name})
    return LookalikeOut(**found)


@router.post("/{name}/post")
def post_audience(
    name: str, context: Context, visitor: Exporter, trail: Trail, hashed: bool = True
) -> dict[str, Any]:
    """Hand an audience to the workspace's web hook, contacts hashed or ids alone."""
    found = context.execute("audience.post", {"name": name, "hashed": hashed})
    trail.record(visitor.name, Action.AUDIENCE_EXPORT, name, {"web_hook": found["count"]})
    return found


@router.get("/{name}/export")
def export_audience(
    name: str,
    context: Context,
    visitor: Exporter,
    trail: Trail,
    form: Literal["csv", "parquet", "hashed"] = "csv",
) -> Response:
    """Return the members, written down in the audit trail.

    CSV and Parquet have personal data masked by role; `hashed` is CSV with the SHA-256 of
    normalized contacts, as ad platforms match them, and nothing else.
    """
    audiences = audiences_of(context)
    tree = audience_named(audiences, name).where
    members = profiles.audience_members(tree, sources_of(context, audiences)).select(*SHOWN)
    table = context.warehouse.to_arrow(members.order_by("person_id"))
    trail.record(visitor.name, Action.AUDIENCE_EXPORT, name, {"rows": table.num_rows, "form": form})
    if form == "hashed":
        hashed = membership.hashed_contacts(table)
        return csv_response(hashed, HASHED, visitor.role, file_name=f"{name}_hashed.csv")
    if form == "csv":
        return csv_response(table, dm.CUSTOMERS, visitor.role, file_name=f"{name}.csv")
    import pyarrow as pa

    masked = [mask_record(dm.CUSTOMERS, row, visitor.role) for row in table.to_pylist()]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(masked) if masked else table, sink, compression="zstd")
    return Response(
        sink.getvalue(),
        media_type="application/vnd.apache.parquet",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.parquet"',
            "Cache-Control": "no-store",
        },
    )
