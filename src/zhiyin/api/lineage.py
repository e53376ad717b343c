"""Where things come from, and what hangs on them: a graph of objects, or a trace of single rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.security import Context, Visitor, needs
from zhiyin.core.privacy import Pii
from zhiyin.governance.api import Permission, mask_typed_id, mask_value

router = APIRouter(prefix="/api/lineage", tags=["lineage"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Name = Annotated[str, Query(min_length=1, max_length=500)]
HIDDEN = "***"
# Nodes whose name is a typed id, of which e-mail addresses and phone numbers are masked.
PEOPLE = ("person", "id")


class Asked(BaseModel):
    """What is asked: of `person`, with a tag, score or audience; `rows` facts of each kind."""

    name: Annotated[str, Field(min_length=1, max_length=500)]
    direction: Literal["up", "down"] = "up"
    depth: Annotated[int, Field(ge=1, le=50)] | None = None
    level: Literal["columns", "tables"] | None = None
    person: Annotated[str, Field(max_length=500)] | None = None
    rows: Annotated[int, Field(ge=1, le=100)] = 5
    most: Annotated[int, Field(ge=2, le=500)] = 200


class ObjectName(BaseModel):
    """Something that lineage knows."""

    object: str
    kind: str
    name: str
    title: dict[str, str]


class ObjectOut(BaseModel):
    """An object of a graph: `depth` steps from the one asked about.

    `hidden` counts neighbors in the direction asked for that the graph leaves out. `detail` says
    more: meaning, unit, type and pii of a column, digest and rows of a file, a condition.
    """

    object: str
    kind: str
    name: str
    title: dict[str, str]
    parent: str | None
    detail: dict[str, Any]
    depth: int
    hidden: int


class EdgeOut(BaseModel):
    """`target` is made from `source`, or decided by it; `via` is a key that says how."""

    source: str
    target: str
    via: str


class TraceValue(BaseModel):
    """Something known of a node, masked for the visitor's role."""

    name: str
    value: str | float | bool | None


class TraceOrigin(BaseModel):
    """Where a raw row came from: record number `line` of a file, or offset in a log partition."""

    table: str
    file: str | None = None
    partition: str | None = None
    line: int
    load_id: int
    recipe: str | None = None
    sha256: str | None = None
    loaded_at: str | None = None
    is_kept: bool


class TraceNode(BaseModel):
    """One thing in a trace; `via` is a key that says what it is to the node above."""

    kind: str
    name: str
    via: str
    title: dict[str, str]
    values: list[TraceValue]
    origin: TraceOrigin | None
    more: int
    is_again: bool
    children: list[TraceNode]


class LineageOut(BaseModel):
    """The answer: `objects` and `edges` for an object, `trace` for rows. `total` may be cut."""

    object: str
    direction: Literal["up", "down"]
    level: Literal["columns", "tables"] | None
    objects: list[ObjectOut]
    edges: list[EdgeOut]
    trace: list[TraceNode]


class ObjectDetail(BaseModel):
    """One object with its parts: a table's columns, a source's fields."""

    object: str
    kind: str
    name: str
    title: dict[str, str]
    parent: str | None
    detail: dict[str, Any]
    parts: list[ObjectPart]
    sources: int
    uses: int


class ObjectPart(BaseModel):
    """A part of an object."""

    object: str
    name: str
    detail: dict[str, Any]


@router.get("/objects")
def find_objects(
    context: Context,
    visitor: Reader,
    query: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 80,
) -> list[ObjectName]:
    """Return the objects whose name or title holds the query; names that begin with it first."""
    wanted = query.strip().lower()
    found = [
        (rank, one)
        for one in context.execute("lineage.objects", {})
        if (not kind or one["kind"] == kind) and (rank := _rank(one, wanted)) is not None
    ]
    found.sort(key=lambda pair: (pair[0], pair[1]["object"]))
    return [ObjectName(**one) for _, one in found[:limit]]


@router.get("")
def read_lineage(
    context: Context, visitor: Reader, question: Annotated[Asked, Query()]
) -> LineageOut:
    """Return what something comes from (`up`) or what hangs on it (`down`).

    `name` is that of an object, or the id of a message, decision, order, refund, event or customer.
    """
    asked = question.model_dump(exclude={"direction"})
    if question.direction == "down":
        del asked["person"]
    answer = context.execute(f"lineage.{question.direction}", asked)
    return LineageOut(
        object=answer["object"],
        direction=answer["direction"],
        level=answer.get("level"),
        objects=[
            ObjectOut(**_named(one), depth=one["depth"], hidden=one["hidden"])
            for one in answer.get("objects", ())
        ],
        edges=[
            EdgeOut(source=edge["from_id"], target=edge["to_id"], via=edge["via"])
            for edge in answer.get("edges", ())
        ],
        trace=[_node(node, visitor.role) for node in answer.get("trace", ())],
    )


@router.get("/object")
def read_object(context: Context, visitor: Reader, name: Name) -> ObjectDetail:
    """Return one object with its parts and how many neighbors it has either way."""
    one = context.execute("lineage.show", {"name": name})
    parts = [
        ObjectPart(object=part["object_id"], name=part["name"], detail=dict(part["detail"]))
        for part in one["parts"]
    ]
    return ObjectDetail(
        **_named(one), parts=parts, sources=len(one["sources"]), uses=len(one["uses"])
    )


def _rank(one: Mapping[str, Any], wanted: str) -> int | None:
    """Return how well an object fits a query, 0 best; None where it does not."""
    if not wanted:
        return 2 if one["kind"] in ("column", "field", "feature", "file") else 1
    names = [one["name"].lower(), *(title.lower() for title in one["title"].values())]
    if any(name == wanted or one["object"].lower() == wanted for name in names):
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    return 2 if any(wanted in name for name in names) else None


def _named(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "object": one["object_id"],
        "kind": one["kind"],
        "name": one["name"],
        "title": dict(one.get("title") or {}),
        "parent": one.get("parent_id"),
        "detail": dict(one.get("detail") or {}),
    }


def _node(node: Mapping[str, Any], role: str) -> TraceNode:
    name = mask_typed_id(node["name"], role) if node["kind"] in PEOPLE else node["name"]
    return TraceNode(
        kind=node["kind"],
        name=name or HIDDEN,
        via=node.get("via", ""),
        title=node.get("title", {}),
        values=[
            TraceValue(name=one["name"], value=mask_value(one["value"], Pii(one["pii"]), role))
            for one in node.get("values", ())
        ],
        origin=TraceOrigin(**node["origin"]) if node.get("origin") else None,
        more=node.get("more", 0),
        is_again=node.get("is_again", False),
        children=[_node(child, role) for child in node.get("children", ())],
    )
