"""How much is linked, to how many people, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.identity.ledger.reading import list_blocked
from zhiyin.identity.ledger.records import Blocked
from zhiyin.identity.tables import (
    BLOCKED,
    CHANGES,
    DECISIONS,
    HOUSEHOLDS,
    LINKS,
    MATCHES,
    PEOPLE,
    PERSON_OF,
    RATES,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

# Share of events and orders that should be linked to a known person.
TARGET = 0.9
TOP = 10


@dataclass(frozen=True)
class SourceRate:
    """A row of `dw.identity_rates`; `rate` is null for a source without events and orders."""

    source_id: str
    events: int
    events_linked: int
    orders: int
    orders_linked: int
    records: int
    ids: int
    ids_linked: int
    people: int
    people_shared: int
    completeness: float | None
    rate: float | None


@dataclass(frozen=True)
class IdentityReport:
    """Where identity stands, as of the last build.

    Attributes
    ----------
    rate
        Share of all sources' events and orders that are linked to a known person: one with a
        customer number, card, phone or e-mail. Null where there are none.
    target
        What `rate` should reach.
    people, people_known
        All people, and the known ones; the others are devices only.
    ids_per_person
        Number of ids (10 stands for ten and more) -> people.
    completeness
        Mean share of the counted fields that are known, over known people.
    changes, blocked, refused
        How many by kind or reason.
    reviews
        Pairs of records that wait for somebody's judgment.
    decisions
        Decisions in force.
    """

    rate: float | None
    target: float
    sources: tuple[SourceRate, ...]
    ids: int
    people: int
    people_known: int
    ids_per_person: Mapping[int, int]
    completeness: float | None
    changes: Mapping[str, int]
    households: int
    household_people: int
    blocked: Mapping[str, int]
    most_blocked: tuple[Blocked, ...]
    refused: Mapping[str, int]
    reviews: int
    decisions: int

    @property
    def is_on_target(self) -> bool | None:
        return None if self.rate is None else self.rate >= self.target


def report(warehouse: Warehouse) -> IdentityReport:
    """Return where identity stands; zeros before the first build."""
    read = _Reader(warehouse)
    sources = _sources(read)
    person_of, links = warehouse.read(PERSON_OF), warehouse.read(LINKS)
    households, matches = warehouse.read(HOUSEHOLDS), warehouse.read(MATCHES)
    decisions, people = warehouse.read(DECISIONS), warehouse.read(PEOPLE)
    sizes = _sizes(read, person_of)
    golden = read.row(people.aggregate(rows=people.count(), mean=people.completeness.mean()))
    return IdentityReport(
        rate=_rate(
            sum(one.events_linked + one.orders_linked for one in sources),
            sum(one.events + one.orders for one in sources),
        ),
        target=TARGET,
        sources=sources,
        ids=read.count(person_of),
        people=sum(sizes.values()),
        people_known=golden["rows"],
        ids_per_person=sizes,
        completeness=golden["mean"],
        changes=read.counts(warehouse.read(CHANGES), "kind"),
        households=read.count(households.select("household_id").distinct()),
        household_people=read.count(households),
        blocked=read.counts(warehouse.read(BLOCKED), "reason"),
        most_blocked=list_blocked(warehouse, limit=TOP).blocked,
        refused=read.counts(links.filter(links.verdict == "refused"), "reason"),
        reviews=read.count(matches.filter(matches.verdict == "review")),
        decisions=read.count(
            decisions.filter(decisions.revoked_at.isnull()).select("decision_id").distinct()
        ),
    )


def _sources(read: _Reader) -> tuple[SourceRate, ...]:
    found = [
        SourceRate(
            **row,
            rate=_rate(row["events_linked"] + row["orders_linked"], row["events"] + row["orders"]),
        )
        for row in read.rows(read.warehouse.read(RATES))
    ]
    return tuple(sorted(found, key=lambda one: (-one.events - one.orders, one.source_id)))


def _sizes(read: _Reader, person_of: ir.Table) -> dict[int, int]:
    # The person's own id stands for the person.
    people = person_of.filter(person_of.visitor_id == person_of.person_id)
    sized = people.group_by(size=ibis.least(people.ids, 10)).agg(people=people.count())
    return {row["size"]: row["people"] for row in read.rows(sized.order_by("size"))}


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class _Reader:
    """Small answers of the warehouse."""

    warehouse: Warehouse

    def rows(self, table: ir.Table) -> list[dict[str, Any]]:
        return self.warehouse.to_arrow(table).to_pylist()

    def row(self, table: ir.Table) -> dict[str, Any]:
        return self.rows(table)[0]

    def count(self, table: ir.Table) -> int:
        return self.row(table.aggregate(rows=table.count()))["rows"]

    def counts(self, table: ir.Table, column: str) -> dict[str, int]:
        """Return how many rows there are of each value, most first."""
        named = table.filter(table[column].notnull())
        counted = named.group_by(name=named[column]).agg(rows=named.count())
        return {
            row["name"]: row["rows"]
            for row in self.rows(counted.order_by(ibis.desc("rows"), "name"))
        }
