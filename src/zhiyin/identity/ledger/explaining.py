"""Why two ids are one person, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zhiyin.identity.ledger.finding import ids_of, one_id, people_of
from zhiyin.identity.ledger.reading import (
    JOIN,
    SEPARATE,
    blocked_of,
    decisions_in_force,
    links_at,
)
from zhiyin.identity.ledger.records import Blocked, Decision, Explanation, Link
from zhiyin.identity.ledger.ways import chain
from zhiyin.identity.tables import BLOCKED, LINKS

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

LINKED, BARRED = "linked", "blocked"
MADE_BY_PEOPLE = "decision"
# A reason why a link does not join, and what it says about the two ids.
REASONS = {"separated": "separated", "cut": "cut"}


def explain(warehouse: Warehouse, left: str, right: str) -> Explanation:
    """Return the chain of evidence that makes two ids one person, or what keeps them apart.

    `left` and `right` are typed ids, or bare values that only one kind of id has.

    Raises
    ------
    NotFound, Conflict
        If a value names no id, or several; see `one_id`.
    """
    ends = one_id(warehouse, left), one_id(warehouse, right)
    people = people_of(warehouse, ends)
    owners = people.get(ends[0], ends[0]), people.get(ends[1], ends[1])
    mine = ids_of(warehouse, list(dict.fromkeys(owners)))
    ids = sorted({*ends, *(name for names in mine.values() for name in names)})
    decisions = decisions_in_force(warehouse, ids)
    if owners[0] == owners[1]:
        return _joined(warehouse, ends, owners, ids, decisions)
    return _apart(warehouse, ends, owners, ids, decisions)


def _joined(
    warehouse: Warehouse,
    ends: tuple[str, str],
    owners: tuple[str, str],
    ids: Sequence[str],
    decisions: tuple[Decision, ...],
) -> Explanation:
    links = [link for link in links_at(warehouse, ids) if link.verdict == LINKED]
    way = chain(links, *ends)
    by_people = any(set(link.evidence) == {MADE_BY_PEOPLE} for link in way)
    reason = "same_id" if ends[0] == ends[1] else MADE_BY_PEOPLE if by_people else LINKED
    return Explanation(
        *ends,
        *owners,
        is_one_person=True,
        reason=reason,
        chain=way,
        obstacles=(),
        blocked=(),
        decisions=tuple(one for one in decisions if one.kind == JOIN),
    )


def _apart(
    warehouse: Warehouse,
    ends: tuple[str, str],
    owners: tuple[str, str],
    ids: Sequence[str],
    decisions: tuple[Decision, ...],
) -> Explanation:
    links = _cluster(warehouse, ids)
    # A blocked id ties anybody to anybody, so a way through one is told only if there is no other.
    way = chain((link for link in links if link.verdict != BARRED), *ends) or chain(links, *ends)
    obstacles = tuple(link for link in way if link.verdict != LINKED)
    apart = tuple(one for one in decisions if one.kind == SEPARATE)
    return Explanation(
        *ends,
        *owners,
        is_one_person=False,
        reason=_reason(obstacles, apart),
        chain=way,
        obstacles=obstacles,
        blocked=_blocked(warehouse, [*ends, *(end for link in way for end in link.ends)]),
        decisions=apart,
    )


def _cluster(warehouse: Warehouse, ids: Sequence[str]) -> list[Link]:
    """Return all links of the clusters that the ids are in, blocked ones at their ids included."""
    near = links_at(warehouse, ids)
    table = warehouse.read(LINKS)
    clusters = table.filter(table.left_id.isin(ids) | table.right_id.isin(ids))
    names = clusters.filter(clusters.verdict != BARRED).select("cluster_id").distinct()
    wide = warehouse.to_arrow(table.semi_join(names, "cluster_id")).to_pylist()
    found = {link.ends: link for link in [*near, *map(Link.of, wide)]}
    return list(found.values())


def _reason(obstacles: Sequence[Link], apart: Sequence[Decision]) -> str:
    if apart:
        return "separated"
    if not obstacles:
        return "no_evidence"
    weakest = min(obstacles, key=lambda link: link.strength)
    if weakest.verdict == BARRED:
        return BARRED
    return REASONS.get(weakest.reason or "", "refused")


def _blocked(warehouse: Warehouse, ids: Sequence[str]) -> tuple[Blocked, ...]:
    table = warehouse.read(BLOCKED)
    mine = table.filter(table.blocked_id.isin(sorted(set(ids)))).order_by("blocked_id")
    return tuple(map(blocked_of, warehouse.to_arrow(mine).to_pylist()))
