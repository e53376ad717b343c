"""Frames of a segment file: a group of items, compressed, with a checksum.

A frame is `magic u32, zlen u32, rawlen u32, crc32 u32`, little-endian, followed by `zlen` bytes of
zstd; unpacked they are `rawlen` bytes of `(length u32, body)*`. The checksum covers the packed
bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

MAGIC = 0x5A59_4C31  # "ZYL1"
HEADER = struct.Struct("<IIII")
_LENGTH = struct.Struct("<I")
# A frame that claims more than this is damage, not data.
LARGEST = 1 << 30


@dataclass(frozen=True)
class Frame:
    """Where a frame lies in its file, and how many items it holds."""

    position: int
    size: int
    items: int


def pack(bodies: Sequence[bytes], compressor: zstandard.ZstdCompressor) -> bytes:
    """Return one frame that holds the bodies."""
    parts: list[bytes] = []
    for body in bodies:
        parts += (_LENGTH.pack(len(body)), body)
    raw = b"".join(parts)
    packed = compressor.compress(raw)
    return HEADER.pack(MAGIC, len(packed), len(raw), zlib.crc32(packed)) + packed


def unpack(packed: bytes, raw_length: int) -> list[bytes]:
    """Return the bodies in a frame's compressed bytes."""
    raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=raw_length)
    bodies: list[bytes] = []
    position = 0
    while position < len(raw):
        (length,) = _LENGTH.unpack_from(raw, position)
        position += _LENGTH.size
        bodies.append(raw[position : position + length])
        position += length
    return bodies


def read_frame(stream: BinaryIO) -> list[bytes] | None:
    """Return the bodies of the frame at the stream's position; None if there is no whole one."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    magic, packed_length, raw_length, checksum = HEADER.unpack(header)
    if magic != MAGIC or packed_length > LARGEST or raw_length > LARGEST:
        return None
    packed = stream.read(packed_length)
    if len(packed) < packed_length or zlib.crc32(packed) != checksum:
        return None
    return unpack(packed, raw_length)


def scan(stream: BinaryIO) -> Iterator[Frame]:
    """Yield the whole frames from the stream's position on, up to the first damaged byte."""
    while True:
        position = stream.tell()
        bodies = read_frame(stream)
        if bodies is None:
            return
        yield Frame(position, stream.tell() - position, len(bodies))
