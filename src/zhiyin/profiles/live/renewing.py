"""People worked out anew from what the warehouse holds now, and the facts that it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from zhiyin.profiles.holding.api import State, looked_at_anew, step
from zhiyin.profiles.live.following import Rules, counted, is_heard, set_attributes
from zhiyin.profiles.live.joining import united
from zhiyin.profiles.live.people import MOST_CALLS, Person, Tail, instant

# What cleaning rejected never comes to the warehouse; nothing that does takes this long.
LONGEST_WAY_MS = 35 * 86_400_000


def renewed(
    person: Person,
    found: Iterable[Person],
    facts: Mapping[str, list[Tail]],
    rules: Rules,
    *,
    now: int,
) -> Person:
    """Return a person as the warehouse knows them, with what only the log has told so far.

    Parameters
    ----------
    person : as they stood, with all ids and links that they have now; see `regrouped`.
    found : the people of the warehouse whom they now are: one, none, or several where the log has
        joined them since the last run.
    facts : facts of the visitors among the ids of all of them, by visitor.
    now : milliseconds since 1970.
    """
    found = list(found)
    base = basis(person, found, rules)
    held = [one for name in base.ids for one in facts.get(name, ())]
    known, since = {one.key for one in held}, now - LONGEST_WAY_MS
    # Of what is not asked for, the warehouse is not seen to hold it either.
    heard = (one for one in base.tail if one.fact.ts_ms >= since and is_heard(one.fact, rules))
    tail = [one for one in heard if one.key not in known]
    newest = sorted(held, key=lambda one: one.fact.ts_ms)[-MOST_CALLS:]
    base.calls = list(dict.fromkeys([*(one.key for one in newest), *person.calls]))[-MOST_CALLS:]
    base.tail = tail
    base.generation = rules.generation
    moment = instant(base.last_event_ms)
    if moment is not None:
        told = moment.replace(tzinfo=None).isoformat()
        set_attributes(base, last_seen_at=max(base.attributes.get("last_seen_at") or told, told))
    if found:
        # The warehouse's attributes lack what only the log has told.
        for one in tail:
            counted(base, one.fact, now=now)
    happened = [one.fact for one in (*held, *tail)]
    opened = looked_at_anew(
        rules.program, State(), now=now, known=base.known(), attributes=None
    ).state
    done = step(rules.program, opened, happened, now=now, known=base.known())
    before = person.state.held
    base.state, base.next_at = done.state, done.next_at
    began = dict.fromkeys(done.state.held - before, now) if person.generation else {}
    base.since_ms = {
        name: at for name, at in {**person.since_ms, **began}.items() if name in done.state.held
    }
    return base


def basis(person: Person, found: list[Person], rules: Rules) -> Person:
    """Return the person without a state: what the warehouse says, under the right name."""
    if not found:
        return msgspec.structs.replace(person, state=State())
    names = [one.person_id for one in found]
    first = person.person_id if person.person_id in names else names[0]
    whole = next(one for one in found if one.person_id == first)
    for other in found:
        if other is not whole:
            whole = united(whole, other, rules.program)
    return msgspec.structs.replace(
        whole,
        person_id=person.person_id,
        ids=person.ids,
        attributes=dict(whole.attributes),
        traits=person.traits,
        own=person.own,
        last_event_ms=person.last_event_ms,
        calls=person.calls,
        tail=person.tail,
        links=person.links,
        state=State(),
    )
