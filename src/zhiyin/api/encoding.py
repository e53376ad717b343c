"""Arrow to JSON: money as a number in whole cents, instants as ISO 8601 with a Z."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import pyarrow as pa
from pydantic import AfterValidator

CENTS = 2


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


# The warehouse's naive instants are UTC; a response says so.
Instant = Annotated[datetime, AfterValidator(_in_utc)]


def plain(value: Any) -> Any:
    """Return a value that JSON knows: no decimals, no NaN."""
    if isinstance(value, Decimal):
        return round(float(value), CENTS)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return _in_utc(value)
    return value


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return the table's rows as dictionaries of plain values."""
    return [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]


def plain_tree(value: Any) -> Any:
    """Return a nested result of a command with all its values plain, instants as text."""
    if isinstance(value, Mapping):
        return {str(key): plain_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_tree(item) for item in value]
    value = plain(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value
