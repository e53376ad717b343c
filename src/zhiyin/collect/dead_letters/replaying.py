"""Bring set-aside records in after all, each once, or say why they still cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from zhiyin.collect.dead_letters.envelopes import Envelope, envelope_of, obstacle, refusal
from zhiyin.collect.dead_letters.fixes import FixRule, fixed
from zhiyin.collect.dead_letters.records import (
    GRAIN,
    RecordFilter,
    chosen,
    newest_first,
    open_records,
    record_id,
)
from zhiyin.collect.ledger import next_load_id
from zhiyin.collect.loading.judging import Judged, judged
from zhiyin.collect.loading.publishing import publish_new
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.collect.tables import LOG_LOADS, QUARANTINE, REPLAYS
from zhiyin.collect.target_rows import in_order
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.event_log import MAIN, Chunk, EventLog
from zhiyin.ports.warehouse import How, Warehouse

BATCH = 5_000
# The ledger of loads names a partition; replays are a load of their own and come from many.
REPLAY = "replay"
CANNOT_FIX = "cannot_fix"


@dataclass(frozen=True)
class Replaying:
    """What replays go by beside the records themselves.

    `consents` tells per source which consent an event must give, `event_log` is asked for what a
    refused item was stored without.
    """

    warehouse: Warehouse
    rules: LoadRules
    fixes: Sequence[FixRule] = ()
    consents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    event_log: EventLog | None = None


@dataclass
class Attempt:
    """One record, and what becomes of it: taken | repeated | open | impossible.

    `place` is its partition of the log and its offset.
    """

    row: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    envelope: Envelope | None = None
    by: tuple[str, ...] = ()
    outcome: str = "open"
    reason: str = ""
    detail: str | None = None
    redacted: str | None = None

    @property
    def id(self) -> str:
        return record_id(self.row)

    @property
    def place(self) -> tuple[str, int]:
        return (partition_of(self.row["origin"]), self.row["origin_line"])

    def stays_open(self, reason: str, detail: str | None) -> None:
        """Note why it is not taken."""
        self.outcome, self.reason, self.detail = "open", reason, detail


@dataclass(frozen=True)
class ReplayReport:
    """`tried == taken + repeated + open + impossible`; `reasons` counts those still open."""

    tried: int = 0
    taken: int = 0
    repeated: int = 0
    open: int = 0
    impossible: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: ReplayReport) -> ReplayReport:
        counts = {
            name: getattr(self, name) + getattr(other, name)
            for name in ("tried", "taken", "repeated", "open", "impossible")
        }
        reasons = dict(Counter(self.reasons) + Counter(other.reasons))
        return ReplayReport(**counts, reasons=reasons)


def replay(
    wanted: RecordFilter,
    replaying: Replaying,
    *,
    actor: str,
    at: datetime,
    on_progress: Callable[[str], None] = lambda _: None,
) -> ReplayReport:
    """Send the open live records that are meant through the loader's judgement again.

    Every batch is one transaction: events, what became of the records, and the newest reason of
    those that stay open. A process killed at any point leaves whole batches, and the same call
    again goes on. A record that was dealt with is not open, so it is never taken twice.
    """
    report, seen = ReplayReport(), 0
    warehouse = replaying.warehouse
    records = warehouse.to_arrow(_in_order(wanted, warehouse).select(*GRAIN)).to_pylist()
    while seen < len(records):
        keys = [record_id(row) for row in records[seen : seen + BATCH]]
        with warehouse.transaction():
            load_id = next_load_id(warehouse)
            attempts, items = _attempts(RecordFilter(ids=keys), replaying, load_id, at)
            if attempts:
                _publish(attempts, items, warehouse, load_id)
                _settle(attempts, warehouse, actor=actor, at=at, load_id=load_id)
        seen += len(keys)
        report += _report(attempts)
        on_progress(f"{seen:,} of {len(records):,} records")
    return report


def rehearse(
    wanted: RecordFilter,
    replaying: Replaying,
    *,
    at: datetime,
    limit: int | None = None,
) -> list[Attempt]:
    """Return what would become of the records, newest first; nothing is written.

    A repeated event is told from a new one only by `replay`.
    """
    load_id = next_load_id(replaying.warehouse)
    return _attempts(wanted, replaying, load_id, at, limit)[0]


def dismiss(wanted: RecordFilter, warehouse: Warehouse, *, actor: str, at: datetime) -> int:
    """Close the open records that are meant without taking them; return how many."""
    with warehouse.transaction():
        records = chosen(open_records(warehouse), wanted).select(*GRAIN)
        rows = warehouse.to_arrow(records).to_pylist()
        if rows:
            closed = [{**row, "outcome": "dismissed"} for row in rows]
            _close(closed, warehouse, actor=actor, at=at, load_id=None)
    return len(rows)


def _in_order(wanted: RecordFilter, warehouse: Warehouse) -> Any:
    return newest_first(chosen(open_records(warehouse), wanted))


def _attempts(
    wanted: RecordFilter, replaying: Replaying, load_id: int, at: datetime, limit: int | None = None
) -> tuple[list[Attempt], list[Judged]]:
    warehouse = replaying.warehouse
    rows = warehouse.to_arrow(_in_order(wanted, warehouse).limit(limit)).to_pylist()
    attempts = [_attempt(row, replaying) for row in rows]
    return attempts, [
        _judged(chunk, attempts, replaying, load_id, at) for chunk in _chunks(attempts)
    ]


def _attempt(row: Mapping[str, Any], replaying: Replaying) -> Attempt:
    attempt = Attempt(row)
    lost = obstacle(row)
    if lost is not None:
        attempt.outcome, attempt.reason, attempt.detail = "impossible", row["reason"], lost
        return attempt
    envelope = envelope_of(row, _logged(row, replaying.event_log))
    attempt.before = envelope.event
    try:
        mended = fixed(envelope.event, replaying.fixes, row)
    except InvalidInput as error:
        attempt.stays_open(CANNOT_FIX, str(error))
        return attempt
    envelope = envelope.with_event(mended.event)
    attempt.by = mended.by
    refused = refusal(envelope, replaying.consents.get(str(envelope.head["source_id"]), ()))
    if refused is not None:
        attempt.stays_open(refused.reason, refused.detail)
        if refused.reason == "no_consent":
            # What the customer did not agree to must not stay in the record either.
            attempt.redacted = msgspec.json.decode(refused.body)["record"]
    else:
        attempt.envelope = envelope
    return attempt


def _logged(row: Mapping[str, Any], event_log: EventLog | None) -> bytes | None:
    """Return the item of the log that a record came from, if it is still there."""
    if event_log is None or '"received_at"' in row["record"]:
        return None
    partition = partition_of(row["origin"])
    if partition not in event_log.partitions():
        return None
    found = event_log.read(partition, row["origin_line"], 1)
    is_it = bool(found.offsets) and found.offsets[0] == row["origin_line"]
    return found.bodies[0] if is_it else None


def partition_of(origin: str) -> str:
    """Return the partition of the log that an origin names."""
    return origin.partition("/")[2] or MAIN


def _judged(
    chunk: Chunk, attempts: Sequence[Attempt], replaying: Replaying, load_id: int, at: datetime
) -> Judged:
    """Return the chunk's items judged, and note the verdict on each attempt."""
    found = judged(chunk, replaying.rules, replaying.warehouse, load_id, at)
    by_line = {a.place[1]: a for a in attempts if _is_of(a, chunk.partition)}
    for line in found.events["origin_line"].to_pylist():
        by_line[line].outcome = "taken"
    for row in found.aside.select(["origin_line", "reason", "detail"]).to_pylist():
        by_line[row["origin_line"]].stays_open(row["reason"], row["detail"])
    return found


