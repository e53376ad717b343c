"""Who is who, kept up with call by call: new evidence joins people, their states with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.api import Inputs, Touched, rework, typed_text
from zhiyin.identity.tables import EDGES, LINKS
from zhiyin.profiles.holding.api import Program, merged
from zhiyin.profiles.live.calls import Call, said_ids
from zhiyin.profiles.live.people import MOST_CALLS, NOBODY, Link, Person, newest, nobody

EDGE_SCHEMA = EDGES.schema().to_pyarrow()
LINK_SCHEMA = LINKS.schema().to_pyarrow()
BLOCKED = "blocked"  # the verdict on links of ids that identify nobody


@dataclass
class People:
    """The people that some calls are about, by id; work changes them in place.

    `changed` are those to store, `gone` those who are others by now, `anew` those of whom every
    condition has to be looked at, `torn` those whose ids went to several people, so that only the
    warehouse can tell who did what.
    """

    by_person: dict[str, Person] = field(default_factory=dict)
    person_of: dict[str, str] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    anew: set[str] = field(default_factory=set)
    torn: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)

    def of(self, typed_id: str) -> Person:
        """Return the person behind an id; somebody new where nobody is known by it."""
        name = self.person_of.get(typed_id)
        if name is None or name not in self.by_person:
            self.put(nobody(typed_id))
            self.anew.add(typed_id)
            return self.by_person[typed_id]
        return self.by_person[name]

    def put(self, person: Person) -> None:
        """Take a person in, and note whom the person's ids belong to."""
        self.by_person[person.person_id] = person
        self.changed.add(person.person_id)
        self.gone.discard(person.person_id)
        for typed_id in person.ids:
            if self.person_of.get(typed_id) != person.person_id:
                self.person_of[typed_id] = self.moved[typed_id] = person.person_id

    def drop(self, person_id: str) -> None:
        """Let a person go who is another by now."""
        self.by_person.pop(person_id, None)
        for names in (self.changed, self.anew, self.torn):
            names.discard(person_id)
        self.gone.add(person_id)


def owner_of(call: Call) -> str | None:
    """Return the typed id that a call is about, as ids are compared."""
    return (
        typed_text("user", call.user_id) or typed_text("anon", call.anonymous_id) or call.visitor_id
    )


def other_ids(call: Call) -> Iterator[str]:
    """Yield the typed ids that a call ties to its owner."""
    for kind, value, _ in said_ids(call):
        found = typed_text(kind, value)
        if found is not None:
            yield found


def named_ids(calls: Iterable[Call]) -> Iterator[str]:
    """Yield the typed ids that calls name."""
    for call in calls:
        owner = owner_of(call)
        if owner is not None:
            yield owner
        yield from other_ids(call)


def evidence_of(calls: Iterable[Call], people: People) -> list[dict]:
    """Return rows of `dw.identity_edges` for pairs of ids that were not seen together before."""
    found: dict[tuple[str, str, str], dict] = {}
    for call in calls:
        owner = owner_of(call)
        for kind, value, word in said_ids(call):
            other = typed_text(kind, value)
            if owner is None or other is None or owner == other:
                continue
            left, right = sorted((owner, other))
            if is_linked(people, left, right):
                continue
            found.setdefault(
                (left, right, word),
                {
                    "left_id": left, "right_id": right, "evidence": word,
                    "source_id": call.source_id, "seen": 1, "first_seen": None, "last_seen": None,
                    "load_id": 0,
                },
            )  # fmt: skip
    return list(found.values())


def is_linked(people: People, left: str, right: str) -> bool:
    """Return whether two ids were seen together before."""
    name = people.person_of.get(left)
    person = people.by_person.get(name) if name else None
    return person is not None and any(
        (one.left_id, one.right_id) == (left, right) for one in person.links
    )


@dataclass(frozen=True)
class Outcome:
    """What evidence comes to: the links, and whom those ids belong to that move.

    `ids` are all that had a say, or that move or give a name.
    """

    links: Mapping[tuple[str, str], Link] = field(default_factory=dict)
    person_of: Mapping[str, str] = field(default_factory=dict)
    ids: Collection[str] = ()

    def absent(self, people: People) -> set[str]:
        """Return the ids of those who have to be taken in before this can be relied on.

        A link that was refused is known at both of its ends, and only all links of both tell
        whether it still is.
        """
        return set(self.ids) - people.person_of.keys()


def judge(people: People, evidence: list[dict], *, who: Inputs, at: datetime) -> Outcome:
    """Return what the next build will make of new evidence."""
    if not evidence:
        return Outcome()
    ids = {row[side] for row in evidence for side in ("left_id", "right_id")}
    links = links_around(people, ids)
    heard = [pair for pair, one in links.items() if one.verdict != BLOCKED]
    rows = [msgspec.structs.asdict(one) for one in links.values()]
    before = pa.Table.from_pylist(rows, LINK_SCHEMA)
    edges = pa.Table.from_pylist(evidence, EDGE_SCHEMA)
    done = rework(Touched(before, about(who, with_ends(ids, links))), edges, changed_at=at)
    for row in done.links.to_pylist():
        links[row["left_id"], row["right_id"]] = Link(**row)
    person_of = {row["visitor_id"]: row["person_id"] for row in done.people.to_pylist()}
    return Outcome(links, person_of, with_ends({*person_of, *person_of.values()}, heard))


