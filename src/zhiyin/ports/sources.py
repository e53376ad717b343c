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


@dataclass(frozen=True)
class FileFormat:
    """How a file is to be read. None means: find out from the file."""

    kind: str | None = None  # csv | xlsx | parquet
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    has_header: bool = True


@dataclass(frozen=True)
class BadLine:
    """A record that could not be split into the file's columns."""

    line: int
    text: str
    reason: str  # stable code: `wrong_column_count`, `broken_quote`


@dataclass
class RawFile:
    """An opened file: `columns` as in its header, and text batches in file order.

    `batches` yields tables with every column as string (null only where the format has nulls)
    plus `_line`. After the last batch, `bad_lines` is complete.
    """

    path: Path
    columns: list[str]
    encoding: str
    batches: Iterator[pa.Table]
    bad_lines: list[BadLine] = field(default_factory=list)


class FileSource(Protocol):
    """Reads one file of a known kind."""

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        """Open a file.

        Raises `NotFound` for a missing file, and `InvalidInput` for an encoding that does not
        fit (with the first offending byte's position), an unknown kind, or an empty file.
        """
        ...
