"""The wide table: one row per person, everything that lists, conditions and pages ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.api import with_person
from zhiyin.ports.tables import MONEY
from zhiyin.profiles.tables import CUSTOMERS

if TYPE_CHECKING:
    import ibis.expr.types as ir

AGE_BANDS = (0, 18, 25, 35, 45, 55, 65)
OLDEST = 120
RECENT = timedelta(days=30)

# Events that the person did not bring about.
RECEIPTS = ("Email Delivered", "Email Bounced", "Message Delivered")

RECORD_COLUMNS = (
    "name",
    "email",
    "phone",
    "gender",
    "birth_date",
    "age_group",
    "city",
    "country",
    "joined_at",
    "acquisition_channel",
)
PURCHASE_COLUMNS = (
    "orders",
    "monetary",
    "average_order",
    "refunds",
    "first_order_at",
    "last_order_at",
    "recency_days",
    "orders_90d",
    "favourite_category",
    "favourite_channel",
    "discount_share",
)
MODELS = ("clv", "churn", "repurchase")


def customers(inputs: Mapping[str, ir.Table], *, as_of: datetime) -> ir.Table:
    """Return one row per person with a customer number or a device, as known before `as_of`.

    Name, contacts and the like are those of the golden record, `dw.people`. The channel of arrival
    falls back on the first visit. `can_email` holds for a person with an e-mail address
    whose latest word on e-mail is not a refusal. `last_seen_at` leaves out deliveries and bounces,
    which are nobody's doing. `completeness` is the share of six things that are known: name,
    contact, gender, age, place, channel of arrival.

    Parameters
    ----------
    inputs : tables by short name: people, person_of, sessions, events, touches (dw); purchases,
        rfm, consents, personas (whose is whose), scores (dm).
    as_of : naive UTC.

    Returns
    -------
    `dm.customers`.
    """
    person_of = inputs["person_of"]
    end = epoch_milliseconds(as_of)
    start = epoch_milliseconds(as_of - RECENT)
    parts = (
        inputs["people"].select("person_id", *RECORD_COLUMNS),
        inputs["purchases"].select("person_id", *PURCHASE_COLUMNS),
        inputs["rfm"].select(
            "person_id", "r", "f", "m", "value_tier", "stage", rfm_segment="segment"
        ),
        visits(inputs["sessions"], person_of, start=start, end=end),
        sightings(inputs["events"], person_of, end=end),
        messages(inputs["touches"], person_of, start=start, end=end),
        refusals(inputs["consents"]),
        inputs["personas"].select("person_id", persona="persona_id"),
        pivoted(inputs["scores"]),
    )
    table = everybody(person_of)
    for part in parts:
        table = table.left_join(part, "person_id").drop("person_id_right")
    return promised(table, as_of)


def everybody(person_of: ir.Table) -> ir.Table:
    """Return every person with a user or device id."""
    ids = person_of.visitor_id
    is_user = ids.startswith("user:")
    table = person_of.group_by("person_id").agg(
        is_known=(is_user | ids.startswith("anon:")).any(), is_registered=is_user.any()
    )
    return table.filter(table.is_known).drop("is_known")


def visits(sessions: ir.Table, person_of: ir.Table, *, start: int, end: int) -> ir.Table:
    """Return recent visits and the channel of the first visit of each person."""
    seen = sessions.filter(sessions.start_ms < end)
    by_visitor = seen.group_by("visitor_id").agg(
        recent=seen.count(where=seen.start_ms >= start),
        first_ms=seen.start_ms.min(),
        # One visitor's sessions begin at different instants, so this is one channel.
        channel=seen.channel.argmin(seen.start_ms),
    )
    owned = with_person(by_visitor, person_of)
    counts = owned.group_by("person_id").agg(
        visits_30d=owned.recent.sum(), first_ms=owned.first_ms.min()
    )
    first = owned.inner_join(
        counts.select(owner="person_id", first_ms="first_ms"),
        [("person_id", "owner"), ("first_ms", "first_ms")],
    )
    # Two devices of one person may begin in the same millisecond.
    channel = first.group_by("person_id").agg(first_channel=first.channel.min())
    return counts.left_join(channel, "person_id").drop("person_id_right", "first_ms")


def sightings(events: ir.Table, person_of: ir.Table, *, end: int) -> ir.Table:
    """Return when each person last did something other than order."""
    done = events.filter(events.ts_ms < end, events.event.notin(RECEIPTS))
    by_visitor = done.group_by("visitor_id").agg(seen_at=done.event_time.max())
    owned = with_person(by_visitor, person_of)
    return owned.group_by("person_id").agg(seen_at=owned.seen_at.max())


def messages(touches: ir.Table, person_of: ir.Table, *, start: int, end: int) -> ir.Table:
    """Return messages delivered to each person in the last 30 days."""
    delivered = touches.filter(
        touches.touch_kind == "delivered", touches.ts_ms >= start, touches.ts_ms < end
    )
    recent = with_person(delivered, person_of)
    return recent.group_by("person_id").agg(messages_30d=recent.count())


def refusals(consents: ir.Table) -> ir.Table:
    """Return whose latest word on e-mail is a refusal."""
    refused = consents.filter((consents.channel == "email") & ~consents.is_granted)
    return refused.select("person_id", has_refused=ibis.literal(True))


def pivoted(scores: ir.Table) -> ir.Table:
    """Return each person's newest scores, one column a model."""
    return scores.group_by("person_id").agg(
        **{model: scores.score.max(where=scores.model == model) for model in MODELS}
    )


