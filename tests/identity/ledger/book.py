"""A ledger over people that a test makes up."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.clock import FixedClock
from zhiyin.identity.ledger.api import ledger_builds
from zhiyin.identity.ledger.history import latest
from zhiyin.identity.tables import BLOCKED, CHANGES, DECISIONS, HISTORY, LINKS, PERSON_OF
from zhiyin.ports.tables import TableSpec
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.api import BuildContext, run_builds

START = datetime(2026, 3, 1)
Row = dict[str, Any]


class Book:
    """A warehouse that holds people, links and decisions, and the ledger that is kept of them."""

    def __init__(self) -> None:
        self.warehouse = DuckDBWarehouse(":memory:", threads=1)
        self.clear()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.warehouse.close()

    def clear(self) -> None:
        self.now, self.runs, self.links = START, 0, []
        self.decisions: list[Row] = []
        for spec in (HISTORY, CHANGES, PERSON_OF, LINKS, DECISIONS, BLOCKED):
            self.warehouse.write(spec, rows_of(spec))

    def publish(self, people: dict[str, str], *, at: datetime | None = None) -> None:
        """Publish who is who, and bring the ledger up to date."""
        self.now += timedelta(minutes=1)
        self.runs += 1
        sizes = Counter(people.values())
        rows = [
            {"visitor_id": name, "person_id": person, "ids": sizes[person]}
            for name, person in people.items()
        ]
        self.warehouse.write(PERSON_OF, rows_of(PERSON_OF, *rows))
        moment = at or self.now
        run_builds(
            ledger_builds(),
            self.warehouse,
            context=BuildContext(as_of=START),
            clock=FixedClock(moment),
            run_id=f"run{self.runs}",
        )

    def link(self, left: str, right: str, **more: Any) -> None:
        left, right = min(left, right), max(left, right)
        row = {"evidence": "login", "sources": "web", "strength": 1, "seen": 1, "verdict": "linked"}
        self.links.append({"left_id": left, "right_id": right, "cluster_id": "c", **row, **more})
        self.warehouse.write(LINKS, rows_of(LINKS, *self.links))

    def decide(self, kind: str, left: str, right: str, *, decision_id: str, **more: Any) -> None:
        row = {"kind": kind, "left_id": left, "right_id": right, "decision_id": decision_id}
        self.decisions.append({"actor": "ann", "decided_at": self.now, **row, **more})
        self.warehouse.write(DECISIONS, rows_of(DECISIONS, *self.decisions))

    def rows(self, spec: TableSpec, *order: str) -> list[Row]:
        return self.warehouse.to_arrow(self.warehouse.read(spec).order_by(list(order))).to_pylist()

    def history(self) -> list[Row]:
        return self.rows(HISTORY, "visitor_id", "changed_at")

    def row(self, name: str) -> Row:
        return [row for row in self.history() if row["visitor_id"] == name][-1]

    def changes(self) -> list[Row]:
        return self.rows(CHANGES, "changed_at", "change_id")

    def state(self) -> dict[str, str]:
        table = self.warehouse.to_arrow(latest(self.warehouse.read(HISTORY)))
        return {row["visitor_id"]: row["person_id"] for row in table.to_pylist()}
