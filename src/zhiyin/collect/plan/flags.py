"""Kept events that break the plan, counted."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pyarrow as pa

from zhiyin.collect.tables import PLAN_FLAGS
from zhiyin.collect.target_rows import in_order

_COUNTED = ("source_id", "kind", "event", "reason")


def flag_counts(events: pa.Table, breaches: pa.Table, load_id: int, at: datetime) -> pa.Table:
    """Return rows of `ods.plan_flags` for the breaches that do not block.

    Parameters
    ----------
    events
        The events that were kept, with `source_id`, `kind`, `event`.
    breaches
        `PlanInForce.breaches` of these events.
    load_id, at
        Number and time (naive UTC) of the load.
    """
    kept = breaches.filter(pa.compute.invert(breaches["is_blocked"]))
    rows = events.select(["source_id", "kind", "event"]).take(kept["row"]).to_pylist()
    counts: Counter[tuple[Any, ...]] = Counter()
    examples: dict[tuple[Any, ...], str] = {}
    told = zip(rows, kept["reason"].to_pylist(), kept["detail"].to_pylist(), strict=True)
    for row, reason, detail in told:
        key = (row["source_id"], row["kind"], row["event"] or row["kind"], reason)
        counts[key] += 1
        examples.setdefault(key, detail)
    schema = PLAN_FLAGS.schema().to_pyarrow()
    cells: dict[str, list[Any]] = {
        name: [key[place] for key in counts] for place, name in enumerate(_COUNTED)
    }
    cells |= {"rows": list(counts.values()), "example": [examples[key] for key in counts]}
    cells |= {"load_id": [load_id] * len(counts), "flagged_at": [at] * len(counts)}
    columns = {name: pa.array(values, schema.field(name).type) for name, values in cells.items()}
    return in_order(columns, PLAN_FLAGS, len(counts))
