"""Which events the warehouse has already."""

from __future__ import annotations

import ibis
import pyarrow as pa

from zhiyin.collect.tables import EVENTS
from zhiyin.ports.warehouse import Warehouse


def known_events(keys: pa.Table, warehouse: Warehouse, before_load: int) -> pa.Table:
    """Return those of the keys (`source_id`, `event_id`) that an earlier load brought."""
    if not keys.num_rows or not warehouse.exists(EVENTS):
        return keys.slice(0, 0)
    events = warehouse.read(EVENTS)
    earlier = events.filter(events.load_id < before_load).select("source_id", "event_id")
    asked = ibis.memtable(keys)
    return warehouse.to_arrow(asked.semi_join(earlier, ["source_id", "event_id"]))
