"""Tags: how each stands, its definition and versions, what people set, what weighs how much."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.governance.api import Action, Permission

router = APIRouter(prefix="/api/tags", tags=["tags"])
Reader = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_READ))]
Writer = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_WRITE))]
Kind = Literal["rule", "statistic", "preference", "model", "manual", "imported"]
Family = Literal["basic", "behavior", "preference", "value", "need"]


class TagLine(BaseModel):
    """A tag and how it stood at the last run; figures are null before a run has counted it.

    `drift` is the population stability index against the run before.
    """

    tag: str
    title: dict[str, str]
    description: dict[str, str]
    family: Family
    kind: Kind
    owner: str
    unit: str
    valid_days: float | None
    version: int
    digest: str
    holders: int | None
    coverage: float | None
    distinct_values: int | None
    drift: float | None
    newest_fact_at: Instant | None
    as_of: Instant | None


class TagList(BaseModel):
    """All tags by family. `covered` is the share of people with at least one tag."""

    people: int
    covered: float
    tags_per_person: float
    tags: list[TagLine]


class TagStanding(BaseModel):
    """How a tag stood at one run."""

    run_id: str
    as_of: Instant
    built_at: Instant
    definition: str
    people: int
    holders: int
    coverage: float
    distinct_values: int
    mean: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    drift: float | None
    newest_fact_at: Instant | None


class TagValueLine(BaseModel):
    """How many people have a value; place 0 for all the rest. `low` is a number's lower bound."""

    value: str
    place: int
    low: float | None
    holders: int


class TagDoubt(BaseModel):
    """Something doubtful about a definition: a stable code and what it is about."""

    tag: str
    code: Literal["unknown_event", "long_window", "no_facts"]
    detail: dict[str, str | float]
    sentence: str


class TagPage(TagLine):
    """A tag with its definition, values, how it stood run by run, what it reads, who uses it.

    `text` is the definition as YAML.
    """

    body: dict[str, Any]
    text: str
    statistics: TagStanding | None
    history: list[TagStanding]
    values: list[TagValueLine]
    reads: list[str]
    used_by: list[str]
    warnings: list[TagDoubt]
    weight: float


class TagIn(BaseModel):
    """A definition as a file holds it; `expects` is the version that the editor started from."""

    body: dict[str, Any] | str
    expects: int | None = None
    why: Annotated[str, Field(max_length=300)] = ""


class TagDraftIn(BaseModel):
    """A definition to be tried."""

    body: dict[str, Any] | str


class TagPreviewValue(BaseModel):
    """How many people would have a value."""

    value: str
    holders: int


class TagPreview(BaseModel):
    """Who would have the tag by a draft, and the draft itself as values and as YAML."""

    body: dict[str, Any]
    text: str
    holders: int
    people: int
    coverage: float
    distinct_values: int
    values: list[TagPreviewValue]
    warnings: list[TagDoubt]


class TagVersionOut(BaseModel):
    """A version of a tag: who made it, when and why; `at` is null for changes in the file."""

    version: int
    at: Instant | None
    actor: str
    why: str
    body: dict[str, Any]


class TagRestoreIn(BaseModel):
    """Which version becomes the newest, and which is the newest now."""

    version: int
    expects: int | None = None


class TagMarksIn(BaseModel):
    """Whom a manual tag is given or taken by typed ids."""

    ids: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    action: Literal["set", "unset"] = "set"
    value: Annotated[str, Field(max_length=300)] | None = None
    why: Annotated[str, Field(max_length=300)] | None = None


class TagMarksOut(BaseModel):
    """What became of marks: how many were written, and ids that nobody has."""

    batch: str
    written: int
    unknown: int
    unknown_ids: list[str]


class TagEntryLine(BaseModel):
    """One act of setting, unsetting or importing."""

    batch_id: str
    tag: str
    action: Literal["set", "unset"]
    at: Instant
    actor: str
    people: int
    value: str | None
    why: str | None
    undone_by: str | None
    undone_at: Instant | None


class TagFactColumn(BaseModel):
    """A column that statistics may count by."""

    name: str
    kind: str


class TagFactKind(BaseModel):
    """A kind of facts and its columns."""

    name: str
    columns: list[TagFactColumn]


class TagWords(BaseModel):
    """What statistics and preferences are written with."""

    facts: list[TagFactKind]
    takes: list[str]
    families: list[str]
    events: list[str]


class TagWeightLine(BaseModel):
    """How much a tag says about response. 1 is the mean; effects are standardized log-odds."""

    proposal_id: str
    tag: str
    weight: float
    weight_before: float
    effect: float | None
    effect_error: float | None
    people: int
    state: str
    proposed_at: Instant
    decided_at: Instant | None
    decided_by: str | None


