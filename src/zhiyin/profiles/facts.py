"""Facts as conditions count them: events, orders and refunds in one shape."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import ibis

from zhiyin.profiles.comparing import passes
from zhiyin.profiles.conditions import Deed, Filter
from zhiyin.profiles.deeds import EVENTS, ORDERS, REFUNDS, FactKind, fact_kind

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.profiles.sources import Sources


@dataclass(frozen=True)
class Facts:
    """The facts of one kind that some deeds are about.

    Attributes
    ----------
    table : visitor_id (never null), ts_ms, the measures that were asked for, and for each deed a
        boolean column, never null, that says whether a row is one.
    columns : the deeds' columns.
    """

    table: ir.Table
    columns: Mapping[Deed, str]


def facts_of(deeds: Collection[Deed], sources: Sources, measures: Collection[str]) -> list[Facts]:
    """Return the facts that deeds are about, one table per kind of fact.

    Parameters
    ----------
    measures : names of the amounts that will be added up; kinds that lack one leave it out.
    """
    found = []
    for kind, shape in ((EVENTS, event_facts), (ORDERS, order_facts), (REFUNDS, refund_facts)):
        asked = [deed for deed in dict.fromkeys(deeds) if fact_kind(deed.event) is kind]
        if asked:
            found.append(
                shape(asked, sources, [name for name in measures if name in kind.measures])
            )
    return found


def event_facts(deeds: list[Deed], sources: Sources, measures: list[str]) -> Facts:
    """Return events with the deeds' names."""
    table = sources.events
    names = sorted({deed.event for deed in deeds})
    table = with_products(table.filter(table.event.isin(names)), deeds, EVENTS, sources)
    is_deed = {
        deed: (table.event == deed.event) & met(deed.filters, table, EVENTS, ("fact", "product"))
        for deed in deeds
    }
    return shaped(table, is_deed, measures)


def order_facts(deeds: list[Deed], sources: Sources, measures: list[str]) -> Facts:
    """Return orders, each once however many of its lines pass."""
    key = ["source_id", "order_id"]
    table, marks = with_lines(sources.orders, sources.order_lines, key, deeds, sources)
    return by_filters(table, deeds, marks, measures)


def refund_facts(deeds: list[Deed], sources: Sources, measures: list[str]) -> Facts:
    """Return refunds, each once however many of its lines pass."""
    key = ["source_id", "refund_id"]
    lines = sources.refunds
    whole = lines.group_by(key).agg(
        visitor_id=lines.visitor_id.min(), ts_ms=lines.ts_ms.min(), amount=lines.amount.sum()
    )
    table, marks = with_lines(whole, lines, key, deeds, sources)
    return by_filters(table, deeds, marks, measures)


def by_filters(
    table: ir.Table, deeds: list[Deed], marks: Mapping[Deed, str], measures: list[str]
) -> Facts:
    """Return facts whose lines are judged already."""
    is_deed = {}
    for deed in deeds:
        passed = met(deed.filters, table, fact_kind(deed.event), ("fact",))
        if deed in marks:
            passed &= table[marks[deed]].fill_null(False)
        is_deed[deed] = passed
    return shaped(table, is_deed, measures)


def shaped(table: ir.Table, is_deed: dict[Deed, ir.Value], measures: list[str]) -> Facts:
    """Return facts with one column per deed and nothing else that is wide."""
    columns = {deed: f"deed_{place}" for place, deed in enumerate(is_deed)}
    known = table.filter(table.visitor_id.notnull())
    marks = {columns[deed]: passed for deed, passed in is_deed.items()}
    return Facts(known.select("visitor_id", "ts_ms", *measures, **marks), columns)


def with_lines(
    table: ir.Table, lines: ir.Table, key: list[str], deeds: list[Deed], sources: Sources
) -> tuple[ir.Table, dict[Deed, str]]:
    """Add a mark per deed that asks for lines: whether one line passes all of its line filters."""
    kind = fact_kind(deeds[0].event)
    asking = [deed for deed in deeds if needs(deed, kind, ("line", "product"))]
    if not asking:
        return table, {}
    known = with_products(lines, asking, kind, sources)
    marks = {deed: f"lines_{place}" for place, deed in enumerate(asking)}
    found = known.group_by(key).agg(
        **{
            name: met(deed.filters, known, kind, ("line", "product")).any()
            for deed, name in marks.items()
        }
    )
    found = found.rename({f"of_{name}": name for name in key})
    return table.left_join(found, [(name, f"of_{name}") for name in key]), marks


def with_products(
    table: ir.Table, deeds: Iterable[Deed], kind: FactKind, sources: Sources
) -> ir.Table:
    """Add category and brand where a deed asks for them."""
    if not any(needs(deed, kind, ("product",)) for deed in deeds):
        return table
    products = sources.products.select("category", "brand", of_product="product_id")
    return table.left_join(products, [("product_id", "of_product")])


def needs(deed: Deed, kind: FactKind, holders: tuple[str, ...]) -> bool:
    """Return whether a deed has a filter that one of the holders answers."""
    return any(kind.properties[one.name].holder in holders for one in deed.filters)


def met(
    filters: Iterable[Filter], table: ir.Table, kind: FactKind, holders: tuple[str, ...]
) -> ir.Value:
    """Return whether a row passes those of the filters that the holders answer."""
    asked = [one for one in filters if kind.properties[one.name].holder in holders]
    passed = [passes(table[one.name], one.comparisons) for one in asked]
    return reduce(and_, passed) if passed else ibis.literal(True)
