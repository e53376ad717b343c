"""How people were reached: visits by channel, receipts of messages, and contacts from files."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.events import RECEIPTS
from zhiyin.warehouse.instants import milliseconds
from zhiyin.warehouse.pieces import Feed, Pieces
from zhiyin.warehouse.tables import CAMPAIGNS, EVENTS, SESSIONS, TOUCHES
from zhiyin.warehouse.visitors import visitor_id


def touches(
    sessions: ir.Table,
    events: ir.Table,
    contacts: ir.Table,
    campaigns: ir.Table,
    *,
    context: BuildContext,
) -> ir.Table:
    """Return every contact with a visitor, each once.

    A visit is a touch if its session came by a channel other than `direct`, or by a campaign of
    ours. A contact from a file without a time happened at its campaign's start; one without a
    customer or any time tells of nobody or never, and is left out.
    """
    del context
    return _visits(sessions).union(_receipts(events)).union(_filed(contacts, campaigns))


def digest(*parts: ir.StringValue) -> ir.StringValue:
    """Return sha256 over parts, each led by its length so that no two series look alike."""
    joined = ibis.literal("")
    for part in parts:
        joined = joined + part.length().cast("string") + ":" + part
    return joined.hexdigest("sha256")


def _led(sessions: ir.Table) -> ir.Table:
    return sessions.filter((sessions.channel != "direct") | sessions.campaign_id.notnull())


def _returned(events: ir.Table) -> ir.Table:
    return events.filter(events.event.isin(list(RECEIPTS)))


def _visits(sessions: ir.Table) -> ir.Table:
    led = _led(sessions)
    start = led.start_ms.cast("string")
    return led.select(
        touch_id=digest(ibis.literal("visit"), led.visitor_id, start),
        visitor_id=led.visitor_id,
        touch_kind=ibis.literal("visit"),
        channel=led.channel,
        campaign_id=led.campaign_id,
        message_id=ibis.null("string"),
        touch_time=led.started_at,
        ts_ms=led.start_ms,
    ).select(list(TOUCHES.columns))


def _receipts(events: ir.Table) -> ir.Table:
    back = _returned(events)
    kinds = [(back.event == event, ibis.literal(kind)) for event, kind in RECEIPTS.items()]
    return back.select(
        touch_id=digest(ibis.literal("event"), back.source_id, back.event_id),
        visitor_id=back.visitor_id,
        touch_kind=ibis.cases(*kinds),
        channel=back.channel,
        campaign_id=back.campaign_id,
        message_id=back.message_id,
        touch_time=back.event_time,
        ts_ms=back.ts_ms,
    ).select(list(TOUCHES.columns))


def _filed(contacts: ir.Table, campaigns: ir.Table) -> ir.Table:
    starts = campaigns.select(
        started="campaign_id", start_time="start_time", main_channel="channel"
    )
    known = contacts.left_join(starts, contacts.campaign_id == starts.started)
    timed = known.mutate(
        visitor_id=visitor_id(known.customer_id),
        when=ibis.coalesce(known.touch_time, known.start_time),
    )
    timed = timed.filter(timed.visitor_id.notnull(), timed.when.notnull())
    load, line = timed.load_id.cast("string"), timed.origin_line.cast("string")
    return timed.select(
        touch_id=digest(ibis.literal("file"), timed.source_id, timed.origin, load, line),
        visitor_id=timed.visitor_id,
        touch_kind=timed.touch_kind,
        channel=ibis.coalesce(timed.channel, timed.main_channel, ibis.literal("unknown")),
        campaign_id=timed.campaign_id,
        message_id=ibis.null("string"),
        touch_time=timed.when,
        ts_ms=milliseconds(timed.when),
    ).select(list(TOUCHES.columns))


def _visitor(facts: ir.Table) -> dict[str, ir.Value]:
    return {"visitor_id": facts.visitor_id}


BUILD = TableBuild(
    spec=TOUCHES,
    inputs=(SESSIONS, EVENTS, ods.TOUCHES, CAMPAIGNS),
    build=touches,
    pieces=Pieces(
        key=("visitor_id",),
        feeds=(
            Feed(rows=_led, key=_visitor),
            Feed(rows=_returned, key=_visitor),
            Feed(),
            Feed(),
        ),
    ),
)
