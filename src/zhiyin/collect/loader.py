"""Move what arrived in the event log into the warehouse, each event exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from zhiyin.collect.ledger import log_position, next_load_id
from zhiyin.collect.loading.judging import judged
from zhiyin.collect.loading.publishing import publish_new
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.collect.tables import LOG_LOADS
from zhiyin.collect.target_rows import in_order
from zhiyin.core.clock import Clock, naive_utc
from zhiyin.ports.event_log import EventLog
from zhiyin.ports.warehouse import How, Warehouse

CONSUMER = "warehouse"
BATCH_ROWS = 200_000


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
    event_log: EventLog, warehouse: Warehouse, clock: Clock, limit: int | None = None
) -> LoadReport:
    """Load the log's records from where the last load ended.

    The position is written with the rows, in one transaction, so a process killed at any point
    neither loses nor repeats an event. An event that is there already (same source, same id) is
    counted and not written again.

    Parameters
    ----------
    limit
        Records at most; None for all that are in the log now.
    """
    report = LoadReport()
    for partition in event_log.assigned(CONSUMER):
        report += _load_partition(event_log, partition, warehouse, clock, limit)
    return report


def _load_partition(
    event_log: EventLog, partition: str, warehouse: Warehouse, clock: Clock, limit: int | None
) -> LoadReport:
    start, end = log_position(warehouse, partition), event_log.end(partition)
    stop = end if limit is None else min(end, start + limit)
    report = LoadReport(next_offset=start)
    while report.next_offset < stop:
        report += _load_batch(event_log, partition, warehouse, clock, stop)
    if event_log.committed(CONSUMER).get(partition, 0) < report.next_offset:
        event_log.commit(CONSUMER, {partition: report.next_offset})
    return report


def _load_batch(
    event_log: EventLog, partition: str, warehouse: Warehouse, clock: Clock, stop: int
) -> LoadReport:
    with warehouse.transaction():
        start = log_position(warehouse, partition)
        if start >= stop:
            return LoadReport(next_offset=start)
        records = event_log.read(partition, start, min(BATCH_ROWS, stop - start))
        load_id = next_load_id(warehouse)
        at = naive_utc(clock.now())
        items = judged(records, LoadRules(), warehouse, load_id, at)
        done = publish_new(items, warehouse, load_id)
        report = LoadReport(
            len(records.bodies),
            done.kept.num_rows,
            done.repeated.num_rows,
            dict(Counter(done.aside["reason"].to_pylist())),
            records.next_offset,
        )
        ledger = _ledger_row(report, load_id, at, start, partition)
        warehouse.write(LOG_LOADS, ledger, How.APPEND)
    return report


def _ledger_row(
    report: LoadReport, load_id: int, at: datetime, start: int, partition: str
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
