"""The warehouse's reader of conditions: a tree and tables in, person ids out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.api import with_person
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.profiles.conditions import (
    All,
    AnyOf,
    Attribute,
    Audience,
    Comparison,
    Condition,
    Did,
    Everyone,
    Not,
    Score,
    Tag,
    leaves,
)
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse


@dataclass(frozen=True)
class Sources:
    """The tables that conditions read, and the instant that `within_days` counts back from.

    `audiences` holds the trees of the audiences that others may name.
    """

    customers: ir.Table
    tags: ir.Table
    scores: ir.Table
    events: ir.Table
    orders: ir.Table
    order_lines: ir.Table
    refunds: ir.Table
    person_of: ir.Table
    as_of: datetime
    audiences: Mapping[str, Condition] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        warehouse: Warehouse,
        as_of: datetime,
        audiences: Mapping[str, Condition] | None = None,
    ) -> Sources:
        """Return the sources as a warehouse holds them."""
        return cls(
            *(warehouse.read(spec) for spec in SOURCE_SPECS), as_of=as_of, audiences=audiences or {}
        )


# In the order of the fields of `Sources`.
SOURCE_SPECS = (
    dm.CUSTOMERS, dm.TAGS, dm.SCORES, dw.EVENTS, dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, PERSON_OF,
)  # fmt: skip


def select(tree: Condition, sources: Sources) -> ir.Table:
    """Return the people of `dm.customers` for whom the tree holds.

    A comparison with an unknown value is false, also below a `not`: ``not: {attribute: city,
    equals: Leeds}`` holds for people whose city nobody knows.

    Returns
    -------
    One column, person_id, each person once.
    """
    asked = list(dict.fromkeys(leaves(tree)))
    columns = {leaf.name for leaf in asked if isinstance(leaf, Attribute)} - {"person_id"}
    table = sources.customers.select("person_id", *sorted(columns))
    names: dict[Condition, str] = {}
    for leaf in asked:
        mark = marked(leaf, sources)
        if mark is not None:
            names[leaf] = f"leaf_{len(names)}"
            mark = mark.select(owner="person_id", **{names[leaf]: "mark"})
            table = table.left_join(mark, [("person_id", "owner")]).drop("owner")
    return table.filter(truth(tree, table, names)).select("person_id")


def truth(  # noqa: PLR0911 - one answer per kind of node
    tree: Condition, table: ir.Table, names: Mapping[Condition, str]
) -> ir.Value:
    """Return the tree as a boolean over a table that has its leaves' columns; never null."""
    match tree:
        case Everyone():
            return ibis.literal(True)
        case All(nodes):
            return reduce(and_, (truth(node, table, names) for node in nodes))
        case AnyOf(nodes):
            return reduce(or_, (truth(node, table, names) for node in nodes))
        case Not(node):
            return ~truth(node, table, names)
        case Attribute(name, comparisons):
            return passes(table[name], comparisons)
        case Score(_, comparisons):
            return passes(table[names[tree]], comparisons)
        case Did():
            times = table[names[tree]].fill_null(0)
            enough = times >= tree.at_least
            return enough if tree.at_most is None else enough & (times <= tree.at_most)
        case _:
            return table[names[tree]].fill_null(False)


def marked(leaf: Condition, sources: Sources) -> ir.Table | None:
    """Return person_id and mark (true, a score or a count) for a leaf outside `dm.customers`."""
    match leaf:
        case Tag():
            return tagged(leaf, sources.tags)
        case Score(model, _):
            scores = sources.scores.filter(sources.scores.model == model)
            return scores.select("person_id", mark=scores.score)
        case Audience(name):
            members = select(named_audience(name, sources), without(name, sources))
            return members.mutate(mark=ibis.literal(True))
        case Did():
            return counted(leaf, sources)
        case _:
            return None


def tagged(leaf: Tag, tags: ir.Table) -> ir.Table:
    """Return who has a tag with a value that passes."""
    having = tags.filter(tags.tag == leaf.name)
    if leaf.comparisons:
        having = having.filter(passes(having.value, leaf.comparisons))
    return having.select("person_id", mark=ibis.literal(True))