def links_around(people: People, ids: Iterable[str]) -> dict[tuple[str, str], Link]:
    """Return the links of the people behind some ids, and of all to whom these lead."""
    links: dict[tuple[str, str], Link] = {}
    met = {people.of(one).person_id for one in ids}
    waiting = sorted(met)
    while waiting:
        for link in people.by_person[waiting.pop()].links:
            links[link.left_id, link.right_id] = link
            if link.verdict == BLOCKED:
                continue  # leads to everybody else who gave an id that is nobody's
            for end in (link.left_id, link.right_id):
                name = people.person_of.get(end)
                if name in people.by_person and name not in met:
                    met.add(name)
                    waiting.append(name)
    return links


def join(people: People, outcome: Outcome, *, program: Program) -> None:
    """Give ids to the people that they belong to by now, and put states together."""
    move(people, outcome.person_of, program)
    spread(people, outcome.links.values())


def about(who: Inputs, ids: Iterable[str]) -> Inputs:
    """Return what decides who some ids are."""
    asked = pa.array(sorted(set(ids)), pa.string())
    is_blocked = pc.is_in(asked, value_set=pa.array(who.blocked).cast(pa.string()))
    return replace(who, blocked=asked.filter(is_blocked))


def with_ends(ids: set[str], links: Iterable[tuple[str, str]]) -> set[str]:
    """Return the ids and those that links name."""
    return ids | {end for pair in links for end in pair}


def move(people: People, person_of: Mapping[str, str], program: Program) -> None:
    """Give ids to the people that they belong to now."""
    leaving: dict[str, dict[str, str]] = {}
    for typed_id, target in person_of.items():
        former = people.person_of.get(typed_id)
        if former is None or former not in people.by_person:
            former = people.of(typed_id).person_id
        if former != target:
            leaving.setdefault(former, {})[typed_id] = target
    for former, moves in leaving.items():
        person = people.by_person.get(former)
        if person is None:
            continue
        targets = {moves.get(one, former) for one in person.ids}
        if len(targets) == 1:
            absorb(people, person, targets.pop(), program)
        else:
            tear(people, person, moves)


def absorb(people: People, person: Person, target: str, program: Program) -> None:
    """Make a person part of another, or give the person another name."""
    other = people.by_person.get(target)
    one = nobody(target) if other is None else other
    whole = united(one, person, program)
    people.drop(person.person_id)
    people.put(whole)
    people.anew.add(target)


def tear(people: People, person: Person, moves: Mapping[str, str]) -> None:
    """Take ids from a person to whom they no longer belong."""
    for target in set(moves.values()):
        other = people.by_person.get(target) or nobody(target)
        mine = [one for one in moves if moves[one] == target]
        other.ids = list(dict.fromkeys([*other.ids, *mine]))
        other.tail = [*other.tail, *(one for one in person.tail if one.visitor_id in mine)]
        people.put(other)
        people.torn.add(target)
    person.ids = [one for one in person.ids if one not in moves]
    person.tail = [one for one in person.tail if one.visitor_id not in moves]
    people.put(person)
    people.torn.add(person.person_id)


def united(one: Person, other: Person, program: Program) -> Person:
    """Return two people as one, who keeps the first one's name."""
    attributes = {**NOBODY, **known(other.attributes), **known(one.attributes)}
    for name in ("orders", "monetary", "refunds", "orders_90d", "visits_30d", "messages_30d"):
        attributes[name] = (one.attributes.get(name) or 0) + (other.attributes.get(name) or 0)
    for name in ("is_registered", "is_buyer", "can_email"):
        attributes[name] = bool(one.attributes.get(name) or other.attributes.get(name))
    for name, best in (("first_order_at", min), ("last_order_at", max), ("last_seen_at", max)):
        told = [who.attributes[name] for who in (one, other) if who.attributes.get(name)]
        if told:
            attributes[name] = best(told)
    seen = [at for at in (one.last_event_ms, other.last_event_ms) if at is not None]
    return Person(
        person_id=one.person_id,
        ids=list(dict.fromkeys([*one.ids, *other.ids])),
        state=merged(program, one.state, other.state),
        attributes=attributes,
        tags={**other.tags, **one.tags},
        scores={**other.scores, **one.scores},
        listed=sorted({*one.listed, *other.listed}),
        traits={**other.traits, **one.traits},
        own={**other.own, **one.own},
        last_event_ms=max(seen, default=None),
        since_ms={**other.since_ms, **one.since_ms},
        links=list(dict.fromkeys([*one.links, *other.links])),
        calls=[*one.calls, *other.calls][-MOST_CALLS:],
        tail=newest([*one.tail, *other.tail]),
        generation=one.generation or other.generation,
    )


def known(attributes: Mapping[str, object]) -> dict[str, object]:
    """Return the attributes that say more than nothing."""
    return {
        name: value
        for name, value in attributes.items()
        if value is not None and value != NOBODY.get(name)
    }


def spread(people: People, links: Iterable[Link]) -> None:
    """Let everybody of a cluster know all of its links."""
    clusters: dict[str, list[Link]] = {}
    for one in links:
        clusters.setdefault(one.cluster_id, []).append(one)
    for found in clusters.values():
        ends = {end for one in found for end in (one.left_id, one.right_id)}
        for name in {people.person_of.get(end, "") for end in ends}:
            person = people.by_person.get(name)
            if person is not None:
                person.links = found
                people.changed.add(person.person_id)