def promised(table: ir.Table, as_of: datetime) -> ir.Table:
    """Return the columns of `dm.customers`."""
    zero = ibis.literal(0).cast(MONEY)
    table = table.mutate(
        acquisition_channel=ibis.coalesce(table.acquisition_channel, table.first_channel),
        is_buyer=table.orders.notnull(),
        last_seen_at=ibis.coalesce(
            ibis.greatest(table.seen_at, table.last_order_at), table.seen_at, table.last_order_at
        ),
    )
    table = table.mutate(
        age_group=ibis.coalesce(table.age_group, age_band(table.birth_date, as_of)),
        can_email=table.email.notnull() & ~table.has_refused.fill_null(False),
        completeness=completeness(table),
        stage=table.stage.fill_null("prospect"),
        monetary=table.monetary.fill_null(zero),
        **{
            name: table[name].fill_null(0)
            for name in ("orders", "refunds", "orders_90d", "visits_30d", "messages_30d")
        },
    )
    return table.select(*CUSTOMERS.columns)


def age_band(birth_date: ir.Value, as_of: datetime) -> ir.Value:
    """Return the age band at an instant, such as 25-34; null for unknown and impossible dates."""
    birthday = birth_date.month() * 100 + birth_date.day()
    is_ahead = birthday > as_of.month * 100 + as_of.day
    age = as_of.year - birth_date.year() - is_ahead.cast("int64")
    bands = [(age.between(low, high - 1), f"{low}-{high - 1}") for low, high in pairwise(AGE_BANDS)]
    return ibis.cases(*bands, (age.between(AGE_BANDS[-1], OLDEST), f"{AGE_BANDS[-1]}+"))


def completeness(table: ir.Table) -> ir.Value:
    """Return the share of the profile's six core fields that are known."""
    known = (
        table.name.notnull(),
        table.email.notnull() | table.phone.notnull(),
        table.gender.notnull(),
        table.birth_date.notnull() | table.age_group.notnull(),
        table.city.notnull() | table.country.notnull(),
        table.acquisition_channel.notnull(),
    )
    count = known[0].cast("int64")
    for field in known[1:]:
        count = count + field.cast("int64")
    return count.cast("float64") / len(known)
