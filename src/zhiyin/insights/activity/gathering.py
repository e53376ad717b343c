"""Events, orders and refunds of people in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.api import with_person
from zhiyin.insights.activity.tables import ACTIVITY
from zhiyin.ports.tables import MONEY
from zhiyin.warehouse.api import RECEIPTS

if TYPE_CHECKING:
    import ibis.expr.types as ir

ORDERED = "Order Completed"
REFUNDED = "Order Refunded"
UNKNOWN = "unknown"

# What every part has, beside the person.
SHARED = tuple(
    name
    for name in ACTIVITY.columns
    if name not in ("person_number", "event_number", "person_id", "category")
)


def event_names(events: ir.Table, orders: ir.Table, refunds: ir.Table) -> ir.Table:
    """Return `dm.event_names`: what `activity` calls what people do, with how often they did it."""
    others = events.filter(events.event.notin([ORDERED, REFUNDED]))
    told = others.group_by("event").agg(times=others.count())
    bought = orders.agg(times=orders.count(where=orders.visitor_id.notnull()))
    back = refunds.filter(refunds.visitor_id.notnull())
    back = back.select("source_id", "refund_id").distinct()
    named = ibis.union(
        told.select("event", "times"),
        bought.select(event=ibis.literal(ORDERED), times=bought.times),
        back.agg(times=back.count()).select(event=ibis.literal(REFUNDED), times="times"),
    )
    place = ibis.row_number().over(order_by=named.event)
    return named.select(event_number=place.cast("int64"), event=named.event, times=named.times)


def activity(  # noqa: PLR0917 - the tables that a build reads
    events: ir.Table,
    orders: ir.Table,
    refunds: ir.Table,
    products: ir.Table,
    person_of: ir.Table,
    names: ir.Table,
) -> ir.Table:
    """Return everything that people did.

    Each order is one `Order Completed` and each refund one `Order Refunded`, whether an event, a
    file or both told of it, with the amount of `dw.orders` or `dw.refunds`. What an event told of
    an order happened when the event did and on its channel. Facts without a visitor are nobody's
    and left out.

    Parameters
    ----------
    events, orders, refunds, products : the `dw` tables of that name.
    person_of : dw.person_of.
    names : dm.event_names.

    Returns
    -------
    `dm.activity`.
    """
    told = events.filter(events.event == ORDERED)
    parts = (
        happened(events.filter(events.event.notin([ORDERED, REFUNDED]))),
        ordered(orders, told),
        given_back(refunds, orders),
    )
    facts = ibis.union(*(part.select("visitor_id", *SHARED) for part in parts))
    owned = with_person(facts.filter(facts.visitor_id.notnull()), person_of)
    people = numbered(owned)
    known = owned.inner_join(people, owned.person_id == people.owner).drop("owner")
    sold = products.select(sold_id="product_id", category="category")
    table = known.left_join(sold, known.product_id == sold.sold_id).drop("sold_id")
    numbers = names.select(named="event", event_number="event_number")
    numbered_events = table.inner_join(numbers, table.event == numbers.named)
    return numbered_events.select(list(ACTIVITY.columns))


def numbered(owned: ir.Table) -> ir.Table:
    """Return each person with a number, in the order of their ids."""
    people = owned.select(owner="person_id").distinct()
    place = ibis.row_number().over(order_by=people.owner)
    return people.mutate(person_number=place.cast("int64"))


def happened(events: ir.Table) -> ir.Table:
    """Return the events that are neither orders nor refunds."""
    return events.mutate(
        fact_id=events.event_id,
        is_visit=events.event.notin(list(RECEIPTS)),
        revenue=events.revenue.cast(MONEY),
    )


def ordered(orders: ir.Table, told: ir.Table) -> ir.Table:
    """Return one row per order, with what the first event about it tells."""
    number = ibis.coalesce(told.order_id.nullif(""), told.event_id)
    named = told.mutate(told_id=number)
    first = ibis.window(group_by="told_id", order_by=[named.ts_ms, named.source_id, named.event_id])
    once = named.mutate(place=ibis.row_number().over(first))
    once = once.filter(once.place == 0).select(
        "told_id",
        told_time="event_time",
        told_ms="ts_ms",
        told_by="visitor_id",
        told_channel="channel",
        platform="platform",
        campaign_id="campaign_id",
        page_path="page_path",
        product_id="product_id",
    )
    table = orders.rename(order_channel="channel").left_join(once, orders.order_id == once.told_id)
    return table.mutate(
        visitor_id=ibis.coalesce(table.told_by, table.visitor_id),
        event=ibis.literal(ORDERED),
        event_time=ibis.coalesce(table.told_time, table.order_time),
        ts_ms=ibis.coalesce(table.told_ms, table.ts_ms),
        fact_id=table.order_id,
        is_visit=table.told_id.notnull(),
        channel=ibis.coalesce(table.told_channel, table.order_channel, ibis.literal(UNKNOWN)),
        search_query=ibis.null("string"),
        revenue=table.amount,
    )


def given_back(refunds: ir.Table, orders: ir.Table) -> ir.Table:
    """Return one row per refund, on the channel of its order."""
    whole = refunds.group_by(["source_id", "refund_id"]).agg(
        visitor_id=refunds.visitor_id.max(),
        event_time=refunds.refund_time.min(),
        ts_ms=refunds.ts_ms.min(),
        order_id=refunds.order_id.min(),
        product_id=refunds.product_id.min(where=refunds.product_id.notnull()),
        products=refunds.product_id.nunique(),
        revenue=refunds.amount.sum().cast(MONEY),
    )
    bought = orders.select(bought_from="source_id", bought="order_id", order_channel="channel")
    table = whole.left_join(
        bought, [whole.source_id == bought.bought_from, whole.order_id == bought.bought]
    )
    unknown = ibis.null("string")
    return table.mutate(
        event=ibis.literal(REFUNDED),
        fact_id=table.refund_id,
        is_visit=ibis.literal(False),
        channel=table.order_channel.fill_null(UNKNOWN),
        product_id=ibis.ifelse(table.products == 1, table.product_id, unknown),
        **dict.fromkeys(("platform", "campaign_id", "page_path", "search_query"), unknown),
    )
