"""A source's rows in the order of its cursor: what is asked for, and page after page of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.pulled_table import PulledTable
from zhiyin.collect.recipe import MADE, Recipe, Source
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.databases import (
    CURSOR_KINDS,
    Database,
    Position,
    Scan,
    TableColumn,
    column_named,
    suggested_cursor,
)


@dataclass(frozen=True)
class Asked:
    """What a source asks a database for: its columns were found there."""

    pulled: PulledTable
    cursor: TableColumn
    key: tuple[TableColumn, ...]


def asked(recipe: Recipe, source: Source, pulled: PulledTable, columns: list[TableColumn]) -> Asked:
    """Return the columns that a pull goes by.

    The key is the recipe's, or else the table's primary key; none is needed where the cursor is
    that key.

    Raises
    ------
    InvalidInput
        If a column is missing, the cursor has no order in time, or nothing breaks ties.
    """
    check_columns(recipe, source, [column.name for column in columns])
    cursor = _named(source, pulled.cursor or "", columns)
    if cursor.kind not in CURSOR_KINDS:
        raise InvalidInput(
            f"The cursor {cursor.name} of {name_of(source)} is of type {cursor.type}; it must be "
            "an integer, a time, a date or a text."
        )
    key = tuple(_named(source, name, columns) for name in pulled.key)
    if not key:
        key = tuple(column for column in columns if column.is_key)
        if not key:
            raise InvalidInput(
                f"{name_of(source)} has no primary key that would tell rows with the same "
                f"{cursor.name} apart; name its columns under 'key' in the recipe."
            )
    return Asked(pulled, cursor, tuple(c for c in key if c.name != cursor.name))


def name_of(source: Source) -> str:
    """Return how a pulled source is called: its table, or its own name where it is a query."""
    pulled = source.pull
    return (pulled.relation.table if pulled else None) or source.name


def check_columns(recipe: Recipe, source: Source, columns: Sequence[str]) -> None:
    """Raise `InvalidInput` if the table lacks a column that the recipe takes from it."""
    needed = source.needed_columns() | recipe.columns_looked_up(source.name)
    missing = sorted(needed - set(columns))
    if missing:
        raise InvalidInput(
            f"{name_of(source)} has no column {', '.join(missing)}, which the source "
            f"{source.name!r} of the recipe {recipe.name!r} names; its columns are: "
            f"{', '.join(columns)}. Correct the recipe."
        )


def pages(database: Database, scan: Scan, limit: int) -> Iterator[tuple[pa.Table, bool]]:
    """Yield (rows, whether they are the last) in the scan's order; the last page may be empty.

    The next page is fetched while the caller works on the one before.

    Raises
    ------
    InvalidInput
        If two rows have the same cursor value and key: one of them would be lost between pages.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        # One row more than wanted tells whether there is another page, and ties at the seam.
        coming = pool.submit(database.page, scan, None, limit + 1)
        while True:
            page = coming.result()
            _check_order(scan, page)
            is_last = page.num_rows <= limit
            rows = page.slice(0, limit)
            if not is_last:
                coming = pool.submit(database.page, scan, position_of(scan, rows), limit + 1)
            yield rows, is_last
            if is_last:
                return


def position_of(scan: Scan, rows: pa.Table) -> Position:
    """Return the position of the last row."""
    key = tuple(rows[column.name][-1].as_py() for column in scan.key)
    return Position(rows[scan.cursor.name][-1].as_py(), key)


def digests(rows: pa.Table, source: Source, scan: Scan) -> list[str]:
    """Return a digest per row of what the recipe takes from it, its cursor and its key."""
    named = source.used_columns() - set(MADE) | {scan.cursor.name, *(c.name for c in scan.key)}
    columns = [rows[name] for name in rows.column_names if name in named]
    # A sign that no text of a database holds stands for null; lengths keep neighbours apart.
    parts = []
    for column in columns:
        sizes = pc.cast(pc.fill_null(pc.binary_length(column), -1), "string")
        parts += [sizes, pc.fill_null(column, "")]
    joined = pc.binary_join_element_wise(*parts, "\x1f")
    texts = joined.to_pylist()
    return [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]


def first_of_each(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Return one row per combination of keys: the first."""
    numbered = rows.append_column("_row", pa.array(range(rows.num_rows), pa.int64()))
    firsts = numbered.group_by(list(keys)).aggregate([("_row", "min")])
    return rows.take(firsts["_row_min"])


def _check_order(scan: Scan, page: pa.Table) -> None:
    if page.num_rows < 2:
        return
    same = None
    for column in (scan.cursor, *scan.key):
        values = page[column.name].combine_chunks()
        equal = pc.equal(values.slice(1), values.slice(0, len(values) - 1))
        same = equal if same is None else pc.and_(same, equal)
    place = pc.index(same, True).as_py()
    if place >= 0:
        named = (scan.cursor, *scan.key)
        told = ", ".join(f"{c.name} {page[c.name][place].as_py()}" for c in named)
        raise InvalidInput(
            f"Two rows have the same {told}; name columns under 'key' in the recipe that together "
            "tell rows apart."
        )


def _named(source: Source, name: str, columns: list[TableColumn]) -> TableColumn:
    found = column_named(columns, name)
    if found is None:
        hint = suggested_cursor(columns)
        then = f" {hint} would do as cursor." if hint else ""
        raise InvalidInput(
            f"{name_of(source)} has no column {name}; its columns are: "
            f"{', '.join(column.name for column in columns)}.{then}"
        )
    return found
