"""The golden record: one row per known person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.golden.rules import FIELDS, Rules
from zhiyin.identity.golden.survivorship import differences, several, survived
from zhiyin.identity.joining import with_person
from zhiyin.identity.tables import PEOPLE, SURVIVORS

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Fields for which an id of the person stands in where no record knows them, and its kind.
IDS = {"member_card": "card:", "email": "email:", "phone": "phone:"}


def people(records: ir.Table, person_of: ir.Table, *, rules: Rules) -> ir.Table:
    """Return the golden record of everybody of whom more is known than a device.

    Each field is that of the person's records by its rule. Card, e-mail and phone that no record
    knows are the first such id of the person, by text. `completeness` is the share of six things
    that are known: name, contact, gender, age, place, channel of arrival.

    Parameters
    ----------
    records : dw.customers; where a rule names sources, with theirs, see `with_records_of`.
    person_of : dw.person_of.
    rules : how each field survives.

    Returns
    -------
    `dw.people`.
    """
    owned = owned_records(records, person_of)
    many = several(owned)
    alone = owned.anti_join(many.select("person_id").distinct(), "person_id")
    fields = alone.select("person_id", *FIELDS).union(survived(many, rules))
    table = known_people(person_of).left_join(fields, "person_id").drop("person_id_right")
    table = table.mutate(**{name: ibis.coalesce(table[name], table[f"{name}_id"]) for name in IDS})
    return table.mutate(completeness=completeness(table)).select(*PEOPLE.columns)


def people_survivors(records: ir.Table, person_of: ir.Table, *, rules: Rules) -> ir.Table:
    """Return `dw.people_survivors`: where the records of one person differ."""
    told = differences(several(owned_records(records, person_of)), rules)
    return told.select(*SURVIVORS.columns)


def owned_records(records: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return the records with their people, and with a source where they have none."""
    if "source_id" not in records.columns:
        records = records.mutate(source_id=ibis.literal(""))
    if "is_extra" not in records.columns:
        records = records.mutate(is_extra=ibis.literal(False))
    columns = ("person_id", "visitor_id", "source_id", "is_extra", *FIELDS)
    return with_person(records, person_of).select(*columns)


def known_people(person_of: ir.Table) -> ir.Table:
    """Return every person with an id other than a device, their customer numbers and contacts."""
    ids = person_of.visitor_id
    named = person_of.filter(~ids.startswith("anon:"))
    ids = named.visitor_id
    return named.group_by("person_id").agg(
        customer_ids=ids.startswith("user:").sum(),
        **{
            f"{name}_id": ids.min(where=ids.startswith(kind)).substr(len(kind))
            for name, kind in IDS.items()
        },
    )


def completeness(table: ir.Table) -> ir.Value:
    """Return the share of the profile's six core fields that are known."""
    known = (
        table.name.notnull(),
        table.email.notnull() | table.phone.notnull(),
        table.gender.notnull(),
        table.birth_date.notnull() | table.age_group.notnull(),
        table.city.notnull() | table.country.notnull(),
        table.acquisition_channel.notnull(),
    )
    count = known[0].cast("int64")
    for field in known[1:]:
        count = count + field.cast("int64")
    return count.cast("float64") / len(known)
