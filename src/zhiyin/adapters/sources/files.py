"""One door for all kinds of files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from zhiyin.adapters.sources import archives, byte_streams, remote
from zhiyin.adapters.sources.delimited import DelimitedFiles
from zhiyin.core.errors import NotFound, not_allowed
from zhiyin.ports.sources import KINDS, Digests, FileFormat, RawFile

# The last suffix that does not name a packing decides, unless the content is plainly another kind.
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".xls": "xls",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
}

_OLD_BOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class _Reader(Protocol):
    def open(self, path: Path, file_format: FileFormat) -> RawFile: ...


class Files:
    """The file source of the product: CSV and TSV, XLS and XLSX, JSON and JSON Lines, Parquet."""

    def members(self, path: Path) -> list[Path]:
        if remote.is_remote(path):
            return remote.members(path)
        archive, member = archives.located(path)
        if member is not None:
            archives.size(archive, member)
            return [path]
        if path.is_dir():
            return sorted(one for found in _files_in(path) for one in _opened_up(found))
        if not path.exists():
            raise NotFound(f"There is no file or folder {path}; check the path.")
        return _opened_up(path)

    def digests(self, path: Path) -> Digests:
        return byte_streams.digests(path)

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        byte_streams.checked(path)
        return _reader(file_format.kind or kind_of(path)).open(path, file_format)


def kind_of(path: Path) -> str:
    """Return the kind of a file, by its name and its first bytes.

    The bytes win where they leave no doubt: a workbook that is called `.csv`, or a table of text
    that is called `.xls`, as many programs do.

    Raises
    ------
    InvalidInput
        If the name ends in nothing known, and the bytes do not tell.
    """
    head = byte_streams.read_head(path, 4096)
    suffixes = [s.lower() for s in path.suffixes if s.lower() not in byte_streams.PACKED]
    named = SUFFIXES.get(suffixes[-1]) if suffixes else "csv"
    found = _kind_by_content(head)
    if found is not None:
        return found
    if named == "xls":
        return "csv"
    if named is None:
        raise not_allowed(
            "The end of a file name", path.name, SUFFIXES, then="Name the kind in the recipe."
        )
    return named


def _kind_by_content(head: bytes) -> str | None:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLD_BOOK):
        return "xls"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return "json" if start.startswith((b'{"', b"[{", b"[\n", b"[\r\n", b"{\n", b"{\r\n")) else None


def _files_in(folder: Path) -> Iterable[Path]:
    for member in folder.rglob("*"):
        parts = member.relative_to(folder).parts
        if member.is_file() and not any(part.startswith((".", "~$")) for part in parts):
            yield member


def _opened_up(path: Path) -> list[Path]:
    return archives.members(path) if archives.is_archive(path) else [path]


def _reader(kind: str) -> _Reader:
    if kind == "csv":
        return DelimitedFiles()
    if kind == "parquet":
        from zhiyin.adapters.sources.parquet import ParquetFiles

        return ParquetFiles()
    if kind in ("xlsx", "xls"):
        from zhiyin.adapters.sources.excel import ExcelFiles

        return ExcelFiles()
    if kind == "json":
        from zhiyin.adapters.sources.json_records import JsonFiles

        return JsonFiles()
    raise not_allowed("A file's kind", kind, KINDS)
