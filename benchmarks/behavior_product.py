"""The six questions asked of the product."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.behavior_data import NAMES, STEPS
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.insights.activity.tables import ACTIVITY
from zhiyin.insights.baskets.api import walked_pairs
from zhiyin.insights.behavior import api as behavior
from zhiyin.insights.behavior.visits import visits
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.profiles.rfm import quintile

AS_OF = datetime(2025, 7, 7)  # noqa: DTZ001 - naive UTC, as the warehouse stores it
LINES = TableSpec(
    "dm.bench_lines",
    ("basket", "item"),
    {"basket": Column("!int64", "order"), "item": Column("!string", "product")},
    order_by=("basket",),
)
HALF_AN_HOUR = 30 * 60 * 1000
EVERYTHING = {"since": "2025-01-06", "until": "2025-07-06"}


class Engine:
    """The product's warehouse, functions and kernels, as its commands call them."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = DuckDBWarehouse(folder / "product.duckdb", threads=2, memory_limit="3GB")
        numbers = {name: n for n, name in enumerate(sorted(NAMES))}
        self.scope = behavior.Scope(
            self.warehouse.read(ACTIVITY), SimpleNamespace(as_of=AS_OF), "UTC", numbers
        )

    def load(self, folder: Path) -> None:
        """Fill `dm.activity`, some people after others, and the order lines."""
        for file in sorted(folder.glob("activity_*.parquet")):
            self.warehouse.write(ACTIVITY, self._activity(pq.read_table(file)), How.APPEND)
        self.warehouse.write(LINES, pq.read_table(folder / "lines.parquet"))

    def _activity(self, rows: pa.Table) -> ibis.Table:
        """Return made events with every column that `dm.activity` has."""
        table = ibis.memtable(rows)
        numbers = ibis.cases(
            *((table.event == name, n) for name, n in (self.scope.numbers or {}).items()),
            else_=-1,
        )
        known = {
            "event_number": numbers.cast("int64"),
            "person_id": "user:" + table.person_number.cast("string"),
            "event_time": ibis.timestamp("1970-01-01 00:00:00"),
            "is_visit": ibis.literal(True),
            "source_id": ibis.literal("web"),
            "fact_id": ibis.literal(""),
        }
        empty = {
            name: ibis.null(ACTIVITY.schema()[name])
            for name in ACTIVITY.columns
            if name not in known and name not in table.columns
        }
        return table.mutate(**known, **empty)

    def rfm(self) -> Any:
        table = self.scope.activity
        bought = table.filter(table.event_number == (self.scope.numbers or {})["Order Completed"])
        known = bought.group_by("person_number").agg(
            orders=bought.count(), last=bought.ts_ms.max(), monetary=bought.revenue.sum()
        )
        scored = known.select(
            r=quintile(known, known["last"].asc()),
            f=quintile(known, known.orders.asc()),
            m=quintile(known, known.monetary.asc()),
        )
        cells = scored.group_by(["r", "f", "m"]).agg(people=scored.count())
        return sorted(tuple(map(int, row.values())) for row in self._rows(cells))

    def funnel(self) -> Any:
        asked = behavior.read_funnel({"steps": STEPS, "window": "7 days", "days": EVERYTHING})
        return [row["people"] for row in behavior.funnel(self.scope, asked)["steps"]]

    def retention(self) -> Any:
        asked = {"target": {}, "interval": "week", "intervals": 26, "days": EVERYTHING}
        found = behavior.retention(self.scope, behavior.read_retention(asked), run=self._rows)
        return [
            (n, k, int(value))
            for n, cohort in enumerate(found["groups"][0]["cohorts"])
            for k, value in enumerate(cohort["values"])
            if value
        ]

    def sessions(self) -> Any:
        """Cut all events into visits, and count what the other engines are asked for."""
        number, took, events, bounces = 0, 0, 0, 0
        rows = self.scope.activity
        for one in visits(rows.filter(rows.is_visit), HALF_AN_HOUR):
            number += len(one.start)
            took += int((one.end - one.start).sum())
            events += int(one.events.sum())
            bounces += int((one.events == 1).sum())
        return number, took, events, bounces

    def sessions_page(self) -> Any:
        """Answer as the page of visits does: also people, medians, bins, first and last events."""
        asked = behavior.read_sessions({"days": EVERYTHING, "gap": "30 minutes"})
        found = behavior.sessions(self.scope, asked)
        took = round(found["average_seconds"] * found["visits"] * 1000)
        return found["visits"], took, found["events"], found["bounces"]

    def touches(self) -> Any:
        asked = {"touch": "Ad Clicked", "days": EVERYTHING, "most": 1000}
        found = behavior.touches(self.scope, behavior.read_touches(asked))
        return sorted((">".join(row["path"]), row["goals"]) for row in found["paths"])

    def pairs(self) -> Any:
        lines = self.warehouse.read(LINES)
        found, *_ = walked_pairs(self.warehouse.to_arrow(lines), 5)
        return found.num_rows, int(found["baskets"].to_numpy().sum())

    def _rows(self, table: Any) -> list[dict[str, Any]]:
        return self.warehouse.to_arrow(table).to_pylist()
