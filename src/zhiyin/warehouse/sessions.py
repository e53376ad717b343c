"""When people were there: events cut into sessions."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.events import RECEIPTS
from zhiyin.warehouse.pieces import Feed, Pieces
from zhiyin.warehouse.tables import EVENTS, SESSIONS

SILENCE_MS = 30 * 60 * 1000


def sessions(events: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return one row per session.

    A session is a maximal run of one visitor's events in which no two neighbors lie further
    apart than 30 minutes; an event exactly 30 minutes after its neighbor stays in. Receipts of
    messages are not events of a visit.
    """
    del context
    visits = _visits(events)
    ends = _boundaries(visits)
    # Between its first and its last event a session has no boundary, so the row after the first
    # one's is the last one's.
    by_time = ibis.window(group_by="visitor_id", order_by=["place"])
    ends = ends.mutate(
        **{
            f"last_{name}": ibis.ifelse(ends.closes, ends[name], ends[name].lead().over(by_time))
            for name in ("event_time", "ts_ms", "place", "orders")
        }
    )
    first = ends.filter(ends.opens)
    by_start = ibis.window(group_by="visitor_id", order_by=["place"])
    return first.select(
        "visitor_id",
        session_index=ibis.row_number().over(by_start).cast("int64"),
        started_at=first.event_time,
        start_ms=first.ts_ms,
        ended_at=first.last_event_time,
        end_ms=first.last_ts_ms,
        events=(first.last_place - first.place + 1).cast("int64"),
        channel=first.channel,
        campaign_id=first.campaign_id,
        has_order=first.last_orders > first.orders - first.is_order,
    )


def _boundaries(visits: ir.Table) -> ir.Table:
    """Return the events that open or close a session, with counts of what came before.

    Only these few rows go through the second window, which halves the time of numbering every
    event with its session.
    """
    stream = ibis.window(group_by="visitor_id", order_by=["ts_ms", "source_id", "event_id"])
    so_far = ibis.window(
        group_by="visitor_id",
        order_by=["ts_ms", "source_id", "event_id"],
        preceding=None,
        following=0,
    )
    is_order = (visits.event == "Order Completed").cast("int64")
    marked = visits.select(
        "visitor_id",
        "event_time",
        "ts_ms",
        "channel",
        "campaign_id",
        is_order=is_order,
        orders=is_order.sum().over(so_far),
        place=ibis.row_number().over(stream),
        before=visits.ts_ms.lag().over(stream),
        after=visits.ts_ms.lead().over(stream),
    )
    edged = marked.mutate(
        opens=(marked.ts_ms - marked.before > SILENCE_MS).fill_null(True),
        closes=(marked.after - marked.ts_ms > SILENCE_MS).fill_null(True),
    )
    return edged.filter(edged.opens | edged.closes)


def _visits(events: ir.Table) -> ir.Table:
    return events.filter(events.event.notin(list(RECEIPTS)))


def _visitor(events: ir.Table) -> dict[str, ir.Value]:
    return {"visitor_id": events.visitor_id}


# By visitor, not by day: a visit may span midnight, and a late event renumbers the visits after it.
BUILD = TableBuild(
    spec=SESSIONS,
    inputs=(EVENTS,),
    build=sessions,
    pieces=Pieces(key=("visitor_id",), feeds=(Feed(rows=_visits, key=_visitor),)),
)
