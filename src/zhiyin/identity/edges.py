"""Evidence that two ids belong to one person, from customer records and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.ids import EXTERNAL_KINDS, EXTERNAL_PREFIX, typed, typed_by_kind
from zhiyin.identity.tables import EDGES
from zhiyin.ports.functions import json_items, json_text

if TYPE_CHECKING:
    import ibis.expr.types as ir

GRAIN = list(EDGES.grain)
# Traits that are ids, by kind; `email` and `phone` have columns of their own.
ID_TRAITS = {"unionid": ("unionid",), "openid": ("openid",), "card": ("member_card", "card_number")}
NOTHING = ibis.null("string")
# What was said: ids as they came, before they are cleaned and paired.
TOLD = (
    "user_id", "anonymous_id", "kind", "value", "evidence", "source_id", "seen", "first_seen",
    "last_seen", "load_id", "is_new",
)  # fmt: skip


def edges(records: ir.Table, events: ir.Table) -> ir.Table:
    """Return every pair of typed ids that were seen together, by kind of evidence and source.

    A customer record ties its number to its device, card, e-mail and phone, and to the unionid and
    openid among its attributes (`customer_record`). An event with a user and a device ties the two
    (`identify` for identify calls, `login` for others). An identify call also ties its user, or its
    device where it names no user, to the ids among its traits: email, phone, unionid, openid,
    member_card or card_number. `context.externalIds` tie likewise (`external_id`); those of a type
    that we do not know are left out. An alias call ties the new id to the previous one (`alias`).

    Ids are cleaned first (see `zhiyin.identity.ids.cleaned`); null, empty, placeholders such as
    ``undefined`` or ``000`` and ids beyond 1,024 characters are no evidence. Who is who is not
    decided here: also what a million people share is evidence.

    Parameters
    ----------
    records : ods.customers.
    events : ods.events.

    Returns
    -------
    `dw.identity_edges`, with left_id < right_id in text order.
    """
    told = tellings(records, events).union(aliases(events))
    return counted(pairs(told).drop("is_new"))


def tellings(records: ir.Table, events: ir.Table, after: int = -1) -> ir.Table:
    """Return what was said by all but alias calls; of two loads it adds up.

    Ids are as they came, so that they are cleaned in one place: putting a query together takes
    longer than running it on a day's rows. `is_new` tells what loads after a number brought.
    """
    told = _of_records(records, after).union(_of_calls(events, after))
    return told.union(_of_external_ids(events, after)).select(*TOLD)


def pairs(told: ir.Table) -> ir.Table:
    """Return the pairs of cleaned ids, the smaller on the left; an id is no pair with itself."""
    owner = ibis.coalesce(typed("user", told.user_id), typed("anon", told.anonymous_id))
    both = told.mutate(owner_id=owner, value_id=typed_by_kind(told.kind, told["value"]))
    # A null is unequal to nothing, so a pair with one goes as well.
    known = both.filter(both.owner_id != both.value_id)
    return known.select(
        "evidence", "source_id", "seen", "first_seen", "last_seen", "load_id", "is_new",
        left_id=ibis.least(known.owner_id, known.value_id),
        right_id=ibis.greatest(known.owner_id, known.value_id),
    )  # fmt: skip


def counted(edges: ir.Table, *more: str) -> ir.Table:
    """Return one row per grain of `dw.identity_edges`, the counts added up.

    `more` names columns that are kept apart as well.
    """
    return (
        edges.group_by([*GRAIN, *more])
        .agg(
            seen=edges.seen.sum(),
            first_seen=edges.first_seen.min(),
            last_seen=edges.last_seen.max(),
            load_id=edges.load_id.max(),
        )
        .select(*EDGES.columns, *more)
    )


def grouped(calls: ir.Table, **keys: ir.Value) -> ir.Table:
    """Return each different key once, with how often and when it was seen.

    Counting first leaves a fraction of the rows for the work on text that follows.
    """
    return calls.group_by(source_id=calls.source_id, **keys).agg(
        seen=calls.count(),
        first_seen=calls.event_time.min().cast("timestamp(6)"),
        last_seen=calls.event_time.max().cast("timestamp(6)"),
        load_id=calls.load_id.max(),
    )


def aliases(events: ir.Table) -> ir.Table:
    """Return new and previous id of every alias call.

    The previous id is a device's; and also a user's where any event knows a user of that name, so
    that what is known later only adds evidence. The calls are few, and what one means depends on
    the users that other calls name, so they are always worked out from all events.
    """
    calls = events.filter(events.kind == "alias")
    calls = grouped(calls, user_id=calls.user_id, previous_id=calls.previous_id)
    named = events.filter(events.kind != "alias", events.user_id.notnull())
    known = named.group_by("user_id").agg(known_in=named.load_id.min()).semi_join(
        calls, [("user_id", "previous_id")]
    ).select(known_id="user_id", known_in="known_in")  # fmt: skip
    calls = calls.left_join(known, [("previous_id", "known_id")])
    each = _each(calls, {"anon": calls.previous_id, "user": calls.known_id})
    known_later = ibis.greatest(each.load_id, each.known_in)
    return each.mutate(
        anonymous_id=ibis.null("string"),
        evidence=ibis.literal("alias"),
        is_new=ibis.literal(True),
        load_id=ibis.ifelse(each.kind == "user", known_later, each.load_id),
    ).select(*TOLD)


def _of_records(records: ir.Table, after: int) -> ir.Table:
    """Return what customer records hold."""
    seen = records.joined_at.cast("timestamp(6)")
    rows = records.select(
        "source_id", "load_id", "anonymous_id", "member_card", "email", "phone",
        seen=ibis.literal(1, "int64"), first_seen=seen, last_seen=seen,
        user_id=records.customer_id,
        unionid=json_text(records.attributes, "$.unionid"),
        openid=json_text(records.attributes, "$.openid"),
        is_new=records.load_id > after,
    )  # fmt: skip
    columns = {"anon": "anonymous_id", "card": "member_card"}
    names = ("anon", "card", "email", "phone", "unionid", "openid")
    each = _each(rows, {kind: rows[columns.get(kind, kind)] for kind in names})
    # A record without a number says nothing about its device.
    return each.mutate(
        anonymous_id=ibis.null("string"), evidence=ibis.literal("customer_record")
    ).select(*TOLD)


def _of_calls(events: ir.Table, after: int) -> ir.Table:
    """Return user and device of every event that names both, and the traits of identify calls.

    An identify call without a user speaks of its device.
    """
    calls = events.filter(
        (events.kind == "identify")
        | ((events.kind != "alias") & events.user_id.notnull() & events.anonymous_id.notnull())
    )
    is_identify = calls.kind == "identify"
    values = {"email": calls.email, "phone": calls.phone} | {
        kind: ibis.coalesce(*(json_text(calls.traits, f"$.{name}").nullif("") for name in names))
        for kind, names in ID_TRAITS.items()
    }
    told = {kind: ibis.ifelse(is_identify, value, NOTHING) for kind, value in values.items()}
    rows = grouped(
        calls, user_id=calls.user_id, anonymous_id=calls.anonymous_id,
        is_identify=is_identify, is_new=calls.load_id > after, **told,
    )  # fmt: skip
    each = _each(rows, {"anon": rows.anonymous_id, **{kind: rows[kind] for kind in told}})
    return each.mutate(evidence=ibis.ifelse(each.is_identify, "identify", "login")).select(*TOLD)


def _of_external_ids(events: ir.Table, after: int) -> ir.Table:
    """Return user (or device) and each of the `externalIds` of every call."""
    calls = events.filter(events.kind != "alias", events.context.contains('"externalIds"'))
    rows = grouped(
        calls, user_id=calls.user_id, anonymous_id=calls.anonymous_id,
        items=json_items(calls.context, "$.externalIds"), is_new=calls.load_id > after,
    )  # fmt: skip
    each = rows.mutate(item=rows["items"].unnest())
    told = each.mutate(
        name=json_text(each["item"], "$.type").lower().re_replace(EXTERNAL_PREFIX, ""),
        value=json_text(each["item"], "$.id"),
        evidence=ibis.literal("external_id"),
    )
    by_kind: dict[str, list[str]] = {}
    for name, kind in EXTERNAL_KINDS.items():
        by_kind.setdefault(kind, []).append(name)
    kinds = ibis.cases(*((told["name"].isin(names), kind) for kind, names in by_kind.items()))
    return told.mutate(kind=kinds).select(*TOLD)


def _each(rows: ir.Table, values: dict[str, ir.Value]) -> ir.Table:
    """Return the rows once for each of the values that they have, as `kind` and `value`."""
    items = ibis.array(
        [
            ibis.struct({"kind": ibis.literal(kind), "value": value})
            for kind, value in values.items()
        ]
    )
    each = rows.mutate(item=items.unnest())
    told = each.mutate(kind=each["item"]["kind"], value=each["item"]["value"]).drop("item")
    return told.filter(told["value"].notnull())
