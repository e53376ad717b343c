"""What is kept of one person, and what is shown of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from zhiyin.core.clock import naive_utc
from zhiyin.ports.live_profiles import LiveProfile
from zhiyin.profiles.conditions import attribute_kind
from zhiyin.profiles.holding.api import Happening, Known, Program, State, tags_held
from zhiyin.profiles.tables import CUSTOMERS

TIMES = frozenset(name for name in CUSTOMERS.columns if attribute_kind(name) == "time")
# What the wide table says of somebody of whom it knows nothing.
NOBODY: Mapping[str, Any] = {
    "is_registered": False, "is_buyer": False, "can_email": False, "orders": 0, "monetary": 0.0,
    "refunds": 0, "orders_90d": 0, "stage": "prospect", "visits_30d": 0, "messages_30d": 0,
    "completeness": 0.0,
}  # fmt: skip
# Calls by which one that comes again is recognized: those of the last hours, of most people all.
MOST_CALLS = 512
# Facts that the warehouse was not seen to hold yet: more than a person does between two runs.
MOST_TAIL = 1_000


class Link(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of `dw.identity_links`."""

    left_id: str
    right_id: str
    evidence: str
    sources: str
    strength: int
    seen: int
    first_seen: datetime | None
    last_seen: datetime | None
    verdict: str
    reason: str | None
    cluster_id: str
    rule: str | None
    load_id: int
    changed_at: datetime


class Tail(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact from the log, kept until the warehouse holds it.

    `key` is the digest of what tells the fact from others: source and event id, or the number of
    an order or refund.
    """

    key: int
    visitor_id: str
    fact: Happening


class Own(msgspec.Struct, array_like=True, gc=False):
    """What one id of a person told, so that it goes with the id when people are taken apart."""

    counters: dict[str, int] = {}
    traits: dict[str, Any] = {}
    last_event_ms: int | None = None


class Person(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """All that is kept of a person.

    Attributes
    ----------
    ids : typed ids.
    state : memories of conditions, see `profiles.holding`.
    attributes : columns of `dm.customers`, those that events tell of kept up to date.
    tags : value and weight of tags that no condition decides, as of the last run.
    scores, listed : newest scores; audiences with members instead of a condition.
    traits : what identify calls said, the newest word for each name.
    own : of each id, how often each event was seen since live profiles began, and traits.
    since_ms : since when each tag and audience holds, where it began to while somebody looked.
    calls : digests of the newest calls, and of the numbers of orders and refunds.
    tail : facts from the log that a condition or an attribute counts and that the warehouse was
        not seen to hold yet, the newest of them.
    """

    person_id: str
    ids: list[str] = []
    state: State = State()
    attributes: dict[str, Any] = {}
    tags: dict[str, tuple[str | None, float | None]] = {}
    scores: dict[str, float] = {}
    listed: list[str] = []
    traits: dict[str, Any] = {}
    own: dict[str, Own] = {}
    last_event_ms: int | None = None
    since_ms: dict[str, int] = {}
    links: list[Link] = []
    calls: list[int] = []
    tail: list[Tail] = []
    next_at: int | None = None
    generation: str = ""

    @property
    def counters(self) -> dict[str, int]:
        """How often each event was seen, by whichever id."""
        found: Counter[str] = Counter()
        for one in self.own.values():
            found.update(one.counters)
        return dict(found)

    def known(self) -> Known:
        """Return what conditions ask of the person beside behavior."""
        attributes = {
            name: datetime.fromisoformat(value) if name in TIMES and value else value
            for name, value in self.attributes.items()
        }
        return Known(self.person_id, attributes, self.tags, self.scores, self.listed)

    def stored(self) -> LiveProfile:
        """Return the person as the store takes it."""
        return LiveProfile(self.person_id, encoded(self), self.next_at, self.generation)


def digest_of(key: str) -> int:
    """Return 48 bits that stand for a key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=6).digest(), "big")


_ENCODER = msgspec.msgpack.Encoder(decimal_format="number")
_DECODER = msgspec.msgpack.Decoder(Person)


def encoded(person: Person) -> bytes:
    """Return a person as a document."""
    return _ENCODER.encode(person)


def decoded(document: bytes) -> Person:
    """Return the person in a document."""
    return _DECODER.decode(document)


def restored(profile: LiveProfile) -> Person:
    """Return the person whom `Person.stored` gave, of the profile's generation: without opening
    documents the store is told that people have to be worked out anew."""
    person = decoded(profile.document)
    person.generation = profile.generation
    return person


def nobody(person_id: str, ids: Iterable[str] = ()) -> Person:
    """Return a person of whom nothing is known but the ids."""
    known = list(dict.fromkeys([person_id, *ids]))
    is_registered = any(one.startswith("user:") for one in known)
    return Person(
        person_id=person_id,
        ids=known,
        attributes={**NOBODY, "is_registered": is_registered},
    )


def newest(tail: list[Tail]) -> list[Tail]:
    """Return as many facts as are kept, those that happened last; in their order if all are."""
    if len(tail) <= MOST_TAIL:
        return tail
    return sorted(tail, key=lambda one: one.fact.ts_ms)[-MOST_TAIL:]


def plain(value: Any) -> Any:
    """Return an attribute as documents hold it: instants as ISO 8601 texts, money as floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return naive_utc(value).isoformat()
    if isinstance(value, date):
        return datetime.combine(value, datetime.min.time()).isoformat()
    return value


@dataclass(frozen=True)
class Shown:
    """A live profile as people and programs read it. Instants are aware UTC."""

    person_id: str
    ids: list[str]
    traits: dict[str, Any]
    attributes: dict[str, Any]
    counters: dict[str, int]
    tags: list[dict[str, Any]]
    audiences: list[dict[str, Any]]
    scores: dict[str, float]
    last_event_at: datetime | None


def shown(person: Person, program: Program) -> Shown:
    """Return what is shown of a person; tags and audiences by name."""
    tags = tags_held(program, person.state.held, person.known())
    audiences = (
        name.removeprefix("audience:") for name in person.state.held if name.startswith("audience:")
    )
    return Shown(
        person.person_id,
        sorted(person.ids),
        person.traits,
        {name: value for name, value in person.attributes.items() if name != "person_id"},
        dict(sorted(person.counters.items())),
        [
            {"tag": tag, "value": value, "weight": weight, "since": began(person, f"tag:{tag}")}
            for tag, (value, weight) in sorted(tags.items())
        ],
        [
            {"audience": name, "since": began(person, f"audience:{name}")}
            for name in sorted({*audiences, *person.listed})
        ],
        person.scores,
        instant(person.last_event_ms),
    )


def began(person: Person, rule: str) -> datetime | None:
    """Return since when a tag or audience holds, as far as known."""
    return instant(person.since_ms.get(rule))


def instant(ts_ms: int | None) -> datetime | None:
    """Return an instant of milliseconds since 1970."""
    return None if ts_ms is None else datetime.fromtimestamp(ts_ms / 1000, UTC)
