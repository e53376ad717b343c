"""What a recipe says of a source that is a table of a database instead of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from zhiyin.collect.recipe_place import Place
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.databases import Relation

KEYS = ("table", "query", "connection", "cursor", "key", "overlap", "batch_rows")
BATCH_ROWS = 50_000
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_SPAN = re.compile(r"(\d+)\s*(second|minute|hour|day)s?")


@dataclass(frozen=True)
class PulledTable:
    """A table or query, and how new rows are told from those that were taken before.

    Attributes
    ----------
    relation
        The table or query.
    connection
        Name of the connection in the settings; None for the only one there is.
    cursor
        Column that grows with every new or changed row; None for a table that is only looked up.
    key
        Columns that together tell rows with the same cursor value apart.
    overlap
        How far behind the last position the next pull begins, for rows that were written before
        it and became visible after: a span for times, whole days for dates, a number for integers;
        None for what suits the cursor.
    batch_rows
        Rows that are fetched, judged and committed together.
    """

    relation: Relation
    connection: str | None = None
    cursor: str | None = None
    key: tuple[str, ...] = ()
    overlap: timedelta | int | None = None
    batch_rows: int = BATCH_ROWS


def read_pulled_table(place: Place, found: Mapping[str, Any]) -> PulledTable | None:
    """Return what the source's keys say of a table; None if they speak of files.

    Raises
    ------
    InvalidInput
        For both a table and a query, a key without a table, a target without a cursor.
    """
    told = [key for key in KEYS if key in found]
    if not told:
        return None
    if ("table" in found) == ("query" in found):
        raise InvalidInput(
            f"{place.text} has {', '.join(told)}; give exactly one of table, query with it."
        )
    if found.get("target") and not found.get("cursor"):
        raise InvalidInput(
            f"{place.text} lacks the key 'cursor': name the column that grows with every new or "
            "changed row, such as updated_at or id."
        )
    return PulledTable(
        Relation(_text(place, found, "table"), _query(place, found)),
        _text(place, found, "connection"),
        _text(place, found, "cursor"),
        place.at("key").texts(found.get("key")),
        _overlap(place.at("overlap"), found.get("overlap")),
        _batch_rows(place.at("batch_rows"), found.get("batch_rows", BATCH_ROWS)),
    )


def _text(place: Place, found: Mapping[str, Any], key: str) -> str | None:
    value = found.get(key)
    if value is None and key not in found:
        return None
    if not isinstance(value, str) or not value.strip():
        raise place.at(key).wrong(value, "a text")
    return value.strip()


def _query(place: Place, found: Mapping[str, Any]) -> str | None:
    query = _text(place, found, "query")
    return query.rstrip("; \n\t") if query else None


def _overlap(place: Place, value: Any) -> timedelta | int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    span = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if span is None:
        raise place.wrong(value, "a span such as '5 minutes' or '1 day', or a whole number")
    return timedelta(seconds=int(span[1]) * _UNITS[span[2]])


def _batch_rows(place: Place, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise place.wrong(value, "a whole number from 1 to 1,000,000")
    return value
