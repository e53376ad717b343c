"""What a condition can be about: the vocabulary of the rule editor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.definitions import audiences_of, tags_of
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.personas.api import newest_personas
from zhiyin.profiles.personas.tables import PERSONA_FITS, PERSONAS
from zhiyin.warehouse import tables as dw

router = APIRouter(prefix="/api/fields", tags=["audiences"])
Reader = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_READ))]
# Facts that conditions may ask for though no event table may hold them.
ORDER_EVENTS = ("Order Completed", "Order Refunded")
MOST_EVENTS = 200


class Attribute(BaseModel):
    """An attribute of a customer, the operators that fit it, and its values if they are few.

    `titles` are the names, by language, of values that the data itself has named: personas.
    """

    name: str
    kind: str
    operators: list[str]
    values: list[str]
    unit: str | None
    titles: dict[str, dict[str, str]] = {}


class TagChoice(BaseModel):
    """A tag as its file defines it."""

    tag: str
    family: str
    title: dict[str, str]
    description: dict[str, str]
    unit: str | None


class AudienceChoice(BaseModel):
    """An audience as its file defines it."""

    name: str
    title: dict[str, str]


class FactProperty(BaseModel):
    """A property of what somebody did, and the operators that fit it."""

    name: str
    kind: str
    operators: list[str]
    unit: str | None
    meaning: str


class FactMeasure(BaseModel):
    """An amount of what somebody did that can be added up."""

    name: str
    meaning: str


class FactWords(BaseModel):
    """What may be asked of one kind of fact."""

    properties: list[FactProperty]
    measures: list[FactMeasure]


class ConditionLimits(BaseModel):
    """How large a condition may be."""

    leaves: int
    depth: int
    steps: int


class Fields(BaseModel):
    """Everything that a condition may name, and the nodes it may be made of.

    `facts` is by event name, with an entry without a name for every other event; `nodes` has the
    keys of each kind of node and what they take.
    """

    facts: dict[str, FactWords]
    nodes: dict[str, dict[str, str]]
    operators: dict[str, list[str]]
    limits: ConditionLimits
    attributes: list[Attribute]
    tags: list[TagChoice]
    scores: list[str]
    events: list[str]
    audiences: list[AudienceChoice]


@router.get("")
def read_fields(context: Context, visitor: Reader) -> Fields:
    """Return the vocabulary."""
    words = profiles.vocabulary()
    named = {"persona": _personas(context)}
    return Fields(
        facts=words["facts"],
        nodes=words["nodes"],
        operators=words["operators"],
        limits=words["limits"],
        attributes=[
            Attribute(
                name=field["attribute"],
                values=field["values"] or list(named.get(field["attribute"], ())),
                titles=named.get(field["attribute"], {}),
                **{key: field[key] for key in ("kind", "operators", "unit")},
            )
            for field in words["attributes"]
        ],
        tags=[
            TagChoice(
                tag=tag.name,
                family=tag.family,
                title=dict(tag.title),
                description=dict(tag.description),
                unit=tag.unit or None,
            )
            for _, tag in sorted(tags_of(context).items())
        ],
        scores=_distinct(context, dm.SCORES, "model"),
        events=sorted({*_distinct(context, dw.EVENTS, "event"), *ORDER_EVENTS}),
        audiences=[
            AudienceChoice(name=name, title=dict(audience.title))
            for name, audience in sorted(audiences_of(context).items())
        ],
    )


def _personas(context: ApiContext) -> dict[str, dict[str, str]]:
    """Return the names of the newest search's personas, the largest first."""
    read = context.warehouse.read
    newest = newest_personas(read(PERSONAS), read(PERSONA_FITS))
    ordered = newest.order_by(newest.people.desc(), "persona_id")
    rows = context.warehouse.to_arrow(ordered.select("persona_id", "title_zh", "title_en"))
    return {
        row["persona_id"]: {"zh-CN": row["title_zh"], "en": row["title_en"]}
        for row in rows.to_pylist()
    }


def _distinct(context: ApiContext, spec: dm.TableSpec, column: str) -> list[str]:
    """Return a column's values; a workspace has tens of them, a runaway source thousands."""
    values = context.warehouse.read(spec).select(column).distinct().order_by(column)
    return context.warehouse.to_arrow(values.limit(MOST_EVENTS))[column].to_pylist()
