"""How much of what each source brings is linked to a known person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.collect import tables as ods
from zhiyin.identity.joining import with_person
from zhiyin.identity.tables import EDGES, PEOPLE, PERSON_OF, RATES
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

COUNTS = (
    "events",
    "events_linked",
    "orders",
    "orders_linked",
    "records",
    "ids",
    "ids_linked",
    "people",
    "people_shared",
)


def rates(  # noqa: PLR0917 - the tables of one build, in its order
    events: ir.Table,
    orders: ir.Table,
    records: ir.Table,
    edges: ir.Table,
    person_of: ir.Table,
    people: ir.Table,
) -> ir.Table:
    """Return how much each source brings, and how much of it is linked.

    An event or order is linked if its visitor belongs to a known person: one with an id other than
    a device, such as a customer number, card, phone or e-mail. A source's ids are the visitors of
    its events and orders and the ids in its evidence; an id is linked if its person has others. A
    person is shared if another source knows it too. `completeness` is the mean over the known
    people of the source.

    Parameters
    ----------
    events, orders : the `dw` tables of that name; visitors that are null are linked to nobody.
    records : ods.customers; a source's records are its different customer numbers.
    edges, person_of, people : dw.identity_edges, dw.person_of, dw.people.

    Returns
    -------
    `dw.identity_rates`, one row per source that brought anything.
    """
    known = people.select("person_id", "completeness")
    visits, sales = per_visitor(events), per_visitor(orders)
    seen = ids_by_source(visits, sales, edges)
    parts = (
        linked(visits, person_of, known, "events"),
        linked(sales, person_of, known, "orders"),
        record_counts(records),
        id_counts(seen, person_of),
        people_counts(seen, person_of, known),
    )
    sources = ibis.union(*(part.select("source_id") for part in parts), distinct=True)
    table = sources
    for part in parts:
        table = table.left_join(part, "source_id").drop("source_id_right")
    return table.mutate(**{name: table[name].fill_null(0) for name in COUNTS}).select(
        *RATES.columns
    )


def per_visitor(facts: ir.Table) -> ir.Table:
    """Return how many facts each visitor has from each source; so few rows meet the people."""
    return facts.group_by(["source_id", "visitor_id"]).agg(facts=facts.count())


def linked(counted: ir.Table, person_of: ir.Table, known: ir.Table, name: str) -> ir.Table:
    """Return facts and facts of known people, per source."""
    owned = with_person(counted, person_of)
    marked = owned.left_join(known.mutate(is_known=ibis.literal(True)), "person_id")
    return marked.group_by("source_id").agg(
        **{
            name: marked.facts.sum(),
            f"{name}_linked": marked.facts.sum(where=marked.is_known.fill_null(False)),
        }
    )


def record_counts(records: ir.Table) -> ir.Table:
    """Return each source's customer records; a customer number counts once."""
    named = records.filter(records.customer_id.nullif("").notnull())
    numbers = named.select("source_id", "customer_id").distinct()
    return numbers.group_by("source_id").agg(records=numbers.count())


def ids_by_source(visits: ir.Table, sales: ir.Table, edges: ir.Table) -> ir.Table:
    """Return each typed id once per source that brought it."""
    tables = (
        visits.select("source_id", "visitor_id"),
        sales.select("source_id", "visitor_id"),
        edges.select("source_id", visitor_id="left_id"),
        edges.select("source_id", visitor_id="right_id"),
    )
    every = ibis.union(*tables, distinct=True)
    return every.filter(every.visitor_id.notnull())


def id_counts(seen: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return each source's ids, and those that share their person with another id."""
    shared = person_of.filter(person_of.ids > 1).select("visitor_id", has_others=ibis.literal(True))
    table = seen.left_join(shared, "visitor_id")
    return table.group_by("source_id").agg(
        ids=table.count(), ids_linked=table.count(where=table.has_others.fill_null(False))
    )


def people_counts(seen: ir.Table, person_of: ir.Table, known: ir.Table) -> ir.Table:
    """Return each source's people, those whom others know too, and how complete they are."""
    owners = person_of.select("visitor_id", "person_id")
    met = seen.inner_join(owners, "visitor_id").select("source_id", "person_id").distinct()
    shared = met.group_by("person_id").agg(sources=met.count())
    shared = shared.filter(shared.sources > 1).select("person_id", is_shared=ibis.literal(True))
    table = met.left_join(shared, "person_id").drop("person_id_right")
    table = table.left_join(known, "person_id").drop("person_id_right")
    return table.group_by("source_id").agg(
        people=table.count(),
        people_shared=table.count(where=table.is_shared.fill_null(False)),
        completeness=table.completeness.mean(),
    )


def rates_build() -> TableBuild:
    """Return the build of `dw.identity_rates`."""
    inputs = (dw.EVENTS, dw.ORDERS, ods.CUSTOMERS, EDGES, PERSON_OF, PEOPLE)
    return TableBuild(RATES, inputs, build_rates)


def build_rates(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dw.identity_rates`; `context` plays no part."""
    return rates(*inputs)
