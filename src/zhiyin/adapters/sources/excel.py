"""Sheets of XLS and XLSX workbooks as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from fnmatch import fnmatchcase
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine
from python_calamine import CalamineSheet, CalamineWorkbook

from zhiyin.adapters.sources.byte_streams import checked, packing, read_whole
from zhiyin.adapters.sources.header import given, named
from zhiyin.adapters.sources.sheet_header import Row, find_header
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.sources import LINE, SHEET, BadLine, FileFormat, RawFile

_BATCH_ROWS = 50_000
# Titles and notes above a header do not reach further down than this.
_HEAD_ROWS = 30


class ExcelFiles:
    """Reads one sheet (the first unless the format names one), or all that fit a pattern.

    Records of several sheets are numbered on; `_sheet` tells which sheet a record is from, where
    the format says which ones to read.
    """

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        book = _book(path)
        sheets = [_opened(sheet, path, file_format) for sheet in _sheets(book, path, file_format)]
        filled = [sheet for sheet in sheets if sheet is not None]
        if not filled:
            names = ", ".join(repr(name) for name in book.sheet_names)
            raise InvalidInput(f"{path} holds no records in sheet {names}; name another.")
        columns = list(dict.fromkeys(name for _, columns, _ in filled for name in columns))
        told = [SHEET] if file_format.sheet is not None else []
        raw = RawFile(path, [*columns, *told], "utf-8", iter(()))
        raw.batches = (
            batch.select([*raw.columns, LINE]) for batch in _batches(filled, columns, raw)
        )
        return raw


def cell_text(cell: Any) -> str:
    """Return a cell as a person would type it: whole numbers without a point, ISO dates."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime):
        is_day = cell.time() == time(0)
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


_Opened = tuple[str, list[str], Iterator[Row]]


def _book(path: Path) -> CalamineWorkbook:
    checked(path)
    is_plain = path.exists() and packing(path) is None
    try:
        if is_plain:
            return CalamineWorkbook.from_path(str(path))
        return CalamineWorkbook.from_filelike(read_whole(path))
    except (python_calamine.CalamineError, OSError) as error:
        raise InvalidInput(
            f"{path} is not a readable workbook ({error}); save it as .xlsx again."
        ) from error


def _sheets(book: CalamineWorkbook, path: Path, file_format: FileFormat) -> Iterator[CalamineSheet]:
    wanted, names = file_format.sheet, book.sheet_names
    if wanted is None:
        chosen = names[:1]
    elif wanted in names:
        chosen = [wanted]
    elif wanted.isdecimal():
        chosen = names[int(wanted) - 1 : int(wanted)] if int(wanted) else []
    else:
        chosen = [name for name in names if fnmatchcase(name, wanted)]
    if not chosen:
        known = ", ".join(names)
        raise NotFound(f"{path} has no sheet {wanted!r}; its sheets are: {known}.")
    for name in chosen:
        yield book.get_sheet_by_name(name)


def _opened(sheet: CalamineSheet, path: Path, file_format: FileFormat) -> _Opened | None:
    """Return a sheet's name, columns and data rows; None if it holds nothing."""
    rows = iter(sheet.iter_rows())
    if file_format.header_row:
        rows = islice(rows, file_format.header_row - 1, None)
        head = list(islice(rows, 1))
    else:
        head = list(islice(rows, _HEAD_ROWS))
    first = next((n for n, row in enumerate(head) if any(cell != "" for cell in row)), None)
    if first is None:
        return None
    if file_format.columns or not file_format.has_header:
        names = given(file_format, len(head[first]), path)
        return sheet.name, names, chain(head[first:], rows)
    if file_format.header_row:
        return sheet.name, named([cell_text(cell) for cell in head[0]]), rows
    names, used = find_header(head, sheet.merged_cell_ranges or [])
    return sheet.name, named(names), chain(head[used:], rows)


def _batches(sheets: Sequence[_Opened], columns: list[str], raw: RawFile) -> Iterator[pa.Table]:
    line = 0
    for name, own, rows in sheets:
        width = len(own)
        while block := list(islice(rows, _BATCH_ROWS)):
            kept: list[list[str]] = []
            numbers: list[int] = []
            for row in block:
                cells = [cell_text(cell) for cell in row]
                if not any(cells):
                    continue
                line += 1
                if any(cells[width:]):
                    raw.bad_lines.append(BadLine(line, "\t".join(cells), "wrong_column_count"))
                    continue
                kept.append(cells[:width] + [""] * (width - len(cells)))
                numbers.append(line)
            if kept:
                texts = dict(zip(own, zip(*kept, strict=True), strict=True))
                yield _table(texts, columns, name, numbers)


def _table(
    texts: dict[str, tuple[str, ...]], columns: list[str], sheet: str, numbers: list[int]
) -> pa.Table:
    count = len(numbers)
    made = [
        pa.array(texts[name], pa.string()) if name in texts else pa.nulls(count, pa.string())
        for name in columns
    ]
    lines = pa.array(numbers, pa.int64())
    return pa.table([*made, pa.repeat(sheet, count), lines], [*columns, SHEET, LINE])