def _is_of(attempt: Attempt, partition: str) -> bool:
    return attempt.envelope is not None and attempt.place[0] == partition


def _chunks(attempts: Sequence[Attempt]) -> list[Chunk]:
    """Return the items to judge by partition, in the order of the log."""
    parts: dict[str, list[tuple[int, bytes]]] = {}
    for attempt in attempts:
        if attempt.envelope is not None:
            partition, line = attempt.place
            parts.setdefault(partition, []).append((line, attempt.envelope.body()))
    return [
        Chunk(name, [line for line, _ in items], [body for _, body in items], items[-1][0] + 1)
        for name, items in ((name, sorted(items)) for name, items in sorted(parts.items()))
    ]


def _publish(
    attempts: Sequence[Attempt], items: Sequence[Judged], warehouse: Warehouse, load_id: int
) -> None:
    """Write the events that are not there yet, and note which were."""
    for one in items:
        # What is set aside again keeps its place in the quarantine.
        done = publish_new(replace(one, aside=one.aside.slice(0, 0)), warehouse, load_id)
        repeated = set(_places(done.repeated))
        for attempt in attempts:
            if attempt.outcome == "taken" and attempt.place in repeated:
                attempt.outcome = "repeated"


def _places(events: pa.Table) -> list[tuple[str, int]]:
    rows = events.select(["origin", "origin_line"]).to_pylist()
    return [(partition_of(row["origin"]), row["origin_line"]) for row in rows]


