"""One person's state, and what an event or the passing of time makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from zhiyin.profiles.holding.happenings import Happening
from zhiyin.profiles.holding.known import Known
from zhiyin.profiles.holding.program import Program, Rule
from zhiyin.profiles.holding.truth import RULE_WEIGHT, View


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is remembered of a person.

    Attributes
    ----------
    memory : what conditions remember, by their keys in the program; see `holding.watching`.
    due : when time alone may change a condition's answer, by the same keys.
    held : names of the rules that hold.
    pending : facts that lie ahead of the clock: they count once their time has come.
    """

    memory: dict[str, Any] = {}
    due: dict[str, int] = {}
    held: frozenset[str] = frozenset()
    pending: tuple[Happening, ...] = ()


@dataclass(frozen=True)
class Change:
    """A rule (`tag:…` or `audience:…`) that began to hold, or no longer does."""

    name: str
    holds: bool


@dataclass(frozen=True)
class Stepped:
    """What one step came to: the new state, what changed, and when to look again if ever."""

    state: State
    changes: tuple[Change, ...]
    next_at: int | None


def step(
    program: Program, state: State, facts: Sequence[Happening], *, now: int, known: Known
) -> Stepped:
    """Return a person's state after new facts, or none, at an instant.

    Pure. A person of whom nothing is known yet goes through `looked_at_anew` first. Only
    conditions that listen to a fact's event, and those whose time has come, are looked at. The
    answer at `now` is that of `select` with `as_of` at `now` over all facts so far; it stays so
    until `next_at`, at which this must be called again.

    Parameters
    ----------
    facts : new facts, in any order, each handed over once.
    now : milliseconds since 1970; never less than in the step before.
    """
    told = [fact for fact in (*state.pending, *facts) if fact.ts_ms < now]
    pending = tuple(fact for fact in (*state.pending, *facts) if fact.ts_ms >= now)
    memory, touched = remembered(program, state, told, now)
    touched.update(key for key, at in state.due.items() if at <= now)
    due = state.due
    if touched:
        due = {key: at for key, at in due.items() if key not in touched}
        for key in touched:
            watch = program.watches.get(key)
            at = None if watch is None else watch.turns_at(memory.get(key), now)
            if at is not None:
                due[key] = at
    rules = {rule.place: rule for key in touched for rule in program.rules_of.get(key, ())}
    held, changes = decided(program, rules, state.held, View(memory, known, now, state.held))
    next_at = min((*due.values(), *(fact.ts_ms + 1 for fact in pending)), default=None)
    return Stepped(State(memory, due, held, pending), changes, next_at)


def remembered(
    program: Program, state: State, facts: Iterable[Happening], now: int
) -> tuple[dict[str, Any], set[str]]:
    """Return the memories with new facts, and the keys of those that changed."""
    memory = dict(state.memory)
    touched: set[str] = set()
    for fact in facts:
        for ear in program.ears.get(fact.event, ()):
            if not ear.recognizes(fact):
                continue
            watch = ear.watch
            amount = 0 if watch.measure is None else fact.amounts.get(watch.measure, 0)
            memory[ear.key] = watch.told(memory.get(ear.key), ear.slot, (fact.ts_ms, amount))
            touched.add(ear.key)
    for key in touched | {key for key, at in state.due.items() if at <= now}:
        watch = program.watches.get(key)
        kept = None if watch is None else watch.trimmed(memory.get(key), now)
        if kept is None:
            memory.pop(key, None)
        else:
            memory[key] = kept
    return memory, touched


def decided(
    program: Program, rules: dict[int, Rule], held: frozenset[str], view: View
) -> tuple[frozenset[str], tuple[Change, ...]]:
    """Return which rules hold after some were looked at again, and the changes.

    A tag that changes brings the audiences that ask for it into play.
    """
    if not rules:
        return held, ()
    view.held = now_held = set(held)
    changes = []
    todo = dict(rules)
    while todo:
        rule = todo.pop(min(todo))
        value = None if rule.value is None else rule.value(view.known)
        holds = rule.holds(view) and (rule.value is None or value is not None)
        if holds is (rule.name in now_held):
            continue
        changes.append(Change(rule.name, holds))
        (now_held.add if holds else now_held.discard)(rule.name)
        if rule.tag is not None:
            asking = program.rules_of_tag.get(rule.tag, ())
            todo.update((other.place, other) for other in asking)
    return frozenset(now_held), tuple(changes)


def tags_held(
    program: Program, held: Iterable[str], known: Known
) -> dict[str, tuple[str | None, float | None]]:
    """Return value and weight of every tag the person has."""
    tags = dict(known.tags)
    for rule in program.rules:
        if rule.tag is None:
            break  # tags come first
        if rule.name in held:
            tags[rule.tag] = (None if rule.value is None else rule.value(known), RULE_WEIGHT)
        else:
            tags.pop(rule.tag, None)
    return tags


def looked_at_anew(
    program: Program, state: State, *, now: int, known: Known, attributes: Iterable[str] | None
) -> Stepped:
    """Return a person's state after something else than behavior changed.

    Parameters
    ----------
    attributes : which attributes changed; None looks at every rule, as after tags or scores
        changed, or the program did.
    """
    rules = {
        rule.place: rule
        for rule in (
            program.rules
            if attributes is None
            else (one for name in attributes for one in program.rules_of_attribute.get(name, ()))
        )
    }
    names = {rule.name for rule in program.rules}
    kept = frozenset(name for name in state.held if name in names)
    held, changes = decided(program, rules, kept, View(state.memory, known, now, kept))
    gone = tuple(Change(name, False) for name in sorted(state.held - kept))
    due = state.due
    if attributes is None:
        turns = {
            key: watch.turns_at(state.memory.get(key), now)
            for key, watch in program.watches.items()
        }
        due = {key: at for key, at in turns.items() if at is not None}
    next_at = min((*due.values(), *(fact.ts_ms + 1 for fact in state.pending)), default=None)
    return Stepped(State(state.memory, due, held, state.pending), (*gone, *changes), next_at)


def merged(program: Program, one: State, other: State) -> State:
    """Return the state of two people who are one: all that both did.

    Nothing is decided; call `looked_at_anew` next.
    """
    memory = dict(one.memory)
    for key, theirs in other.memory.items():
        if key in program.watches:
            memory[key] = program.watches[key].merged(memory.get(key), theirs)
    return State(memory, {}, one.held, (*one.pending, *other.pending))
