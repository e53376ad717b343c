"""What people did: each event once, with its visitor and its channel."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.pieces import Feed, Pieces
from zhiyin.warehouse.records import later_copies
from zhiyin.warehouse.tables import EVENTS
from zhiyin.warehouse.traffic import by_customers
from zhiyin.warehouse.visitors import visitor_id

# What messages send back by themselves; a person is not on our pages when they happen.
RECEIPTS = {
    "Email Delivered": "delivered",
    "Email Opened": "opened",
    "Email Link Clicked": "clicked",
    "Email Bounced": "bounced",
    "Unsubscribed": "unsubscribed",
    "Message Delivered": "delivered",
}
KEY = ("source_id", "event_id")
ARRIVAL = ("load_id", "received_at", "origin", "origin_line")


def events(raw: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return each (source, event id) once, as it was first received.

    Calls of kind `page` and `screen` become `Page Viewed` and `Screen Viewed`; `identify`, `alias`
    and `group` calls tell who somebody is, not what they did, and are left out. So is what
    machines and our own people did.
    """
    del context
    # Selected before it is filtered, so that the wide rows and these share nothing but the table:
    # what two branches of a query share, DuckDB keeps in memory whole.
    told = (*KEY, *ARRIVAL, "kind", "event", "user_id", "anonymous_id", "traffic")
    narrow = _behavior(raw.select(*told))
    again = later_copies(narrow, key=KEY, order=ARRIVAL)
    return _shaped(_behavior(raw).anti_join(again, [*KEY, *ARRIVAL]))


def channel(raw: ir.Table) -> ir.StringValue:
    """Return how somebody arrived: `utm_source`, else our own message's channel, else `direct`."""
    is_message = raw.event == "Message Delivered"
    is_email = raw.event.startswith("Email ") | (raw.event == "Unsubscribed")
    implied = ibis.cases(
        (is_message.fill_null(False), ibis.coalesce(raw.platform, ibis.literal("webhook"))),
        (is_email.fill_null(False) | raw.campaign_id.notnull(), ibis.literal("email")),
        else_=ibis.literal("direct"),
    )
    return ibis.coalesce(raw.utm_source.strip().lower().nullif(""), implied)  # pyright: ignore[reportReturnType]


def _behavior(raw: ir.Table) -> ir.Table:
    has_visitor = raw.user_id.nullif("").notnull() | raw.anonymous_id.nullif("").notnull()
    has_name = raw.event.notnull() | raw.kind.isin(["page", "screen"])
    is_behavior = raw.kind.isin(["track", "page", "screen"])
    return raw.filter(is_behavior, has_visitor, has_name, by_customers(raw))


def _shaped(told: ir.Table) -> ir.Table:
    shaped = told.mutate(
        visitor_id=visitor_id(told.user_id, told.anonymous_id),
        event=ibis.cases(
            (told.kind == "page", "Page Viewed"),
            (told.kind == "screen", "Screen Viewed"),
            else_=told.event,
        ),
        event_date=told.event_time.date(),
        channel=channel(told),
    )
    return shaped.select(list(EVENTS.columns))


def _key(raw: ir.Table) -> dict[str, ir.Value]:
    return {name: raw[name] for name in KEY}


BUILD = TableBuild(
    spec=EVENTS,
    inputs=(ods.EVENTS,),
    build=events,
    pieces=Pieces(
        key=KEY,
        feeds=(Feed(rows=_behavior, key=_key, time="event_time"),),
        time="event_time",
    ),
)
