"""Who is who anew: people put together and taken apart by all that is known of their ids now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import pyarrow as pa

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.api import Touched, judged
from zhiyin.profiles.live.following import Rules, attributes_of, counted, set_attributes
from zhiyin.profiles.live.joining import EDGE_SCHEMA, LINK_SCHEMA, about, united, with_ends
from zhiyin.profiles.live.people import Link, Person, nobody

# Kinds of evidence that calls give; all others are the warehouse's.
LOGGED = ("identify", "login", "alias", "external_id")


@dataclass
class Group:
    """A person as their ids make them out now.

    Attributes
    ----------
    person : what was kept, with all ids and links; of the warehouse's word nothing yet.
    found : the people of the warehouse whom they are.
    """

    person: Person
    found: list[Person] = field(default_factory=list)


def regrouped(
    stale: Sequence[Person], found: Sequence[Person], rules: Rules, *, at: datetime
) -> list[Group]:
    """Return the people to whom ids belong by the warehouse's links, the log's, and decisions.

    What only the log has told is judged again together with what the warehouse holds, so that
    people whom a decision or a new policy keeps apart come apart, and take along what each of
    their ids told.

    Parameters
    ----------
    stale : people as they are kept.
    found : the people of the warehouse who have any of their ids, with their links.
    at : naive UTC.
    """
    links, owner_of = links_now(stale, found, rules, at=at)
    ids_of: dict[str, dict[str, None]] = {}
    for person in found:
        # An id without links is who the warehouse says.
        default = owner_of.get(person.person_id, person.person_id)
        for one in person.ids:
            ids_of.setdefault(owner_of.setdefault(one, default), {})[one] = None
    parts: dict[str, list[Person]] = {}
    now = epoch_milliseconds(at)
    for person in stale:
        mine: dict[str, list[str]] = {}
        for one in person.ids:
            target = owner_of.setdefault(one, one)
            ids_of.setdefault(target, {})[one] = None
            mine.setdefault(target, []).append(one)
        for target, ids in mine.items():
            part = part_of(person, ids, now) if len(mine) > 1 else msgspec.structs.replace(person)
            parts.setdefault(target, []).append(part)
    groups = {
        name: Group(whole_of(name, list(ids), parts.get(name, ()), rules))
        for name, ids in ids_of.items()
    }
    told_of = links_by_group(links, ids_of)
    for name, group in groups.items():
        group.person.links = told_of.get(name, [])
    for person in found:
        groups[owner_of[person.person_id]].found.append(person)
    return list(groups.values())


def links_by_group(
    links: Iterable[Link], ids_of: Mapping[str, Iterable[str]]
) -> dict[str, list[Link]]:
    """Return the links that name any id of a group, by the group's name."""
    group_of = {one: name for name, ids in ids_of.items() for one in ids}
    found: dict[str, list[Link]] = {}
    for link in links:
        ends = (group_of.get(link.left_id), group_of.get(link.right_id))
        for name in dict.fromkeys(ends):
            if name is not None:
                found.setdefault(name, []).append(link)
    return found


def links_now(
    stale: Iterable[Person], found: Iterable[Person], rules: Rules, *, at: datetime
) -> tuple[list[Link], dict[str, str]]:
    """Return all links judged anew, and the person of each id that they name."""
    held = {(one.left_id, one.right_id): one for person in found for one in person.links}
    told = {(one.left_id, one.right_id): one for person in stale for one in person.links}
    # Of the log alone; what a load brought and the warehouse no longer has was withdrawn.
    new = [one for pair, one in told.items() if not one.load_id and pair not in held]
    before = pa.Table.from_pylist(
        [msgspec.structs.asdict(one) for one in held.values()], LINK_SCHEMA
    )
    evidence = pa.Table.from_pylist([row for one in new for row in edges_of(one)], EDGE_SCHEMA)
    if not (held or len(evidence)):
        return [], {}
    ids = with_ends(set(), [*held, *told])
    done = judged(Touched(before, about(rules.who, ids)), evidence, changed_at=at)
    owner_of = {row["visitor_id"]: row["person_id"] for row in done.people.to_pylist()}
    return [Link(**row) for row in done.links.to_pylist()], owner_of


def edges_of(link: Link) -> list[dict]:
    """Return what the log said of a link as rows of `dw.identity_edges`."""
    return [
        {
            "left_id": link.left_id, "right_id": link.right_id, "evidence": word,
            "source_id": link.sources, "seen": link.seen, "first_seen": link.first_seen,
            "last_seen": link.last_seen, "load_id": 0,
        }
        for word in link.evidence.split(",")
        if word in LOGGED
    ]  # fmt: skip


def whole_of(name: str, ids: list[str], parts: Iterable[Person], rules: Rules) -> Person:
    """Return what is kept of some ids as one person of a name."""
    whole: Person | None = None
    for part in parts:
        whole = part if whole is None else united(whole, part, rules.program)
    if whole is None:
        whole = nobody(name)
    whole.person_id, whole.ids = name, ids
    return whole


def part_of(person: Person, ids: list[str], now: int) -> Person:
    """Return what some of a person's ids told, as a person of their own."""
    part, mine = nobody(ids[0], ids), set(ids)
    part.own = {one: own for one, own in person.own.items() if one in mine}
    part.tail = [one for one in person.tail if one.visitor_id in mine]
    part.calls, part.since_ms = list(person.calls), dict(person.since_ms)
    part.generation = person.generation
    for own in sorted(part.own.values(), key=lambda one: one.last_event_ms or 0):
        part.traits |= own.traits
        set_attributes(part, **attributes_of(own.traits))
    seen = (own.last_event_ms for own in part.own.values())
    part.last_event_ms = max((at for at in seen if at is not None), default=None)
    for one in part.tail:
        counted(part, one.fact, now=now)
    return part
