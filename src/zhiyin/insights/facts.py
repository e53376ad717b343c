"""The facts that metrics are counted from: person, day, channel, and what there is to count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.windows import Window
from zhiyin.identity.api import with_person
from zhiyin.insights.fact_columns import FACT_COLUMNS, KEYS
from zhiyin.ports.tables import MONEY
from zhiyin.profiles.api import local_date, local_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNKNOWN = "unknown"
STORE = "store"
MESSAGE_KINDS = ("delivered", "opened", "clicked", "unsubscribed")


@dataclass(frozen=True)
class Facts:
    """Fact tables with the columns of `FACT_COLUMNS`; person_id is null if nobody is known.

    visits
        Sessions.
    orders
        With the booleans is_first (the person's first order ever), is_repeat (the person had
        ordered before) and has_visit (the order is credited to a visit).
    refunds, costs
        Money given back, money spent.
    messages
        One row per message and receipt kind.
    activity
        Visits and orders together.
    events
        Events by name; nothing where they were not among the inputs.
    feedback
        Texts with what they mean; nothing where they were not among the inputs.
    """

    visits: ir.Table
    orders: ir.Table
    refunds: ir.Table
    costs: ir.Table
    messages: ir.Table
    activity: ir.Table
    events: ir.Table
    feedback: ir.Table


def facts(inputs: Mapping[str, ir.Table], window: Window, timezone: str) -> Facts:
    """Return the facts of a window.

    Days are calendar days in `timezone`. An order is credited to its person's last visit earlier on
    the same day, whose channel it takes, unless it was made in a store. Any other order has the
    channel that it arrived with, `unknown` where that is missing. Refunds take the channel of the
    order returned, as it arrived.

    Parameters
    ----------
    inputs : sessions, orders, refunds, touches, costs (`dw`) and person_of, by these names, and
        events and feedback (`dm`) where measures of these are wanted.
    window : half-open, naive UTC. Costs have no time of day: those of the days that it touches.
    timezone : IANA name.
    """
    person_of = inputs["person_of"]

    def within(table: ir.Table, milliseconds: str, instant: str) -> ir.Table:
        seen = with_person(during(table, milliseconds, window), person_of)
        return seen.mutate(
            day=local_date(seen[instant], timezone, since=window.start, until=window.end)
        )

    visits = within(inputs["sessions"], "start_ms", "started_at")
    ordered = within(inputs["orders"], "ts_ms", "order_time")
    orders = with_firsts(with_visits(ordered, visits), inputs["orders"], person_of)
    refunded = within(inputs["refunds"], "ts_ms", "refund_time")
    events = within(inputs["events"], "ts_ms", "event_time") if "events" in inputs else None
    said = None
    if "feedback" in inputs:
        said = within(inputs["feedback"].drop("person_id"), "ts_ms", "feedback_time")
    visits, orders = promised(visits, "visits"), promised(orders, "orders", goods_cost=orders.cost)
    return Facts(
        visits=visits,
        orders=orders,
        refunds=with_order_channel(refunded, inputs["orders"]),
        costs=cost_facts(inputs["costs"], window, timezone),
        messages=message_facts(within(inputs["touches"], "ts_ms", "touch_time")),
        activity=visits.select(*KEYS).union(orders.select(*KEYS)),
        events=nothing("events") if events is None else promised(events, "events"),
        feedback=nothing("feedback")
        if said is None
        else promised(said, "feedback", channel=said.channel.fill_null(UNKNOWN)),
    )


def promised(table: ir.Table, fact: str, **computed: ir.Value) -> ir.Table:
    """Return the columns that a fact promises."""
    given = [name for name in FACT_COLUMNS[fact] if name not in computed]
    return table.select(*given, **computed).select(*FACT_COLUMNS[fact])


def nothing(fact: str) -> ir.Table:
    """Return a fact without a row."""
    return ibis.memtable([], schema=ibis.schema(dict(FACT_COLUMNS[fact])))


def during(table: ir.Table, milliseconds: str, window: Window) -> ir.Table:
    """Return the rows of a window."""
    at = table[milliseconds]
    return table.filter(at >= epoch_milliseconds(window.start), at < epoch_milliseconds(window.end))


def with_visits(orders: ir.Table, visits: ir.Table) -> ir.Table:
    """Credit orders to visits: sets channel, and adds has_visit."""
    online = orders.filter((orders.channel != STORE).fill_null(True))
    before = visits.select(
        visitor="person_id", visit_day="day", visit_ms="start_ms", visit_channel="channel"
    )
    pairs = online.select("source_id", "order_id", "person_id", "day", "ts_ms").inner_join(
        before, [("person_id", "visitor"), ("day", "visit_day")]
    )
    pairs = pairs.filter(pairs.visit_ms <= pairs.ts_ms)
    latest = ibis.window(
        group_by=["source_id", "order_id"],
        order_by=[ibis.desc(pairs.visit_ms), pairs.visit_channel.asc()],
    )
    ranked = pairs.mutate(place=ibis.row_number().over(latest))
    credited = ranked.filter(ranked.place == 0).select("source_id", "order_id", "visit_channel")
    table = orders.left_join(credited, ["source_id", "order_id"])
    return table.drop("source_id_right", "order_id_right").mutate(
        channel=ibis.coalesce(table.visit_channel, table.channel, ibis.literal(UNKNOWN)),
        has_visit=table.visit_channel.notnull(),
    )


def with_firsts(orders: ir.Table, every_order: ir.Table, person_of: ir.Table) -> ir.Table:
    """Add is_first and is_repeat, judged over every order there is."""
    known = every_order.filter(every_order.visitor_id.notnull())
    by_visitor = known.group_by("visitor_id").agg(first_ms=known.ts_ms.min())
    owned = with_person(by_visitor, person_of)
    first = owned.group_by("person_id").agg(first_ms=owned.first_ms.min())
    table = orders.left_join(first, "person_id").drop("person_id_right")
    return table.mutate(
        is_first=(table.ts_ms == table.first_ms).fill_null(False),
        is_repeat=(table.ts_ms > table.first_ms).fill_null(False),
    )


def with_order_channel(refunds: ir.Table, orders: ir.Table) -> ir.Table:
    """Return the refunds with the channel of the order returned."""
    known = orders.select("source_id", "order_id", "channel")
    table = refunds.left_join(known, ["source_id", "order_id"])
    return promised(
        table,
        "refunds",
        channel=table.channel.fill_null(UNKNOWN),
        amount=table.amount.fill_null(ibis.literal(0).cast(MONEY)),
    )


def cost_facts(costs: ir.Table, window: Window, timezone: str) -> ir.Table:
    """Return the costs of the days that the window touches."""
    first, after = days_of(window, timezone)
    within = costs.filter(
        costs.cost_date >= ibis.literal(first, type="date"),
        costs.cost_date < ibis.literal(after, type="date"),
    )
    return promised(within, "costs", day=within.cost_date)


def message_facts(touches: ir.Table) -> ir.Table:
    """Return one row per message and kind of receipt, on the day it first came back."""
    receipts = touches.filter(touches.touch_kind.isin(MESSAGE_KINDS))
    named = receipts.mutate(message=ibis.coalesce(receipts.message_id, receipts.touch_id))
    first = named.group_by(["message", "touch_kind"]).agg(
        person_id=named.person_id.min(), day=named.day.min(), channel=named.channel.min()
    )
    return first.select(*KEYS, **{f"is_{kind}": first.touch_kind == kind for kind in MESSAGE_KINDS})


def days_of(window: Window, timezone: str) -> tuple[object, object]:
    """Return the first day that a window touches, and the first day after it."""
    from datetime import timedelta

    if window.end == window.start:
        first = local_day(window.start, timezone)
        return first, first
    last = local_day(window.end - timedelta(microseconds=1), timezone)
    return local_day(window.start, timezone), last + timedelta(days=1)
