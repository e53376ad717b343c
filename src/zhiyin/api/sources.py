"""Sources that may send events: their terms and their write keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission

router = APIRouter(prefix="/api/settings/sources", tags=["settings"])
Reader = Annotated[Visitor, Depends(needs(Permission.SETTINGS_READ))]
Writer = Annotated[Visitor, Depends(needs(Permission.SETTINGS_WRITE))]
SourceType = Literal["web", "app", "mini_program", "server", "store", "service"]
Origins = Annotated[list[str], Field(max_length=100)]
Consents = Annotated[list[str], Field(max_length=20)]
Rate = Annotated[int, Field(ge=0, le=10_000_000)]


class SourceOut(BaseModel):
    """A source that may send events; its key is not stored, so it cannot be shown again."""

    source_id: str
    name: str
    source_type: SourceType
    allowed_origins: list[str]
    events_per_second: int
    required_consents: list[str]
    created_at: Instant
    is_active: bool


class SourceIn(BaseModel):
    """A new source."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")
    source_type: SourceType = "server"
    allowed_origins: Origins = []
    events_per_second: Rate = 0
    required_consents: Consents = []


class SourceChange(BaseModel):
    """What changes about a source; the rest stays."""

    source_type: SourceType | None = None
    allowed_origins: Origins | None = None
    events_per_second: Rate | None = None
    required_consents: Consents | None = None
    is_active: bool | None = None


class NewSource(BaseModel):
    """The new source's write key, shown this once."""

    name: str
    write_key: str


class Rotation(BaseModel):
    """How long the old key is still taken: `7d`, `12h`, `30m` or `0`."""

    grace: str = Field(default="7d", max_length=20)


class NewKey(BaseModel):
    """A source's new write key, shown this once, and when the one before ends."""

    name: str
    write_key: str
    old_key_valid_until: Instant


@router.get("")
def list_sources(context: Context, visitor: Reader) -> list[SourceOut]:
    """Return the sources that may send events."""
    return [SourceOut(**source) for source in context.execute("source.list", {})]


@router.post("", status_code=201)
def create_source(body: SourceIn, context: Context, visitor: Writer) -> NewSource:
    """Create a source and return its write key, once."""
    made = context.execute("source.create", {**body.model_dump(), "actor": visitor.name})
    return NewSource(name=body.name, write_key=made["write_key"])


@router.patch("/{name}")
def change_source(name: str, body: SourceChange, context: Context, visitor: Writer) -> SourceOut:
    """Change the terms on which a source sends, or whether it may send at all."""
    terms: dict[str, Any] = body.model_dump(exclude_none=True)
    changed = context.execute("source.change", {"name": name, **terms, "actor": visitor.name})
    return SourceOut(**changed)


@router.post("/{name}/key")
def rotate_key(name: str, body: Rotation, context: Context, visitor: Writer) -> NewKey:
    """Give a source a new write key and return it, once."""
    params = {"name": name, "grace": body.grace, "actor": visitor.name}
    return NewKey(**context.execute("source.rotate", params))


@router.delete("/{name}", status_code=204)
def disable_source(name: str, context: Context, visitor: Writer) -> None:
    """Stop accepting the source's events; what it sent stays."""
    context.execute("source.disable", {"name": name, "actor": visitor.name})
