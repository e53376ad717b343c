"""One person's state, and what an event or the passing of time makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import msgspec

from zhiyin.profiles.holding.happenings import Happening
from zhiyin.profiles.holding.known import Known
from zhiyin.profiles.holding.program import Program, Rule
from zhiyin.profiles.holding.truth import RULE_WEIGHT, View

MOST_OPENINGS = 64


class State(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """All that is remembered of a person.

    Attributes
    ----------
    memory : what conditions remember, by their keys in the program; see `holding.watching`.
    due : when time alone may change the answer of a condition that reads a memory, by the same
        keys.
    true : places of the conditions about behavior that hold, in the program that was last stepped.
    held : names of the rules that hold.
    pending : facts that lie ahead of the clock: they count once their time has come.
    """

    memory: dict[str, Any] = {}
    due: dict[str, int] = {}
    true: frozenset[int] = frozenset()
    held: frozenset[str] = frozenset()
    pending: tuple[Happening, ...] = ()


class Change(msgspec.Struct, frozen=True):
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
    due, true = state.due, state.true
    held, changes = state.held, ()
    if touched:
        due = {key: at for key, at in due.items() if key not in touched}
        holding, turns = answered(program, memory, touched, now)
        due.update(turns)
        turned = {place for place, holds in holding.items() if holds is not (place in true)}
        if turned:
            true = true ^ turned
            rules = {rule.place: rule for one in turned for rule in program.rules_of.get(one, ())}
            held, changes = decided(program, rules, held, View(true, known, held))
    after = State(memory, due, true, held, pending)
    return Stepped(after, changes, next_look(after))


def answered(
    program: Program, memory: Mapping[str, Any], keys: Iterable[str], now: int
) -> tuple[dict[int, bool], dict[str, int]]:
    """Return what the conditions that read some memories say, by place, and when each of the
    memories has to be looked at again."""
    holding: dict[int, bool] = {}
    turns: dict[str, int] = {}
    for key in keys:
        kept, soonest = memory.get(key), None
        for place, answer in program.asked.get(key, ()):
            holding[place], at = answer(kept, now)
            if at is not None and (soonest is None or at < soonest):
                soonest = at
        if soonest is not None:
            turns[key] = soonest
    return holding, turns


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
            for key, watch, slot in ear.told:
                amount = 0 if watch.measure is None else fact.amounts.get(watch.measure, 0)
                memory[key] = watch.told(memory.get(key), slot, (fact.ts_ms, amount))
                touched.add(key)
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
    todo = sorted(rules)
    while todo:
        rule = program.rules[heappop(todo)]
        value = None if rule.value is None else rule.value(view.known)
        holds = rule.holds(view) and (rule.value is None or value is not None)
        if holds is (rule.name in now_held):
            continue
        changes.append(Change(rule.name, holds))
        (now_held.add if holds else now_held.discard)(rule.name)
        if rule.tag is not None:
            for other in program.rules_of_tag.get(rule.tag, ()):
                if other.place not in todo:
                    heappush(todo, other.place)
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
    if attributes is not None:
        asking = [one for name in attributes for one in program.rules_of_attribute.get(name, ())]
        if not asking:
            return Stepped(state, (), next_look(state))
        rules = {rule.place: rule for rule in asking}
        held, changes = decided(program, rules, state.held, View(state.true, known, state.held))
        anew = State(state.memory, state.due, state.true, held, state.pending)
        return Stepped(anew, changes, next_look(anew))
    if state == State() and not (known.tags or known.scores or known.listed):
        return opened(program, known)
    memory = {key: kept for key, kept in state.memory.items() if key in program.watches}
    holding, due = answered(program, memory, memory, now)
    true = (program.true_of_nobody - holding.keys()) | {
        place for place, holds in holding.items() if holds
    }
    kept = state.held & program.names
    rules = {rule.place: rule for rule in program.rules}
    held, changes = decided(program, rules, kept, View(true, known, kept))
    gone = tuple(Change(name, False) for name in sorted(state.held - kept))
    anew = State(memory, due, true, held, state.pending)
    return Stepped(anew, (*gone, *changes), next_look(anew))


def opened(program: Program, known: Known) -> Stepped:
    """Return the first state of somebody who did nothing and of whom only attributes are known.

    Most newcomers are alike: what held for one holds for the next whose attributes are the same, as
    far as rules ask for them; except where a rule asks who the person is.
    """
    nothing: frozenset[str] = frozenset()
    alike = tuple(known.attributes.get(name) for name in program.rules_of_attribute)
    held = program.openings.get(alike)
    if held is None:
        rules = {rule.place: rule for rule in program.rules}
        held, _ = decided(program, rules, nothing, View(program.true_of_nobody, known, nothing))
        if len(program.openings) < MOST_OPENINGS:
            program.openings[alike] = held
    rules = {rule.place: rule for rule in program.personal}
    held, _ = decided(program, rules, held, View(program.true_of_nobody, known, held))
    changes = tuple(Change(rule.name, True) for rule in program.rules if rule.name in held)
    return Stepped(State(true=program.true_of_nobody, held=held), changes, None)


def next_look(state: State) -> int | None:
    """Return when a state has to be looked at again though nothing happens."""
    ahead = (fact.ts_ms + 1 for fact in state.pending)
    return min((*state.due.values(), *ahead), default=None)


def merged(program: Program, one: State, other: State) -> State:
    """Return the state of two people who are one: all that both did.

    Nothing is decided; call `looked_at_anew` next.
    """
    memory = dict(one.memory)
    for key, theirs in other.memory.items():
        if key in program.watches:
            memory[key] = program.watches[key].merged(memory.get(key), theirs)
    return State(memory, held=one.held, pending=(*one.pending, *other.pending))
