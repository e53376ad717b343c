"""The outbox as the warehouse sees it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from zhiyin.core.clock import naive_utc
from zhiyin.delivery.tables import MESSAGES
from zhiyin.ports.operational import OutboxRow


def messages_table(rows: Sequence[OutboxRow]) -> pa.Table:
    """Return outbox rows as rows of `dm.messages`."""
    schema = MESSAGES.schema().to_pyarrow()
    columns = {
        name: [
            naive_utc(row.changed_at) if name == "changed_at" and row.changed_at else value
            for row in rows
            for value in (getattr(row, name),)
        ]
        for name in MESSAGES.columns
    }
    return pa.table(columns, schema=schema)
