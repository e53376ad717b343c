"""Tags: what holds for a person now, by definitions in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.errors import not_allowed
from zhiyin.profiles.condition_parser import parse_condition
from zhiyin.profiles.conditions import Audience, Condition, Everyone, Tag, attribute_kind, leaves
from zhiyin.profiles.definitions import Definition, read_definitions
from zhiyin.profiles.selection import Sources, select
from zhiyin.profiles.tables import CUSTOMERS

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("title", "description", "family", "where", "value")
FAMILIES = ("basic", "behaviour", "preference", "value", "need")


@dataclass(frozen=True)
class Band:
    """A name for numbers below a bound; the last band has none."""

    name: str
    below: float | None


@dataclass(frozen=True)
class TagValue:
    """Where a tag's value comes from: a column of `dm.customers`, in bands where it is a number."""

    attribute: str
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class TagDefinition:
    """A tag as its file defines it: who has it, and which value it has.

    A person has the tag when `where` holds and, for a tag with a `value`, when the value is known.
    """

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    family: str
    where: Condition
    value: TagValue | None = None


def load_tags(workspace: Path) -> dict[str, TagDefinition]:
    """Return the tags in `workspace/tags`, by name.

    Raises
    ------
    InvalidInput
        for a file that cannot be read, an unknown family or attribute, bands that do not rise, and
        a condition on tags or audiences, which are computed after tags.
    """
    found = read_definitions(workspace / "tags", KEYS)
    return {definition.name: read_tag(definition) for definition in found}


def read_tag(definition: Definition) -> TagDefinition:
    """Return what one file defines."""
    body = definition.body
    if body.get("family") not in FAMILIES:
        raise not_allowed(f"{definition.path.name}: family", body.get("family"), FAMILIES)
    if "where" not in body and "value" not in body:
        raise definition.error("a tag needs `where` (who has it), `value` (which value), or both.")
    where = (
        parse_condition(body["where"], f"{definition.path.name}: where")
        if "where" in body
        else Everyone()
    )
    if any(isinstance(leaf, Tag | Audience) for leaf in leaves(where)):
        raise definition.error(
            "where cannot ask for tags or audiences; write their conditions out."
        )
    return TagDefinition(
        name=definition.name,
        title=definition.text("title"),
        description=definition.text("description"),
        family=body["family"],
        where=where,
        value=read_value(definition) if "value" in body else None,
    )


def read_value(definition: Definition) -> TagValue:
    """Return the `value` part of a tag's file."""
    written: Any = definition.body["value"]
    if not isinstance(written, dict) or not set(written) <= {"attribute", "bands"}:
        raise definition.error("value is {attribute: name} or {attribute: name, bands: […]}.")
    name = written.get("attribute")
    if name not in CUSTOMERS.columns:
        raise not_allowed(f"{definition.path.name}: value.attribute", name, CUSTOMERS.columns)
    bands = tuple(read_band(definition, band) for band in written.get("bands", ()))
    if bands and attribute_kind(name) != "number":
        raise definition.error(
            f"value.bands need a number, and {name} is a {attribute_kind(name)}."
        )
    bounds = [band.below for band in bands]
    if bands and (
        None in bounds[:-1] or bounds[-1] is not None or bounds[:-1] != sorted(set(bounds[:-1]))
    ):
        raise definition.error("value.bands rise by `below`, and only the last one has none.")
    return TagValue(name, bands)


def read_band(definition: Definition, written: Any) -> Band:
    """Return one band."""
    if not isinstance(written, dict) or not {"is"} <= set(written) <= {"is", "below"}:
        raise definition.error(f"value.bands holds {{below: number, is: name}}, not {written!r}.")
    return Band(str(written["is"]), written.get("below"))


def tags(definitions: Mapping[str, TagDefinition], sources: Sources) -> ir.Table:
    """Return `dm.tags`: every tag that holds for a person, with its value.

    `sources.tags` is not read.
    """
    if not definitions:
        nobody = sources.customers.filter(ibis.literal(False)).select("person_id")
        return holders(nobody, "", ibis.null("string"), family="basic", as_of=sources.as_of)
    return ibis.union(*(tag_holders(definition, sources) for definition in definitions.values()))


def tag_holders(definition: TagDefinition, sources: Sources) -> ir.Table:
    """Return the rows of `dm.tags` of one tag."""
    people = sources.customers
    if definition.where != Everyone():
        people = people.semi_join(select(definition.where, sources), "person_id")
    value = ibis.null("string")
    if definition.value is not None:
        people = people.filter(people[definition.value.attribute].notnull())
        value = tag_value(people[definition.value.attribute], definition.value.bands)
    return holders(people, definition.name, value, family=definition.family, as_of=sources.as_of)


def tag_value(column: ir.Value, bands: tuple[Band, ...]) -> ir.Value:
    """Return a column as text, or the name of the band that it falls in."""
    if not bands:
        return column.cast("string")
    number = column.cast("float64")
    *bounded, last = bands
    if not bounded:
        return ibis.literal(last.name)
    return ibis.cases(*((number < band.below, band.name) for band in bounded), else_=last.name)


def holders(
    people: ir.Table, tag: str, value: ir.Value, *, family: str, as_of: datetime
) -> ir.Table:
    """Return the columns of `dm.tags`."""
    return people.select(
        "person_id",
        tag=ibis.literal(tag),
        value=value,
        family=ibis.literal(family),
        as_of=ibis.literal(as_of, type="timestamp(6)"),
    )
