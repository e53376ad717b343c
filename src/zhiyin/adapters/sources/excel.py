"""XLSX sheets as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine

from zhiyin.adapters.sources.byte_streams import checked
from zhiyin.adapters.sources.header import named, numbered
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.sources import LINE, BadLine, FileFormat, RawFile

_BATCH_ROWS = 50_000


class ExcelFiles:
    """Reads one sheet, the first unless the format names one."""

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        sheet = _sheet(checked(path), file_format.sheet)
        rows = iter(sheet.iter_rows())
        first = next((row for row in rows if any(cell != "" for cell in row)), None)
        if first is None:
            raise InvalidInput(f"{path} holds no records in sheet {sheet.name!r}; name another.")
        if file_format.has_header:
            columns = named([cell_text(cell) for cell in first])
        else:
            columns, rows = numbered(len(first)), chain([first], rows)
        raw = RawFile(path, columns, "utf-8", iter(()))
        raw.batches = _batches(rows, raw)
        return raw


def cell_text(cell: Any) -> str:
    """Return a cell as a person would type it: whole numbers without a point, ISO dates."""
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


def _sheet(path: Path, name: str | None) -> python_calamine.CalamineSheet:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except (python_calamine.CalamineError, OSError) as error:
        raise InvalidInput(
            f"{path} is not a readable workbook ({error}); save it as .xlsx again."
        ) from error
    if name is not None and name not in book.sheet_names:
        known = ", ".join(book.sheet_names)
        raise NotFound(f"{path} has no sheet {name!r}; its sheets are: {known}.")
    return book.get_sheet_by_name(name) if name else book.get_sheet_by_index(0)


def _batches(rows: Iterator[list[Any]], raw: RawFile) -> Iterator[pa.Table]:
    width = len(raw.columns)
    line = 0
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
            columns = [pa.array(column, pa.string()) for column in zip(*kept, strict=True)]
            yield pa.table([*columns, pa.array(numbers, pa.int64())], [*raw.columns, LINE])
