"""Move what arrived in the event log into the warehouse, each event exactly once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from zhiyin.collect.ledger import log_position, next_load_id
from zhiyin.collect.loading.judging import Judged, judged
from zhiyin.collect.loading.known import KnownEvents
from zhiyin.collect.loading.publishing import publish_new
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.collect.tables import LOG_LOADS
from zhiyin.collect.target_rows import in_order
from zhiyin.core.clock import Clock, naive_utc
from zhiyin.ports.event_log import Chunk, EventLog
from zhiyin.ports.warehouse import How, Warehouse

Progress = Callable[[str], None]
CONSUMER = "warehouse"
# Two of the embedded warehouse's row groups: they go to disk without a detour, on two cores.
BATCH_ROWS = 245_760


@dataclass(frozen=True)
class LoadReport:
    """`rows_read == rows_kept + rows_repeated + sum(rows_quarantined)`."""

    rows_read: int = 0
    rows_kept: int = 0
    rows_repeated: int = 0  # events that were there already
    rows_quarantined: Mapping[str, int] = field(default_factory=dict)
    next_offset: int = 0

    def __add__(self, other: LoadReport) -> LoadReport:
        quarantined = Counter(self.rows_quarantined) + Counter(other.rows_quarantined)
        return LoadReport(
            self.rows_read + other.rows_read,
            self.rows_kept + other.rows_kept,
            self.rows_repeated + other.rows_repeated,
            dict(quarantined),
            max(self.next_offset, other.next_offset),
        )


def load_log(
    event_log: EventLog,
    warehouse: Warehouse,
    clock: Clock,
    limit: int | None = None,
    *,
    rules: LoadRules | None = None,
) -> LoadReport:
    """Load the log's records from where the last load ended.

    For one load; what loads again and again keeps a `Loader`.

    Parameters
    ----------
    limit
        Records per partition at most; None for all that are in the log now.
    rules
        The workspace's; without any, every event is taken as a customer's.
    """
    return Loader(event_log, warehouse, clock).load(limit, rules=rules)


class Loader:
    """Loads the log, and remembers between loads which events it has seen.

    The position is written with the rows, in one transaction per batch and partition, so a process
    killed at any point neither loses nor repeats an event. An event that is there already (same
    source, same id) is counted and not written again.
    """

    def __init__(self, event_log: EventLog, warehouse: Warehouse, clock: Clock) -> None:
        self._log, self._warehouse, self._clock = event_log, warehouse, clock
        self._known, self._rules = KnownEvents(), LoadRules()
        self._loading = threading.Lock()

    def load(
        self,
        limit: int | None = None,
        *,
        rules: LoadRules | None = None,
        on_progress: Progress = lambda _: None,
    ) -> LoadReport:
        """Load what is in the log now, or `limit` records of each partition.

        Without rules every event is taken, as a customer's. Several threads take turns.
        """
        with self._loading:
            self._rules = rules or LoadRules()
            if self._known.days != self._rules.duplicate_days:
                self._known = KnownEvents(self._rules.duplicate_days)
            report = LoadReport()
            for partition in self._log.assigned(CONSUMER):
                for part in self._load_partition(partition, limit):
                    report += part
                    on_progress(f"{report.rows_read:,} records")
            return report

    def _load_partition(self, partition: str, limit: int | None) -> Iterator[LoadReport]:
        start, end = log_position(self._warehouse, partition), self._log.end(partition)
        stop = end if limit is None else min(end, start + limit)
        yield LoadReport(next_offset=start)
        # While one batch is written, the next one is taken apart.
        with ThreadPoolExecutor(1, "judge") as ahead:
            batch = self._judged(partition, start, stop) if start < stop else None
            while batch is not None:
                coming = ahead.submit(self._judged, partition, batch.chunk.next_offset, stop)
                report = self._published(batch)
                start, batch = report.next_offset, coming.result()
                yield report
                if batch is None or batch.start != start:  # at the end, or another was faster
                    batch = self._judged(partition, start, stop)
        if self._log.committed(CONSUMER).get(partition, 0) < start:
            self._log.commit(CONSUMER, {partition: start})

    def _judged(self, partition: str, start: int, stop: int) -> _Batch | None:
        """Return the items from `start` on, judged outside the transaction; None at the end."""
        if start >= stop:
            return None
        chunk = self._log.read(partition, start, min(BATCH_ROWS, stop - start))
        load_id, at = next_load_id(self._warehouse), naive_utc(self._clock.now())
        items = judged(chunk, self._rules, self._warehouse, load_id, at)
        return _Batch(chunk, start, items, load_id, at)

    def _published(self, batch: _Batch) -> LoadReport:
        chunk, at = batch.chunk, batch.at
        with self._warehouse.transaction():
            position = log_position(self._warehouse, chunk.partition)
            if position != batch.start:
                return LoadReport(next_offset=position)  # another load was faster
            wanted = next_load_id(self._warehouse)
            items, load_id = _renumbered(batch.items, batch.load_id, wanted)
            done = publish_new(items, self._warehouse, load_id, self._known)
            report = LoadReport(
                len(chunk.bodies),
                done.kept.num_rows,
                done.repeated.num_rows,
                dict(Counter(done.aside["reason"].to_pylist())),
                chunk.next_offset,
            )
            ledger = _ledger_row(report, load_id, at, chunk.partition, batch.start)
            self._warehouse.write(LOG_LOADS, ledger, How.APPEND)
        self._known.settle()
        return report


@dataclass(frozen=True)
class _Batch:
    """A chunk of the log from offset `start` on, judged under a number of its own."""

    chunk: Chunk
    start: int
    items: Judged
    load_id: int
    at: datetime


def _renumbered(items: Judged, load_id: int, wanted: int) -> tuple[Judged, int]:
    """Return the rows under another number, if a load of others took theirs meanwhile."""
    if load_id == wanted:
        return items, load_id
    tables = [
        table.set_column(
            table.schema.get_field_index("load_id"),
            table.schema.field("load_id"),
            pa.repeat(pa.scalar(wanted, pa.int64()), table.num_rows),
        )
        for table in (items.events, items.aside)
    ]
    return replace(items, events=tables[0], aside=tables[1]), wanted


def _ledger_row(
    report: LoadReport, load_id: int, at: datetime, partition: str, start: int
) -> pa.Table:
    row: dict[str, Any] = {
        "load_id": load_id,
        "partition": partition,
        "first_offset": start,
        "next_offset": report.next_offset,
        "rows_read": report.rows_read,
        "rows_kept": report.rows_kept,
        "rows_quarantined": sum(report.rows_quarantined.values()),
        "rows_repeated": report.rows_repeated,
        "loaded_at": at,
    }
    schema = LOG_LOADS.schema().to_pyarrow()
    return in_order({f.name: pa.array([row[f.name]], f.type) for f in schema}, LOG_LOADS, 1)
