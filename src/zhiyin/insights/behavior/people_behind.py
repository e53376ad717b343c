"""Who stands behind a figure of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import ibis.expr.types as ir


def person_ids(activity: ir.Table, numbers: np.ndarray) -> ir.Table:
    """Return person_id, each once, of people given by their numbers in the activity."""
    meant = pa.table({"number": pa.array(numbers, pa.int64())})
    chosen = ibis.memtable(meant, schema=ibis.schema({"number": "int64"}))
    people = activity.select("person_number", "person_id").distinct()
    return people.semi_join(chosen, people.person_number == chosen.number).select("person_id")
