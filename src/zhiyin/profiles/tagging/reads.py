"""What a tag reads: columns for lineage, facts for freshness and warnings."""

from __future__ import annotations

from collections.abc import Iterator

from zhiyin.profiles import tables as dm
from zhiyin.profiles.conditions import Attribute, Condition, Score, deeds, leaves
from zhiyin.profiles.tagging.definitions import (
    Asked,
    Given,
    ModelScore,
    Preference,
    Statistic,
    TagDefinition,
)
from zhiyin.profiles.tagging.facts import (
    CLOCK_COLUMNS,
    FACTS,
    PRODUCT_COLUMNS,
)
from zhiyin.profiles.tagging.tables import TAG_ENTRIES
from zhiyin.warehouse import tables as dw

# The facts that columns of `dm.customers` are computed from; those of records are not there.
FACTS_OF_ATTRIBUTES = {
    **dict.fromkeys(
        ("is_buyer", "orders", "monetary", "average_order", "first_order_at", "last_order_at",
         "recency_days", "orders_90d", "r", "f", "m", "rfm_segment", "value_tier", "stage",
         "persona", "favourite_category", "favourite_channel", "discount_share", "clv", "churn",
         "repurchase"),
        dw.ORDERS.name,
    ),
    "refunds": dw.REFUNDS.name,
    "visits_30d": dw.SESSIONS.name,
    "last_seen_at": dw.EVENTS.name,
    "messages_30d": dw.EVENTS.name,
}  # fmt: skip


def asked_of(definition: TagDefinition) -> list[Asked]:
    """Return the facts that a statistic or preference tag counts; none for other kinds."""
    source = definition.source
    if isinstance(source, Statistic):
        return [source.asked]
    if isinstance(source, Preference):
        return [one.asked for one in source.evidence]
    return []


def columns_read(definition: TagDefinition) -> Iterator[tuple[str, str]]:
    """Yield the table and column of everything that a tag reads, beside its condition's leaves."""
    source = definition.source
    if definition.value is not None:
        yield dm.CUSTOMERS.name, definition.value.attribute
    if isinstance(source, ModelScore):
        yield dm.SCORES.name, "score"
    if isinstance(source, Given):
        yield TAG_ENTRIES.name, "value"
    for asked in asked_of(definition):
        yield FACTS[asked.of].spec.name, FACTS[asked.of].instant
        for name, _ in asked.filters:
            yield place_of(asked.of, name)
    if isinstance(source, Statistic) and source.column:
        yield place_of(source.asked.of, source.column)
    if isinstance(source, Preference):
        for one in source.evidence:
            yield place_of(one.asked.of, source.by)
            if one.times:
                yield place_of(one.asked.of, one.times)


def place_of(of: str, column: str) -> tuple[str, str]:
    """Return the table and column behind a column of a kind of facts."""
    kind = FACTS[of]
    if column in CLOCK_COLUMNS:
        return kind.spec.name, kind.instant
    if column in PRODUCT_COLUMNS and column not in kind.spec.columns:
        return dw.PRODUCTS.name, "price" if column == "price_band" else column
    return kind.spec.name, column


def facts_read(definition: TagDefinition) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each table of facts that a tag reads once, with the names of the events that count.

    No names mean all facts of the table.
    """
    found: dict[str, set[str] | None] = {}

    def note(table: str, events: tuple[str, ...]) -> None:
        known = found.get(table, set())
        found[table] = None if known is None or not events else {*known, *events}

    for asked in asked_of(definition):
        table = FACTS[asked.of].spec.name
        # Lines have the instants of their orders.
        note(dw.ORDERS.name if table == dw.ORDER_LINES.name else table, events_of(asked))
    for leaf in leaves(definition.where):
        for table, events in facts_of_leaf(leaf):
            note(table, events)
    if definition.value is not None and definition.value.attribute in FACTS_OF_ATTRIBUTES:
        note(FACTS_OF_ATTRIBUTES[definition.value.attribute], ())
    if isinstance(definition.source, ModelScore):
        note(dw.ORDERS.name, ())
    yield from ((table, tuple(sorted(events or ()))) for table, events in found.items())


def events_of(asked: Asked) -> tuple[str, ...]:
    """Return the names of the events that are counted; empty for all."""
    for name, comparisons in asked.filters:
        for one in comparisons:
            if name == "event" and one.operator in ("equals", "one_of"):
                value = one.value
                return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
    return ()


def facts_of_leaf(leaf: Condition) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the tables of facts that one leaf of a condition rests on."""
    if isinstance(leaf, Attribute) and leaf.name in FACTS_OF_ATTRIBUTES:
        yield FACTS_OF_ATTRIBUTES[leaf.name], ()
    elif isinstance(leaf, Score):
        yield dw.ORDERS.name, ()
    else:
        for name in event_names(leaf):
            if name == "Order Completed":
                yield dw.ORDERS.name, ()
            elif name == "Order Refunded":
                yield dw.REFUNDS.name, ()
            else:
                yield dw.EVENTS.name, (name,)


def event_names(leaf: Condition) -> list[str]:
    """Return the names of the events that a leaf asks for."""
    return [deed.event for deed in deeds(leaf)]
