"""Facts joined to the people behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_person(facts: ir.Table, person_of: ir.Table) -> ir.Table:
    """Add `person_id` to facts; it is null where `visitor_id` is.

    Most visitors are their own person, and facts carry users and devices only. So it is enough to
    look up the others, which makes the join several times smaller.

    Parameters
    ----------
    facts : any table with a visitor_id.
    person_of : dw.person_of.
    """
    others = person_of.filter(
        person_of.visitor_id != person_of.person_id,
        person_of.visitor_id.startswith("user:") | person_of.visitor_id.startswith("anon:"),
    ).select(alias_id="visitor_id", alias_of="person_id")
    joined = facts.left_join(others, [("visitor_id", "alias_id")])
    known = joined.mutate(person_id=ibis.coalesce(joined.alias_of, joined.visitor_id))
    return known.drop("alias_id", "alias_of")
