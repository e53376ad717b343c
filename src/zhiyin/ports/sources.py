"""The file source port: raw files as text columns, nothing interpreted, nothing dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

# Columns that every batch carries beside the file's own, which are all strings.
LINE = "_line"  # int64: 1-based number of the data record in its file (the header is not counted)
RAW = "_raw"
SHEET = "_sheet"  # string: the sheet's name, where the format says which sheets to read

KINDS = ("csv", "xlsx", "xls", "json", "parquet")


@dataclass(frozen=True)
class FileFormat:
    """How a file is to be read. None means: find out from the file."""

    kind: str | None = None  # one of KINDS
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None  # a name, a number from 1 on, or a pattern such as `*` or `2025-*`
    has_header: bool = True
    columns: tuple[str, ...] = ()  # names for a file without header, from left to right
    header_row: int | None = None  # the header's row from 1 on, where titles stand above it


@dataclass(frozen=True)
class BadLine:
    """A record that could not be split into the file's columns."""

    line: int
    text: str
    # Stable code: `wrong_column_count`, `broken_quote`, `nul_byte`, `invalid_json`.
    reason: str


@dataclass
class RawFile:
    """An opened file: `columns` as in its header, and text batches in file order.

    `batches` yields tables with every column as string (null only where the format has nulls)
    plus `_line`; every one has at least `columns`. After the last batch, `bad_lines` is complete.
    `bytes_read` grows with the reading, up to the size of the file as it is stored; it stays 0
    where a format is not read from front to back.
    """

    path: Path
    columns: list[str]
    encoding: str
    batches: Iterator[pa.Table]
    bad_lines: list[BadLine] = field(default_factory=list)
    bytes_read: int = 0


@dataclass(frozen=True)
class Digests:
    """What tells one file from another: sha256 of its bytes as stored, and of them unpacked.

    Both are the same for a file that is not packed.
    """

    sha256: str
    content_sha256: str
    bytes: int  # as stored


class FileSource(Protocol):
    """Finds files, and reads one of a known kind.

    A member of a ZIP archive is a file of its own, with the path `archive.zip/member.csv`. Files
    packed with gzip, bzip2 or Zstandard are read as what is in them.
    """

    def members(self, path: Path) -> list[Path]:
        """Return the files that a path stands for, sorted.

        A folder stands for all files in it at any depth, an archive for its members, and a file
        for itself. Hidden files and those that office programs leave behind are left out. Raises
        `NotFound` if nothing is there, and `InvalidInput` for a damaged archive.
        """
        ...

    def digests(self, path: Path) -> Digests:
        """Return what tells the file from others.

        Raises `InvalidInput` if its packing is damaged.
        """
        ...

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        """Open a file.

        Raises `NotFound` for a missing file or sheet, and `InvalidInput` for an encoding that
        does not fit (with the first offending byte's position), an unknown kind, a damaged file,
        or one without records.
        """
        ...
