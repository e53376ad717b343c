"""Evidence that two ids belong to one person, from customer records and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.ids import EXTERNAL_KINDS, typed
from zhiyin.identity.tables import EDGES
from zhiyin.ports.functions import json_items, json_text

if TYPE_CHECKING:
    import ibis.expr.types as ir

GRAIN = list(EDGES.grain)
# Traits that are ids, by kind; `email` and `phone` have columns of their own.
ID_TRAITS = {"unionid": ("unionid",), "openid": ("openid",), "card": ("member_card", "card_number")}


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
    return counted(oriented(additive_pairs(records, events))).union(alias_edges(events))


def additive_pairs(records: ir.Table, events: ir.Table) -> ir.Table:
    """Return the pairs of all kinds of evidence but `alias`; those of two loads add up."""
    told = record_pairs(records).union(login_pairs(events), trait_pairs(events))
    return told.union(external_pairs(events))


def alias_edges(events: ir.Table) -> ir.Table:
    """Return the edges of all alias calls.

    They are few, and what one means depends on the users that other calls name, so they are always
    worked out from all events.
    """
    return counted(oriented(alias_pairs(events)))


def counted(edges: ir.Table) -> ir.Table:
    """Return one row per grain of `dw.identity_edges`, the counts added up."""
    return (
        edges.group_by(GRAIN)
        .agg(
            seen=edges.seen.sum(),
            first_seen=edges.first_seen.min(),
            last_seen=edges.last_seen.max(),
            load_id=edges.load_id.max(),
        )
        .select(*EDGES.columns)
    )


def oriented(pairs: ir.Table) -> ir.Table:
    """Return the pairs with the smaller id on the left; an id is no pair with itself."""
    known = pairs.filter(pairs.owner_id != pairs.value_id)
    return known.mutate(
        left_id=ibis.least(known.owner_id, known.value_id),
        right_id=ibis.greatest(known.owner_id, known.value_id),
    ).select(*EDGES.columns)


def pairs_of(
    table: ir.Table, owner: ir.Value, value: ir.Value, evidence: str | ir.Value
) -> ir.Table:
    """Return owner_id, value_id, evidence and the counts of rows where both are ids."""
    kind = ibis.literal(evidence) if isinstance(evidence, str) else evidence
    rows = table.select(
        "source_id", "seen", "first_seen", "last_seen", "load_id",
        owner_id=owner, value_id=value, evidence=kind,
    )  # fmt: skip
    return rows.filter(rows.owner_id.notnull(), rows.value_id.notnull())


def record_pairs(records: ir.Table) -> ir.Table:
    """Return the pairs that customer records hold."""
    rows = records.mutate(
        seen=ibis.literal(1, "int64"),
        first_seen=records.joined_at.cast("timestamp(6)"),
        last_seen=records.joined_at.cast("timestamp(6)"),
    )
    values = {
        "anon": rows.anonymous_id,
        "card": rows.member_card,
        "email": rows.email,
        "phone": rows.phone,
        "unionid": json_text(rows.attributes, "$.unionid"),
        "openid": json_text(rows.attributes, "$.openid"),
    }
    return ibis.union(
        *(
            pairs_of(rows, typed("user", rows.customer_id), typed(kind, value), "customer_record")
            for kind, value in values.items()
        )
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


def login_pairs(events: ir.Table) -> ir.Table:
    """Return user and device of every event that names both."""
    calls = events.filter(
        events.kind != "alias", events.user_id.notnull(), events.anonymous_id.notnull()
    )
    pairs = grouped(
        calls,
        user_id=calls.user_id,
        anonymous_id=calls.anonymous_id,
        is_identify=calls.kind == "identify",
    )
    evidence = ibis.ifelse(pairs.is_identify, ibis.literal("identify"), ibis.literal("login"))
    user, device = typed("user", pairs.user_id), typed("anon", pairs.anonymous_id)
    return pairs_of(pairs, user, device, evidence)


def trait_pairs(events: ir.Table) -> ir.Table:
    """Return user (or device) and each id among the traits of every identify call."""
    calls = events.filter(events.kind == "identify")
    traits = {
        kind: ibis.coalesce(*(json_text(calls.traits, f"$.{name}").nullif("") for name in names))
        for kind, names in ID_TRAITS.items()
    }
    contacts = {name: calls[name] for name in ("user_id", "anonymous_id", "email", "phone")}
    rows = grouped(calls, **contacts, **traits)
    return ibis.union(
        *(
            pairs_of(rows, _owner(rows), typed(kind, rows[kind]), "identify")
            for kind in ("email", "phone", *ID_TRAITS)
        )
    )


def external_pairs(events: ir.Table) -> ir.Table:
    """Return user (or device) and each of the `externalIds` of every call."""
    calls = events.filter(events.kind != "alias", events.context.contains('"externalIds"'))
    items = json_items(calls.context, "$.externalIds")
    rows = grouped(calls, user_id=calls.user_id, anonymous_id=calls.anonymous_id, items=items)
    each = rows.mutate(item=rows["items"].unnest())
    told = each.mutate(
        kind=json_text(each["item"], "$.type").lower(), value=json_text(each["item"], "$.id")
    )
    told = told.mutate(kind=told.kind.re_replace(r"^\$?identity_", ""))
    by_kind: dict[str, list[str]] = {}
    for name, kind in EXTERNAL_KINDS.items():
        by_kind.setdefault(kind, []).append(name)
    return ibis.union(
        *(
            pairs_of(one, _owner(one), typed(kind, one["value"]), "external_id")
            for kind, names in by_kind.items()
            for one in (told.filter(told.kind.isin(names)),)
        )
    )


def alias_pairs(events: ir.Table) -> ir.Table:
    """Return new and previous id of every alias call.

    The previous id is a device's; and also a user's where any event knows a user of that name, so
    that what is known later only adds evidence.
    """
    calls = events.filter(events.kind == "alias")
    calls = grouped(calls, user_id=calls.user_id, previous_id=calls.previous_id)
    new = typed("user", calls.user_id)
    as_device = pairs_of(calls, new, typed("anon", calls.previous_id), "alias")
    named = events.filter(events.kind != "alias", events.user_id.notnull())
    known = named.group_by("user_id").agg(known_in=named.load_id.min()).semi_join(
        calls, [("user_id", "previous_id")]
    ).select(known_id="user_id", known_in="known_in")  # fmt: skip
    users = calls.join(known, [("previous_id", "known_id")])
    users = users.mutate(load_id=ibis.greatest(users.load_id, users.known_in))
    as_user = pairs_of(
        users, typed("user", users.user_id), typed("user", users.previous_id), "alias"
    )
    return as_device.union(as_user)


def _owner(rows: ir.Table) -> ir.Value:
    return ibis.coalesce(typed("user", rows.user_id), typed("anon", rows.anonymous_id))
