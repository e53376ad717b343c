"""Who has which tag: all kinds of tags put together into `dm.tags`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.profiles.comparing import passes
from zhiyin.profiles.conditions import All, AnyOf, Attribute, Condition, Everyone, Not, leaves
from zhiyin.profiles.selection import Sources, select
from zhiyin.profiles.tables import TAGS
from zhiyin.profiles.tagging.definitions import Given, ModelScore, Statistic, TagDefinition
from zhiyin.profiles.tagging.facts import BESIDE
from zhiyin.profiles.tagging.preferences import first_places, preference_of, preferences
from zhiyin.profiles.tagging.statistics import statistics
from zhiyin.profiles.tagging.values import by_tag, item, number_of, one_below_another, written
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

Definitions = Mapping[str, TagDefinition]


@dataclass(frozen=True)
class FactTables:
    """What tags read beside what conditions read; a table that is missing has no rows.

    `preferences` is `dm.tag_preferences` as of the same instant; None to work it out.
    """

    tables: Mapping[str, ir.Table] = field(default_factory=dict)
    entries: ir.Table | None = None
    preferences: ir.Table | None = None
    timezone: str = "UTC"


def tags(definitions: Definitions, sources: Sources, beside: FactTables | None = None) -> ir.Table:
    """Return `dm.tags`: every tag that holds for a person, with its value.

    `sources.tags` is not read. Tags by attributes are told in one pass over `dm.customers`, figures
    and preferences in one over each kind of facts, scores in one over `dm.scores`.
    """
    beside = beside or FactTables()
    pieces = [
        *by_conditions(definitions, sources),
        *by_facts(definitions, sources, beside),
        *by_models(definitions, sources),
        *by_hand(definitions, sources, beside),
    ]
    if not pieces:
        nobody = sources.customers.filter(ibis.literal(False)).select("person_id")
        pieces = [aligned(nobody.mutate(tag=ibis.null("string"), value=ibis.null("string")))]
    together = ibis.union(*pieces) if len(pieces) > 1 else pieces[0]
    return described(together, definitions, sources.as_of)


def aligned(rows: ir.Table) -> ir.Table:
    """Return person_id, tag, value, number, weight and until, null where the rows lack them."""
    lacking = {
        name: ibis.null(kind)
        for name, kind in (("number", "float64"), ("weight", "float64"), ("until", "timestamp(6)"))
        if name not in rows.columns
    }
    return rows.mutate(**lacking).select("person_id", "tag", "value", "number", "weight", "until")


def described(rows: ir.Table, definitions: Definitions, as_of: datetime) -> ir.Table:
    """Add to the rows of tags what their definitions say."""
    ends: dict[str, str] = {
        name: (as_of + timedelta(days=one.valid_days)).isoformat(" ")
        for name, one in definitions.items()
        if one.valid_days is not None
    }
    until = rows.until
    if ends:
        end = by_tag(rows.tag, ends).nullif("").cast("timestamp(6)")
        until = ibis.coalesce(until, end)
    return rows.mutate(
        family=by_tag(rows.tag, {name: one.family for name, one in definitions.items()}),
        origin=by_tag(rows.tag, {name: one.kind for name, one in definitions.items()}),
        definition=by_tag(rows.tag, {name: one.digest for name, one in definitions.items()}),
        valid_until=until,
        as_of=ibis.literal(as_of, type="timestamp(6)"),
    ).select(*TAGS.columns)


def by_conditions(definitions: Definitions, sources: Sources) -> list[ir.Table]:
    """Return the rows of rule tags."""
    rules = {name: one for name, one in definitions.items() if one.kind == "rule"}
    quick = {
        name: one
        for name, one in rules.items()
        if all(isinstance(leaf, Attribute | Everyone) for leaf in leaves(one.where))
    }
    pieces = [tagged(one, sources) for name, one in rules.items() if name not in quick]
    if quick:
        items = [rule_item(one, sources.customers) for one in quick.values()]
        pieces.append(aligned(one_below_another(sources.customers, items)))
    return pieces


def rule_item(definition: TagDefinition, people: ir.Table) -> ir.StructValue:
    """Return a rule tag of each person as an item."""
    holds = told_by_attributes(definition.where, people)
    if definition.value is None:
        return item(definition.name, ibis.null("string"), ibis.null("float64"), holds)
    column = people[definition.value.attribute]
    value = written(column, definition.value.bands)
    return item(definition.name, value, number_of(column), holds & column.notnull())


def told_by_attributes(tree: Condition, people: ir.Table) -> ir.Value:
    """Return whether a condition that asks for attributes only holds; never null."""
    match tree:
        case All(nodes):
            return reduce(and_, (told_by_attributes(node, people) for node in nodes))
        case AnyOf(nodes):
            return reduce(or_, (told_by_attributes(node, people) for node in nodes))
        case Not(node):
            return ~told_by_attributes(node, people)
        case Attribute(name, comparisons):
            return passes(people[name], comparisons)
        case _:
            return ibis.literal(True)


def tagged(definition: TagDefinition, sources: Sources) -> ir.Table:
    """Return the rows of a rule tag whose condition asks for more than attributes."""
    people = sources.customers.semi_join(select(definition.where, sources), "person_id")
    value, number = ibis.null("string"), ibis.null("float64")
    if definition.value is not None:
        column = people[definition.value.attribute]
        people = people.filter(column.notnull())
        value, number = written(column, definition.value.bands), number_of(column)
    tag = ibis.literal(definition.name)
    return aligned(people.select("person_id", tag=tag, value=value, number=number))


def by_facts(definitions: Definitions, sources: Sources, beside: FactTables) -> list[ir.Table]:
    """Return the rows of statistic and preference tags, of people that there are."""
    figures = {
        name: one.source
        for name, one in definitions.items()
        if isinstance(one.source, Statistic) and preference_of(one) is None
    }
    tables = fact_tables(sources, beside)
    pieces = statistics(figures, tables, as_of=sources.as_of, timezone=beside.timezone)
    if any(preference_of(one) for one in definitions.values()):
        ranked = beside.preferences
        if ranked is None:
            ranked = preferences(
                definitions, sources.customers, tables,
                as_of=sources.as_of, timezone=beside.timezone,
            )  # fmt: skip
        pieces.append(first_places(ranked, definitions))
    return [aligned(piece.semi_join(sources.customers, "person_id")) for piece in pieces]


def fact_tables(sources: Sources, beside: FactTables) -> dict[str, ir.Table]:
    """Return the tables of facts by their names."""
    found = {
        dw.EVENTS.name: sources.events,
        dw.ORDERS.name: sources.orders,
        dw.ORDER_LINES.name: sources.order_lines,
        dw.REFUNDS.name: sources.refunds,
        "dw.person_of": sources.person_of,
        **beside.tables,
    }
    for spec in BESIDE:
        if spec.name not in found:
            found[spec.name] = ibis.memtable([], schema=spec.schema())
    return found


def by_models(definitions: Definitions, sources: Sources) -> list[ir.Table]:
    """Return the rows of tags that models make."""
    made = {
        name: one.source for name, one in definitions.items() if isinstance(one.source, ModelScore)
    }
    if not made:
        return []
    scores = sources.scores
    wide = scores.group_by("person_id").agg(
        **{
            model: scores.score.max(where=scores.model == model)
            for model in sorted({one.score for one in made.values()})
        }
    )
    items = [
        item(name, written(wide[one.score], one.bands), wide[one.score], wide[one.score].notnull())
        for name, one in made.items()
    ]
    rows = one_below_another(wide, items).semi_join(sources.customers, "person_id")
    return [aligned(rows)]


def by_hand(definitions: Definitions, sources: Sources, beside: FactTables) -> list[ir.Table]:
    """Return the rows of tags that people set and files brought, the latest word counting."""
    given = {name: one for name, one in definitions.items() if isinstance(one.source, Given)}
    if not given or beside.entries is None:
        return []
    entries = beside.entries
    entries = entries.filter(entries.undone_at.isnull(), entries.tag.isin(sorted(given)))
    owners = sources.person_of.select(alias_id="visitor_id", alias_of="person_id")
    owned = entries.left_join(owners, [("visitor_id", "alias_id")])
    owned = owned.mutate(person_id=ibis.coalesce(owned.alias_of, owned.visitor_id))
    latest = ibis.window(
        group_by=["person_id", "tag"], order_by=[owned["at"].desc(), owned.entry_id.desc()]
    )
    newest = owned.mutate(place=ibis.row_number().over(latest))
    held = newest.filter(newest.place == 0, newest.action == "set")
    held = held.semi_join(sources.customers, "person_id")
    rows = held.select("person_id", "tag", "value", until=valid_until(held, given))
    as_of = ibis.literal(sources.as_of, type="timestamp(6)")
    return [aligned(rows.filter(rows.until.isnull() | (rows.until > as_of)))]


def valid_until(held: ir.Table, given: Definitions) -> ir.Value:
    """Return when an entry stops to count: `valid_days` after it was made."""
    days = {name: one.valid_days for name, one in given.items() if one.valid_days is not None}
    if not days:
        return ibis.null("timestamp(6)")
    branches = [
        (held.tag == name, held["at"] + ibis.interval(seconds=int(number * 86_400)))
        for name, number in sorted(days.items())
    ]
    return ibis.cases(*branches, else_=ibis.null("timestamp(6)")).cast("timestamp(6)")
