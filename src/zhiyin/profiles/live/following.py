"""Calls in, changed people out: traits, counters, tags and audiences as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from zhiyin.identity.api import Inputs
from zhiyin.profiles.conditions import CHOICES
from zhiyin.profiles.deeds import ORDER, REFUND
from zhiyin.profiles.holding.api import (
    AMOUNT_SCALE,
    Happening,
    Program,
    Stepped,
    looked_at_anew,
    step,
)
from zhiyin.profiles.live.calls import DAY_MS, Call, identifier
from zhiyin.profiles.live.facts import Catalog, fact_of, number_of
from zhiyin.profiles.live.joining import Outcome, People, evidence_of, join, judge, owner_of
from zhiyin.profiles.live.people import MOST_CALLS, MOST_TAIL, Own, Person, Tail, digest_of

# Columns of the wide table that identify calls tell, by the trait that does.
TOLD_BY = {
    "email": "email", "phone": "phone", "name": "name", "gender": "gender", "city": "city",
    "country": "country",
}  # fmt: skip
MOST_TRAITS = 100
LONGEST_TRAIT = 1_000
# Names of events that are counted of one id; what a sender makes up ends there.
MOST_EVENTS = 200
RECENT_MS = 90 * DAY_MS


@dataclass(frozen=True)
class Rules:
    """What live profiles are worked out by, one generation long.

    Attributes
    ----------
    program : the workspace's tags and audiences.
    who : what decides who is who: policy, decisions, and all ids that identify nobody.
    catalog : category and brand of products.
    generation : equal for equal rules over one state of the warehouse.
    """

    program: Program
    who: Inputs
    catalog: Catalog = field(default_factory=dict)
    generation: str = ""


def outcome_of(people: People, calls: Iterable[Call], rules: Rules, *, now: int) -> Outcome:
    """Return who is who by what calls tell; with whom it is about beside those who are there."""
    at = datetime.fromtimestamp(now / 1000, UTC).replace(tzinfo=None)
    return judge(people, evidence_of(calls, people), who=rules.who, at=at)


def follow(
    people: People,
    calls: Sequence[Call],
    rules: Rules,
    *,
    now: int,
    outcome: Outcome | None = None,
) -> None:
    """Take calls into the people that they are about, in the order of the log.

    Parameters
    ----------
    people : everybody that the calls and their outcome name, as they stand; changed in place.
    now : milliseconds since 1970.
    outcome : that of `outcome_of`, if it was asked for; its `absent` have to be there.
    """
    outcome = outcome_of(people, calls, rules, now=now) if outcome is None else outcome
    join(people, outcome, program=rules.program)
    facts: dict[str, list[Happening]] = {}
    told: dict[str, set[str]] = {}
    for call in calls:
        owner = owner_of(call)
        if owner is None:
            continue
        person = people.of(owner)
        if not is_first(person, digest_of(call.key)):
            continue
        people.changed.add(person.person_id)
        changed, fact = taken_in(person, call, rules, now)
        told.setdefault(person.person_id, set()).update(changed)
        if fact is not None:
            facts.setdefault(person.person_id, []).append(fact)
    for name in sorted(people.changed):
        person = people.by_person[name]
        person.generation = person.generation or rules.generation
        advance(person, facts.get(name, ()), rules, now=now, told=told.get(name, ()),
                is_anew=name in people.anew)  # fmt: skip


def advance(
    person: Person,
    facts: Iterable[Happening],
    rules: Rules,
    *,
    now: int,
    told: Iterable[str] = (),
    is_anew: bool = False,
) -> None:
    """Bring a person's tags and audiences to an instant.

    Parameters
    ----------
    told : attributes that changed.
    is_anew : look at every condition, not only at those that the facts and attributes concern.
    """
    known = person.known()
    concerned = [name for name in told if name in rules.program.rules_of_attribute]
    if is_anew or concerned:
        attributes = None if is_anew else concerned
        first = looked_at_anew(
            rules.program, person.state, now=now, known=known, attributes=attributes
        )
        note(person, first, now)
    note(person, step(rules.program, person.state, list(facts), now=now, known=known), now)


def note(person: Person, stepped: Stepped, now: int) -> None:
    """Keep what a step came to."""
    person.state, person.next_at = stepped.state, stepped.next_at
    if len(stepped.state.pending) > MOST_TAIL:
        ahead = stepped.state.pending[-MOST_TAIL:]
        person.state = msgspec.structs.replace(stepped.state, pending=ahead)
    for change in stepped.changes:
        if change.holds:
            person.since_ms[change.name] = now
        else:
            person.since_ms.pop(change.name, None)


def taken_in(
    person: Person, call: Call, rules: Rules, now: int
) -> tuple[set[str], Happening | None]:
    """Note a call's traits and counts; return the attributes that changed, and the fact that
    conditions may count."""
    owner = owner_of(call) or person.person_id
    own = person.own.setdefault(owner, Own())
    changed = with_traits(person, own, call) if call.kind == "identify" else set()
    if call.event is None:
        return changed, None
    count(own.counters, call.event)
    own.last_event_ms = max(own.last_event_ms or 0, call.ts_ms)
    person.last_event_ms = max(person.last_event_ms or 0, call.ts_ms)
    fact = fact_of(call, rules.catalog)
    key = digest_of(call.key)
    if call.event in (ORDER, REFUND):
        key = digest_of(number_of(call))
        fact = fact if is_first(person, key) else None
    if fact is None:
        return changed | set_attributes(person, last_seen_at=seen_at(person)), None
    changed |= counted(person, fact, now=now)
    if not is_heard(fact, rules):
        return changed, None
    person.tail.append(Tail(key, owner, fact))
    del person.tail[:-MOST_TAIL]
    return changed, fact


def count(counters: dict[str, int], event: str) -> None:
    """Count an event, unless too many names are counted already."""
    if event in counters or (len(counters) < MOST_EVENTS and len(event) <= LONGEST_TRAIT):
        counters[event] = counters.get(event, 0) + 1


def is_heard(fact: Happening, rules: Rules) -> bool:
    """Return whether a condition or an attribute counts facts of this kind."""
    return fact.event in rules.program.ears or fact.event in (ORDER, REFUND)


def counted(person: Person, fact: Happening, *, now: int) -> set[str]:
    """Count an order or a refund among the attributes; return those that changed."""
    new: dict[str, Any] = {"last_seen_at": seen_at(person)}
    old = person.attributes
    amount = fact.amounts.get("amount", 0) / AMOUNT_SCALE
    if fact.event == ORDER:
        at = iso(fact.ts_ms)
        orders = (old.get("orders") or 0) + 1
        is_newest = at >= (old.get("last_order_at") or at)
        age_days = max(0, (now - fact.ts_ms) // DAY_MS)
        new |= {
            "is_buyer": True,
            "orders": orders,
            "orders_90d": (old.get("orders_90d") or 0) + (fact.ts_ms >= now - RECENT_MS),
            "monetary": (old.get("monetary") or 0.0) + amount,
            "first_order_at": min(old.get("first_order_at") or at, at),
            "last_order_at": max(old.get("last_order_at") or at, at),
            "recency_days": age_days if is_newest else old.get("recency_days"),
            "stage": "new" if old.get("stage") == "prospect" else old.get("stage"),
        }
    elif fact.event == REFUND:
        new |= {
            "refunds": (old.get("refunds") or 0) + 1,
            "monetary": (old.get("monetary") or 0.0) - amount,
        }
    return set_attributes(person, **new)


def with_traits(person: Person, own: Own, call: Call) -> set[str]:
    """Take the traits of an identify call, the newest word for each name."""
    told = {
        name: value
        for name, value in call.traits.items()
        if isinstance(value, str | int | float | bool) and len(str(value)) <= LONGEST_TRAIT
    }
    own.traits = dict(list({**own.traits, **told}.items())[:MOST_TRAITS])
    person.traits = dict(list({**person.traits, **told}.items())[:MOST_TRAITS])
    new = attributes_of(told)
    if call.user_id:
        new["is_registered"] = True
    return set_attributes(person, **new)


def attributes_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that traits tell."""
    new: dict[str, Any] = {
        column: identifier(told[trait])
        for trait, column in TOLD_BY.items()
        if trait in told and identifier(told[trait])
    }
    if "email" in new:
        new["email"] = new["email"].lower()
    if new.get("gender") not in (None, *CHOICES["gender"]):
        del new["gender"]
    return new


def set_attributes(person: Person, **new: Any) -> set[str]:
    """Set attributes; return the names of those that are different now."""
    changed = {name for name, value in new.items() if person.attributes.get(name) != value}
    person.attributes.update(new)
    return changed


def seen_at(person: Person) -> str | None:
    """Return when the person was seen last, by the log or by the warehouse."""
    told = person.attributes.get("last_seen_at")
    now = None if person.last_event_ms is None else iso(person.last_event_ms)
    return max((at for at in (told, now) if at), default=None)


def iso(ts_ms: int) -> str:
    """Return an instant as attributes hold it."""
    return datetime.fromtimestamp(ts_ms / 1000, UTC).replace(tzinfo=None).isoformat()


def is_first(person: Person, key: int) -> bool:
    """Return whether a key was not seen before, and remember it."""
    if key in person.calls:
        return False
    person.calls.append(key)
    del person.calls[:-MOST_CALLS]
    return True
