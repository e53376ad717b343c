"""What one person did, newest first, each fact with the raw rows behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.app.tracing.nodes import Node, values_of
from zhiyin.app.tracing.raw_rows import Key, RawRows, Row
from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.tables import PERSON_OF
from zhiyin.ports.tables import TableSpec
from zhiyin.profiles import api as profiles
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

RAW_SHOWN = 5
EVENTS_OF_VISIT = 3
MOST_IDS = 500


@dataclass(frozen=True)
class FactKind:
    """A table of facts: what a fact is called, when it was, and what is shown of it."""

    kind: str
    spec: TableSpec
    instant: str | None
    shown: tuple[str, ...]
    name: Callable[[Row], str]
    key: Callable[[Row], Key]


KINDS: Mapping[str, FactKind] = {
    one.kind: one
    for one in (
        FactKind(
            "order", dw.ORDERS, "ts_ms", ("order_time", "amount", "lines", "channel", "source_id"),
            lambda row: row["order_id"], lambda row: (row["source_id"], row["order_id"]),
        ),
        FactKind(
            "refund", dw.REFUNDS, "ts_ms", ("refund_time", "amount", "order_id", "product_id"),
            lambda row: row["refund_id"], lambda row: (row["source_id"], row["refund_id"]),
        ),
        FactKind(
            "event", dw.EVENTS, "ts_ms",
            ("event", "event_time", "channel", "product_id", "order_id", "message_id"),
            lambda row: row["event_id"], lambda row: (row["source_id"], row["event_id"]),
        ),
        FactKind(
            "visit", dw.SESSIONS, "start_ms", ("started_at", "events", "channel", "campaign_id"),
            lambda row: f"{row['visitor_id']}#{row['session_index']}",
            lambda row: (row["visitor_id"], row["session_index"]),
        ),
        FactKind(
            "touch", dw.TOUCHES, "ts_ms", ("touch_kind", "touch_time", "channel", "campaign_id"),
            lambda row: row["touch_id"],
            lambda row: (row["visitor_id"], row["campaign_id"], row["touch_kind"]),
        ),
        FactKind(
            "record", dw.CUSTOMERS, None, ("name", "email", "phone", "city", "joined_at"),
            lambda row: row["customer_id"], lambda row: (row["customer_id"],),
        ),
    )
}  # fmt: skip
# What is known of a product counts through the orders that it was bought by.
TABLES = {one.spec.name: one.kind for one in KINDS.values()} | dict.fromkeys(
    (dw.ORDER_LINES.name, dw.PRODUCTS.name), "order"
)


class FactsOf:
    """The facts of some visitors before an instant."""

    def __init__(
        self, workspace: Workspace, visitors: Sequence[str], before: datetime, *, newest: int
    ) -> None:
        self._warehouse = workspace.warehouse
        self._visitors = list(visitors)
        self._end = epoch_milliseconds(before)
        self._newest = newest
        self._known: dict[str, tuple[list[Node], int]] = {}
        self._raw = RawRows(workspace)

    def newest(self, kind: str) -> tuple[list[Node], int]:
        """Return the newest facts of a kind, and how many more there are."""
        if kind not in self._known:
            self._known[kind] = self._look(kind, lambda table: table)
        return self._known[kind]

    def done(self, leaf: profiles.Condition) -> tuple[list[Node], int]:
        """Return the newest facts that a condition looks at, and how many more there are."""
        window = leaf.window if hasattr(leaf, "window") else profiles.ALWAYS
        nodes, more = [], 0
        for deed in profiles.deeds(leaf):
            found, others = self._counted(deed, window)
            nodes, more = [*nodes, *found], more + others
        return nodes, more

    def _counted(self, deed: Any, window: Any) -> tuple[list[Node], int]:
        kind = {"Order Completed": "order", "Order Refunded": "refund"}.get(deed.event, "event")

        def counted(table: ir.Table) -> ir.Table:
            if kind == "event":
                table = table.filter(table.event == deed.event)
            asked = [one for one in deed.filters if one.name in table.columns]
            passed = (profiles.passes(table[one.name], one.comparisons) for one in asked)
            return table.filter(profiles.lies_in(window, table.ts_ms, self._end), *passed)

        return self._look(kind, counted)

    def anything(self) -> list[Node]:
        """Return a fact of the first kind that the person has any of: that they exist at all."""
        for kind in ("record", "order", "event", "refund", "touch"):
            nodes, _ = self.newest(kind)
            if any(child.kind == "row" for node in nodes for child in node.children):
                return nodes[:1]
        return []

    def of_rows(self, kind: str, rows: Sequence[Row]) -> list[Node]:
        """Return fact rows as nodes with their raw rows."""
        if kind == "visit":
            return [self._visit(row) for row in rows]
        form = KINDS[kind]
        lines = self._raw.behind(kind, rows, form.key, most=RAW_SHOWN) if rows else {}
        nodes, told = [], set()
        for row in rows:
            if form.name(row) in told:
                continue  # the lines of one refund
            told.add(form.name(row))
            below, more = lines.get(form.key(row), ([], 0))
            values = values_of(form.spec, row, form.shown)
            nodes.append(
                Node(kind, form.name(row), "fact", values, children=tuple(below), more=more)
            )
        return nodes

    def _look(self, kind: str, narrowed: Callable[[ir.Table], ir.Table]) -> tuple[list[Node], int]:
        form = KINDS[kind]
        if not self._visitors or not self._warehouse.exists(form.spec):
            return [], 0
        table = self._warehouse.read(form.spec)
        mine = narrowed(table.filter(table.visitor_id.isin(self._visitors)))
        if kind == "touch":
            # Visits and receipts are told as events; these came from files.
            mine = mine.filter(mine.touch_kind != "visit", mine.message_id.isnull())
        order = [mine.visitor_id.asc()]
        if form.instant is not None:
            mine = mine.filter(mine[form.instant] < self._end)
            order = [ibis.desc(mine[form.instant]), *(mine[name].asc() for name in form.spec.grain)]
        counted = mine.mutate(total=mine.count().over(ibis.window()))
        rows = self._warehouse.to_arrow(counted.order_by(order).limit(self._newest)).to_pylist()
        total = rows[0]["total"] if rows else 0
        return self.of_rows(kind, rows), total - len(rows)

    def _visit(self, row: Row) -> Node:
        events = self._warehouse.read(dw.EVENTS)
        inside = events.filter(
            events.visitor_id == row["visitor_id"],
            events.ts_ms >= row["start_ms"],
            events.ts_ms <= row["end_ms"],
        )
        first = inside.order_by("ts_ms", "event_id").limit(EVENTS_OF_VISIT)
        below = self.of_rows("event", self._warehouse.to_arrow(first).to_pylist())
        form = KINDS["visit"]
        return Node(
            "visit", form.name(row), "fact", values_of(form.spec, row, form.shown),
            children=tuple(below), more=max(row["events"] - len(below), 0),
        )  # fmt: skip


def visitors_of(workspace: Workspace, person_id: str) -> list[str]:
    """Return a person's typed ids, the first of them by text where there are very many."""
    ids = workspace.warehouse.read(PERSON_OF)
    mine = ids.filter(ids.person_id == person_id).order_by("visitor_id").limit(MOST_IDS)
    return workspace.warehouse.to_arrow(mine.select("visitor_id"))["visitor_id"].to_pylist()
