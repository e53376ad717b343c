"""Ids that identify nobody, found by what they look like and by how many share them."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.policy import Policy
from zhiyin.identity.tables import BLOCKED

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What people type to get past a form; whole local parts only, for info@ may be a small firm's.
TEST_EMAIL = (
    r"^email:(test[0-9]*|tests|testing|tester|no-?reply|no_reply|do-?not-?reply|nobody|none|null"
    r"|unknown|anonymous|asdf|qwerty|x{3,}|a{3,}|abc|123|1234|12345|123456)@"
)
# China Mobile's example number, which has stood in forms and brochures for decades.
EXAMPLE_PHONES = ("phone:+8613800138000", "phone:+8613800000000")
RUN_KINDS = ("phone", "card", "openid", "unionid")
UPWARD, DOWNWARD = "01234567890123456789", "98765432109876543210"


def blocked(links: ir.Table, policy: Policy) -> ir.Table:
    """Return the ids that the policy blocks, each with the first reason that applies.

    `declared`: named by the policy, or found by one of its patterns. `too_long`: longer than the
    policy allows. `placeholder`: one character four times or more, a run such as 123456 up or down,
    a phone number whose last eight digits are one. `pattern`: an address of tests or machines, such
    as test@… and noreply@…. `shared`: tied to more customer numbers than ids of its kind may be.

    A customer number is blocked only if the policy declares it: 123456 may be one.

    Parameters
    ----------
    links : left_id, right_id, seen, each pair once, left_id < right_id.

    Returns
    -------
    `dw.identity_blocked`.
    """
    # What only a decision or a match ties was not seen together.
    links = links.filter(links.seen > 0).select("left_id", "right_id", "seen")
    by_look = _by_look(links, policy)
    shared = _shared(links, policy).anti_join(by_look, "blocked_id")
    found = by_look.union(shared)
    sides = [
        links.join(found, [(side, "blocked_id")]).select(
            "blocked_id", "reason", "detail", "seen", other_id=other
        )
        for side, other in (("left_id", "right_id"), ("right_id", "left_id"))
    ]
    ties = ibis.union(*sides)
    counted = ties.group_by("blocked_id", "reason", "detail").agg(
        users=ties.other_id.startswith("user:").cast("int64").sum(), seen=ties.seen.sum()
    )
    return counted.select(*BLOCKED.columns)


def _by_look(links: ir.Table, policy: Policy) -> ir.Table:
    lefts, rights = links.select(blocked_id="left_id"), links.select(blocked_id="right_id")
    # Each side is sifted before the two come together, so that few ids are made unique.
    sides = [_sifted(side, policy) for side in (lefts, rights)]
    return ibis.union(*sides, distinct=True)


def _sifted(ids: ir.Table, policy: Policy) -> ir.Table:
    name = ids.blocked_id
    is_user = name.startswith("user:")
    cases: list[tuple[ir.Value, ir.Value, str | ir.Value]] = []
    if policy.blocked.values:
        listed = name.isin(policy.blocked.values)
        cases.append((listed, ibis.literal("declared"), "blocked.values"))
    for pattern in policy.blocked.patterns:
        matches = name.re_search(pattern)
        cases.append((matches, ibis.literal("declared"), ibis.literal(pattern)))
    too_long = ~is_user & (name.length() > policy.blocked.longest)
    cases.append((too_long, ibis.literal("too_long"), f"longest: {policy.blocked.longest}"))
    cases.append((_is_run(name), ibis.literal("placeholder"), "run"))
    is_test = name.startswith("email:") & name.re_search(TEST_EMAIL)
    cases.append((is_test, ibis.literal("pattern"), "test@ or noreply@"))
    told = ids.mutate(
        reason=ibis.cases(*((when, reason) for when, reason, _ in cases)),
        detail=ibis.cases(*((when, detail) for when, _, detail in cases)),
    )
    return told.filter(told.reason.notnull())


def _is_run(name: ir.StringValue) -> ir.BooleanValue:
    # Spark's SPLIT_PART and DuckDB's differ on ids with several colons; a position does not.
    bare = name.substr(name.find(":") + 1)
    plain = bare.re_replace(r"^\+?(86)?", "")
    value = ibis.ifelse(name.startswith("phone:"), plain, bare)
    is_runner = reduce(or_, [name.startswith(f"{kind}:") for kind in RUN_KINDS])
    upward = ibis.literal(UPWARD).contains(value) | ibis.literal(DOWNWARD).contains(value)
    tail = value.substr(value.length() - 8)
    monotonous = name.startswith("phone:") & (value.length() >= 8) & _is_one_character(tail)
    same = (value.length() >= 4) & _is_one_character(value) & ~name.startswith("user:")
    runs = is_runner & (value.length() >= 6) & upward
    return same | runs | monotonous | name.isin(EXAMPLE_PHONES)


def _is_one_character(value: ir.StringValue) -> ir.BooleanValue:
    return value.replace(value.substr(0, 1), "") == ""  # pyright: ignore[reportReturnType]


def _shared(links: ir.Table, policy: Policy) -> ir.Table:
    # `user:` comes after every other kind in text order, so the user stands on the right.
    ties = links.filter(links.right_id.startswith("user:"), ~links.left_id.startswith("user:"))
    users = ties.group_by(blocked_id=ties.left_id).agg(users=ties.count())
    limits = policy.blocked.shared_by.items()
    least = min((limit for _, limit in limits), default=0)
    many = users.filter(users.users > least)
    over = [
        (
            many.blocked_id.startswith(f"{kind}:") & (many.users > limit),
            ibis.literal(f"shared_by: {limit}"),
        )
        for kind, limit in limits
        if kind != "user"
    ]
    if not over:
        return many.filter(ibis.literal(False)).select(
            "blocked_id", reason=ibis.literal("shared"), detail=ibis.literal("")
        )
    told = many.mutate(reason=ibis.literal("shared"), detail=ibis.cases(*over))
    return told.filter(told.detail.notnull()).select("blocked_id", "reason", "detail")
