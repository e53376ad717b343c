"""CSV and TSV files in any encoding that Python knows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from zhiyin.adapters.sources.byte_streams import BLOCK_BYTES, checked, read_counted, read_head
from zhiyin.adapters.sources.csv_records import Piece, cut_records
from zhiyin.adapters.sources.header import given, named
from zhiyin.adapters.sources.text_encodings import SAMPLE_BYTES, as_utf8, detect
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.sources import LINE, BadLine, FileFormat, RawFile

_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_HEADER = 64 * 1024


class DelimitedFiles:
    """Reads CSV and TSV block by block, so that memory does not grow with the file."""

    def __init__(self, block_bytes: int = BLOCK_BYTES) -> None:
        self._block_bytes = block_bytes

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        checked(path)
        encoding = file_format.encoding or detect(read_head(path, SAMPLE_BYTES), path)
        raw = RawFile(path, [], encoding, iter(()))
        blocks = as_utf8(_counted(raw, self._block_bytes), encoding, path)
        first = next(blocks, b"").removeprefix("\ufeff".encode())
        if not first.strip():
            raise InvalidInput(f"{path} holds no records; export it again.")
        if b"\n" not in first and b"\r" in first:
            # Line ends of old Macs; records are cut at newlines.
            first, blocks = first.replace(b"\r", b"\n"), _with_newlines(blocks)
        first = _without_titles(first, (file_format.header_row or 1) - 1)
        delimiter = file_format.delimiter or _delimiter(first, path)
        header, rest = _split_header(first, delimiter)
        if file_format.has_header and not file_format.columns:
            raw.columns = named(header)
        else:
            raw.columns, rest = given(file_format, len(header), path), first
        pieces = cut_records(_chain(rest, blocks), delimiter.encode())
        raw.batches = _batches(pieces, raw, delimiter)
        return raw


def _counted(raw: RawFile, size: int) -> Iterator[bytes]:
    for block, count in read_counted(raw.path, size):
        raw.bytes_read = count
        yield block


def _with_newlines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield block.replace(b"\r", b"\n")


def _without_titles(first: bytes, count: int) -> bytes:
    for _ in range(count):
        first = first[first.find(b"\n") + 1 :]
    return first


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _delimiter(first: bytes, path: Path) -> str:
    """Return the candidate that splits the first line most often; tabs for `.tsv`."""
    if ".tsv" in path.suffixes or ".tab" in path.suffixes:
        return "\t"
    line = first[:_LONGEST_HEADER].split(b"\n", 1)[0].decode(errors="replace")
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def _split_header(first: bytes, delimiter: str) -> tuple[list[str], bytes]:
    lines = first[:_LONGEST_HEADER].decode(errors="ignore")
    stream = io.StringIO(lines, newline="")
    reader = csv.reader(stream, delimiter=delimiter)
    names: list[str] = []
    while not names:
        names = next(reader)
    used = "".join(lines.splitlines(keepends=True)[: reader.line_num])
    return names, first[len(used.encode()) :]


def _batches(pieces: Iterator[Piece], raw: RawFile, delimiter: str) -> Iterator[pa.Table]:
    line = 1
    for piece in pieces:
        if piece.is_broken:
            text = piece.content.decode(errors="replace").rstrip("\r\n")
            raw.bad_lines.append(BadLine(line, text, "broken_quote"))
            line += 1
            continue
        table, bad = _parse(piece.content, raw.columns, delimiter)
        numbers = _numbers(table.num_rows, bad, line)
        raw.bad_lines += [
            BadLine(line + row.number - 1, row.text, "wrong_column_count") for row in bad
        ]
        line += table.num_rows + len(bad)
        table = table.append_column(LINE, numbers)
        if b"\0" in piece.content:
            table = _without_nuls(table, raw)
        if table.num_rows:
            yield table


def _without_nuls(table: pa.Table, raw: RawFile) -> pa.Table:
    """Set records aside that hold the character NUL: no text has it, damaged files do."""
    cells = [table[name].combine_chunks() for name in raw.columns]
    has_nul = reduce(pc.or_, [pc.match_substring(column, "\0") for column in cells])
    for record in table.filter(has_nul).to_pylist():
        text = "\t".join(record[name] for name in raw.columns).replace("\0", "\ufffd")
        raw.bad_lines.append(BadLine(record[LINE], text, "nul_byte"))
    return table.filter(pc.invert(has_nul))


def _parse(
    content: bytes, columns: list[str], delimiter: str
) -> tuple[pa.Table, list[arrow_csv.InvalidRow]]:
    if not content.strip():
        return pa.table({name: pa.array([], pa.string()) for name in columns}), []
    table, bad = _parse_once(content, columns, delimiter, parallel=True)
    if bad:
        # Only the serial reader knows the number of a bad record.
        table, bad = _parse_once(content, columns, delimiter, parallel=False)
    return table, bad


def _parse_once(
    content: bytes, columns: list[str], delimiter: str, *, parallel: bool
) -> tuple[pa.Table, list[arrow_csv.InvalidRow]]:
    bad: list[arrow_csv.InvalidRow] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    longest = max(len(content), 1)
    table = arrow_csv.read_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(
            column_names=columns,
            use_threads=parallel,
            block_size=min(longest, 4 * 1024 * 1024) if parallel else longest,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=b'"' in content,
            invalid_row_handler=set_aside,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    return table, bad


def _numbers(rows: int, bad: list[arrow_csv.InvalidRow], first: int) -> pa.Array:
    """Return the record numbers of the good rows: a run that leaves out the bad ones."""
    if not bad:
        return pa.array(np.arange(first, first + rows))
    missing = {row.number for row in bad}
    every = range(1, rows + len(bad) + 1)
    return pa.array([first + n - 1 for n in every if n not in missing], pa.int64())
