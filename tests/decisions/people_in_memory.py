"""People in memory, as decisions read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ibis

from zhiyin.ports.tables import TableSpec
from zhiyin.testing.rows import rows_of

AS_OF = datetime(2026, 3, 1, 12)


def a_customer(person_id: str, **known: Any) -> dict[str, Any]:
    """A person of `dm.customers`."""
    return {"person_id": person_id, "stage": "active", **known}


def as_table(spec: TableSpec, rows: Sequence[dict[str, Any]]) -> ibis.Table:
    """Rows as a table with the schema that a spec promises."""
    return ibis.memtable(rows_of(spec, *rows), schema=spec.schema())
