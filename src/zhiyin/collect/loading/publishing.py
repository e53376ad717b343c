"""Write judged events, each once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.loading.judging import Judged
from zhiyin.collect.loading.known import KEY, KnownEvents
from zhiyin.collect.loading.moments import microseconds
from zhiyin.collect.plan.flags import flag_counts
from zhiyin.collect.tables import EVENTS, PLAN_FLAGS, QUARANTINE
from zhiyin.ports.warehouse import How, Warehouse


@dataclass(frozen=True)
class Published:
    """What became of judged items: `kept` and `aside` were written, `repeated` were there."""

    kept: pa.Table
    repeated: pa.Table
    aside: pa.Table


def publish_new(
    judged: Judged, warehouse: Warehouse, load_id: int, known: KnownEvents | None = None
) -> Published:
    """Write the events that are not there yet, and what was set aside.

    To be called inside the transaction that also records how far the load came. Of two items with
    the same event the one that stands first in the log is kept.

    Parameters
    ----------
    known
        What the loads before remember; None to look up every event in the warehouse.
    """
    events = judged.events
    is_new = ~_again(judged)
    if events.num_rows:
        known = known or KnownEvents(days=30)
        named = events.select(KEY)
        earliest = pc.min(events["received_at"]).as_py()
        is_new &= ~known.among(judged.keys, named, warehouse, earliest)
    kept = events if is_new.all() else events.filter(pa.array(is_new))
    if kept.num_rows:
        written = warehouse.write(EVENTS, kept, How.APPEND)
        assert known is not None
        received = microseconds(kept["received_at"])
        known.keep(judged.keys[is_new], received, load_id, written.version)
    if judged.aside.num_rows:
        warehouse.write(QUARANTINE, judged.aside, How.APPEND)
    if judged.flags.num_rows:
        flags = judged.flags.filter(pa.array(is_new[judged.flags["row"].to_numpy()]))
        warehouse.write(PLAN_FLAGS, flag_counts(events, flags, load_id), How.APPEND)
    repeated = events.filter(pa.array(~is_new)) if kept.num_rows < events.num_rows else events[:0]
    return Published(kept, repeated, judged.aside)


def _again(judged: Judged) -> np.ndarray:
    """Return which events are in the chunk a second time."""
    order = np.argsort(judged.keys, kind="stable")
    ordered = judged.keys[order]
    is_equal = np.zeros(len(ordered) + 1, dtype=bool)
    is_equal[1:-1] = ordered[1:] == ordered[:-1]
    suspects = order[is_equal[1:] | is_equal[:-1]]
    again = np.zeros(len(ordered), dtype=bool)
    if not len(suspects):
        return again
    # Equal fingerprints are not always equal events.
    some = judged.events.select([*KEY, "origin_line"]).take(pa.array(suspects))
    firsts = some.group_by(KEY).aggregate([("origin_line", "min")])["origin_line_min"]
    again[suspects] = ~np.isin(some["origin_line"].to_numpy(), firsts.to_numpy())
    return again
