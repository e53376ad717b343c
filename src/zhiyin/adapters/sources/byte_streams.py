"""Bytes of a plain or gzipped file, and the errors a person can act on."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from zhiyin.core.errors import InvalidInput, NotFound

BLOCK_BYTES = 16 * 1024 * 1024


def checked(path: Path) -> Path:
    """Return the path of a file that exists and holds something.

    Raises
    ------
    NotFound
        If there is no such file.
    InvalidInput
        If it is a folder, or empty.
    """
    if not path.exists():
        raise NotFound(f"There is no file {path}; check the path.")
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder; name a file in it.")
    if path.stat().st_size == 0:
        raise InvalidInput(f"{path} is empty; export it again.")
    return path


def is_gzip(path: Path) -> bool:
    """Return whether the file starts with gzip's two bytes, whatever its name says."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def read_blocks(path: Path, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield the file's bytes, unzipped, in blocks of `size`.

    Raises
    ------
    InvalidInput
        If the gzip stream is damaged or cut off.
    """
    with _open(path) as stream:
        while True:
            try:
                block = stream.read(size)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise InvalidInput(
                    f"{path} is not a whole gzip file ({error}); copy or export it again."
                ) from error
            if not block:
                return
            yield block


def read_head(path: Path, size: int) -> bytes:
    """Return up to `size` unzipped bytes from the start of the file."""
    return next(read_blocks(path, size), b"")


def _open(path: Path) -> BinaryIO:
    if is_gzip(path):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")
