"""Cut CSV bytes into blocks that begin and end between records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# A quote that stays open for longer than this is taken for a broken one.
LONGEST_RECORD = 1024 * 1024


@dataclass(frozen=True)
class Piece:
    """Whole records, or one line whose quote never closes."""

    content: bytes
    is_broken: bool = False


def cut_records(blocks: Iterable[bytes], delimiter: bytes) -> Iterator[Piece]:
    """Yield all bytes of `blocks`, in order, cut between records.

    A newline ends a record if an even number of quotes stands before it. A line that opens a
    quote which nothing closes within `LONGEST_RECORD` bytes comes as a broken piece of its own,
    and the next line starts a new record.
    """
    carry = b""
    for block in blocks:
        carry += block
        end = _last_record_end(carry)
        if end:
            yield Piece(carry[:end])
            carry = carry[end:]
        while len(carry) > LONGEST_RECORD:
            piece, rest = _first_line(carry, delimiter)
            if not rest:
                break
            yield piece
            carry = rest
    yield from _last_records(carry, delimiter)


def leaves_quote_open(line: bytes, delimiter: bytes) -> bool:
    """Return whether a record that starts with this line goes on after it.

    A quote opens only at the start of a field; a doubled quote inside quotes is a letter.
    """
    position = 0
    while True:
        if line[position : position + 1] == b'"':
            position = _closing_quote(line, position + 1)
            if position < 0:
                return True
        following = line.find(delimiter, position)
        if following < 0:
            return False
        position = following + len(delimiter)


def _closing_quote(line: bytes, position: int) -> int:
    while True:
        position = line.find(b'"', position)
        if position < 0:
            return -1
        if line[position + 1 : position + 2] != b'"':
            return position + 1
        position += 2


def _last_record_end(content: bytes) -> int:
    """Return the offset after the last newline with an even number of quotes before it."""
    end = content.rfind(b"\n") + 1
    quotes = content.count(b'"', 0, end)
    while end and quotes % 2:
        last_quote = content.rfind(b'"', 0, end)
        start = content.rfind(b"\n", 0, last_quote) + 1
        quotes -= content.count(b'"', start, end)
        end = start
    return end


def _first_line(content: bytes, delimiter: bytes) -> tuple[Piece, bytes]:
    end = content.find(b"\n") + 1 or len(content)
    line = content[:end]
    return Piece(line, leaves_quote_open(line.rstrip(b"\r\n"), delimiter)), content[end:]


def _last_records(content: bytes, delimiter: bytes) -> Iterator[Piece]:
    while content:
        if content.count(b'"') % 2 == 0:
            yield Piece(content)
            return
        end = _last_record_end(content)
        if end:
            yield Piece(content[:end])
            content = content[end:]
            continue
        piece, content = _first_line(content, delimiter)
        yield piece
