"""The database port: other people's tables as texts, page by page in the order of a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class Kind(StrEnum):
    """What a column holds, and hence how its values are written as text.

    Numbers are written with all their digits and never pass through a float. An `instant` knows
    its zone and is written in UTC, `2026-03-01T08:00:00.000000Z`; a `wall_time` knows none and is
    written as it stands, `2026-03-01T08:00:00.000000`; a date is written `2026-03-01`. Bytes are
    written as hexadecimal digits, truth values as `true` and `false`.
    """

    INTEGER = "integer"
    NUMBER = "number"
    INSTANT = "instant"
    WALL_TIME = "wall_time"
    DATE = "date"
    TEXT = "text"
    TRUTH = "truth"
    BYTES = "bytes"
    OTHER = "other"


# A cursor must have an order in which later rows come later.
CURSOR_KINDS = (Kind.INTEGER, Kind.INSTANT, Kind.WALL_TIME, Kind.DATE, Kind.TEXT)


@dataclass(frozen=True)
class TableColumn:
    """A column as the database describes it; `type` is the database's own word.

    `is_key` says that the column is part of the primary key; unknown (False) for a query.
    """

    name: str
    type: str
    kind: Kind
    is_key: bool = False


@dataclass(frozen=True)
class Relation:
    """What is read: a table or view by its name, or else a query."""

    table: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class Position:
    """How far a table has been read: the cursor's text, and the key that breaks ties."""

    cursor: str
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scan:
    """An ordered reading of a relation by `cursor`, then by `key`.

    Rows are read from the cursor value `start` on (included; None for the first row) up to `stop`
    (included; None for the last). Rows whose cursor or key is null have no place in the order and
    are not read; neither are those at an infinite time.
    """

    relation: Relation
    cursor: TableColumn
    key: tuple[TableColumn, ...] = ()
    start: str | None = None
    stop: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """Rows that a scan does not read: without a place in its order, and beyond its `stop`."""

    without_place: int
    beyond_stop: int


class Database(Protocol):
    """A connection that only reads.

    The session is read-only, its statements end after a time limit, and nothing is locked: every
    page is a statement of its own. One thread uses a connection at a time. All verbs raise
    `Transient` when the server cannot be reached, goes away or takes too long, `Permanent` when it
    refuses the user, the password or the right to read, and `NotFound` for a database, table or
    column that is not there. No message holds a password.
    """

    def tables(self) -> list[str]:
        """Return the names of the tables and views that the user may read, sorted."""
        ...

    def columns(self, relation: Relation) -> list[TableColumn]:
        """Return the relation's columns in their order."""
        ...

    def page(self, scan: Scan, after: Position | None, limit: int) -> pa.Table:
        """Return up to `limit` rows behind the position, in the scan's order, as text columns.

        Fewer rows than `limit` mean that the scan has come to its end.
        """
        ...

    def rows(self, relation: Relation, limit: int | None = None) -> pa.Table:
        """Return rows in any order, as text columns: a sample, or a whole table to look up in."""
        ...

    def left_out(self, scan: Scan) -> LeftOut:
        """Count the rows that the scan does not read although they are there."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def column_named(columns: Sequence[TableColumn], name: str) -> TableColumn | None:
    """Return the column of that name; letters' case does not count where only one fits so."""
    exact = [column for column in columns if column.name == name]
    alike = [column for column in columns if column.name.lower() == name.lower()]
    found = exact or (alike if len(alike) == 1 else [])
    return found[0] if found else None


def suggested_cursor(columns: Sequence[TableColumn]) -> str | None:
    """Return the column that most likely tells which rows are new or changed, if there is one.

    A time of change comes first, then a time of creation, then a single growing number as key.
    """
    times = [c for c in columns if c.kind in (Kind.INSTANT, Kind.WALL_TIME)]
    for words in _WORDS:
        for column in times:
            name = column.name.lower()
            if any(word in name for word in words):
                return column.name
    keys = [c for c in columns if c.is_key]
    return keys[0].name if len(keys) == 1 and keys[0].kind is Kind.INTEGER else None


_WORDS = (
    ("updat", "modif", "chang", "更新", "修改"),
    ("creat", "insert", "added", "创建", "新增"),
)
