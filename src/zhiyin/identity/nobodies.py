"""Ids that identify nobody, found among rows in memory: what `blocking` finds with the engine."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.blocking import DOWNWARD, EXAMPLE_PHONES, RUN_KINDS, TEST_EMAIL, UPWARD
from zhiyin.identity.policy import Policy


def nobodies(links: pa.Table, policy: Policy) -> set[str]:
    """Return the ids among these links that the policy blocks, as `blocked` does.

    Parameters
    ----------
    links : left_id, right_id, seen, each pair once.
    """
    seen = links.filter(pc.greater(links["seen"], 0))
    ends = [*seen["left_id"].chunks, *seen["right_id"].chunks]
    ids = pc.unique(pa.chunked_array(ends, pa.string()))
    return nobodies_by_users(users_of(seen), policy) | nobodies_by_look(
        pa.chunked_array([ids]), policy
    )


def users_of(links: pa.Table) -> pa.Table:
    """Return how many `users` each `left_id` is tied to, a user itself aside."""
    is_user = pc.starts_with(links["right_id"], "user:")
    lefts = links["left_id"].filter(pc.and_not(is_user, pc.starts_with(links["left_id"], "user:")))
    counted = lefts.value_counts()
    return pa.table({"left_id": counted.field("values"), "users": counted.field("counts")})


def nobodies_by_users(users: pa.Table, policy: Policy) -> set[str]:
    """Return the ids that more users share than ids of their kind may be shared by.

    Parameters
    ----------
    users : left_id, users; an id's numbers add up.
    """
    limits = policy.blocked.shared_by
    summed = users.group_by("left_id").aggregate([("users", "sum")])
    many = summed.filter(pc.greater(summed["users_sum"], min(limits.values(), default=0)))
    counts = zip(many["left_id"].to_pylist(), many["users_sum"].to_pylist(), strict=True)
    return {name for name, count in counts if count > limits.get(name.split(":", 1)[0], count)}


def nobodies_by_look(ids: pa.ChunkedArray, policy: Policy) -> set[str]:
    """Return the ids that the policy blocks for what they look like."""
    is_user = pc.starts_with(ids, "user:")
    listed = pa.array(policy.blocked.values, pa.string())
    odd = pc.or_(
        pc.is_in(ids, listed),
        pc.and_not(pc.greater(pc.utf8_length(ids), policy.blocked.longest), is_user),
    )
    for pattern in (*policy.blocked.patterns, TEST_EMAIL):
        odd = pc.or_(odd, pc.match_substring_regex(ids, pattern))
    others = ids.filter(pc.invert(pc.or_(odd, is_user)))
    return set(ids.filter(odd).to_pylist()) | set(filter(is_run, others.to_pylist()))


def is_run(name: str) -> bool:
    """Return whether an id is one character again and again, or a run of digits."""
    kind, _, bare = name.partition(":")
    if kind == "user":
        return False
    value = re.sub(r"^\+?(86)?", "", bare) if kind == "phone" else bare
    same = len(value) >= 4 and value == value[0] * len(value)
    run = kind in RUN_KINDS and len(value) >= 6 and (value in UPWARD or value in DOWNWARD)
    tail = kind == "phone" and len(value) >= 8 and len(set(value[-8:])) == 1
    return same or run or tail or name in EXAMPLE_PHONES
