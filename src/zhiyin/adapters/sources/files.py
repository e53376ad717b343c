"""One door for all kinds of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.adapters.sources.delimited import DelimitedFiles
from zhiyin.core.errors import not_allowed
from zhiyin.ports.sources import FileFormat, RawFile

if TYPE_CHECKING:
    from zhiyin.ports.sources import FileSource

# The last suffix that is not `.gz` decides.
KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
}


class Files:
    """The file source of the product: CSV and TSV (plain or gzip), XLSX, Parquet."""

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        return _reader(file_format.kind or kind_of(path)).open(path, file_format)


def kind_of(path: Path) -> str:
    """Return `csv`, `xlsx` or `parquet`, by the file's name.

    Raises
    ------
    InvalidInput
        If the name ends in nothing known.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = KINDS.get(suffixes[-1]) if suffixes else None
    if kind is None:
        raise not_allowed(
            "The end of a file name", path.name, KINDS, then="Name the kind in the recipe."
        )
    return kind


def _reader(kind: str) -> FileSource:
    if kind == "csv":
        return DelimitedFiles()
    if kind == "parquet":
        from zhiyin.adapters.sources.parquet import ParquetFiles

        return ParquetFiles()
    if kind == "xlsx":
        from zhiyin.adapters.sources.excel import ExcelFiles

        return ExcelFiles()
    raise not_allowed("A file's kind", kind, ("csv", "xlsx", "parquet"))
