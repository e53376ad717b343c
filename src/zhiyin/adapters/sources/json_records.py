"""JSON Lines and JSON arrays: one object is one record, its members are text columns.

A nested object's members get dotted names (`user.city`); an array becomes JSON text. Numbers keep
the digits they are written with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import msgspec
import pyarrow as pa

from zhiyin.adapters.sources.byte_streams import BLOCK_BYTES, checked, read_counted, read_head
from zhiyin.adapters.sources.text_encodings import SAMPLE_BYTES, as_utf8, detect
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.sources import LINE, BadLine, FileFormat, RawFile

_BATCH_ROWS = 50_000
# A single item of an array may be as long as this.
_LONGEST_ITEM = 64 * 1024 * 1024
# Columns are looked for in this many records; ones that come later still arrive.
_SAMPLE_RECORDS = 10_000

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_SPACE = re.compile(r"[ \t\r\n,]*")
_ITEM = json.JSONDecoder()

Record = dict[str, str | None]


class JsonFiles:
    """Reads objects one by one, so that memory does not grow with the file."""

    def __init__(self, block_bytes: int = BLOCK_BYTES) -> None:
        self._block_bytes = block_bytes

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        checked(path)
        encoding = file_format.encoding or detect(read_head(path, SAMPLE_BYTES), path)
        raw = RawFile(path, [], encoding, iter(()))
        blocks = as_utf8(self._counted(raw), encoding, path)
        start = next(blocks, b"").removeprefix("\ufeff".encode())
        while start and not start.strip():
            start = next(blocks, b"")
        items = _items_of(start, blocks, path)
        reading = _Reading(raw)
        first = list(reading.records(items, _SAMPLE_RECORDS))
        if not first and not raw.bad_lines:
            raise InvalidInput(f"{path} holds no records; export it again.")
        raw.columns = list(dict.fromkeys(name for _, record in first for name in record))
        raw.batches = reading.batches(first, items)
        return raw

    def _counted(self, raw: RawFile) -> Iterator[bytes]:
        for block, count in read_counted(raw.path, self._block_bytes):
            raw.bytes_read = count
            yield block


def flattened(document: bytes | msgspec.Raw) -> Record:
    """Return an object's members as texts; raises `msgspec.DecodeError` if it is none."""
    record: Record = {}
    _flatten(_MEMBERS.decode(document), "", record)
    return record


def _flatten(members: dict[str, msgspec.Raw], before: str, record: Record) -> None:
    for name, raw in members.items():
        value = bytes(raw)
        opening = value[:1]
        if opening == b'"':
            record[before + name] = _TEXT.decode(value)
        elif opening == b"{" and value != b"{}":
            _flatten(_MEMBERS.decode(value), f"{before}{name}.", record)
        else:
            record[before + name] = None if value == b"null" else value.decode()


@dataclass
class _Reading:
    """Numbers the records of one file, and sets aside what is no object."""

    raw: RawFile
    line: int = 0

    def records(self, items: Iterator[bytes], limit: int) -> Iterator[tuple[int, Record]]:
        """Yield up to `limit` records with their numbers."""
        for item in items:
            self.line += 1
            try:
                yield self.line, flattened(item)
            except (msgspec.DecodeError, UnicodeDecodeError):
                text = item.decode(errors="replace").strip()
                self.raw.bad_lines.append(BadLine(self.line, text, "invalid_json"))
                continue
            limit -= 1
            if not limit:
                return

    def batches(
        self, first: list[tuple[int, Record]], items: Iterator[bytes]
    ) -> Iterator[pa.Table]:
        """Yield all records as tables of texts."""
        waiting = first
        while waiting:
            yield self._table(waiting)
            waiting = list(self.records(items, _BATCH_ROWS))

    def _table(self, rows: list[tuple[int, Record]]) -> pa.Table:
        names = dict.fromkeys(self.raw.columns)
        for _, record in rows:
            names |= dict.fromkeys(record)
        columns = [pa.array([record.get(n) for _, record in rows], pa.string()) for n in names]
        lines = pa.array([line for line, _ in rows], pa.int64())
        return pa.table([*columns, lines], [*names, LINE])


def _items_of(start: bytes, blocks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    text = start.lstrip()
    if text.startswith(b"["):
        return _values(text[1:], blocks, path, closing="]")
    first, _, _ = text.partition(b"\n")
    try:
        _MEMBERS.decode(first)
    except msgspec.DecodeError:
        is_first_of_many_lines = first.strip() in (b"{", b"")
        if is_first_of_many_lines:
            return _values(text, blocks, path, closing="")
    return _lines(start, blocks)


def _lines(start: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    carry = b""
    for block in chain([start], blocks):
        lines = (carry + block).split(b"\n")
        carry = lines.pop()
        yield from (line for line in lines if line.strip())
    if carry.strip():
        yield carry


def _values(start: bytes, blocks: Iterator[bytes], path: Path, *, closing: str) -> Iterator[bytes]:
    """Yield values up to the closing mark, however many lines each is written on."""
    text, position, number = start.decode(), 0, 0
    while True:
        position = _SPACE.match(text, position).end()  # type: ignore[union-attr]
        if closing and text[position : position + 1] == closing:
            return
        end = _end_of_value(text, position)
        if end is not None:
            number += 1
            yield text[position:end].encode()
            position = end
            continue
        block = next(blocks, None)
        if block is None and not closing and position == len(text):
            return
        if block is None or len(text) - position > _LONGEST_ITEM:
            raise InvalidInput(f"{path}: the JSON is broken after item {number}; export it again.")
        text, position = text[position:] + block.decode(), 0


def _end_of_value(text: str, position: int) -> int | None:
    """Return where the value ends; None if it may go on in the next block."""
    try:
        _, end = _ITEM.raw_decode(text, position)
    except ValueError:
        return None
    is_whole = end < len(text) or text[end - 1] in "]}"
    return end if is_whole else None
