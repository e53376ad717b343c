"""Evidence that two ids belong to one person, from customer records and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.tables import EDGES

if TYPE_CHECKING:
    import ibis.expr.types as ir

# A value that more customer numbers than this share says nothing about who is who: a shop's own
# e-mail address, a call center's phone, a tablet on the counter.
SHARED_BY_AT_MOST = 5

# What forms and SDKs send when they know nothing; so do ids of zeros and dashes only.
PLACEHOLDERS = ("-1", "null", "none", "nan", "undefined", "unknown", "anonymous", "n/a", "na")


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
    # Each of these holds a pair once; only calls that people make by hand repeat themselves.
    once = record_pairs(customers).union(login_pairs(events))
    repeated = trait_pairs(events).union(alias_pairs(events))
    pairs = without_shared(once.union(repeated), shared_by_at_most)
    by_hand = pairs.evidence.isin(["identify", "alias"])
    return oriented(pairs.filter(~by_hand)).union(merged(oriented(pairs.filter(by_hand))))


def is_id(value: ir.StringValue) -> ir.BooleanValue:
    """Return whether a value identifies anybody: not null, no placeholder, not all zeros."""
    # The replacements run over millions of ids, so only those that begin like zeros get there.
    begins = value.startswith("0") | value.startswith("-") | (value == "")
    only_zeros = begins & (value.replace("0", "").replace("-", "") == "")
    return value.notnull() & ~value.lower().isin(PLACEHOLDERS) & ~only_zeros


def pairs_of(
    table: ir.Table, owner: tuple[str, str], value: tuple[str, str], evidence: ir.Value
) -> ir.Table:
    """Return owner_id, value_id, evidence and the counts of rows that hold two ids.

    `owner` and `value` are each a kind and the column with the plain id.
    """
    known = table.filter(is_id(table[owner[1]]), is_id(table[value[1]]))
    return known.select(
        "seen",
        "first_seen",
        "last_seen",
        owner_id=ibis.literal(f"{owner[0]}:") + known[owner[1]],
        value_id=ibis.literal(f"{value[0]}:") + known[value[1]],
        evidence=evidence,
    )


def record_pairs(customers: ir.Table) -> ir.Table:
    """Return the pairs that customer records hold."""
    records = customers.mutate(
        phone=reachable(customers.phone),
        seen=ibis.literal(1, "int64"),
        first_seen=customers.joined_at.cast("timestamp(6)"),
        last_seen=customers.joined_at.cast("timestamp(6)"),
    )
    owner, evidence = ("user", "customer_id"), ibis.literal("customer_record")
    values = (
        ("anon", "anonymous_id"),
        ("card", "member_card"),
        ("email", "email"),
        ("phone", "phone"),
    )
    return ibis.union(*(pairs_of(records, owner, value, evidence) for value in values))


def reachable(phone: ir.StringValue) -> ir.Value:
    """Return the phone number; below five digits it is none."""
    return ibis.ifelse(phone.length() >= 5, phone, ibis.null("string"))


def counted(calls: ir.Table, **keys: ir.Value) -> ir.Table:
    """Return each different key once, with how often and when it was seen.

    Counting first leaves a fraction of the rows for the work on text that follows.
    """
    return calls.group_by(**keys).agg(
        seen=calls.count(),
        first_seen=calls.event_time.min().cast("timestamp(6)"),
        last_seen=calls.event_time.max().cast("timestamp(6)"),
    )


def login_pairs(events: ir.Table) -> ir.Table:
    """Return user and device of every event that names both."""
    calls = events.filter(
        events.kind != "alias", events.user_id.notnull(), events.anonymous_id.notnull()
    )
    pairs = counted(
        calls,
        user_id=calls.user_id,
        anonymous_id=calls.anonymous_id,
        is_identify=calls.kind == "identify",
    )
    pairs = pairs.mutate(evidence=ibis.ifelse(pairs.is_identify, "identify", "login"))
    return pairs_of(pairs, ("user", "user_id"), ("anon", "anonymous_id"), ibis._.evidence)


def trait_pairs(events: ir.Table) -> ir.Table:
    """Return user (or device) and contact of every identify call."""
    calls = events.filter(events.kind == "identify")
    names = ("user_id", "anonymous_id", "email", "phone")
    pairs = counted(calls, **{name: calls[name] for name in names})
    email = pairs.email.strip().lower()
    pairs = pairs.mutate(
        email=ibis.ifelse(email.contains("@"), email, ibis.null("string")),
        phone=reachable(pairs.phone.re_replace(r"[^0-9+]", "")),
    )
    evidence = ibis.literal("identify")
    named = pairs.filter(is_id(pairs.user_id).fill_null(False))
    nameless = pairs.filter(~is_id(pairs.user_id).fill_null(False))
    return ibis.union(
        *(
            pairs_of(table, owner, value, evidence)
            for table, owner in ((named, ("user", "user_id")), (nameless, ("anon", "anonymous_id")))
            for value in (("email", "email"), ("phone", "phone"))
        )
    )


def alias_pairs(events: ir.Table) -> ir.Table:
    """Return new and previous id of every alias call.

    The previous id is a user where any event knows a user of that name, else a device.
    """
    calls = events.filter(events.kind == "alias")
    pairs = counted(calls, user_id=calls.user_id, previous_id=calls.previous_id)
    users = events.filter(events.kind != "alias").select("user_id").distinct()
    known = pairs.semi_join(users, [("previous_id", "user_id")])
    unknown = pairs.anti_join(users, [("previous_id", "user_id")])
    new, evidence = ("user", "user_id"), ibis.literal("alias")
    return ibis.union(
        pairs_of(known, new, ("user", "previous_id"), evidence),
        pairs_of(unknown, new, ("anon", "previous_id"), evidence),
    )


def without_shared(pairs: ir.Table, shared_by_at_most: int) -> ir.Table:
    """Return the pairs of which neither side is a value that too many users share."""
    by_user = pairs.filter(pairs.owner_id.startswith("user:"), ~pairs.value_id.startswith("user:"))
    # Counting rows is cheap and never too low, so few values are left for counting users.
    rows = by_user.group_by("value_id").agg(rows=by_user.count())
    suspects = by_user.semi_join(rows.filter(rows.rows > shared_by_at_most), "value_id")
    users = suspects.group_by("value_id").agg(users=suspects.owner_id.nunique())
    shared = users.filter(users.users > shared_by_at_most).select(shared_id="value_id")
    kept = pairs.anti_join(shared, [("value_id", "shared_id")])
    return kept.anti_join(shared.view(), [("owner_id", "shared_id")])


def oriented(pairs: ir.Table) -> ir.Table:
    """Return the pairs with the smaller id on the left; an id is no pair with itself."""
    sides = pairs.select(
        "evidence",
        "seen",
        "first_seen",
        "last_seen",
        left_id=ibis.least(pairs.owner_id, pairs.value_id),
        right_id=ibis.greatest(pairs.owner_id, pairs.value_id),
    )
    return sides.filter(sides.left_id != sides.right_id).select(*EDGES.columns)


def merged(edges: ir.Table) -> ir.Table:
    """Return one row per pair and evidence."""
    return (
        edges.group_by(["left_id", "right_id", "evidence"])
        .agg(
            seen=edges.seen.sum(),
            first_seen=edges.first_seen.min(),
            last_seen=edges.last_seen.max(),
        )
        .select(*EDGES.columns)
    )
