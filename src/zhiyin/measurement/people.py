"""Facts, and the person behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_person(facts: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return facts that have a `visitor_id`, with the `person_id` it belongs to today.

    Facts without an id are left out. An id that identity has not seen stands for itself, because
    every person id is a visitor id.
    """
    known = facts.filter(facts.visitor_id.notnull())
    persons = person_of.select(known_id="visitor_id", known_person="person_id")
    joined = known.left_join(persons, known.visitor_id == persons.known_id)
    return joined.mutate(person_id=ibis.coalesce(joined.known_person, joined.visitor_id)).drop(
        "known_id", "known_person"
    )