class TagWeights(BaseModel):
    """The weights in force, and those that wait to be approved."""

    in_force: list[TagWeightLine]
    proposed: list[TagWeightLine]


class WeightProposal(BaseModel):
    """A new estimation; `why` says why there is none."""

    proposal: str | None
    why: str | None
    campaigns: list[str]
    weights: list[TagWeightLine]


@router.get("")
def list_tags(context: Context, visitor: Reader) -> TagList:
    """Return every tag with how it stood at the last run."""
    return TagList(**context.execute("tags.list", {}))


@router.get("/facts")
def read_words(context: Context, visitor: Reader) -> TagWords:
    """Return what statistics and preferences may count."""
    return TagWords(**context.execute("tags.facts", {}))


@router.get("/entries")
def list_entries(context: Context, visitor: Reader, tag: str | None = None) -> list[TagEntryLine]:
    """Return what was set, unset and imported, newest first."""
    return [TagEntryLine(**row) for row in context.execute("tags.entries", {"tag": tag})]


@router.post("/entries/{batch}/undo")
def undo_entry(batch: str, context: Context, visitor: Writer, trail: Trail) -> list[TagEntryLine]:
    """Take back one act of setting, unsetting or importing."""
    context.execute("tags.undo", {"batch": batch, "actor": visitor.name})
    trail.record(visitor.name, Action.TAG_MARK, batch, {"undone": True})
    return list_entries(context, visitor)


@router.get("/weights")
def read_weights(context: Context, visitor: Reader) -> TagWeights:
    """Return the weights in force and the proposal that waits."""
    return TagWeights(**context.execute("tags.weights", {}))


@router.post("/weights/propose")
def propose_weights(context: Context, visitor: Writer) -> WeightProposal:
    """Estimate weights anew from measured campaigns."""
    return WeightProposal(**context.execute("tags.weights_propose", {}))


@router.post("/weights/{proposal}/{verdict}")
def decide_weights(
    proposal: str,
    verdict: Literal["approve", "reject"],
    context: Context,
    visitor: Writer,
    trail: Trail,
) -> TagWeights:
    """Put a proposal in force, or turn it down."""
    asked = {"proposal": proposal, "actor": visitor.name}
    found = context.execute(f"tags.weights_{verdict}", asked)
    trail.record(visitor.name, Action.TAG_WEIGHTS, proposal, {"verdict": verdict})
    return TagWeights(**found)


@router.get("/{name}")
def read_tag(name: str, context: Context, visitor: Reader) -> TagPage:
    """Return one tag."""
    return TagPage(**context.execute("tags.show", {"name": name}))


@router.put("/{name}")
def save_tag(name: str, body: TagIn, context: Context, visitor: Writer, trail: Trail) -> TagPage:
    """Make a draft the next version; `Conflict` if somebody else changed the tag meanwhile."""
    asked = {**body.model_dump(), "name": name, "actor": visitor.name}
    found = TagPage(**context.execute("tags.save", asked))
    trail.record(visitor.name, Action.TAG_SAVE, name, {"version": found.version})
    return found


@router.post("/{name}/preview")
def preview_tag(name: str, body: TagDraftIn, context: Context, visitor: Reader) -> TagPreview:
    """Count who would have the tag by a draft; nothing is saved."""
    return TagPreview(**context.execute("tags.preview", {"name": name, "body": body.body}))


@router.get("/{name}/versions")
def list_versions(name: str, context: Context, visitor: Reader) -> list[TagVersionOut]:
    """Return the versions of a tag, newest first."""
    return [TagVersionOut(**row) for row in context.execute("tags.versions", {"name": name})]


@router.post("/{name}/restore")
def restore_version(
    name: str, body: TagRestoreIn, context: Context, visitor: Writer, trail: Trail
) -> TagPage:
    """Make an old version's content the newest version."""
    asked = {**body.model_dump(), "name": name, "actor": visitor.name}
    found = TagPage(**context.execute("tags.restore", asked))
    detail = {"version": found.version, "restored": body.version}
    trail.record(visitor.name, Action.TAG_SAVE, name, detail)
    return found


@router.post("/{name}/marks")
def mark_people(
    name: str, body: TagMarksIn, context: Context, visitor: Writer, trail: Trail
) -> TagMarksOut:
    """Give people a manual tag, or take it; it shows after the next run."""
    asked = body.model_dump(exclude={"action"})
    if body.action == "unset":
        asked.pop("value")
    found = context.execute(f"tags.{body.action}", {**asked, "tag": name, "actor": visitor.name})
    detail = {"action": body.action, "people": found["written"]}
    trail.record(visitor.name, Action.TAG_MARK, name, detail)
    return TagMarksOut(**found)
