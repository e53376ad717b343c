"""Frames of a segment file: a group of items, compressed, with a checksum.

A frame is a header, little-endian, and `packed` bytes of zstd:

    magic u32, packed u32, raw u32, crc32 u32, first u64, appended_at u64, items u32

Unpacked they are `raw` bytes: the length of each item as u32, then all items. `first` is the offset
of the first item, `appended_at` is in microseconds since 1970 UTC, and the checksum covers the
other fields of the header and the packed bytes. Frames of the first release have another magic, end
their header after the checksum, which covers the packed bytes only, and unpack to
`(length u32, item)*`; they are read and no longer written.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import zstandard

from zhiyin.ports.event_log import Run

MAGIC = 0x5A59_4C32  # "ZYL2"
FIRST_MAGIC = 0x5A59_4C31  # "ZYL1"
HEADER = struct.Struct("<IIIIQQI")
_FIRST_HEADER = struct.Struct("<IIII")
_COVERED = struct.Struct("<IIIQQI")
_LENGTH = struct.Struct("<I")
# A frame that claims more than this is damage, not data.
LARGEST = 1 << 30
_WINDOW = 1 << 20


@dataclass(frozen=True)
class Frame:
    """A whole frame: where it lies in its file, which items it holds, and their packed bytes.

    `appended_at` is 0 where the frame does not tell.
    """

    position: int
    size: int
    first: int
    items: int
    appended_at: int
    raw: int = 0
    packed: bytes = b""
    is_first_format: bool = False

    @property
    def end(self) -> int:
        """The offset after the last item."""
        return self.first + self.items

    def unpacked(self) -> Run:
        """Unpack the items."""
        raw = zstandard.ZstdDecompressor().decompress(self.packed, max_output_size=self.raw)
        if self.is_first_format:
            bodies = _first_bodies(raw)
            return Run(b"".join(bodies), list(accumulate(map(len, bodies), initial=0)))
        lengths = struct.unpack_from(f"<{self.items}I", raw)
        return Run(raw, list(accumulate(lengths, initial=_LENGTH.size * self.items)))


def pack(
    bodies: Sequence[bytes], compressor: zstandard.ZstdCompressor, *, first: int, appended_at: int
) -> bytes:
    """Return one frame that holds the bodies."""
    lengths = struct.pack(f"<{len(bodies)}I", *map(len, bodies))
    raw = b"".join((lengths, *bodies))
    packed = compressor.compress(raw)
    rest = (first, appended_at, len(bodies))
    checksum = zlib.crc32(packed, zlib.crc32(_covered(len(packed), len(raw), *rest)))
    return HEADER.pack(MAGIC, len(packed), len(raw), checksum, *rest) + packed


def whole_frames(
    descriptor: int, position: int, first: int, until: int | None = None
) -> Iterator[Frame]:
    """Yield the whole frames from the position on, up to the first damaged or missing byte.

    Parameters
    ----------
    descriptor
        An open file.
    first
        Offset of the first item of the frame at `position`.
    until
        Where to stop in the file; its end if None.
    """
    window, start, wanted = b"", position, _WINDOW
    while until is None or position < until:
        frame = _frame_in(window, position - start, position, first)
        if isinstance(frame, Frame):
            yield frame
            position, first, wanted = position + frame.size, frame.end, _WINDOW
            continue
        if frame is None:
            return
        # Not all of it is in the window: read on from where it begins.
        wanted = max(_WINDOW, frame)
        window, start = os.pread(descriptor, wanted, position), position
        if len(window) < frame:
            return


def holds_a_frame(descriptor: int, position: int) -> bool:
    """Return whether any whole frame begins after the position: then that is damage, not a tear."""
    content = _rest(descriptor, position + 1)
    for magic in (MAGIC, FIRST_MAGIC):
        at = -1
        while (at := content.find(_LENGTH.pack(magic), at + 1)) >= 0:
            found = _frame_in(content, at, at, None)
            if isinstance(found, Frame):
                return True
    return False


def _frame_in(window: bytes, at: int, position: int, first: int | None) -> Frame | int | None:
    """Return the frame at a place of the window, or how many bytes it needs, or None: no frame.

    With `first` None the frame may begin with any offset.
    """
    if len(window) - at < _FIRST_HEADER.size:
        return _FIRST_HEADER.size
    magic, packed_length, raw_length, checksum = _FIRST_HEADER.unpack_from(window, at)
    if magic not in (MAGIC, FIRST_MAGIC) or max(packed_length, raw_length) > LARGEST:
        return None
    header = HEADER if magic == MAGIC else _FIRST_HEADER
    size = header.size + packed_length
    if len(window) - at < size:
        return size
    packed = window[at + header.size : at + size]
    told = HEADER.unpack_from(window, at)[4:] if magic == MAGIC else None
    covered = _covered(packed_length, raw_length, *told) if told else b""
    if zlib.crc32(packed, zlib.crc32(covered)) != checksum:
        return None
    if told is None:
        frame = Frame(position, size, first or 0, 0, 0, raw_length, packed, True)
        return replace(frame, items=len(frame.unpacked()))
    begin, appended_at, items = told
    frame = Frame(position, size, begin, items, appended_at, raw_length, packed)
    return frame if first in (None, frame.first) else None


def _covered(*told: int) -> bytes:
    """Return the bytes of a header that its checksum covers, without the checksum."""
    return _COVERED.pack(MAGIC, *told)


def _first_bodies(raw: bytes) -> list[bytes]:
    bodies: list[bytes] = []
    position = 0
    while position < len(raw):
        (length,) = _LENGTH.unpack_from(raw, position)
        position += _LENGTH.size
        bodies.append(raw[position : position + length])
        position += length
    return bodies


def _rest(descriptor: int, position: int) -> bytes:
    parts: list[bytes] = []
    while part := os.pread(descriptor, _WINDOW, position):
        parts.append(part)
        position += len(part)
    return b"".join(parts)
