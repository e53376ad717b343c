"""Decisions worked out but not yet written: what they would say, and whom they would change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhiyin.core.errors import InvalidInput
from zhiyin.identity.ledger.finding import ids_of, one_id, people_of
from zhiyin.identity.ledger.reading import (
    CUT,
    JOIN,
    SEPARATE,
    change,
    decision,
    decisions_in_force,
    links_at,
    list_changes,
)
from zhiyin.identity.ledger.records import Change, Decision, Link, Plan, Shift
from zhiyin.identity.ledger.sides import sides_before
from zhiyin.identity.ledger.ways import chain, parted

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

EXAMPLES = 5
NOTHING = Plan(0, 0, 0, 0, 0, 0, ())


@dataclass(frozen=True)
class Pair:
    """One pair of a decision: kind is join, separate or cut."""

    kind: str
    left_id: str
    right_id: str

    @classmethod
    def of(cls, kind: str, one: str, other: str) -> Pair:
        """Return the pair with the smaller id on the left."""
        return cls(kind, min(one, other), max(one, other))


@dataclass(frozen=True)
class Draft:
    """A decision before it is written.

    `revokes` are decisions in force that it takes back, `restores` the pairs of such that it brings
    back. Without pairs and revocations there is nothing to write, and `says` tells why.
    """

    says: str
    plan: Plan = NOTHING
    pairs: tuple[Pair, ...] = ()
    change_id: str | None = None
    revokes: tuple[Decision, ...] = ()
    decision_id: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.pairs and not self.revokes


def undoing_draft(warehouse: Warehouse, change_id: str) -> Draft:
    """Return the decision that undoes a merge or split.

    A merge is undone by cutting the links between its two sides, each as it was before, and by
    keeping the sides apart. A split is undone by taking back the decision that caused it, else by
    joining the two again.
    """
    found = change(warehouse, change_id)
    if found.undone_by is not None:
        return Draft("already_decided", decision_id=found.undone_by)
    if found.kind == "split":
        return _rejoining_draft(warehouse, found)
    return _unmerging_draft(warehouse, found)


def undoing_between(warehouse: Warehouse, left: str, right: str) -> Draft:
    """Return the decision that undoes the newest merge that brought two ids together.

    Ids that were one person ever since they were first seen are separated instead.
    """
    ends = one_id(warehouse, left), one_id(warehouse, right)
    owners = people_of(warehouse, ends)
    person = owners.get(ends[0])
    if person is None or person != owners.get(ends[1]):
        return _already_apart(warehouse, ends)
    ids = ids_of(warehouse, [person])[person]
    for found in list_changes(warehouse, kind="merge", ids=ids, limit=1000).changes:
        one_side, _ = sides_before(warehouse, found, ids)
        if (ends[0] in one_side) != (ends[1] in one_side) and found.undone_by is None:
            return _unmerging_draft(warehouse, found)
    return separating_draft(warehouse, *ends)


def _unmerging_draft(warehouse: Warehouse, found: Change) -> Draft:
    owners = people_of(warehouse, [found.person_id, found.other_person_id])
    person = owners.get(found.person_id)
    if person is None or person != owners.get(found.other_person_id):
        return _already_apart(warehouse, (found.person_id, found.other_person_id))
    ids = ids_of(warehouse, [person])[person]
    one_side, other_side = sides_before(warehouse, found, ids)
    pair = Pair.of(SEPARATE, found.other_person_id, found.person_id)
    draft = _parting_draft(warehouse, ids, (one_side, other_side), pair)
    return replace(draft, change_id=found.change_id)


def _rejoining_draft(warehouse: Warehouse, found: Change) -> Draft:
    if found.decision_id is not None:
        caused = decision(warehouse, found.decision_id)
        if caused.is_in_force:
            return revoking_draft(warehouse, caused.decision_id)
    return joining_draft(warehouse, found.person_id, found.other_person_id)


def _already_apart(warehouse: Warehouse, ends: tuple[str, str]) -> Draft:
    known = decisions_in_force(warehouse, ends)
    mine = next((one.decision_id for one in known if one.kind == SEPARATE), None)
    return Draft("already_apart", decision_id=mine)


def separating_draft(warehouse: Warehouse, left: str, right: str) -> Draft:
    """Return the decision that two ids are never one person."""
    ends = _two_ids(warehouse, left, right)
    owners = people_of(warehouse, ends)
    person = owners.get(ends[0])
    pair = Pair.of(SEPARATE, *ends)
    if person is not None and person == owners.get(ends[1]):
        ids = ids_of(warehouse, [person])[person]
        return _parting_draft(warehouse, ids, ({ends[0]}, {ends[1]}), pair)
    mine = [one for one in _between(warehouse, ends) if one.kind == SEPARATE]
    if mine:
        return Draft("already_decided", decision_id=mine[0].decision_id)
    return Draft("decided", replace(NOTHING, people_before=2, people_after=2), (pair,))


def joining_draft(warehouse: Warehouse, left: str, right: str) -> Draft:
    """Return the decision that two ids are one person; it takes back what kept them apart."""
    ends = _two_ids(warehouse, left, right)
    owners = people_of(warehouse, ends)
    people = owners.get(ends[0], ends[0]), owners.get(ends[1], ends[1])
    if people[0] == people[1]:
        mine = [one for one in _between(warehouse, ends) if one.kind == JOIN]
        return Draft("already_one_person", decision_id=mine[0].decision_id if mine else None)
    apart = tuple(one for one in _between(warehouse, ends) if one.kind == SEPARATE)
    coming = ids_of(warehouse, [people[1]])[people[1]] or (people[1],)
    shift = Shift("merge", people[0], people[1], len(coming), coming[:EXAMPLES])
    return Draft("decided", _plan_of(shift), (Pair.of(JOIN, *ends),), revokes=apart)


def revoking_draft(warehouse: Warehouse, decision_id: str) -> Draft:
    """Return the taking back of a decision; joinings that it had taken back hold again."""
    found = decision(warehouse, decision_id)
    if not found.is_in_force:
        return Draft("already_revoked", decision_id=decision_id)
    return Draft(
        "revoked", _plan_of_revoking(warehouse, found), revokes=(found,), decision_id=decision_id
    )


def _plan_of_revoking(warehouse: Warehouse, found: Decision) -> Plan:
    ends = found.left_id, found.right_id
    owners = people_of(warehouse, ends)
    people = owners.get(ends[0], ends[0]), owners.get(ends[1], ends[1])
    if found.kind == SEPARATE:
        if people[0] == people[1] or not found.cuts:
            return NOTHING
        coming = ids_of(warehouse, [people[1]])[people[1]]
        return _plan_of(Shift("merge", *people, len(coming), coming[:EXAMPLES]))
    if people[0] != people[1]:
        return NOTHING
    ids = ids_of(warehouse, [people[0]])[people[0]]
    links = [link for link in _linked(warehouse, ids) if link.ends != ends]
    if chain(links, *ends):
        return NOTHING
    _, leaving = parted(links, {ends[1]}, {ends[0]})
    return _plan_of(_split(people[0], ends[1], leaving))


def _parting_draft(
    warehouse: Warehouse,
    ids: Sequence[str],
    sides: tuple[Collection[str], Collection[str]],
    pair: Pair,
) -> Draft:
    """Return the separation of one person's ids into two sides."""
    cut, leaving = parted(_linked(warehouse, ids), *sides)
    # The separated pair stands in the table once: keeping it apart says that its link is dropped.
    cuts = (Pair(CUT, *link.ends) for link in cut)
    pairs = (pair, *(one for one in cuts if (one.left_id, one.right_id) != _ends(pair)))
    joins = tuple(
        one
        for one in decisions_in_force(warehouse, ids)
        if one.kind == JOIN and (one.left_id in leaving) != (one.right_id in leaving)
    )
    leader = pair.left_id if pair.left_id in leaving else pair.right_id
    person = people_of(warehouse, [leader])[leader]
    return Draft("decided", _plan_of(_split(person, leader, leaving)), pairs, revokes=joins)


