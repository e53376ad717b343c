"""Look at a file: rows spread over all of it, and what can be counted on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.ports.sources import LINE, FileFormat, FileSource

SAMPLE_ROWS = 20_000
# Values looked at one by one; patterns show in far fewer than uniqueness does.
READ_VALUES = 4_000


@dataclass(frozen=True)
class SampledColumn:
    """One column: sampled texts (null where empty), and how many of all cells hold something."""

    name: str
    cells: pa.ChunkedArray
    rows: int
    filled: int

    @property
    def is_empty(self) -> bool:
        return self.filled == 0

    @cached_property
    def texts(self) -> list[str]:
        """At most READ_VALUES sampled texts that are not empty, spread evenly, in file order."""
        texts = self.cells.drop_null()
        step = max(1, -(-len(texts) // READ_VALUES))
        return texts.take(pa.array(range(0, len(texts), step), pa.int64())).to_pylist()

    @cached_property
    def values(self) -> dict[str, int]:
        """Distinct sampled texts and how often they occur, most frequent first."""
        counts = self.cells.drop_null().value_counts().to_pylist()
        counts.sort(key=lambda pair: (-pair["counts"], pair["values"]))
        return {pair["values"]: pair["counts"] for pair in counts}

    @property
    def is_unique(self) -> bool:
        """Whether every row holds a text of its own, as far as the sample shows."""
        return 0 < self.filled == self.rows and len(self.values) == len(self.cells)

    @property
    def is_key(self) -> bool:
        """Whether nearly every row holds a text of its own: exports repeat some rows."""
        return self.filled >= 0.99 * self.rows > 0 and len(self.values) >= 0.95 * len(self.cells)

    @property
    def is_constant(self) -> bool:
        return len(self.values) == 1 and self.filled == self.rows and self.rows > 1


@dataclass
class SampledFile:
    """One file as sampled: `rows` counts all of its records that could be split."""

    path: Path
    name: str
    file_format: FileFormat
    columns: tuple[SampledColumn, ...]
    rows: int
    bad_lines: int = 0
    whole: dict[str, frozenset[str]] = field(default_factory=dict)

    def column(self, name: str) -> SampledColumn:
        return next(column for column in self.columns if column.name == name)

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def share_of_distinct_rows(self) -> float:
        """How many of the sampled rows are unlike every other, as a share."""
        cells = [pc.fill_null(column.cells, "") for column in self.columns]
        table = pa.table(cells, names=[str(n) for n in range(len(cells))])
        if not table.num_rows:
            return 1.0
        return table.group_by(table.column_names).aggregate([]).num_rows / table.num_rows


def sample(path: Path, name: str, files: FileSource, file_format: FileFormat) -> SampledFile:
    """Return a file's columns with rows taken at equal steps over the whole of it.

    The step grows while the file is read, so that the sample is the same whenever the file is, and
    memory does not grow with the file.
    """
    raw = files.open(path, file_format)
    thinned = _Thinned()
    filled = dict.fromkeys(raw.columns, 0)
    for batch in raw.batches:
        cells = _cleaned(batch.drop_columns([LINE]))
        for column in cells.column_names:
            filled[column] += len(cells) - cells[column].null_count
        thinned.add(cells)
    table = thinned.table(raw.columns)
    columns = tuple(
        SampledColumn(name, table[name], thinned.seen, filled[name]) for name in raw.columns
    )
    return SampledFile(path, name, file_format, columns, thinned.seen, len(raw.bad_lines))


def whole_column(file: SampledFile, name: str, files: FileSource) -> frozenset[str]:
    """Return all distinct texts of a column of the whole file."""
    if name not in file.whole:
        found: set[str] = set()
        for batch in files.open(file.path, file.file_format).batches:
            cells = _cleaned(batch.select([name]))[name]
            found.update(cells.drop_null().unique().to_pylist())
        file.whole[name] = frozenset(found)
    return file.whole[name]


@dataclass
class _Thinned:
    kept: list[pa.Table] = field(default_factory=list)
    step: int = 1
    seen: int = 0

    def add(self, batch: pa.Table) -> None:
        first = -self.seen % self.step
        self.kept.append(batch.take(pa.array(range(first, batch.num_rows, self.step), pa.int64())))
        self.seen += batch.num_rows
        while sum(table.num_rows for table in self.kept) > SAMPLE_ROWS:
            rows = pa.concat_tables(self.kept)
            self.kept = [rows.take(pa.array(range(0, rows.num_rows, 2), pa.int64()))]
            self.step *= 2

    def table(self, columns: list[str]) -> pa.Table:
        if self.kept:
            return pa.concat_tables(self.kept)
        return pa.table({name: pa.array([], pa.string()) for name in columns})


def _cleaned(table: pa.Table) -> pa.Table:
    return pa.table(dict(_cleaned_columns(table)))


def _cleaned_columns(table: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    for name in table.column_names:
        trimmed = pc.utf8_trim_whitespace(table[name])
        yield name, pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
