"""What the ledger tells: links, changes, decisions, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Link:
    """Two ids with evidence, and what the merge policy made of it; see `dw.identity_links`."""

    left_id: str
    right_id: str
    evidence: tuple[str, ...]
    sources: tuple[str, ...]
    strength: int
    seen: int
    first_seen: datetime | None
    last_seen: datetime | None
    verdict: str
    reason: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Link:
        """Return the link that a row of `dw.identity_links` holds."""
        return cls(
            left_id=row["left_id"],
            right_id=row["right_id"],
            evidence=names_in(row["evidence"]),
            sources=names_in(row["sources"]),
            strength=row["strength"],
            seen=row["seen"],
            first_seen=row["first_seen"],
            last_seen=row["last_seen"],
            verdict=row["verdict"],
            reason=row["reason"],
        )

    @property
    def ends(self) -> tuple[str, str]:
        return self.left_id, self.right_id

    def other(self, end: str) -> str:
        """Return the id at the other end."""
        return self.right_id if end == self.left_id else self.left_id


def names_in(text: str | None) -> tuple[str, ...]:
    """Return the names in a list that is written with commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


@dataclass(frozen=True)
class Change:
    """A merge or split of people; see `dw.identity_changes`.

    `undone_by` is the decision in force that undoes it, if there is one.
    """

    change_id: str
    kind: str
    person_id: str
    other_person_id: str
    ids: int
    cause: str
    cause_left_id: str | None
    cause_right_id: str | None
    decision_id: str | None
    changed_at: datetime
    run_id: str
    undone_by: str | None = None


@dataclass(frozen=True)
class Decision:
    """What somebody decided: its pairs of `dw.identity_decisions` in one piece.

    Attributes
    ----------
    kind
        join | separate; a separation also cuts the links that bridged the two people.
    left_id, right_id
        The pair that is joined or kept apart.
    cuts
        Links whose evidence is dropped.
    change_id
        Merge that it undoes.
    """

    decision_id: str
    kind: str
    left_id: str
    right_id: str
    cuts: int
    change_id: str | None
    why: str | None
    actor: str
    decided_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None


@dataclass(frozen=True)
class Blocked:
    """An id that identifies nobody; see `dw.identity_blocked`."""

    blocked_id: str
    reason: str
    users: int
    seen: int
    detail: str | None


@dataclass(frozen=True)
class ChangePage:
    """One page of the ledger, newest first, and how many changes are meant in all."""

    total: int
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class DecisionPage:
    """One page of the decisions, newest first, and how many there are in all."""

    total: int
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class BlockedPage:
    """One page of the blocked ids, the most shared first, and how many there are in all."""

    total: int
    blocked: tuple[Blocked, ...]


@dataclass(frozen=True)
class Explanation:
    """Why two ids are one person, or why not.

    Attributes
    ----------
    is_one_person
        As of the last build.
    reason
        same_id | linked | decision | separated | cut | refused | blocked | no_evidence. `linked`
        and `decision` join, the others keep apart; a refused or blocked link's own reason stands
        in the obstacle.
    chain
        Links that lead from the left id to the right one: the way whose weakest link is strongest,
        and among such ways the shortest. Empty where there is none.
    obstacles
        Links on the way that were refused or blocked. Empty where the two are one person.
    blocked
        Ids on the way that identify nobody.
    decisions
        Decisions in force about ids of the two people.
    """

    left_id: str
    right_id: str
    left_person_id: str
    right_person_id: str
    is_one_person: bool
    reason: str
    chain: tuple[Link, ...]
    obstacles: tuple[Link, ...]
    blocked: tuple[Blocked, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class Moved:
    """From when on an id belonged to a person; see `dw.identity_history`."""

    visitor_id: str
    changed_at: datetime
    person_id: str
    previous_person_id: str | None
    change_id: str | None


@dataclass(frozen=True)
class Survivor:
    """A field on which the records of a person differ; see `dw.people_survivors`."""

    field: str
    visitor_id: str
    rule: str
    values: int


@dataclass(frozen=True)
class PersonView:
    """All that is known of who a person is.

    `links` are those between the person's ids and those that were refused at one of them;
    `fields` is the golden record, empty for a person of whom nothing is known but a device.
    """

    person_id: str
    ids: tuple[str, ...]
    links: tuple[Link, ...]
    history: tuple[Moved, ...]
    changes: tuple[Change, ...]
    decisions: tuple[Decision, ...]
    household_id: str | None
    household: tuple[str, ...]
    fields: Mapping[str, Any]
    survivors: tuple[Survivor, ...]


@dataclass(frozen=True)
class Shift:
    """A merge or split that would come about: `ids` would go from one person to the other."""

    kind: str
    person_id: str
    other_person_id: str
    ids: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What would change; nothing was written.

    Attributes
    ----------
    people_before, people_after
        How many people there are among those looked at.
    merges, splits, new_ids, gone_ids
        How many merges and splits there would be, ids that would become somebody, and ids that
        would become nobody.
    shifts
        The largest merges and splits.
    """

    people_before: int
    people_after: int
    merges: int
    splits: int
    new_ids: int
    gone_ids: int
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a decision.

    Attributes
    ----------
    decision_id
        The decision; None where nothing had to be decided.
    is_new
        Whether anything was written: a second time nothing is.
    says
        decided | revoked | already_decided | already_one_person | already_apart | already_revoked.
    plan
        The people it is about, before and after.
    """

    decision_id: str | None
    is_new: bool
    says: str
    plan: Plan
