"""Audiences: named condition trees, their sizes and their members."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.condition_parser import parse_condition
from zhiyin.profiles.conditions import All, Audience, Condition, Not, check_names, leaves
from zhiyin.profiles.definitions import Definition, read_definitions
from zhiyin.profiles.selection import select
from zhiyin.profiles.sources import Sources

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = (
    "title", "description", "owner", "where", "list", "exclude", "refresh", "alert_change",
)  # fmt: skip

# Twice or half as large is a change of 1 or 0.5; more than a hundredfold is no bound at all.
MOST_CHANGE = 100


@dataclass(frozen=True)
class AudienceDefinition:
    """An audience as its file defines it. Titles and descriptions are per language.

    Attributes
    ----------
    where : who is in it, without those excluded. Of a list it is the audience itself.
    rule : the condition as it is written; None for a list.
    snapshot : of a list, the snapshot whose members it has.
    exclude : audiences whose people are left out.
    refresh : cron expression of the snapshots that are taken of it; empty for none.
    alert_change : share by which two scheduled snapshots may differ before somebody is told.
    """

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    where: Condition
    rule: Condition | None = None
    snapshot: str | None = None
    exclude: tuple[str, ...] = ()
    refresh: str = ""
    alert_change: float | None = None
    owner: str = ""


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
    check_circles(
        {name: audience.where for name, audience in audiences.items()}, lists_of(audiences)
    )
    return audiences


def read_audience(definition: Definition) -> AudienceDefinition:
    """Return what one file defines."""
    body = definition.body
    snapshot = body.get("list")
    if ("where" in body) == (snapshot is not None):
        raise definition.error(
            "an audience needs either `where`, the condition its members fulfill, or `list`, the "
            "snapshot that holds them."
        )
    rule = (
        parse_condition(body["where"], f"{definition.path.name}: where")
        if "where" in body
        else None
    )
    exclude = read_names(definition, body.get("exclude"))
    if exclude and snapshot is not None:
        raise definition.error(
            "a list has no exclude; make an audience of `{audience: "
            f"{definition.name}}}` that leaves the others out."
        )
    alert = body.get("alert_change")
    if alert is not None and (isinstance(alert, bool) or not 0 < alert <= MOST_CHANGE):
        raise definition.error(
            f"alert_change is a share such as 0.2, above 0 and at most {MOST_CHANGE}, "
            f"not {alert!r}."
        )
    return AudienceDefinition(
        name=definition.name,
        title=definition.text("title"),
        description=definition.text("description"),
        where=without(rule or Audience(definition.name), exclude),
        rule=rule,
        snapshot=None if snapshot is None else str(snapshot),
        exclude=exclude,
        refresh=str(body.get("refresh") or ""),
        alert_change=alert,
        owner=str(body.get("owner") or ""),
    )


def check_audience(
    path: Path,
    body: Mapping[str, Any],
    audiences: Mapping[str, AudienceDefinition],
    tags: set[str],
) -> AudienceDefinition:
    """Return what a file would define among other audiences, before anybody writes it.

    Raises `InvalidInput` as `load_audiences` would once it is written.
    """
    mine = read_audience(Definition(path, path.stem, body))
    known = {**audiences, mine.name: mine}
    check_names(mine.where, tags=tags, audiences=set(known), where=path.name)
    check_circles({name: one.where for name, one in known.items()}, lists_of(known))
    return mine


def read_names(definition: Definition, written: Any) -> tuple[str, ...]:
    """Return the audiences that are left out."""
    if written is None:
        return ()
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise definition.error(f"exclude is a list of audiences, not {written!r}.")
    if definition.name in written:
        raise definition.error("exclude cannot name the audience itself.")
    return tuple(dict.fromkeys(written))


def without(rule: Condition, exclude: tuple[str, ...]) -> Condition:
    """Return a condition less the people of some audiences."""
    if not exclude:
        return rule
    return All((rule, *(Not(Audience(name)) for name in exclude)))


def check_circles(trees: Mapping[str, Condition], lists: Collection[str] = ()) -> None:
    """Raise `InvalidInput` where audiences refer to each other in a circle; lists refer to none."""
    settled: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            circle = " → ".join((*trail[trail.index(name) :], name))
            raise InvalidInput(f"Audiences refer to each other in a circle: {circle}; break it.")
        if name in settled or name not in trees:
            return
        for leaf in leaves(trees[name]):
            if isinstance(leaf, Audience) and leaf.name not in lists:
                visit(leaf.name, (*trail, name))
        settled.add(name)

    for name in trees:
        visit(name, ())


def trees_of(audiences: Mapping[str, AudienceDefinition]) -> dict[str, Condition]:
    """Return the trees by name, as `Sources` wants them; lists have none."""
    return {
        name: audience.where for name, audience in audiences.items() if audience.snapshot is None
    }


def lists_of(audiences: Mapping[str, AudienceDefinition]) -> dict[str, str]:
    """Return the snapshots of the audiences that are lists, by name."""
    return {
        name: audience.snapshot
        for name, audience in audiences.items()
        if audience.snapshot is not None
    }


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
