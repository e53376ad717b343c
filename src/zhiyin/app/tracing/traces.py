"""Traces of single things: a message, a decision, an order, an event, a person, a file's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.app.looking import run_as_of
from zhiyin.app.tracing.back_then import customers_as_of
from zhiyin.app.tracing.facts import KINDS, FactsOf
from zhiyin.app.tracing.nodes import Node, Value, told_once, values_of
from zhiyin.app.tracing.reasons import Person, person_of
from zhiyin.core.clock import naive_utc
from zhiyin.decisions import api as decisions
from zhiyin.decisions.tables import DECISIONS
from zhiyin.delivery.tables import MESSAGES
from zhiyin.profiles import tables as dm

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.tables import TableSpec
    from zhiyin.warehouse.api import LineageGraph

Row = Mapping[str, Any]

DECISION_SHOWN = (
    "arm", "reason", "strategy", "offer_id", "channel", "template", "bucket", "offer_cost",
    "decided_at",
)  # fmt: skip
MESSAGE_SHOWN = ("channel", "state", "changed_at", "why")


@dataclass(frozen=True)
class Tracer:
    """Follows single rows; `newest` facts of a kind are shown of each person."""

    workspace: Workspace
    graph: LineageGraph
    newest: int = 5

    def message(self, message_id: str) -> Node | None:
        """Return why a message went out, down to the raw rows; None for an unknown message."""
        row = self.first(MESSAGES, "message_id", message_id) or self._queued(message_id)
        if row is None:
            return None
        decision = self.decision(row["decision_id"])
        values = values_of(MESSAGES, row, MESSAGE_SHOWN)
        below = (replace(decision, via="decision"),) if decision else ()
        return told_once(Node("message", message_id, "", values, children=below))

    def decision(self, decision_id: str) -> Node | None:
        """Return why somebody was chosen, held out or suppressed; None for an unknown decision."""
        row = self.first(DECISIONS, "decision_id", decision_id)
        if row is None:
            return None
        then = customers_as_of(self.workspace, row["decided_at"])
        person = self.person_at(row["person_id"], row["decided_at"], then)
        below = [
            self._campaign(row),
            *self._strategy(row, person),
            person.consent(row["channel"]),
            person.node(),
        ]
        values = values_of(DECISIONS, row, DECISION_SHOWN)
        return told_once(Node("decision", decision_id, "", values, children=tuple(below)))

    def fact(self, kind: str, name: str) -> list[Node]:
        """Return the facts of a kind that have a name (of several sources), with raw rows."""
        form = KINDS[kind]
        number = {"order": "order_id", "refund": "refund_id", "event": "event_id"}[kind]
        rows = self.rows(form.spec, number, name)
        facts = FactsOf(self.workspace, (), self.now(), newest=self.newest)
        found = []
        for node, row in zip(facts.of_rows(kind, rows), rows, strict=False):
            who = row["visitor_id"]
            person = [Node("person", person_of(self.workspace, who), "person")] if who else []
            found.append(replace(node, via="", children=(*node.children, *person)))
        return found

    def person(self, person_id: str) -> Node:
        """Return who somebody is, what holds of them now and the facts it rests on."""
        person = self.person_at(person_id, self.now())
        below = [
            *person.node().children,
            *(person.score(name) for name in sorted(person.scores)),
            *(person.tag(name) for name in sorted(person.tags)),
        ]
        for kind in KINDS:
            if kind != "record":
                below += person.facts.newest(kind)[0]
        return told_once(replace(person.node(), via="", children=tuple(below)))

    def tag(self, name: str, person_id: str) -> Node:
        """Return why a tag holds of a person, or what is known of it where it does not."""
        return self._of_person(
            self.person_at(person_id, self._when(dm.TAGS, person_id)), "tag", name
        )

    def score(self, name: str, person_id: str) -> Node:
        """Return what a score of a person rests on."""
        person = self.person_at(person_id, self._when(dm.SCORES, person_id))
        return self._of_person(person, "score", name)

    def audience(self, name: str, person_id: str) -> Node:
        """Return what decides whether a person is in an audience."""
        return self._of_person(self.person_at(person_id, self.now()), "audience", name)

    def person_at(self, person_id: str, before: datetime, then: datetime | None = None) -> Person:
        """Return a person with the facts before an instant, and what was known at `then`."""
        return Person(self.workspace, self.graph, person_id, before, newest=self.newest, then=then)

    def now(self) -> datetime:
        """Return the instant that the newest run looked from."""
        return run_as_of(self.workspace)

    def rows(self, spec: TableSpec, column: str, value: object, most: int = 10) -> list[Row]:
        """Return the rows with a value in a column."""
        table = self.workspace.warehouse.read(spec)
        mine = table.filter(table[column] == ibis.literal(value)).limit(most)
        return self.workspace.warehouse.to_arrow(mine).to_pylist()

    def first(self, spec: TableSpec, column: str, value: object) -> Row | None:
        """Return a row with a value in a column, or None."""
        return next(iter(self.rows(spec, column, value, 1)), None)

    def _of_person(self, person: Person, kind: str, name: str) -> Node:
        node = getattr(person, kind)(name)
        return told_once(replace(node, via="", children=(*node.children, person.node())))

    def _when(self, spec: TableSpec, person_id: str) -> datetime:
        row = self.first(spec, "person_id", person_id)
        return row["as_of"] if row else self.now()

    def _queued(self, message_id: str) -> Row | None:
        """Return a message that no run has published yet."""
        row = self.workspace.operational.outbox_row(message_id)
        if row is None:
            return None
        changed = naive_utc(row.changed_at) if row.changed_at else None
        return {**{name: getattr(row, name) for name in MESSAGES.columns}, "changed_at": changed}

    def _campaign(self, row: Row) -> Node:
        record = self.workspace.operational.campaign(row["campaign_id"])
        if record is None:
            return Node("campaign", row["campaign_id"], "campaign")
        values = [Value("state", record.state), Value("planned_at", record.planned_at)]
        if record.launched_at:
            values.append(Value("launched_at", record.launched_at))
        title = dict.fromkeys(("zh-CN", "en"), record.name)
        return Node("campaign", row["campaign_id"], "campaign", tuple(values), title)

    def _strategy(self, row: Row, person: Person) -> list[Node]:
        strategies = decisions.load_definitions(self.workspace.root).strategies
        record = self.workspace.operational.campaign(row["campaign_id"])
        if record is not None:
            spec = decisions.CampaignSpec.parse(record.definition)
            if spec.strategies is None:
                strategies = spec.chosen(())
        for strategy in strategies:
            if strategy.name == row["strategy"]:
                return [person.strategy(strategy)]
        return [Node("strategy", row["strategy"], "strategy")]
