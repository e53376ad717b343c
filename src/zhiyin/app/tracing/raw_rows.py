"""The rows that arrived, behind the facts that were built from them: file and line, or offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.app.tracing.nodes import Node, Origin, values_of
from zhiyin.collect import tables as ods
from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import NotFound
from zhiyin.ports.event_log import MAIN
from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.cleaning import api as cleaning

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

Row = Mapping[str, Any]
Key = tuple[Any, ...]

ARRIVAL = ("load_id", "origin", "origin_line")
# One device may have identified itself a million times; nobody reads so far.
MOST_LOOKED_UP = 2_000
SHOWN = {
    ods.ORDER_LINES.name: (
        "order_id", "line_kind", "customer_id", "product_id", "quantity", "unit_price", "discount",
        "amount", "order_time",
    ),
    ods.EVENTS.name: (
        "event_id", "kind", "event", "user_id", "anonymous_id", "email", "event_time", "product_id",
        "order_id", "revenue", "message_id",
    ),
    ods.CUSTOMERS.name: (
        "customer_id", "anonymous_id", "member_card", "email", "phone", "name", "gender",
        "birth_date", "city", "joined_at", "email_consent",
    ),
    ods.REFUNDS.name: ("refund_id", "order_id", "customer_id", "product_id", "amount",
                       "refund_time"),
    ods.TOUCHES.name: ("campaign_id", "customer_id", "channel", "touch_kind", "touch_time"),
}  # fmt: skip


@dataclass(frozen=True)
class Search:
    """Where the rows behind one kind of fact may stand, and how they are told apart.

    `among(raw, facts)` keeps the rows of any of the facts; `key(row)` says which fact a row is of.
    With `first` only the row that arrived first counts, as in the build.
    """

    spec: TableSpec
    among: Callable[[ir.Table, Sequence[Row]], ir.Table]
    key: Callable[[Row], Key]
    first: bool = False


def _column(facts: Sequence[Row], name: str) -> list[Any]:
    return sorted({fact[name] for fact in facts if fact[name] is not None})


def _lines(kind: str, number: str) -> Callable[[ir.Table, Sequence[Row]], ir.Table]:
    def among(raw: ir.Table, facts: Sequence[Row]) -> ir.Table:
        return raw.filter(raw.order_id.isin(_column(facts, number)), raw.line_kind == kind)

    return among


def _ordered(raw: ir.Table, facts: Sequence[Row]) -> ir.Table:
    orders = _column(facts, "order_id")
    named = raw.order_id.isin(orders) | raw.event_id.isin(orders)
    return raw.filter((raw.event == "Order Completed").fill_null(False), named.fill_null(False))


def _events_named(number: str) -> Callable[[ir.Table, Sequence[Row]], ir.Table]:
    return lambda raw, facts: raw.filter(raw.event_id.isin(_column(facts, number)))


def _records(raw: ir.Table, facts: Sequence[Row]) -> ir.Table:
    return raw.filter(raw.customer_id.isin(_column(facts, "customer_id")))


def _identified(raw: ir.Table, facts: Sequence[Row]) -> ir.Table:
    return raw.filter(raw.kind == "identify", raw.user_id.isin(_column(facts, "customer_id")))


def _refund_records(raw: ir.Table, facts: Sequence[Row]) -> ir.Table:
    return raw.filter(_refund_number(raw).isin(_column(facts, "refund_id")))


def _refund_number(raw: ir.Table) -> ir.Value:
    place = raw.origin + ":" + raw.load_id.cast("string") + ":" + raw.origin_line.cast("string")
    return ibis.coalesce(raw.refund_id.nullif(""), place)


def _contacts(raw: ir.Table, facts: Sequence[Row]) -> ir.Table:
    customers = [name.partition(":")[2] for name in _column(facts, "visitor_id")]
    return raw.filter(raw.customer_id.isin(customers))


SEARCHES: Mapping[str, tuple[Search, ...]] = {
    "order": (
        Search(
            ods.ORDER_LINES,
            _lines("sale", "order_id"),
            lambda row: (row["source_id"], row["order_id"]),
        ),
        Search(
            ods.EVENTS,
            _ordered,
            lambda row: (row["source_id"], row["order_id"] or row["event_id"]),
            first=True,
        ),
    ),
    "refund": (
        Search(
            ods.ORDER_LINES,
            _lines("refund", "refund_id"),
            lambda row: (row["source_id"], row["order_id"]),
        ),
        Search(
            ods.REFUNDS,
            _refund_records,
            lambda row: (
                row["source_id"],
                row["refund_id"] or f"{row['origin']}:{row['load_id']}:{row['origin_line']}",
            ),
        ),
        Search(
            ods.EVENTS,
            _events_named("refund_id"),
            lambda row: (row["source_id"], row["event_id"]),
            first=True,
        ),
    ),
    "event": (
        Search(
            ods.EVENTS,
            _events_named("event_id"),
            lambda row: (row["source_id"], row["event_id"]),
            first=True,
        ),
    ),
    "record": (
        Search(ods.CUSTOMERS, _records, lambda row: (row["customer_id"],)),
        Search(ods.EVENTS, _identified, lambda row: (row["user_id"],)),
    ),
    "touch": (
        Search(
            ods.TOUCHES,
            _contacts,
            lambda row: (f"user:{row['customer_id']}", row["campaign_id"], row["touch_kind"]),
        ),
    ),
}


class RawRows:
    """Looks raw rows up, and remembers what the ledgers say of the loads that brought them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._warehouse = workspace.warehouse
        self._files: dict[tuple[int, str], Row] = {}
        self._loads: dict[int, Row] = {}
        self._oldest: dict[str, int] = {}

    def behind(
        self, kind: str, facts: Sequence[Row], key: Callable[[Row], Key], *, most: int
    ) -> dict[Key, tuple[list[Node], int]]:
        """Return, per fact, up to `most` raw rows in the order of arrival, and how many more.

        Every place where rows of this kind may stand is asked once for all facts; a later place
        only for the facts that an earlier one did not have, except that records of a customer
        come from all places.
        """
        found: dict[Key, list[tuple[Row, TableSpec]]] = {}
        # Nearly all keys stand in the file as in the fact; cleaning every row is for the others.
        for is_cleaned in (False, True):
            for search in SEARCHES[kind]:
                self._search(search, facts, key, found, is_cleaned=is_cleaned)
            if all(key(fact) in found for fact in facts):
                break
        self._learn([row for rows in found.values() for row, _ in rows[:most]])
        return {
            place: ([self.node(spec, row) for row, spec in rows[:most]], max(len(rows) - most, 0))
            for place, rows in found.items()
        }

    def _search(
        self,
        search: Search,
        facts: Sequence[Row],
        key: Callable[[Row], Key],
        found: dict[Key, list[tuple[Row, TableSpec]]],
        *,
        is_cleaned: bool,
    ) -> None:
        """Add the rows that one place has of the facts that are not found yet."""
        is_record = search.among in (_records, _identified)  # which stand in several places
        due = [fact for fact in facts if key(fact) not in found or (is_record and not is_cleaned)]
        if not due or not self._warehouse.exists(search.spec):
            return
        wanted = {key(fact) for fact in due}
        taken = set(found) if search.first else set()
        for place, row in self._rows(search, due, is_cleaned=is_cleaned):
            if place in wanted and place not in taken:
                found.setdefault(place, []).append((row, search.spec))
                if search.first:
                    taken.add(place)

    def _rows(
        self, search: Search, facts: Sequence[Row], *, is_cleaned: bool
    ) -> list[tuple[Key, Row]]:
        """Return rows as they were received, each with the key that it has after cleaning."""
        received = self._warehouse.read(search.spec)
        names = [name for name in SHOWN[search.spec.name] if name in received.columns]
        every = list(dict.fromkeys((*names, "source_id", *ARRIVAL)))
        if not is_cleaned:
            ordered = search.among(received, facts).select(every).order_by(list(ARRIVAL))
            rows = self._warehouse.to_arrow(ordered.limit(MOST_LOOKED_UP)).to_pylist()
            return [(search.key(row), row) for row in rows]
        rules = self._rules.of(search.spec)
        if not rules.rules:
            return []
        tidy = search.among(cleaning.cleaned(received, rules, self._setting), facts)
        ordered = tidy.select(every).order_by(list(ARRIVAL)).limit(MOST_LOOKED_UP)
        keys = {
            tuple(row[name] for name in ARRIVAL): search.key(row)
            for row in self._warehouse.to_arrow(ordered).to_pylist()
        }
        lines = received.filter(
            received.load_id.isin(sorted({place[0] for place in keys})),
            received.origin.isin(sorted({place[1] for place in keys})),
            received.origin_line.isin(sorted({place[2] for place in keys})),
        )
        rows = self._warehouse.to_arrow(lines.select(every).order_by(list(ARRIVAL))).to_pylist()
        places = [(tuple(row[name] for name in ARRIVAL), row) for row in rows]
        return [(keys[place], row) for place, row in places if place in keys]

    @cached_property
    def _rules(self) -> cleaning.RuleBook:
        return cleaning.read_rules(self._workspace.root / "cleaning")

    @cached_property
    def _setting(self) -> cleaning.Setting:
        settings = self._workspace.settings
        now = naive_utc(self._workspace.clock.now())
        return cleaning.Setting(now, settings.timezone, settings.currency)

    def _learn(self, rows: Sequence[Row]) -> None:
        """Read what the ledgers say of the loads that brought some rows."""
        loads = {row["load_id"] for row in rows} - set(self._loads)
        if not loads:
            return
        imports = self._warehouse.read(ods.IMPORTS)
        mine = imports.filter(imports.load_id.isin(sorted(loads)))
        for row in self._warehouse.to_arrow(mine).to_pylist():
            self._files[(row["load_id"], row["file_name"])] = row
        for spec in (ods.LOG_LOADS, ods.PULLS):
            ledger = self._warehouse.read(spec)
            mine = ledger.filter(ledger.load_id.isin(sorted(loads)))
            for row in self._warehouse.to_arrow(mine).to_pylist():
                self._loads[row["load_id"]] = row
        for load in loads:
            self._loads.setdefault(load, {})

    def node(self, spec: TableSpec, row: Row) -> Node:
        """Return a raw row as a node."""
        origin = self.origin(spec, row)
        place = origin.file or f"log/{origin.partition}"
        values = values_of(spec, row, SHOWN[spec.name])
        return Node("row", f"{place}:{origin.line}", "raw", values, origin=origin)

    def origin(self, spec: TableSpec, row: Row) -> Origin:
        """Return where a raw row came from, as far as the ledgers know."""
        name, load_id, line = row["origin"], row["load_id"], row["origin_line"]
        self._learn([row])
        load = self._loads[load_id]
        if name == "log" or name.startswith("log/"):
            partition = name.partition("/")[2] or MAIN
            return Origin(
                spec.name, None, partition, line, load_id,
                loaded_at=_text(load.get("loaded_at")), is_kept=line >= self._begin(partition),
            )  # fmt: skip
        file = self._files.get((load_id, name.partition("#")[0])) or self._files.get(
            (load_id, name), {}
        )
        return Origin(
            spec.name, name, None, line, load_id,
            recipe=file.get("recipe") or load.get("recipe"), sha256=file.get("file_sha256"),
            loaded_at=_text(file.get("imported_at") or load.get("pulled_at")),
        )  # fmt: skip

    def _begin(self, partition: str) -> int:
        if partition not in self._oldest:
            try:
                self._oldest[partition] = self._workspace.event_log.begin(partition)
            except NotFound:
                return 0
        return self._oldest[partition]


def _text(instant: Any) -> str | None:
    return None if instant is None else instant.isoformat()
