"""A chunk of the log, judged: rows of `ods.events`, and rows of the quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from zhiyin.collect.event_rows import aside_table, event_table, unpack
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.ports.event_log import Chunk
from zhiyin.ports.warehouse import Warehouse


@dataclass(frozen=True)
class Judged:
    """Every item of a chunk, in one of two tables.

    `events` has the columns of `ods.events`, `aside` those of `ods.quarantine`; together they have
    as many rows as the chunk has items. Events that came before are still among `events`.
    """

    events: pa.Table
    aside: pa.Table


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
    unpacked = unpack(chunk)
    events = event_table(unpacked.columns, load_id)
    return Judged(events, aside_table(unpacked.aside, load_id, at))
