"""The SELECT behind every verb of the port, in the words that all our databases share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhiyin.ports.databases import Kind, Position, Relation, Scan, TableColumn


@dataclass(frozen=True)
class Statement:
    """SQL text with the values of its parameters, in their order."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """What databases say in different words.

    Attributes
    ----------
    quote
        The sign around a name.
    value
        Takes a column, a text and the parameter's number, from 1 on, and returns how a value of
        the column's type is written, and what is bound to it.
    finite
        Takes a time's expression and returns a condition that keeps infinite ones out; empty
        where there are none.
    compares_rows
        Whether `(a, b) > (x, y)` finds its rows through an index.
    """

    quote: str
    value: Callable[[TableColumn, str, int], tuple[str, Any]]
    finite: Callable[[str], str] = lambda _: ""
    compares_rows: bool = False

    def name(self, name: str) -> str:
        """Return a column's name, quoted."""
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def table(self, table: str) -> str:
        """Return a table's name, schema and all, quoted part by part."""
        return ".".join(self.name(part) for part in table.split("."))

    def source(self, relation: Relation) -> str:
        """Return what stands behind FROM; its alias is `r`."""
        if relation.table is not None:
            return f"{self.table(relation.table)} AS r"
        return f"(\n{relation.query}\n) AS r"


def page_statement(
    dialect: Dialect, shown: str, scan: Scan, after: Position | None, limit: int
) -> Statement:
    """Return the SELECT of one page: `shown` is its select list."""
    where = _Where(dialect)
    _in_order(where, scan)
    if after is not None:
        where.after(scan, after)
    elif scan.start is not None:
        where.compare(scan.cursor, ">=", scan.start)
    if scan.stop is not None:
        where.compare(scan.cursor, "<=", scan.stop)
    columns = ", ".join(_column(dialect, column) for column in (scan.cursor, *scan.key))
    return Statement(
        f"SELECT {shown} FROM {dialect.source(scan.relation)}{where.text()} "
        f"ORDER BY {columns} LIMIT {int(limit)}",
        tuple(where.values),
    )


def rows_statement(
    dialect: Dialect, shown: str, relation: Relation, limit: int | None
) -> Statement:
    """Return the SELECT of rows in any order."""
    end = f" LIMIT {int(limit)}" if limit is not None else ""
    return Statement(f"SELECT {shown} FROM {dialect.source(relation)}{end}")


def left_out_statements(dialect: Dialect, scan: Scan) -> tuple[Statement, Statement | None]:
    """Return the counts of rows without a place, and of rows beyond the end."""
    lacking = []
    for column in (scan.cursor, *scan.key):
        name = _column(dialect, column)
        lacking.append(f"{name} IS NULL")
        if finite := _finite(dialect, column):
            lacking.append(f"NOT ({finite})")
    source = dialect.source(scan.relation)
    without_place = Statement(f"SELECT COUNT(*) FROM {source} WHERE {' OR '.join(lacking)}")
    if scan.stop is None:
        return without_place, None
    beyond = _Where(dialect)
    _in_order(beyond, scan)
    beyond.compare(scan.cursor, ">", scan.stop)
    return without_place, Statement(
        f"SELECT COUNT(*) FROM {source}{beyond.text()}", tuple(beyond.values)
    )


@dataclass
class _Where:
    """Conditions and the values of their parameters, in step."""

    dialect: Dialect
    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def compare(self, column: TableColumn, operator: str, text: str) -> None:
        self.parts.append(f"{_column(self.dialect, column)} {operator} {self.bound(column, text)}")

    def bound(self, column: TableColumn, text: str) -> str:
        written, value = self.dialect.value(column, text, len(self.values) + 1)
        self.values.append(value)
        return written

    def after(self, scan: Scan, position: Position) -> None:
        """Ask for rows behind a position."""
        columns = (scan.cursor, *scan.key)
        texts = (position.cursor, *position.key)
        if self.dialect.compares_rows:
            names = ", ".join(_column(self.dialect, column) for column in columns)
            bound = ", ".join(self.bound(c, t) for c, t in zip(columns, texts, strict=True))
            self.parts.append(f"({names}) > ({bound})")
            return
        # The first condition alone lets the index be used; the second says what is meant.
        self.compare(columns[0], ">=" if len(columns) > 1 else ">", texts[0])
        if len(columns) > 1:
            self.parts.append(self._behind(columns, texts))

    def _behind(self, columns: Sequence[TableColumn], texts: Sequence[str]) -> str:
        name = _column(self.dialect, columns[0])
        greater = f"{name} > {self.bound(columns[0], texts[0])}"
        if len(columns) == 1:
            return greater
        equal = f"{name} = {self.bound(columns[0], texts[0])}"
        return f"({greater} OR ({equal} AND {self._behind(columns[1:], texts[1:])}))"

    def text(self) -> str:
        return f" WHERE {' AND '.join(self.parts)}" if self.parts else ""


def _in_order(where: _Where, scan: Scan) -> None:
    """Ask for rows that have a place in the scan's order."""
    for column in (scan.cursor, *scan.key):
        where.parts.append(f"{_column(where.dialect, column)} IS NOT NULL")
        if finite := _finite(where.dialect, column):
            where.parts.append(finite)


def _finite(dialect: Dialect, column: TableColumn) -> str:
    is_time = column.kind in (Kind.INSTANT, Kind.WALL_TIME, Kind.DATE)
    return dialect.finite(_column(dialect, column)) if is_time else ""


def _column(dialect: Dialect, column: TableColumn) -> str:
    return f"r.{dialect.name(column.name)}"
