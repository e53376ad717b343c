"""What hangs on single rows: from a file, a fact, a person or a decision up to messages sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.app.tracing.nodes import Node, Value, values_of
from zhiyin.app.tracing.reasons import person_of
from zhiyin.app.tracing.traces import DECISION_SHOWN, MESSAGE_SHOWN, Tracer
from zhiyin.collect import tables as ods
from zhiyin.decisions.tables import DECISIONS
from zhiyin.delivery.tables import MESSAGES
from zhiyin.identity.tables import PERSON_OF
from zhiyin.measurement import tables as results
from zhiyin.profiles import tables as dm
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.tables import TableSpec

Row = Mapping[str, Any]
MOST_GROUPS = 50
OUTCOME_SHOWN = ("arm", "orders", "revenue", "is_converted")


@dataclass(frozen=True)
class Impact:
    """Follows rows onward."""

    tracer: Tracer

    def file(self, name: str) -> Node | None:
        """Return what a file's rows became, and whom that touches; None for an unknown file."""
        ledger = self._imports(name)
        if not ledger:
            return None
        parts = [self._became(row["target"], name) for row in ledger if row["target"] in FACTS]
        visitors = [part for part, _ in parts if part is not None]
        nodes = [node for _, found in parts for node in found]
        if visitors:
            together = ibis.union(*visitors, distinct=True) if len(visitors) > 1 else visitors[0]
            nodes.append(self._people(together))
        return Node("file", name, "", self.of_import(ledger), children=tuple(nodes))

    def of_import(self, ledger: Sequence[Row]) -> tuple[Value, ...]:
        """Return what the ledger says of a file."""
        first = ledger[0]
        return (
            Value("recipe", first["recipe"]),
            Value("sha256", first["file_sha256"]),
            Value("imported_at", first["imported_at"]),
            Value("file_bytes", first["file_bytes"]),
            Value("rows_kept", sum(row["rows_kept"] for row in ledger)),
            Value("rows_quarantined", sum(row["rows_quarantined"] for row in ledger)),
        )

    def file_source(self, name: str) -> Node | None:
        """Return where a file came from: the ledger's word on it; None for an unknown file."""
        ledger = self._imports(name)
        if not ledger:
            return None
        sources = [
            Node("source", f"{row['recipe']}/{row['source_name']}", "read", (
                Value("target", f"ods.{row['target']}"), Value("rows_read", row["rows_read"]),
                Value("rows_kept", row["rows_kept"]),
                Value("rows_quarantined", row["rows_quarantined"]),
                Value("load_id", row["load_id"]),
            ))
            for row in ledger
        ]  # fmt: skip
        return Node("file", name, "", self.of_import(ledger), children=tuple(sources))

    def person(self, person_id: str, *, since_ms: int | None = None) -> Node:
        """Return the tags and scores of a person, and every decision about them."""
        tags = [
            Node("tag", row["tag"], "tag", values_of(dm.TAGS, row, ("value",)))
            for row in self._of(dm.TAGS, person_id, "tag")
        ]
        scores = [
            Node("score", row["model"], "score", values_of(dm.SCORES, row, ("score",)))
            for row in self._of(dm.SCORES, person_id, "model")
        ]
        decided = self._of(DECISIONS, person_id, "decided_at")
        if since_ms is not None:
            decided = [row for row in decided if _milliseconds(row["decided_at"]) >= since_ms]
        decisions = [self.decided(row) for row in decided]
        return Node("person", person_id, "person", children=(*tags, *scores, *decisions))

    def decided(self, row: Row) -> Node:
        """Return a decision with its messages and what came of them."""
        messages = [self.sent(one) for one in self._where(MESSAGES, decision_id=row["decision_id"])]
        outcomes = self._where(
            results.CAMPAIGN_OUTCOMES, campaign_id=row["campaign_id"], person_id=row["person_id"]
        )
        came = [
            Node("outcome", row["campaign_id"], "outcome",
                 values_of(results.CAMPAIGN_OUTCOMES, one, OUTCOME_SHOWN))
            for one in outcomes
        ]  # fmt: skip
        values = values_of(DECISIONS, row, ("campaign_id", *DECISION_SHOWN))
        return Node("decision", row["decision_id"], "decision", values,
                    children=(*messages, *came))  # fmt: skip

    def sent(self, row: Row) -> Node:
        """Return a message with its receipts."""
        events = self._table(dw.EVENTS)
        mine = events.filter(events.message_id == row["message_id"]).order_by("ts_ms").limit(20)
        receipts = [
            Node("event", one["event_id"], "receipt",
                 values_of(dw.EVENTS, one, ("event", "event_time")))
            for one in self._rows(mine)
        ]  # fmt: skip
        return Node("message", row["message_id"], "message",
                    values_of(MESSAGES, row, MESSAGE_SHOWN), children=tuple(receipts))  # fmt: skip

    def decision(self, decision_id: str) -> Node | None:
        """Return what followed from a decision; None for an unknown one."""
        row = self.tracer.first(DECISIONS, "decision_id", decision_id)
        return None if row is None else replace(self.decided(row), via="")

    def message(self, message_id: str) -> Node | None:
        """Return what came back of a message; None for an unknown one."""
        row = self.tracer.first(MESSAGES, "message_id", message_id)
        return None if row is None else replace(self.sent(row), via="")

    def fact(self, kind: str, name: str) -> list[Node]:
        """Return, for each fact of that name, its person and what was decided about them later."""
        spec, number = {
            "order": (dw.ORDERS, "order_id"),
            "refund": (dw.REFUNDS, "refund_id"),
            "event": (dw.EVENTS, "event_id"),
        }[kind]
        found = []
        for row in self.tracer.rows(spec, number, name):
            below = []
            if row["visitor_id"]:
                who = person_of(self.tracer.workspace, row["visitor_id"])
                below.append(self.person(who, since_ms=row["ts_ms"]))
            found.append(Node(kind, name, children=tuple(below)))
        return found

    def _became(self, target: str, name: str) -> tuple[ir.Table | None, list[Node]]:
        """Return the visitors of the facts that a file's rows became, and the facts' counts."""
        raw = self._table(ods.TARGETS[target])
        mine = raw.filter((raw.origin == name) | raw.origin.startswith(f"{name}#"))
        nodes: list[Node] = []
        visitors = []
        for spec, keys, kind in FACTS[target]:
            facts = self._table(spec)
            rows = mine if kind is None else mine.filter(mine.line_kind == kind)
            on = [(left, right) for left, right in keys]
            here = facts.semi_join(rows.select(*{right for _, right in keys}), on)
            counted = self._rows(here.aggregate(rows=here.count()))[0]["rows"]
            if counted:
                nodes.append(Node("table", spec.name, "became", (Value("rows", counted),)))
                visitors.append(here.filter(here.visitor_id.notnull()).select("visitor_id"))
        if not visitors:
            return None, nodes
        return (ibis.union(*visitors) if len(visitors) > 1 else visitors[0]), nodes

    def _people(self, visitors: ir.Table) -> Node:
        """Return how many people that is, and what holds of them and was sent to them."""
        ids = self._table(PERSON_OF)
        people = ids.semi_join(visitors, "visitor_id").select("person_id").distinct()
        total = self._rows(people.aggregate(people=people.count()))[0]["people"]
        below = [
            *self._grouped(dm.TAGS, people, ("tag",), "tag"),
            *self._grouped(dm.SCORES, people, ("model",), "score"),
            *self._grouped(DECISIONS, people, ("campaign_id", "arm"), "campaign"),
            *self._grouped(MESSAGES, people, ("campaign_id", "state"), "messages"),
        ]
        return Node("people", str(total), "people", (Value("people", total),),
                    children=tuple(below))  # fmt: skip

    def _grouped(
        self, spec: TableSpec, people: ir.Table, names: tuple[str, ...], kind: str
    ) -> list[Node]:
        table = self._table(spec)
        mine = table.semi_join(people, "person_id")
        counts = mine.group_by(list(names)).aggregate(people=mine.person_id.nunique())
        ordered = counts.order_by(ibis.desc("people"), *names).limit(MOST_GROUPS)
        return [
            Node(kind, row[names[0]], kind, tuple(
                Value(name, row[name]) for name in (*names[1:], "people")
            ))
            for row in self._rows(ordered)
        ]  # fmt: skip

    def _imports(self, name: str) -> list[Row]:
        imports = self._table(ods.IMPORTS)
        named = (imports.file_name == name) | imports.file_name.endswith(f"/{name}")
        return self._rows(imports.filter(named).order_by(imports.load_id.desc()).limit(20))

    def _of(self, spec: TableSpec, person_id: str, order: str) -> list[Row]:
        table = self._table(spec)
        mine = table.filter(table.person_id == person_id).order_by(order)
        return self._rows(mine.limit(MOST_GROUPS))

    def _where(self, spec: TableSpec, **wanted: str) -> list[Row]:
        table = self._table(spec)
        for column, value in wanted.items():
            table = table.filter(table[column] == ibis.literal(value))
        return self._rows(table.limit(MOST_GROUPS))

    def _table(self, spec: TableSpec) -> ir.Table:
        return self.tracer.workspace.warehouse.read(spec)

    def _rows(self, expr: ir.Table) -> list[Row]:
        return self.tracer.workspace.warehouse.to_arrow(expr).to_pylist()


# Per ODS table: the facts its rows become, by which columns, and of which kind of line.
FACTS: Mapping[str, tuple[tuple[TableSpec, tuple[tuple[str, str], ...], str | None], ...]] = {
    "order_lines": (
        (dw.ORDERS, (("source_id", "source_id"), ("order_id", "order_id")), "sale"),
        (dw.REFUNDS, (("source_id", "source_id"), ("refund_id", "order_id")), "refund"),
    ),
    "events": ((dw.EVENTS, (("source_id", "source_id"), ("event_id", "event_id")), None),),
    "customers": ((dw.CUSTOMERS, (("customer_id", "customer_id"),), None),),
    "refunds": ((dw.REFUNDS, (("source_id", "source_id"), ("refund_id", "refund_id")), None),),
}


def _milliseconds(instant: Any) -> int:
    from zhiyin.core.clock import epoch_milliseconds

    return epoch_milliseconds(instant)
