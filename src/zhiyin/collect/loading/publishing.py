"""Write judged events, each once."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.known_events import known_events
from zhiyin.collect.loading.judging import Judged
from zhiyin.collect.tables import EVENTS, QUARANTINE
from zhiyin.ports.warehouse import How, Warehouse

KEY = ["source_id", "event_id"]


@dataclass(frozen=True)
class Published:
    """What became of judged items: `kept` and `aside` were written, `repeated` were there."""

    kept: pa.Table
    repeated: pa.Table
    aside: pa.Table


def publish_new(judged: Judged, warehouse: Warehouse, load_id: int) -> Published:
    """Write the events that are not there yet, and what was set aside.

    To be called inside the transaction that also records how far the load came.
    """
    place = pa.array(range(judged.events.num_rows), pa.int64())
    keys = judged.events.select(KEY).append_column("place", place)
    firsts = keys.group_by(KEY).aggregate([("place", "min")]).sort_by("place_min")
    known = known_events(firsts.select(KEY), warehouse, load_id)
    if known.num_rows:
        firsts = firsts.join(known, KEY, join_type="left anti").sort_by("place_min")
    is_new = pc.is_in(place, value_set=firsts["place_min"].combine_chunks())
    kept = judged.events.filter(is_new)
    if kept.num_rows:
        warehouse.write(EVENTS, kept, How.APPEND)
    if judged.aside.num_rows:
        warehouse.write(QUARANTINE, judged.aside, How.APPEND)
    return Published(kept, judged.events.filter(pc.invert(is_new)), judged.aside)