def named_audience(name: str, sources: Sources) -> Condition:
    """Return an audience's tree."""
    if name not in sources.audiences:
        known = ", ".join(sorted(sources.audiences)) or "none"
        raise InvalidInput(
            f"Audience {name!r} is not defined, or refers to itself; usable here: {known}."
        )
    return sources.audiences[name]


def without(name: str, sources: Sources) -> Sources:
    """Return the sources an audience is read from: itself left out, so that circles end."""
    others = {key: tree for key, tree in sources.audiences.items() if key != name}
    fields = {key: value for key, value in vars(sources).items() if key != "audiences"}
    return Sources(**fields, audiences=others)


def counted(did: Did, sources: Sources) -> ir.Table:
    """Return how often each person did it; people who never did are absent."""
    facts = done(did, sources)
    end = epoch_milliseconds(sources.as_of)
    facts = facts.filter(facts.ts_ms < end)
    if did.within_days is not None:
        length = timedelta(days=did.within_days) // timedelta(milliseconds=1)
        facts = facts.filter(facts.ts_ms >= end - length)
    facts = facts.filter(facts.visitor_id.notnull())
    by_visitor = facts.group_by("visitor_id").agg(times=facts.count())
    owned = with_person(by_visitor, sources.person_of)
    return owned.group_by("person_id").agg(mark=owned.times.sum())


def done(did: Did, sources: Sources) -> ir.Table:
    """Return visitor_id and ts_ms of the facts that count."""
    if did.event == "Order Completed":
        return orders_done(did, sources)
    if did.event == "Order Refunded":
        return refunds_done(did, sources.refunds)
    facts = sources.events.filter(sources.events.event == did.event)
    for name in ("product_id", "channel", "campaign_id"):
        wanted = getattr(did, name)
        if wanted is not None:
            facts = facts.filter(facts[name] == wanted)
    return facts.select("visitor_id", "ts_ms")


def orders_done(did: Did, sources: Sources) -> ir.Table:
    """Return the orders that count, each once however many of its lines hold the product."""
    facts = sources.orders
    if did.channel is not None:
        facts = facts.filter(facts.channel == did.channel)
    if did.product_id is not None:
        lines = sources.order_lines.filter(sources.order_lines.product_id == did.product_id)
        facts = facts.semi_join(lines, ["source_id", "order_id"])
    return facts.select("visitor_id", "ts_ms")


def refunds_done(did: Did, refunds: ir.Table) -> ir.Table:
    """Return the refunds that count, each once however many lines it has."""
    facts = refunds
    if did.product_id is not None:
        facts = facts.filter(facts.product_id == did.product_id)
    return facts.group_by(["source_id", "refund_id", "visitor_id"]).agg(ts_ms=facts.ts_ms.min())


def passes(column: ir.Value, comparisons: tuple[Comparison, ...]) -> ir.Value:
    """Return whether a value passes every comparison; false where it is unknown."""
    if column.type().is_decimal():
        column = column.cast("float64")
    return reduce(and_, (compare(column, comparison) for comparison in comparisons))


def compare(column: ir.Value, comparison: Comparison) -> ir.Value:
    """Return one comparison as a boolean that is never null."""
    value = comparison.value
    if comparison.operator == "exists":
        return column.notnull() if value else column.isnull()
    if comparison.operator == "one_of":
        return column.isin(list(value)).fill_null(False)
    if comparison.operator in ("before", "after"):
        column = column.cast("timestamp(6)")
        value = ibis.literal(value, type="timestamp(6)")
    return COMPARE[comparison.operator](column, value).fill_null(False)


COMPARE = {
    "equals": lambda column, value: column == value,
    "not_equals": lambda column, value: column != value,
    "at_least": lambda column, value: column >= value,
    "above": lambda column, value: column > value,
    "at_most": lambda column, value: column <= value,
    "below": lambda column, value: column < value,
    "contains": lambda column, value: column.contains(value),
    "starts_with": lambda column, value: column.startswith(value),
    "before": lambda column, value: column < value,
    "after": lambda column, value: column >= value,
}
