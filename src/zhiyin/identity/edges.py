"""Evidence that two ids belong to one person, from customer records and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

# A value that more customer numbers than this share says nothing about who is who: a shop's own
# e-mail address, a call center's phone, a tablet on the counter.
SHARED_BY_AT_MOST = 5

# What forms and SDKs send when they know nothing.
PLACEHOLDERS = ("-1", "null", "none", "nan", "undefined", "unknown", "anonymous", "n/a", "na")
ONLY_ZEROS = r"^[0-]*$"

PAIR = ("owner_id", "value_id", "evidence", "seen_at")


def edges(
    customers: ir.Table, events: ir.Table, *, shared_by_at_most: int = SHARED_BY_AT_MOST
) -> ir.Table:
    """Return every pair of typed ids that were seen together, once per kind of evidence.

    A customer record ties its number to its device, card, e-mail and phone (`customer_record`). An
    event with a user and a device ties the two (`identify` for identify calls, `login` for
    others); an identify call also ties its user, or its device where it names no user, to the
    e-mail and phone among its traits; an alias call ties the new id to the previous one (`alias`).

    Two rules keep strangers apart. Placeholders such as ``null``, ``-1`` or ``000`` are no ids. A
    device, card, e-mail or phone tied to more than `shared_by_at_most` users is shared: none of
    its pairs is evidence.

    Parameters
    ----------
    customers : dw.customers.
    events : ods.events.
    shared_by_at_most : users who may share one device, card, e-mail or phone.

    Returns
    -------
    `dw.identity_edges`, with left_id < right_id in text order.
    """
    pairs = ibis.union(
        record_pairs(customers), login_pairs(events), trait_pairs(events), alias_pairs(events)
    )
    return oriented(without_shared(pairs, shared_by_at_most))


def typed(kind: str, value: ir.StringColumn) -> ir.Value:
    """Return `kind:value`, or null for a placeholder."""
    plain = value.strip().lower()
    is_placeholder = plain.isin(PLACEHOLDERS) | plain.re_search(ONLY_ZEROS)
    return ibis.ifelse(is_placeholder, ibis.null("string"), ibis.literal(f"{kind}:") + value)


def email_id(value: ir.StringColumn) -> ir.Value:
    """Return the typed id of an e-mail address, null without an @."""
    plain = value.strip().lower()
    return ibis.ifelse(plain.contains("@"), typed("email", plain), ibis.null("string"))


def phone_id(value: ir.StringColumn) -> ir.Value:
    """Return the typed id of a phone number; below five digits it is none."""
    plain = value.re_replace(r"[^0-9+]", "")
    return ibis.ifelse(plain.length() >= 5, typed("phone", plain), ibis.null("string"))


def record_pairs(customers: ir.Table) -> ir.Table:
    """Return the pairs that customer records hold."""
    values = {
        "anonymous_id": typed("anon", customers.anonymous_id),
        "member_card": typed("card", customers.member_card),
        "email": email_id(customers.email),
        "phone": phone_id(customers.phone),
    }
    return ibis.union(
        *(
            pairs_of(
                customers,
                owner=typed("user", customers.customer_id),
                value=value,
                evidence=ibis.literal("customer_record"),
                seen_at=customers.joined_at,
            )
            for value in values.values()
        )
    )


def login_pairs(events: ir.Table) -> ir.Table:
    """Return user and device of every event that names both."""
    calls = events.filter(events.kind != "alias")
    return pairs_of(
        calls,
        owner=typed("user", calls.user_id),
        value=typed("anon", calls.anonymous_id),
        evidence=ibis.ifelse(calls.kind == "identify", "identify", "login"),
        seen_at=calls.event_time,
    )


def trait_pairs(events: ir.Table) -> ir.Table:
    """Return user (or device) and contact of every identify call."""
    calls = events.filter(events.kind == "identify")
    owner = ibis.coalesce(typed("user", calls.user_id), typed("anon", calls.anonymous_id))
    return ibis.union(
        *(
            pairs_of(
                calls,
                owner=owner,
                value=value,
                evidence=ibis.literal("identify"),
                seen_at=calls.event_time,
            )
            for value in (email_id(calls.email), phone_id(calls.phone))
        )
    )


def alias_pairs(events: ir.Table) -> ir.Table:
    """Return new and previous id of every alias call.

    The previous id is a user where any event knows a user of that name, else a device.
    """
    calls = events.filter(events.kind == "alias")
    calls = calls.select("user_id", "previous_id", "event_time")
    users = events.filter(events.kind != "alias").select(known_id="user_id").distinct()
    calls = calls.left_join(users, calls.previous_id == users.known_id)
    previous = ibis.ifelse(
        calls.known_id.notnull(),
        typed("user", calls.previous_id),
        typed("anon", calls.previous_id),
    )
    return pairs_of(
        calls,
        owner=typed("user", calls.user_id),
        value=previous,
        evidence=ibis.literal("alias"),
        seen_at=calls.event_time,
    )


def pairs_of(table: ir.Table, **columns: ir.Value) -> ir.Table:
    """Return owner_id, value_id, evidence, seen_at of rows that have two different ids."""
    pairs = table.select(
        owner_id=columns["owner"],
        value_id=columns["value"],
        evidence=columns["evidence"],
        seen_at=columns["seen_at"].cast("timestamp(6)"),
    )
    return pairs.filter(
        pairs.owner_id.notnull() & pairs.value_id.notnull() & (pairs.owner_id != pairs.value_id)
    )


def without_shared(pairs: ir.Table, shared_by_at_most: int) -> ir.Table:
    """Return the pairs of which neither side is a value that too many users share."""
    by_user = pairs.filter(pairs.owner_id.startswith("user:") & ~pairs.value_id.startswith("user:"))
    users = by_user.group_by("value_id").agg(users=by_user.owner_id.nunique())
    shared = users.filter(users.users > shared_by_at_most).select(shared_id="value_id")
    kept = pairs.anti_join(shared, [("value_id", "shared_id")])
    return kept.anti_join(shared.view(), [("owner_id", "shared_id")])


def oriented(pairs: ir.Table) -> ir.Table:
    """Return one row per unordered pair and evidence, the smaller id on the left."""
    sides = pairs.mutate(
        left_id=ibis.least(pairs.owner_id, pairs.value_id),
        right_id=ibis.greatest(pairs.owner_id, pairs.value_id),
    )
    return sides.group_by(["left_id", "right_id", "evidence"]).agg(
        seen=sides.count(), first_seen=sides.seen_at.min(), last_seen=sides.seen_at.max()
    )
