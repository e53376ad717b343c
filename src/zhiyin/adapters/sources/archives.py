"""ZIP archives, whose members are files of their own: `archive.zip/member.csv`."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from zhiyin.core.errors import InvalidInput, NotFound

# Workbooks are ZIP archives too; these are read as one file.
_BOOKS = ("[Content_Types].xml", "mimetype")
_MAGIC = b"PK\x03\x04"


def located(path: Path) -> tuple[Path, str | None]:
    """Return the file on the disk, and the member in it if the path leads into an archive."""
    if path.exists():
        return path, None
    for parent in path.parents:
        if parent.is_file():
            return (parent, path.relative_to(parent).as_posix()) if is_zip(parent) else (path, None)
        if parent.exists():
            break
    return path, None


def is_zip(path: Path) -> bool:
    """Return whether the file starts as an archive does."""
    with path.open("rb") as stream:
        return stream.read(4) == _MAGIC


def is_archive(path: Path) -> bool:
    """Return whether the file is an archive of files, and not a workbook."""
    if not path.is_file() or not is_zip(path):
        return False
    with _archive(path) as archive:
        return not any(name in _BOOKS for name in archive.namelist())


def members(path: Path) -> list[Path]:
    """Return the paths of the files in an archive, sorted.

    Raises
    ------
    InvalidInput
        If the archive is damaged, or no file is in it.
    """
    with _archive(path) as archive:
        names = sorted(info.filename for info in archive.infolist() if _is_file(info))
    if not names:
        raise InvalidInput(f"The archive {path} holds no file; pack it again.")
    return [path / name for name in names]


def size(path: Path, member: str) -> int:
    """Return the unpacked size of a member in bytes; raises `NotFound` if it is not there."""
    with _archive(path) as archive:
        return _info(archive, path, member).file_size


@contextmanager
def opened(path: Path, member: str) -> Iterator[BinaryIO]:
    """Open a member for reading its bytes.

    Raises
    ------
    NotFound
        If it is not there.
    InvalidInput
        If it is locked with a password or packed in a way that is not known.
    """
    with _archive(path) as archive:
        info = _info(archive, path, member)
        try:
            stream = archive.open(info)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise InvalidInput(
                f"{path / member} cannot be unpacked ({error}); unpack it yourself, or pack it "
                "again without a password."
            ) from error
        with stream:
            yield cast("BinaryIO", stream)


def _info(archive: zipfile.ZipFile, path: Path, member: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(member)
    except KeyError as error:
        raise NotFound(f"The archive {path} has no file {member}; check the name.") from error


def _is_file(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    is_left_behind = any(part.startswith((".", "~$")) or part == "__MACOSX" for part in parts)
    return not info.is_dir() and not is_left_behind


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = _with_readable_names(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise InvalidInput(
            f"{path} is not a whole ZIP archive ({error}); copy or pack it again."
        ) from error
    with archive:
        yield archive


def _with_readable_names(path: Path) -> zipfile.ZipFile:
    """Open an archive; old programs in China write its names in GB 18030 and do not say so."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return zipfile.ZipFile(path, metadata_encoding=encoding)
        except UnicodeDecodeError:
            continue
    return zipfile.ZipFile(path)
