"""Kept events that break the plan, counted."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pyarrow as pa

from zhiyin.collect.tables import PLAN_FLAGS
from zhiyin.collect.target_rows import in_order

_COUNTED = ("source_id", "kind", "event", "reason")


def flag_counts(events: pa.Table, flags: pa.Table, load_id: int) -> pa.Table:
    """Return rows of `ods.plan_flags`.

    Parameters
    ----------
    events
        Rows of `ods.events`.
    flags
        Which of them break the plan: `row`, `reason`, `detail`.
    load_id
        Number of the load.
    """
    seen = ["source_id", "kind", "event", "received_at"]
    rows = events.select(seen).take(flags["row"]).to_pylist()
    counts: Counter[tuple[Any, ...]] = Counter()
    examples: dict[tuple[Any, ...], str] = {}
    newest: dict[tuple[Any, ...], datetime] = {}
    told = zip(rows, flags["reason"].to_pylist(), flags["detail"].to_pylist(), strict=True)
    for row, reason, detail in told:
        key = (row["source_id"], row["kind"], row["event"] or row["kind"], reason)
        counts[key] += 1
        examples.setdefault(key, detail)
        newest[key] = max(row["received_at"], newest.get(key, row["received_at"]))
    schema = PLAN_FLAGS.schema().to_pyarrow()
    cells: dict[str, list[Any]] = {
        name: [key[place] for key in counts] for place, name in enumerate(_COUNTED)
    }
    cells |= {"rows": list(counts.values()), "example": [examples[key] for key in counts]}
    cells |= {"load_id": [load_id] * len(counts), "received_at": [newest[key] for key in counts]}
    columns = {name: pa.array(values, schema.field(name).type) for name, values in cells.items()}
    return in_order(columns, PLAN_FLAGS, len(counts))