def _settle(
    attempts: Sequence[Attempt], warehouse: Warehouse, *, actor: str, at: datetime, load_id: int
) -> None:
    """Write what became of the records."""
    settled = [a for a in attempts if a.outcome in ("taken", "repeated")]
    if settled:
        rows = [{**_key(a), "outcome": a.outcome, "fix": ", ".join(a.by) or None} for a in settled]
        _close(rows, warehouse, actor=actor, at=at, load_id=load_id)
        kept = sum(a.outcome == "taken" for a in settled)
        warehouse.write(LOG_LOADS, _ledger_row(load_id, len(settled), kept, at), How.APPEND)
    _renew([a for a in attempts if a.outcome == "open"], warehouse)


def _close(
    rows: Sequence[Mapping[str, Any]],
    warehouse: Warehouse,
    *,
    actor: str,
    at: datetime,
    load_id: int | None,
) -> None:
    schema = REPLAYS.schema().to_pyarrow()
    told = {"actor": actor, "replayed_at": at, "fix": None}
    filled = [
        {**told, **row, "replay_load_id": load_id if row["outcome"] == "taken" else None}
        for row in rows
    ]
    columns = {f.name: pa.array([row.get(f.name) for row in filled], f.type) for f in schema}
    warehouse.write(REPLAYS, in_order(columns, REPLAYS, len(rows)), How.APPEND)


def _renew(attempts: Sequence[Attempt], warehouse: Warehouse) -> None:
    """Give the records that stay open their newest reason; the record itself stays as it came."""
    rows = [
        {
            **{name: value for name, value in a.row.items() if name != "is_live"},
            "reason": a.reason,
            "detail": a.detail,
            "record": a.redacted or a.row["record"],
        }
        for a in attempts
        if (a.reason, a.detail) != (a.row["reason"], a.row["detail"]) and a.reason != CANNOT_FIX
    ]
    if rows:
        table = pa.Table.from_pylist(rows, schema=QUARANTINE.schema().to_pyarrow())
        warehouse.write(QUARANTINE, table, How.MERGE)


def _key(attempt: Attempt) -> dict[str, Any]:
    return {name: attempt.row[name] for name in GRAIN}


def _ledger_row(load_id: int, read: int, kept: int, at: datetime) -> pa.Table:
    row: dict[str, Any] = {
        "load_id": load_id,
        "partition": REPLAY,
        "first_offset": 0,
        "next_offset": 0,
        "rows_read": read,
        "rows_kept": kept,
        "rows_quarantined": 0,
        "rows_repeated": read - kept,
        "loaded_at": at,
    }
    schema = LOG_LOADS.schema().to_pyarrow()
    return in_order({f.name: pa.array([row[f.name]], f.type) for f in schema}, LOG_LOADS, 1)


def _report(attempts: Sequence[Attempt]) -> ReplayReport:
    counts = Counter(attempt.outcome for attempt in attempts)
    return ReplayReport(
        len(attempts),
        counts["taken"],
        counts["repeated"],
        counts["open"],
        counts["impossible"],
        dict(Counter(a.reason for a in attempts if a.outcome == "open")),
    )
