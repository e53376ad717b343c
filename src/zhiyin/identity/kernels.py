"""Loops over links that no array operation can do: union-find, and joining within limits.

They are plain Python over numpy arrays, to be run by `stats.loops`.
"""

from __future__ import annotations

import numpy as np

LINKED, USERS_DIFFER, NAMES_DIFFER, LIMIT, SEPARATED, CUT, SHARED_DEVICE = range(7)
NO_RULE, ALWAYS, IF_NAMES_AGREE, DECISION = range(4)
UNKNOWN, MIXED = -1, -2
USER = 0


def components(left: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """Return, for each of `size` nodes, the least node that links lead to.

    Union by least root with path halving (Tarjan and van Leeuwen, 1984).
    """
    parent = np.arange(size, dtype=np.int32)
    for link in range(len(left)):
        one, other = left[link], right[link]
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        while parent[other] != other:
            parent[other] = parent[parent[other]]
            other = parent[other]
        if one < other:
            parent[other] = one
        elif other < one:
            parent[one] = other
    # A parent is never greater than its child, so one pass upwards makes all paths flat.
    for node in range(size):
        parent[node] = parent[parent[node]]
    return parent


def join_within_limits(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one loop, so that numba can compile it
    order: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    rule: np.ndarray,
    verdict: np.ndarray,
    used: np.ndarray,
    parent: np.ndarray,
    counts: np.ndarray,
    name: np.ndarray,
    kept_apart: np.ndarray,
    apart: np.ndarray,
    limits: np.ndarray,
) -> None:
    """Take links in order and join what they tie, unless that breaks a limit.

    This is Kruskal's algorithm (1956) with a condition on each tree.

    Parameters
    ----------
    order : positions of links, strongest first.
    left, right : nodes of each link.
    rule : of each link, what lets it join two users: one of the rules above.
    verdict : out; what became of each link in `order`.
    used : out; whether the link's rule was needed.
    parent : in and out; the trees.
    counts : in and out; for each root and kind, how many ids count.
    name : in and out; for each root, the name its users bear, `UNKNOWN` or `MIXED`.
    kept_apart : in and out; for each root, whether any of its nodes stands in `apart`.
    apart : pairs of nodes that must not come together.
    limits : for each kind, how many ids one person may have; the first kind is users.
    """
    for place in range(len(order)):
        link = order[place]
        one, other = left[link], right[link]
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        while parent[other] != other:
            parent[other] = parent[parent[other]]
            other = parent[other]
        if one == other:
            verdict[link] = LINKED
            continue
        found = LINKED
        if kept_apart[one] and kept_apart[other]:
            for pair in range(len(apart)):
                first, second = apart[pair, 0], apart[pair, 1]
                while parent[first] != first:
                    first = parent[first]
                while parent[second] != second:
                    second = parent[second]
                if (first == one and second == other) or (first == other and second == one):
                    found = SEPARATED
                    break
        users = counts[one, USER] + counts[other, USER]
        both = counts[one, USER] > 0 and counts[other, USER] > 0
        needs_rule = both and users > limits[USER]
        if found == LINKED and needs_rule and rule[link] != DECISION:
            agree = name[one] >= 0 and name[one] == name[other]
            if rule[link] == NO_RULE:
                found = USERS_DIFFER
            elif rule[link] == IF_NAMES_AGREE and not agree:
                known = name[one] != UNKNOWN and name[other] != UNKNOWN
                found = NAMES_DIFFER if known else USERS_DIFFER
        if found == LINKED and rule[link] != DECISION:
            for kind in range(1, counts.shape[1]):
                a, b = counts[one, kind], counts[other, kind]
                if a > 0 and b > 0 and a + b > limits[kind]:
                    found = LIMIT
                    break
        verdict[link] = found
        if found != LINKED:
            continue
        used[link] = needs_rule
        low, high = (one, other) if one < other else (other, one)
        parent[high] = low
        for kind in range(counts.shape[1]):
            counts[low, kind] += counts[high, kind]
        kept_apart[low] = kept_apart[low] or kept_apart[high]
        if name[low] == UNKNOWN:
            name[low] = name[high]
        elif name[high] != UNKNOWN and name[high] != name[low]:
            name[low] = MIXED


def roots(parent: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return the root of each node."""
    above = parent[nodes]
    while not np.array_equal(above, parent[above]):
        above = parent[above]
    return above
