"""A database in memory that keeps the port's promises, for tests of what pulls from databases."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

import pyarrow as pa

from zhiyin.core.errors import NotFound, Transient
from zhiyin.ports.databases import Kind, LeftOut, Position, Relation, Scan, TableColumn

KINDS = {
    "INTEGER": Kind.INTEGER,
    "NUMERIC": Kind.NUMBER,
    "INSTANT": Kind.INSTANT,
    "WALL_TIME": Kind.WALL_TIME,
    "DATE": Kind.DATE,
    "BOOLEAN": Kind.TRUTH,
    "BLOB": Kind.BYTES,
}


class MemoryDatabase:
    """SQLite in memory. Tables are made by `execute`, with the words of `KINDS` as types.

    Numbers with a fraction and all times are to be stored as text, as the port writes them, for
    SQLite has neither decimals nor times. Setting `pages_left` lets the server go away after so
    many pages.
    """

    def __init__(self, *statements: str) -> None:
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self.pages_left: int | None = None
        self.is_closed = False
        for statement in statements:
            self.execute(statement)

    def execute(self, statement: str, *values: Any) -> None:
        """Change the database, as its owner would."""
        self._connection.execute(statement, values)

    def tables(self) -> list[str]:
        found = self._select("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return sorted(name for (name,) in found[1])

    def columns(self, relation: Relation) -> list[TableColumn]:
        names, _ = self._select(f"SELECT * FROM {_source(relation)} LIMIT 0")
        told: dict[str, tuple[str, bool]] = {}
        for table in [relation.table] if relation.table else self.tables():
            for _, name, word, _, _, key in self._select(f'PRAGMA table_info("{table}")')[1]:
                told[name] = (word, bool(key) and relation.table is not None)
        columns = []
        for name in names:
            word, is_key = told.get(name, ("TEXT", False))
            columns.append(TableColumn(name, word, KINDS.get(word, Kind.TEXT), is_key))
        return columns

    def page(self, scan: Scan, after: Position | None, limit: int) -> pa.Table:
        if self.pages_left is not None:
            if self.pages_left == 0:
                raise Transient("The database in memory does not answer: it was switched off.")
            self.pages_left -= 1
        rows = [row for place, row in self._placed(scan) if _is_read(scan, place, after)]
        return self._table(scan.relation, rows[:limit])

    def rows(self, relation: Relation, limit: int | None = None) -> pa.Table:
        return self._table(relation, self._dicts(relation)[:limit])

    def left_out(self, scan: Scan) -> LeftOut:
        placed = self._placed(scan)
        stop = _value(scan.cursor, scan.stop)
        beyond = sum(1 for place, _ in placed if stop is not None and place[0] > stop)
        return LeftOut(len(self._dicts(scan.relation)) - len(placed), beyond)

    def close(self) -> None:
        self.is_closed = True

    def _placed(self, scan: Scan) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        ordered = (scan.cursor, *scan.key)
        placed = []
        for row in self._dicts(scan.relation):
            if all(row[column.name] is not None for column in ordered):
                place = tuple(_value(column, _text(row[column.name])) for column in ordered)
                placed.append((place, row))
        return sorted(placed, key=lambda pair: pair[0])

    def _dicts(self, relation: Relation) -> list[dict[str, Any]]:
        names, rows = self._select(f"SELECT * FROM {_source(relation)}")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _table(self, relation: Relation, rows: list[dict[str, Any]]) -> pa.Table:
        columns = self.columns(relation)
        return pa.table(
            {
                column.name: pa.array([_shown(column, row[column.name]) for row in rows], "string")
                for column in columns
            }
        )

    def _select(self, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        try:
            cursor = self._connection.execute(statement)
        except sqlite3.OperationalError as error:
            raise NotFound(f"The database in memory has no such thing: {error}.") from error
        return [column[0] for column in cursor.description or ()], cursor.fetchall()


def _source(relation: Relation) -> str:
    return f'"{relation.table}"' if relation.table is not None else f"({relation.query})"


def _is_read(scan: Scan, place: tuple[Any, ...], after: Position | None) -> bool:
    if scan.stop is not None and place[0] > _value(scan.cursor, scan.stop):
        return False
    if after is not None:
        columns, texts = (scan.cursor, *scan.key), (after.cursor, *after.key)
        return place > tuple(_value(c, t) for c, t in zip(columns, texts, strict=True))
    return scan.start is None or place[0] >= _value(scan.cursor, scan.start)


def _value(column: TableColumn, text: str | None) -> Any:
    if text is None:
        return None
    if column.kind is Kind.INTEGER:
        return int(text)
    return Decimal(text) if column.kind is Kind.NUMBER else text


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _shown(column: TableColumn, value: Any) -> str | None:
    if value is None:
        return None
    if column.kind is Kind.TRUTH:
        return "true" if value else "false"
    return _text(value)
