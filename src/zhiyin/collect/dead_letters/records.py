"""Open records: those of the quarantine that nobody dealt with yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from zhiyin.collect.tables import EVENTS, QUARANTINE, REPLAYS
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.warehouse import Warehouse

GRAIN = QUARANTINE.grain
COLLECT = "collect"


@dataclass(frozen=True)
class RecordFilter:
    """Which open records are meant; nothing given means all.

    `since` is an instant, naive UTC, by the time the record was set aside. `ids` as of `record_id`.
    """

    reason: str | None = None
    source: str | None = None
    event: str | None = None
    since: datetime | None = None
    ids: Sequence[str] = ()


def record_id(row: Any) -> str:
    """Return a record's id: load, origin, line and table."""
    return f"{row['load_id']}:{row['origin']}:{row['origin_line']}:{row['target']}"


def read_id(text: str) -> dict[str, Any]:
    """Return the grain that an id names; `InvalidInput` if it is none."""
    head, _, target = text.rpartition(":")
    head, _, line = head.rpartition(":")
    load, _, origin = head.partition(":")
    if not (load.isdecimal() and line.isdecimal() and origin and target):
        raise InvalidInput(f"{text!r} is no record's id; `zhiyin records list` shows them.")
    return {"load_id": int(load), "origin": origin, "origin_line": int(line), "target": target}


def open_records(warehouse: Warehouse) -> ir.Table:
    """Return the open records of a warehouse, as `open_among` does."""
    return open_among(warehouse.read(QUARANTINE), warehouse.read(REPLAYS))


def open_among(aside: ir.Table, replays: ir.Table) -> ir.Table:
    """Return the open records, columns of `ods.quarantine` and `is_live`.

    A live record came through the event log and can be replayed; one of a file is corrected in the
    file or its recipe, and imported again.
    """
    left = aside.anti_join(replays.select(*GRAIN), list(GRAIN))
    is_live = (left.recipe == COLLECT) & (left.target == EVENTS.table)
    return left.mutate(is_live=is_live)


def chosen(records: ir.Table, wanted: RecordFilter) -> ir.Table:
    """Return the records that a filter means."""
    if wanted.reason:
        records = records.filter(records.reason == wanted.reason)
    if wanted.source:
        records = records.filter(_source(records) == wanted.source)
    if wanted.event:
        records = records.filter(records.event == wanted.event)
    if wanted.since:
        records = records.filter(records.quarantined_at >= wanted.since)
    if wanted.ids:
        keys = [read_id(one) for one in wanted.ids]
        schema = pa.schema([QUARANTINE.schema().to_pyarrow().field(name) for name in GRAIN])
        named = ibis.memtable(pa.Table.from_pylist(keys, schema=schema))
        records = records.semi_join(named, list(GRAIN))
    return records


def by_reason(records: ir.Table) -> ir.Table:
    """Return how many open records there are per reason, source and event, most first."""
    counted = records.group_by(
        "reason", "is_live", source=_source(records), event=records.event
    ).aggregate(rows=records.count(), newest=records.quarantined_at.max())
    return counted.order_by(ibis.desc("rows"), "reason", "source", "event")


def newest_first(records: ir.Table) -> ir.Table:
    """Return the records in the order they are shown."""
    return records.order_by(
        ibis.desc("quarantined_at"), ibis.desc("load_id"), "origin", "origin_line", "target"
    )


def one_record(warehouse: Warehouse, text: str) -> dict[str, Any]:
    """Return the open record with an id; `NotFound` if none is open."""
    wanted = chosen(open_records(warehouse), RecordFilter(ids=(text,)))
    rows = warehouse.to_arrow(wanted).to_pylist()
    if not rows:
        raise NotFound(
            f"No record {text!r} is open: it was dealt with, or there never was one;"
            " `zhiyin records list` shows the open ones."
        )
    return rows[0]


def _source(records: ir.Table) -> ir.Value:
    # Records of files know their recipe only; it is what people call their source.
    return ibis.coalesce(records.source_id, records.recipe)
