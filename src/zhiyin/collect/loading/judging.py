"""A chunk of the log, judged: rows of `ods.events`, and rows of the quarantine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.loading.moments import corrected
from zhiyin.collect.loading.reading import ITEMS, UNREADABLE, read_items
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.collect.loading.visits import traffic_of, with_places
from zhiyin.collect.tables import EVENTS, QUARANTINE
from zhiyin.collect.target_rows import in_order
from zhiyin.ports.event_log import MAIN, Chunk
from zhiyin.ports.warehouse import Warehouse

LOG = "log"
RECIPE = "collect"
PIECE_ROWS = 20_480  # what the embedded warehouse reads on one thread
JUDGED_BY_PLAN = ("source_id", "kind", "event", "properties", "traits", "context")
NO_FLAGS = pa.table(
    {
        "row": pa.array([], pa.int64()),
        "reason": pa.array([], pa.string()),
        "detail": pa.array([], pa.string()),
    }
)
_NOT_AN_EVENT = "no JSON, or no source, time of arrival, known type or id"


@dataclass(frozen=True)
class Judged:
    """Every item of a chunk, in one of two tables.

    `events` has the columns of `ods.events`, `aside` those of `ods.quarantine`; together they have
    as many rows as the chunk has items, in any order. Events that came before are still among
    `events`. `keys` are their fingerprints, in parallel. `flags` names those of them that break
    the plan and are kept: `row`, `reason`, `detail`.
    """

    events: pa.Table
    aside: pa.Table
    keys: np.ndarray
    flags: pa.Table


def judged(
    chunk: Chunk, rules: LoadRules, warehouse: Warehouse, load_id: int, at: datetime
) -> Judged:
    """Return the chunk's items as rows; none is lost, and nothing is written.

    Parameters
    ----------
    chunk
        Items of one partition. Their rows get the partition and the offset as their origin.
    warehouse
        The engine that takes the items apart.
    load_id, at
        Number and time (naive UTC) of the load, as they stand in the rows.
    """
    items = _items(chunk)
    read = _reader(warehouse)(items.texts)
    is_event = pc.is_null(read["reason"])
    taken, refused = _apart(read, is_event)
    events = _events(taken, items, rules, load_id)
    keys = taken["key"].to_numpy()
    aside = [_aside(refused, items, load_id, at), _broken(items, load_id, at)]
    flags = NO_FLAGS
    if rules.plan is not None and events.num_rows:
        found = rules.plan.violations(events.select(JUDGED_BY_PLAN))
        is_blocked = found["is_blocked"]
        blocked, flags = found.filter(is_blocked), found.filter(pc.invert(is_blocked))
        if blocked.num_rows:
            violating = _violating(events, taken["place"], blocked)
            aside.append(_set_aside(violating, items, load_id, at))
            stays = np.ones(events.num_rows, dtype=bool)
            stays[blocked["row"].to_numpy()] = False
            events, keys = events.filter(pa.array(stays)), keys[stays]
            flags = flags.set_column(0, "row", pa.array((stays.cumsum() - 1)[flags["row"]]))
    return Judged(events, pa.concat_tables(aside), keys, flags.select(NO_FLAGS.column_names))


@dataclass(frozen=True)
class _Items:
    """A chunk as Arrow: `texts` has `place` and `body`; `broken` are places of items that are no
    UTF-8."""

    chunk: Chunk
    texts: pa.Table
    broken: np.ndarray
    offsets: np.ndarray

    @property
    def origin(self) -> str:
        return LOG if self.chunk.partition == MAIN else f"{LOG}/{self.chunk.partition}"

    def bodies(self, places: np.ndarray) -> list[str]:
        return [self.chunk.bodies[place].decode(errors="replace") for place in places]


def _items(chunk: Chunk) -> _Items:
    offsets = np.asarray(chunk.offsets, dtype=np.int64)
    bodies = chunk.to_arrow()
    places = np.arange(len(offsets))
    broken = np.zeros(0, dtype=np.int64)
    try:
        texts = bodies.cast(pa.string())
    except pa.ArrowInvalid:
        is_text = np.array([_is_text(body) for body in chunk.bodies], dtype=bool)
        broken, places = places[~is_text], places[is_text]
        texts = bodies.take(pa.array(places)).cast(pa.string())
    whole = pa.table({"place": pa.array(places, pa.int64()), "body": texts})
    table = pa.Table.from_batches(whole.to_batches(max_chunksize=PIECE_ROWS), schema=whole.schema)
    return _Items(chunk, table, broken, offsets)


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=2)
def _reader(warehouse: Warehouse) -> Callable[[pa.Table], pa.Table]:
    # Translating the expression takes longer than reading thousands of items.
    return warehouse.prepared(read_items(ITEMS))


def _apart(read: pa.Table, is_event: pa.ChunkedArray) -> tuple[pa.Table, pa.Table]:
    if pc.all(is_event).as_py() is not False:
        return read, read.slice(0, 0)
    return read.filter(is_event), read.filter(pc.invert(is_event))


def _events(taken: pa.Table, items: _Items, rules: LoadRules, load_id: int) -> pa.Table:
    count = taken.num_rows
    happened = corrected(taken["received_at"], taken["told_at"], taken["told_time"])
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        name: taken[name] for name in taken.column_names if name in EVENTS.columns
    }
    columns |= {
        "event_time": pa.array(happened).cast(pa.timestamp("us")),
        "ts_ms": pa.array(happened // 1000),
        "quantity": _decimal(taken["quantity"], "quantity"),
        "revenue": _decimal(taken["revenue"], "revenue"),
        "traffic": traffic_of(taken, rules.traffic),
        "load_id": pa.repeat(pa.scalar(load_id, pa.int64()), count),
        "origin": pa.repeat(items.origin, count),
        "origin_line": pa.array(items.offsets[taken["place"].to_numpy()]),
    }
    if rules.regions is not None:
        columns |= with_places(taken["ip"], rules.regions)
    return in_order(columns, EVENTS, count)


def _decimal(numbers: pa.ChunkedArray, column: str) -> pa.ChunkedArray:
    kind = EVENTS.schema().to_pyarrow().field(column).type
    if numbers.null_count == len(numbers):
        return pa.chunked_array([pa.nulls(len(numbers), kind)])
    return pc.round(numbers, kind.scale).cast(kind)


def _violating(events: pa.Table, places: pa.ChunkedArray, blocked: pa.Table) -> pa.Table:
    broken = events.take(blocked["row"])
    return pa.table(
        {
            "place": places.take(blocked["row"]),
            "reason": blocked["reason"],
            "detail": blocked["detail"],
            "record": pa.nulls(blocked.num_rows, pa.string()),
            "source_id": broken["source_id"],
            "event": pc.coalesce(broken["event"], broken["kind"]),
        }
    )


def _aside(refused: pa.Table, items: _Items, load_id: int, at: datetime) -> pa.Table:
    is_unreadable = pc.and_(pc.equal(refused["reason"], UNREADABLE), pc.is_null(refused["detail"]))
    detail = pc.if_else(is_unreadable, _NOT_AN_EVENT, refused["detail"])
    told = refused.set_column(refused.schema.get_field_index("detail"), "detail", detail)
    return _set_aside(told, items, load_id, at)


def _broken(items: _Items, load_id: int, at: datetime) -> pa.Table:
    count = len(items.broken)
    rows = pa.table(
        {
            "place": pa.array(items.broken, pa.int64()),
            "reason": pa.repeat(UNREADABLE, count),
            "detail": pa.repeat("no UTF-8", count),
            **{name: pa.nulls(count, pa.string()) for name in ("record", "source_id", "event")},
        }
    )
    return _set_aside(rows, items, load_id, at)


def _set_aside(rows: pa.Table, items: _Items, load_id: int, at: datetime) -> pa.Table:
    """Return items as rows of the quarantine; without a `record` the whole item is the record."""
    count = rows.num_rows
    places = rows["place"].to_numpy()
    whole = pa.array(items.bodies(places), pa.string())
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        name: rows[name] for name in ("reason", "detail", "source_id", "event")
    }
    columns |= {
        "record": pc.coalesce(rows["record"], whole),
        "load_id": pa.repeat(pa.scalar(load_id, pa.int64()), count),
        "recipe": pa.repeat(RECIPE, count),
        "target": pa.repeat(EVENTS.table, count),
        "origin": pa.repeat(items.origin, count),
        "origin_line": pa.array(items.offsets[places]),
        "quarantined_at": pa.repeat(pa.scalar(at, pa.timestamp("us")), count),
    }
    return in_order(columns, QUARANTINE, count)
