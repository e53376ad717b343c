"""What people have agreed to: the latest word counts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.consent import Channel
from zhiyin.identity.api import with_person

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Events that speak about consent: what they say and on what ground.
WORDS = {
    "Unsubscribed": (False, "unsubscribe"),
    "Email Bounced": (False, "bounce"),
    "Subscribed": (True, "subscribe"),
}


def consents(
    customers: ir.Table, events: ir.Table, person_of: ir.Table, *, as_of: datetime
) -> ir.Table:
    """Return what each person has agreed to on each channel, as known before `as_of`.

    Words are the consent columns of customer records, dated by the day of joining, and the events
    `Subscribed`, `Unsubscribed` and `Email Bounced` (a bounce is the receiving server's refusal).
    The latest word counts; a record without a date is older than any event; of two words at one
    instant a refusal wins. An event is about the channel named by its platform, else about e-mail.
    No row means: never asked.

    Parameters
    ----------
    customers, events, person_of : the `dw` tables of that name.
    as_of : naive UTC.

    Returns
    -------
    `dm.consents`.
    """
    words = ibis.union(
        record_words(customers, "email_consent", Channel.EMAIL),
        record_words(customers, "sms_consent", Channel.SMS),
        event_words(events, as_of),
    )
    said = with_person(words, person_of)
    latest = ibis.window(
        group_by=["person_id", "channel"],
        order_by=[
            ibis.desc(said.since, nulls_first=False),
            said.is_granted.cast("int8").asc(),
            said.basis.asc(),
        ],
    )
    ranked = said.mutate(place=ibis.row_number().over(latest))
    return ranked.filter(ranked.place == 0).select(
        "person_id", "channel", "is_granted", "basis", "since"
    )


def record_words(customers: ir.Table, column: str, channel: Channel) -> ir.Table:
    """Return the words of one consent column."""
    asked = customers.filter(customers[column].notnull())
    return asked.select(
        "visitor_id",
        channel=ibis.literal(channel.value),
        is_granted=asked[column],
        basis=ibis.literal("record"),
        since=asked.joined_at.cast("timestamp(6)"),
    )


def event_words(events: ir.Table, as_of: datetime) -> ir.Table:
    """Return the words of events."""
    said = events.filter(events.event.isin(list(WORDS)), events.ts_ms < epoch_milliseconds(as_of))
    named = said.platform.isin([channel.value for channel in Channel]).fill_null(False)
    return said.select(
        "visitor_id",
        channel=ibis.ifelse(named, said.platform, Channel.EMAIL.value),
        is_granted=ibis.cases(
            *((said.event == event, granted) for event, (granted, _) in WORDS.items())
        ),
        basis=ibis.cases(*((said.event == event, basis) for event, (_, basis) in WORDS.items())),
        since=said.event_time.cast("timestamp(6)"),
    )
