"""One value out of several records, by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.golden.rules import FIELDS, SOURCES, Rule, Rules

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Above any number of records of one person, and above any rank that the plain rules give.
RECORDS, RANKS = 10**7, 10**13


def several(records: ir.Table) -> ir.Table:
    """Return the records of people who have more than one."""
    size = records.group_by("person_id").agg(records=records.count())
    return records.semi_join(size.filter(size.records > 1), "person_id")


def ranked(records: ir.Table, rules: Rules) -> ir.Table:
    """Add to each record one rank a field, `rank_` and the field's name: the highest survives.

    Ranks of one person's records differ, so that one value survives on every engine. Of records
    that a rule cannot tell apart the newest goes first: the one that joined last, then the first by
    text; a record without a date is older than all others where the newest is wanted, and newer
    where the oldest is.
    """
    tie = [records.visitor_id.asc(), records.source_id.asc()]
    newest = [ibis.desc(records.joined_at, nulls_first=False), *tie]
    oldest = [ibis.asc(records.joined_at, nulls_first=False), *tie]
    placed = records.mutate(
        newness=-ibis.row_number().over(ibis.window(group_by="person_id", order_by=newest)),
        oldness=-ibis.row_number().over(ibis.window(group_by="person_id", order_by=oldest)),
    )
    return placed.mutate(**{f"rank_{name}": rank(placed, name, rules[name]) for name in FIELDS})


def rank(records: ir.Table, field: str, rule: Rule) -> ir.Value:
    """Return how far up a record stands for a field; records that do not know it do not count."""
    if rule.name == SOURCES:
        places = {source: len(rule.sources) - place for place, source in enumerate(rule.sources)}
        trust = ibis.cases(
            *((records.source_id == source, place) for source, place in places.items()), else_=0
        )
        return trust.cast("int64") * RANKS + rank(records, field, Rule(rule.then))
    value = records[field]
    if rule.name == "oldest":
        return records.oldness
    if rule.name == "longest":
        return value.cast("string").length().cast("int64") * RECORDS + records.newness
    if rule.name == "most_frequent":
        alike = value.count(where=~records.is_extra).over(
            ibis.window(group_by=["person_id", field])
        )
        return alike * RECORDS + records.newness
    if rule.name == "any_no":
        return (~value).cast("int64") * RECORDS + records.newness
    return records.newness


def has_say(records: ir.Table, field: str, rule: Rule) -> ir.BooleanValue:
    """Return whether a record is asked for a field: it knows it, and the rule looks at it."""
    known = records[field].notnull()
    return known if rule.name == SOURCES else known & ~records.is_extra


def survived(records: ir.Table, rules: Rules) -> ir.Table:
    """Return one row per person with each field's surviving value, null where no record knows it.

    A field is never lost because the record that wins elsewhere lacks it.

    Parameters
    ----------
    records : person_id, visitor_id, source_id, is_extra and the fields.
    """
    table = ranked(records, rules)
    return table.group_by("person_id").agg(
        **{
            name: table[name].argmax(table[f"rank_{name}"], where=has_say(table, name, rules[name]))
            for name in FIELDS
        }
    )


def differences(records: ir.Table, rules: Rules) -> ir.Table:
    """Return whose value survived in each field on which the records of one person differ."""
    table = ranked(records, rules)
    told = table.group_by("person_id").agg(
        **{
            f"values_{name}": table[name].nunique(where=has_say(table, name, rules[name]))
            for name in FIELDS
        },
        **{
            f"by_{name}": table.visitor_id.argmax(
                table[f"rank_{name}"], where=has_say(table, name, rules[name])
            )
            for name in FIELDS
        },
    )
    return ibis.union(
        *(
            told.filter(told[f"values_{name}"] > 1).select(
                "person_id",
                field=ibis.literal(name),
                visitor_id=told[f"by_{name}"],
                rule=ibis.literal(rules[name].name),
                values=told[f"values_{name}"],
            )
            for name in FIELDS
        )
    )
