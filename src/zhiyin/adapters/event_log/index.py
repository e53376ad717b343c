"""A sparse index of a segment: it finds an offset or a time, and stays small.

The file is `magic u32, crc32 u32, end u64, size u64, newest u64, entries u32`, little-endian,
followed by the entries' offsets, positions and times, each as u64. It can be made again from the
segment at any time, so it need not survive a crash; the checksum covers all that follows it.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import zlib
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from zhiyin.adapters.event_log.frames import Frame

_MAGIC = 0x5A59_5831  # "ZYX1"
_HEADER = struct.Struct("<II")
_TOLD = struct.Struct("<QQQI")
# One entry for so many bytes of segment: reading up to the wanted frame takes less than 1 ms, and
# a segment of 128 MB has 512 entries.
STEP = 256 * 1024


def _numbers() -> array[int]:
    return array("Q")


@dataclass
class SparseIndex:
    """First offset, place in the file and time of append of a frame, every `STEP` bytes.

    `end` and `size` tell where the indexed frames end, as offset and as place in the file;
    `newest` is the last frame's time, in microseconds.
    """

    end: int
    size: int = 0
    newest: int = 0
    offsets: array[int] = field(default_factory=_numbers)
    positions: array[int] = field(default_factory=_numbers)
    times: array[int] = field(default_factory=_numbers)

    def add(self, frame: Frame, appended_at: int) -> None:
        """Note the frame that follows those noted so far."""
        if not self.positions or frame.position - self.positions[-1] >= STEP:
            # A reader in another thread looks into the later arrays first.
            self.positions.append(frame.position)
            self.offsets.append(frame.first)
            self.times.append(appended_at)
        self.end, self.size = frame.end, frame.position + frame.size
        self.newest = appended_at

    def before_offset(self, offset: int) -> tuple[int, int]:
        """Return position and first offset of the last entry at or before the offset."""
        return self._entry(bisect_right(self.offsets, offset) - 1)

    def before_time(self, instant: int) -> tuple[int, int]:
        """Return position and first offset of the last entry older than the instant."""
        return self._entry(bisect_left(self.times, instant) - 1)

    def _entry(self, at: int) -> tuple[int, int]:
        at = max(at, 0)
        return self.positions[at], self.offsets[at]


def write_index(path: Path, index: SparseIndex) -> None:
    """Write the index; what was there before is replaced at once."""
    told = _TOLD.pack(index.end, index.size, index.newest, len(index.offsets))
    content = told + b"".join(
        _little_endian(a).tobytes() for a in (index.offsets, index.positions, index.times)
    )
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        fresh.write_bytes(_HEADER.pack(_MAGIC, zlib.crc32(content)) + content)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def read_index(path: Path, end: int, size: int) -> SparseIndex | None:
    """Return the index of a segment that ends so; None if the file is absent, damaged or old."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(content) < _HEADER.size + _TOLD.size:
        return None
    magic, checksum = _HEADER.unpack_from(content)
    told = content[_HEADER.size :]
    if magic != _MAGIC or zlib.crc32(told) != checksum:
        return None
    found_end, found_size, newest, entries = _TOLD.unpack_from(told)
    if (found_end, found_size) != (end, size):
        return None
    arrays = []
    for at in range(3):
        begin = _TOLD.size + at * entries * 8
        numbers = array("Q", told[begin : begin + entries * 8])
        arrays.append(_little_endian(numbers))
    return SparseIndex(end, size, newest, *arrays)


def _little_endian(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers = array("Q", numbers)
        numbers.byteswap()
    return numbers
