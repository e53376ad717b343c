"""Live profiles of a workspace: from the event log into the operational store, and out again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhiyin.app.counting import stamp_of
from zhiyin.app.tracking import plan_in_force
from zhiyin.collect.api import load_traffic_rules
from zhiyin.collect.tables import LOG_LOADS
from zhiyin.core.clock import epoch_milliseconds, naive_utc
from zhiyin.core.errors import NotFound
from zhiyin.core.ids import stable_digest
from zhiyin.identity.api import Inputs, Policy, inputs_for, load_policy
from zhiyin.identity.tables import BLOCKED, DECISIONS, PERSON_OF
from zhiyin.ports.event_log import waiting_in
from zhiyin.ports.live_profiles import LiveChanges, LiveProfile
from zhiyin.profiles import tables as dm
from zhiyin.profiles.live import api as live
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from datetime import datetime

    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.tables import TableSpec

Known = Mapping[str, live.Person]
CONSUMER = "profiles"
BATCH = 1_000  # calls at a time: a fifth of a second's work
RENEWED = 200  # people worked out anew between two readings of the log
KEPT = 20_000  # people who are kept at hand
LOOK_SECONDS = 2.0  # how often definitions and runs are looked at
COMMIT_SECONDS = 5.0  # how often the log is told how far it was read


class Profiling:
    """Follows the log. One thread works; any number may ask.

    The store holds the position together with the people, so a process that is killed at any
    point goes on where the last transaction ended.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.rules: live.Rules | None = None
        self._kept: dict[str, live.Person] = {}
        self._position: dict[str, int] | None = None
        self._looked_at = self._told_at = float("-inf")
        self._stamp = self._doubted = ""
        self._working = threading.Lock()
        self._wanted: set[str] = set()
        self._decisions: set[tuple[Any, ...]] = set()
        # Ids of decisions that the warehouse may not follow yet, and for how many builds more.
        self._doubtful: dict[str, int] = {}
        self._followed = ""

    def turn(self) -> int:
        """Do one piece of work of each kind; return how many calls and people it was about.

        Raises `Transient` where the store cannot be written now; the next turn does it again.
        """
        with self._working:
            self._look()
            self._doubt()
            done = sum(self._follow(partition) for partition in self._partitions())
            done += self._wake()
            done += self._fetch()
            done += self._renew() if done < BATCH else 0
            self._tell()
            return done

    def _partitions(self) -> list[str]:
        return self.workspace.event_log.assigned(CONSUMER)

    def _now(self) -> int:
        return epoch_milliseconds(self.workspace.clock.now())

    def _look(self) -> None:
        """Read definitions and what a run made, where they changed."""
        if self.rules is not None and time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        warehouse, root = self.workspace.warehouse, self.workspace.root
        self._traffic, self._plan = load_traffic_rules(root), plan_in_force(self.workspace)
        versions = [str(warehouse.version(spec)) for spec in (dm.AUDIENCES, dw.PRODUCTS)]
        decided = [str(warehouse.version(spec)) for spec in (DECISIONS, PERSON_OF)]
        policy = load_policy(root)
        stamp = stable_digest(stamp_of(root), policy.digest, *decided, *versions)
        if self.rules is not None and stamp == self._stamp:
            return
        definitions = self.workspace.counting.definitions()
        program = live.program_of(definitions.tags, definitions.audiences)
        lists = {name: one.snapshot for name, one in definitions.audiences.items() if one.snapshot}
        products = self._rows(dw.PRODUCTS, "product_id", "category", "brand")
        tags = (name for name, tag in definitions.tags.items() if tag.kind == "rule")
        self._seeds = live.Seeds(warehouse, program.ears, tags, lists)
        # Last, because who asks meanwhile looks for this.
        self.rules = live.Rules(
            program=program,
            who=self._who(policy),
            catalog={row["product_id"]: (row["category"], row["brand"]) for row in products},
            generation=stable_digest(
                program.digest, policy.digest, *versions, *map(str, sorted(lists.items()))
            )[:16],
        )
        self._stamp = stamp
        self._kept.clear()

    def _who(self, policy: Policy) -> Inputs:
        """Return what decides who is who, as the next build of identity will take it."""
        warehouse = self.workspace.warehouse
        nobody = [row["blocked_id"] for row in self._rows(BLOCKED, "blocked_id")]
        known = pa.chunked_array([pa.array(nobody, pa.string())])
        tables = (DECISIONS, dw.CUSTOMERS)
        return inputs_for(policy, known, *(warehouse.read(spec) for spec in tables))

    def _doubt(self) -> None:
        """Have those people worked out anew whom decisions that are new to us concern.

        Once when a decision is there, and again when the warehouse has followed it: not later than
        by the second build from then, as one may be under way that has not read the decision.
        """
        if self._doubted == self._stamp:
            return
        rows = self._rows(DECISIONS, "decision_id", "left_id", "right_id", "revoked_at")
        decisions = {tuple(row.values()) for row in rows}
        followed = str(self.workspace.warehouse.version(PERSON_OF))
        fresh = {one for row in decisions - self._decisions for one in row[1:3]}
        ids, doubtful = fresh, self._doubtful
        if followed != self._followed:
            ids = fresh | doubtful.keys()
            doubtful = {one: builds - 1 for one, builds in doubtful.items() if builds > 1}
        doubtful = {**doubtful, **dict.fromkeys(fresh, 2)}
        store = self.workspace.operational
        names = sorted(set(store.live_people(sorted(ids)).values()))
        found = store.live_profiles(names).values()
        if found:
            store.store_live(LiveChanges([replace(one, generation="") for one in found]))
            self._kept.clear()
        self._decisions, self._doubtful, self._followed = decisions, doubtful, followed
        self._doubted = self._stamp

    def _rows(self, spec: TableSpec, *columns: str) -> list[dict[str, Any]]:
        warehouse = self.workspace.warehouse
        if not warehouse.exists(spec):
            return []
        return warehouse.to_arrow(warehouse.read(spec).select(*columns)).to_pylist()

    def position(self) -> dict[str, int]:
        """Return the next offset wanted of each partition.

        At the very first it is where the warehouse ends, which knows everything before.
        """
        if self._position is None:
            known = self.workspace.operational.live_position()
            self._position = known or self._first_position()
        return self._position

    def _first_position(self) -> dict[str, int]:
        warehouse = self.workspace.warehouse
        if not warehouse.exists(dw.EVENTS) or not warehouse.exists(LOG_LOADS):
            return {}
        events = warehouse.read(dw.EVENTS)
        newest = warehouse.to_arrow(events.agg(newest=events.load_id.max()))["newest"][0].as_py()
        loads = self._rows(LOG_LOADS, "load_id", "partition", "next_offset")
        found: dict[str, int] = {}
        for row in loads:
            if newest is not None and row["load_id"] <= newest:
                name = row["partition"] or "main"
                found[name] = max(found.get(name, 0), row["next_offset"])
        return found

    def _follow(self, partition: str) -> int:
        log, rules = self.workspace.event_log, self.rules
        assert rules is not None
        start = max(self.position().get(partition, 0), log.begin(partition))
        chunk = log.read(partition, start, BATCH)
        if chunk.next_offset == self.position().get(partition):
            return 0
        read = (live.read_call(body, self._traffic) for body in chunk.bodies)
        calls = [call for call in read if call is not None and not self._blocks(call)]
        people, now = self._loaded(live.named_ids(calls)), self._now()
        try:
            outcome = live.outcome_of(people, calls, rules, now=now)
            while absent := sorted(outcome.absent(people)):
                self._take(people, absent)
                outcome = live.outcome_of(people, calls, rules, now=now)
            live.follow(people, calls, rules, now=now, outcome=outcome)
        except BaseException:
            self._kept.clear()  # people are changed in place, and these are changed by half
            raise
        self._store(people, {partition: chunk.next_offset})
        return len(chunk.bodies)

    def _blocks(self, call: live.Call) -> bool:
        # Names of pages are ours; the plan knows the name that the sender gave.
        return self._plan.blocks(call.source_id, call.kind, call.event, call.content)

    def _loaded(self, ids: Iterable[str]) -> live.People:
        """Return everybody behind these ids, from memory, the store or the warehouse."""
        people = live.People()
        self._take(people, ids)
        return people

    def _take(self, people: live.People, ids: Iterable[str]) -> None:
        """Take everybody in who is behind these ids and not there yet."""
        asked = [one for one in dict.fromkeys(ids) if one not in people.person_of]
        store = self.workspace.operational
        people.person_of.update(store.live_people(asked))
        names = {people.person_of.get(one) for one in asked} - {None} - people.by_person.keys()
        at_hand = {name: self._kept[name] for name in names if name in self._kept}
        missing = sorted(names - at_hand.keys())
        stored = {name: live.restored(one) for name, one in store.live_profiles(missing).items()}
        for person in (*stored.values(), *at_hand.values()):
            people.by_person[person.person_id] = person
            for one in person.ids:
                people.person_of.setdefault(one, person.person_id)
        self._seed(people, [one for one in asked if one not in people.person_of])
        stale = [p for p in people.by_person.values() if p.generation != self._rules.generation]
        self._renewed(people, stale)

    @property
    def _rules(self) -> live.Rules:
        assert self.rules is not None
        return self.rules

    def _seed(self, people: live.People, ids: Sequence[str]) -> None:
        """Take in those of the ids that only the warehouse knows, and the rest as new."""
        for person in self._seeds.people(ids):
            if not any(people.person_of.get(one) in people.by_person for one in person.ids):
                people.put(person)
        for one in ids:
            if one not in people.person_of:
                fresh = live.nobody(one)
                fresh.generation = self._rules.generation
                people.put(fresh)
                people.anew.add(one)

    def _renewed(
        self,
        people: live.People,
        stale: Sequence[live.Person],
        at_hand: Known | None = None,
    ) -> None:
        """Work people out anew from what the warehouse holds now.

        `at_hand` are people who need not be read from the store, if not those who are kept.
        """
        if not stale:
            return
        now, at = self._now(), naive_utc(self.workspace.clock.now())
        at_hand = self._kept if at_hand is None else at_hand
        stale, groups = self._whole_groups(stale, at, at_hand)
        found = [one for group in groups for one in group.found]
        facts = self._seeds.facts(one for person in (*found, *stale) for one in person.ids)
        for person in stale:
            people.drop(person.person_id)
        for group in groups:
            people.put(live.renewed(group.person, group.found, facts, self._rules, now=now))

    def _whole_groups(
        self, stale: Sequence[live.Person], at: datetime, at_hand: Known
    ) -> tuple[Sequence[live.Person], list[live.Group]]:
        """Return people with everybody whom they turn out to be one with, and all as groups.

        Whoever is one with them is not always among them: a decision that is taken back joins two
        people of whom one may not have been asked for.
        """
        named: set[str] = set()
        while True:
            tied = [one for person in stale if len(person.ids) > 1 for one in person.ids]
            ids = [one for person in stale for one in person.ids]
            found = self._seeds.people([*ids, *named], tied=[*tied, *named])
            more = [one for person in found for one in person.ids]
            others = self._others([*more, *named], stale, at_hand)
            stale = [*stale, *others]
            groups = live.regrouped(stale, found, self._rules, at=at)
            names = (one.person.person_id for one in groups)
            absent = {*names} - named - {one for group in groups for one in group.person.ids}
            if not (others or absent):
                return stale, groups
            named |= absent

    def _others(
        self, ids: Sequence[str], known: Iterable[live.Person], at_hand: Known
    ) -> list[live.Person]:
        """Return whom the store has under some ids as others than those known, as the warehouse
        has it by now that they are one."""
        store = self.workspace.operational
        names = set(store.live_people(ids).values()) - {one.person_id for one in known}
        found = store.live_profiles(sorted(names))
        return [at_hand.get(name) or live.restored(found[name]) for name in found]

    def _store(self, people: live.People, position: dict[str, int]) -> None:
        """Write what changed, with the position, in one transaction."""
        for name in people.torn & set(people.by_person):
            people.by_person[name].generation = ""
        changed = [people.by_person[name] for name in sorted(people.changed)]
        changes = LiveChanges(
            [one.stored() for one in changed], sorted(people.gone), people.moved, position
        )
        self._kept.update((one.person_id, one) for one in changed)
        for name in people.gone:
            self._kept.pop(name, None)
        try:
            self.workspace.operational.store_live(changes)
        except BaseException:
            self._kept.clear()  # what was not stored did not happen
            raise
        self.position().update(position)
        while len(self._kept) > KEPT:
            self._kept.pop(next(iter(self._kept)))

    def _wake(self) -> int:
        """Look at people for whom time alone may have changed something."""
        now = self._now()
        due = self.workspace.operational.live_due(now, BATCH)
        people = self._at_hand(due)
        for person in list(people.by_person.values()):
            people.changed.add(person.person_id)
            live.advance(person, (), self._rules, now=now)
        if due:
            self._store(people, {})
        return len(due)

    def _renew(self) -> int:
        """Work some people out anew whom an earlier run left."""
        stale = self.workspace.operational.live_stale(self._rules.generation, RENEWED)
        people = live.People()
        people.by_person.update((one.person_id, live.restored(one)) for one in stale)
        self._renewed(people, list(people.by_person.values()))
        if stale:
            self._store(people, {})
        return len(stale)

    def _fetch(self) -> int:
        """Take people in who were asked for, so that the next question finds them."""
        asked = [self._wanted.pop() for _ in range(min(len(self._wanted), RENEWED))]
        known = [one for person in self._seeds.people(asked) for one in person.ids]
        if known:
            self._store(self._loaded(known), {})
        return len(known)

    def _at_hand(self, profiles: Iterable[LiveProfile]) -> live.People:
        people = live.People()
        for one in profiles:
            person = self._kept.get(one.person_id) or live.restored(one)
            people.by_person[one.person_id] = person
        stale = [p for p in people.by_person.values() if p.generation != self._rules.generation]
        self._renewed(people, stale)
        return people

    def _tell(self) -> None:
        """Tell the log how far it was read, so that it keeps the rest."""
        if time.monotonic() - self._told_at >= COMMIT_SECONDS:
            self._told_at = time.monotonic()
            self.workspace.event_log.commit(CONSUMER, dict(self.position()))

    def shown(self, name: str) -> dict[str, Any]:
        """Return one person by any typed id, as plain values.

        Who has no live profile yet is worked out from the warehouse, and stored by the next turn.

        Raises `NotFound` for an id that nobody has.
        """
        stored = self.workspace.operational.live_profile(name)
        if self.rules is None:
            with self._working:
                self._look()
        if stored is not None:
            return dict(vars(live.shown(live.restored(stored), self._rules.program)))
        people = live.People()
        found = self._seeds.people([name])
        if not found:
            raise NotFound(f"Nobody is known by {name!r}; give a typed id such as user:42.")
        self._wanted.add(name)
        # Not the people at hand: they change while somebody is at work.
        others = self._others([one for person in found for one in person.ids], (), {})
        known = {one.person_id for one in others}
        self._renewed(people, [*others, *(p for p in found if p.person_id not in known)], {})
        return dict(vars(live.shown(people.of(name), self._rules.program)))

    def standing(self) -> dict[str, Any]:
        """Return how many people have live profiles, and how far behind the log they are."""
        log = self.workspace.event_log
        position = self.workspace.operational.live_position()
        waiting = {name: waiting_in(log, name, position.get(name, 0)) for name in log.partitions()}
        return {
            "people": self.workspace.operational.count_live(),
            "waiting": sum(waiting.values()) if position else 0,
            "is_following": bool(position),
        }
