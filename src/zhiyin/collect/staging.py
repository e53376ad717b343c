"""Files of one source as chunks of text columns, in order, bounded in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa

from zhiyin.collect.given_files import GivenFile
from zhiyin.collect.progress import Meter
from zhiyin.collect.recipe import Recipe, Source
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.sources import LINE, BadLine, FileSource, RawFile

FILE = "_file"
# Two of DuckDB's row groups: both cores have one.
CHUNK_ROWS = 245_760
CHUNK_BYTES = 64 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True)
class Chunk:
    """Some records of a source: texts, and per record its line and the file's place in the list.

    `parts` tells apart the records that were made of one, where the source reshapes its files.
    """

    texts: pa.Table
    lines: pa.Array
    files: np.ndarray
    parts: pa.Array | None = None


@dataclass
class Reader:
    """Reads the files of one source; `bad_lines` and `encodings` grow with the reading."""

    recipe: Recipe
    source: Source
    given: Sequence[GivenFile]
    files: FileSource
    chunk_rows: int = CHUNK_ROWS
    meter: Meter = field(default_factory=lambda: Meter(None, 0))
    bad_lines: list[tuple[int, BadLine]] = field(default_factory=list)
    encodings: dict[int, str] = field(default_factory=dict)

    def chunks(self) -> Iterator[Chunk]:
        """Yield all records; at least one chunk, so that even an empty file is judged.

        Raises
        ------
        InvalidInput
            If a file lacks a column that the recipe names.
        """
        waiting: list[pa.Table] = []
        rows = size = 0
        for batch in self._batches():
            if waiting and (rows + batch.num_rows > self.chunk_rows or size > CHUNK_BYTES):
                yield _chunk(waiting)
                waiting, rows, size = [], 0, 0
            for piece in _pieces(batch, self.chunk_rows):
                if piece.num_rows == self.chunk_rows:
                    yield _chunk([piece])
                else:
                    waiting.append(piece)
                    rows, size = rows + piece.num_rows, size + piece.nbytes
        if waiting:
            yield _chunk(waiting)

    def _batches(self) -> Iterator[pa.Table]:
        for place, given in enumerate(self.given):
            self.meter.tell(given.name, 0, given.bytes)
            raw = self.files.open(given.path, self.source.file_format)
            check_columns(self.recipe, self.source, raw)
            self.encodings[place] = raw.encoding
            for batch in raw.batches:
                index = pa.array(np.full(batch.num_rows, place, dtype=np.int32))
                self.meter.rows += batch.num_rows
                self.meter.tell(given.name, raw.bytes_read, given.bytes)
                yield batch.append_column(FILE, index)
            self.bad_lines += [(place, bad) for bad in raw.bad_lines]
            self.meter.files_done += 1


def read_ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items while a thread makes the one after."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
            del item


def check_columns(recipe: Recipe, source: Source, raw: RawFile) -> None:
    """Raise `InvalidInput` if the file lacks a column that the recipe takes from it."""
    needed = source.needed_columns() | recipe.columns_looked_up(source.name)
    missing = sorted(needed - set(raw.columns))
    if missing:
        raise InvalidInput(
            f"{Path(raw.path).name} has no column {', '.join(missing)}, which the source "
            f"{source.name!r} of the recipe {recipe.name!r} names; the file's columns are: "
            f"{', '.join(raw.columns)}. Correct the recipe or the file."
        )


def lookup_table(
    recipe: Recipe, source: Source, given: Sequence[GivenFile], files: FileSource
) -> pa.Table:
    """Return a source's texts, one row per key that other sources look up: the first."""
    columns = sorted(recipe.columns_looked_up(source.name))
    joins = [join for other in recipe.sources for join in other.joins if join.source == source.name]
    keys = sorted({name for join in joins for name in join.on.values()})
    reader = Reader(recipe, source, given, files)
    texts = [chunk.texts.select(columns) for chunk in reader.chunks()]
    if not texts:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    table = pa.concat_tables(texts).combine_chunks()
    row = pa.array(np.arange(table.num_rows))
    firsts = table.append_column("_row", row).group_by(keys).aggregate([("_row", "min")])
    return table.take(firsts["_row_min"])


def _pieces(batch: pa.Table, rows: int) -> Iterator[pa.Table]:
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _chunk(waiting: list[pa.Table]) -> Chunk:
    table = pa.concat_tables(waiting, promote_options="default")
    texts = table.drop_columns([LINE, FILE])
    lines = table[LINE].combine_chunks()
    return Chunk(texts, lines, table[FILE].to_numpy())
