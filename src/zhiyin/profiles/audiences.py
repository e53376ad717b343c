"""Audiences: named condition trees, their sizes and their members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.condition_parser import parse_condition
from zhiyin.profiles.conditions import Audience, Condition, check_names, leaves
from zhiyin.profiles.definitions import Definition, read_definitions
from zhiyin.profiles.selection import Sources, select

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("title", "description", "where")


@dataclass(frozen=True)
class AudienceDefinition:
    """An audience as its file defines it. Titles and descriptions are per language."""

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    where: Condition


def load_audiences(workspace: Path, tags: set[str] | None = None) -> dict[str, AudienceDefinition]:
    """Return the audiences in `workspace/audiences`, by name.

    Raises
    ------
    InvalidInput
        for a file that cannot be read, an audience that refers to an unknown audience or (where
        `tags` is given) an unknown tag, and audiences that refer to each other in a circle.
    """
    found = read_definitions(workspace / "audiences", KEYS)
    audiences = {definition.name: read_audience(definition) for definition in found}
    for definition in found:
        tree = audiences[definition.name].where
        known = (
            tags
            if tags is not None
            else {leaf.name for leaf in leaves(tree) if hasattr(leaf, "name")}
        )
        check_names(tree, tags=known, audiences=set(audiences), where=definition.path.name)
    check_circles({name: audience.where for name, audience in audiences.items()})
    return audiences


def read_audience(definition: Definition) -> AudienceDefinition:
    """Return what one file defines."""
    if "where" not in definition.body:
        raise definition.error("an audience needs `where`, the condition its members fulfill.")
    return AudienceDefinition(
        name=definition.name,
        title=definition.text("title"),
        description=definition.text("description"),
        where=parse_condition(definition.body["where"], f"{definition.path.name}: where"),
    )


def check_circles(trees: Mapping[str, Condition]) -> None:
    """Raise `InvalidInput` where audiences refer to each other in a circle."""
    settled: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            circle = " → ".join((*trail[trail.index(name) :], name))
            raise InvalidInput(f"Audiences refer to each other in a circle: {circle}; break it.")
        if name in settled or name not in trees:
            return
        for leaf in leaves(trees[name]):
            if isinstance(leaf, Audience):
                visit(leaf.name, (*trail, name))
        settled.add(name)

    for name in trees:
        visit(name, ())


def trees_of(audiences: Mapping[str, AudienceDefinition]) -> dict[str, Condition]:
    """Return the trees by name, as `Sources` wants them."""
    return {name: audience.where for name, audience in audiences.items()}


def count_audience(tree: Condition, sources: Sources) -> ir.Table:
    """Return one row with the number of `members`."""
    members = select(tree, sources)
    return members.agg(members=members.count())


def audience_members(tree: Condition, sources: Sources) -> ir.Table:
    """Return the rows of `dm.customers` for whom the tree holds."""
    return sources.customers.semi_join(select(tree, sources), "person_id")


def audience_sizes(audiences: Mapping[str, AudienceDefinition], sources: Sources) -> ir.Table:
    """Return `dm.audiences`: every audience with its size."""
    as_of = ibis.literal(sources.as_of, type="timestamp(6)")
    if not audiences:
        empty = sources.customers.filter(ibis.literal(False))
        return empty.select(audience="person_id", members=ibis.literal(0, "int64"), as_of=as_of)
    return ibis.union(
        *(
            count_audience(audience.where, sources).select(
                audience=ibis.literal(name), members="members", as_of=as_of
            )
            for name, audience in audiences.items()
        )
    )