def _linked(warehouse: Warehouse, ids: Sequence[str]) -> list[Link]:
    mine = set(ids)
    found = links_at(warehouse, ids)
    return [link for link in found if link.verdict == "linked" and mine.issuperset(link.ends)]


def _between(warehouse: Warehouse, ends: tuple[str, str]) -> list[Decision]:
    """Return the decisions in force between the people of two ids."""
    owners = people_of(warehouse, ends)
    people = [owners.get(end, end) for end in ends]
    known = ids_of(warehouse, list(dict.fromkeys(people)))
    left, right = ({end, *known[person]} for end, person in zip(ends, people, strict=True))
    found = decisions_in_force(warehouse, sorted(left | right))
    if people[0] == people[1]:
        return [one for one in found if _ends(one) == (min(ends), max(ends))]
    return [one for one in found if (one.left_id in left) != (one.right_id in left)]


def _ends(pair: Pair | Decision) -> tuple[str, str]:
    return pair.left_id, pair.right_id


def _two_ids(warehouse: Warehouse, left: str, right: str) -> tuple[str, str]:
    ends = one_id(warehouse, left), one_id(warehouse, right)
    if ends[0] == ends[1]:
        raise InvalidInput(f"Both are {ends[0]}; give two different ids.")
    return ends


def _split(person: str, leader: str, leaving: Collection[str]) -> Shift:
    return Shift("split", person, leader, len(leaving), tuple(sorted(leaving)[:EXAMPLES]))


def _plan_of(shift: Shift) -> Plan:
    is_merge = shift.kind == "merge"
    return Plan(
        people_before=2 if is_merge else 1,
        people_after=1 if is_merge else 2,
        merges=int(is_merge),
        splits=int(not is_merge),
        new_ids=0,
        gone_ids=0,
        shifts=(shift,),
    )
