"""The one place where a path becomes bytes: plain files, packed ones, and members of archives."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from zhiyin.adapters.sources import archives, remote
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.sources import Digests

BLOCK_BYTES = 16 * 1024 * 1024
_DIGEST_BYTES = 1024 * 1024
PACKED = (".gz", ".bz2", ".zst")

_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "Zstandard"}
_DAMAGES = (EOFError, OSError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError)


def checked(path: Path) -> Path:
    """Return the path of a file that exists and holds something.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidInput
        If it is a folder, or empty.
    """
    if remote.is_remote(path):
        remote.check(path)
        return path
    archive, member = archives.located(path)
    if member is not None:
        if not archives.size(archive, member):
            raise InvalidInput(f"{path} is empty; export it again.")
        return path
    if not path.exists():
        raise NotFound(f"There is no file {path}; check the path.")
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder; name a file in it.")
    if path.stat().st_size == 0:
        raise InvalidInput(f"{path} is empty; export it again.")
    return path


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, a member of an archive or a URL for reading its bytes as they are stored."""
    if remote.is_remote(path):
        with remote.opened(path) as stream:
            yield stream
        return
    archive, member = archives.located(path)
    if member is None:
        with archive.open("rb") as stream:
            yield stream
    else:
        with archives.opened(archive, member) as stream:
            yield stream


def packing(path: Path) -> str | None:
    """Return `gzip`, `bzip2` or `Zstandard` by the file's first bytes, whatever its name says."""
    with opened(path) as stream:
        try:
            head = stream.read(4)
        except _DAMAGES as error:
            raise _damaged(path, None, error) from error
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def read_blocks(path: Path, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield the file's bytes, unpacked, in blocks of `size`.

    Raises
    ------
    InvalidInput
        If the packed stream is damaged or cut off.
    """
    for block, _ in read_counted(path, size):
        yield block


def read_counted(path: Path, size: int = BLOCK_BYTES) -> Iterator[tuple[bytes, int]]:
    """Yield blocks as `read_blocks` does, each with how many stored bytes it took so far."""
    kind = packing(path)
    with opened(path) as stored:
        unpacked = _unpacked(stored, kind)
        while True:
            try:
                block = unpacked.read(size)
            except _DAMAGES as error:
                raise _damaged(path, kind, error) from error
            if not block:
                return
            yield block, _position(stored)


def read_whole(path: Path) -> BinaryIO:
    """Return all bytes, unpacked, as a stream in memory that can be searched to and fro."""
    return io.BytesIO(b"".join(read_blocks(path)))


def read_head(path: Path, size: int) -> bytes:
    """Return up to `size` unpacked bytes from the start of the file."""
    blocks = read_blocks(path, size)
    head = next(blocks, b"")
    while len(head) < size and (more := next(blocks, b"")):
        head += more
    return head[:size]


def digests(path: Path) -> Digests:
    """Return the sha256 of the bytes as stored, and of the unpacked ones."""
    stored, size = hashlib.sha256(), 0
    with opened(path) as stream:
        try:
            while block := stream.read(_DIGEST_BYTES):
                stored.update(block)
                size += len(block)
        except _DAMAGES as error:
            raise _damaged(path, None, error) from error
    if packing(path) is None:
        return Digests(stored.hexdigest(), stored.hexdigest(), size)
    content = hashlib.sha256()
    for block in read_blocks(path, _DIGEST_BYTES):
        content.update(block)
    return Digests(stored.hexdigest(), content.hexdigest(), size)


def _unpacked(stored: BinaryIO, kind: str | None) -> BinaryIO:
    if kind == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=stored, mode="rb"))
    if kind == "bzip2":
        return cast("BinaryIO", bz2.BZ2File(stored, mode="rb"))
    if kind == "Zstandard":
        return cast("BinaryIO", _Zstandard(stored))
    return stored


class _Zstandard:
    """A Zstandard stream whose sudden end is an error, as it is for gzip and bzip2."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._rest = b""
        self._is_between_frames = True

    def read(self, size: int) -> bytes:
        """Return some bytes, none at the end; `size` bounds the packed bytes that it takes."""
        while True:
            packed = self._rest or self._stored.read(max(size // 8, 4096))
            if not packed:
                if self._is_between_frames:
                    return b""
                raise EOFError("the stream ends in the middle")
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            block = self._frame.decompress(packed)
            self._rest = self._frame.unused_data if self._frame.eof else b""
            self._is_between_frames = self._frame.eof
            if block:
                return block


def _position(stored: BinaryIO) -> int:
    return stored.tell() if stored.seekable() else 0


def _damaged(path: Path, kind: str | None, error: Exception) -> InvalidInput:
    what = f"is not a whole {kind} file" if kind else "cannot be read"
    return InvalidInput(f"{path} {what} ({error}); copy or export it again.")
