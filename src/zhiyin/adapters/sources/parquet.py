"""Parquet files as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhiyin.adapters.sources.byte_streams import checked, packing, read_whole
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.sources import LINE, FileFormat, RawFile

_BATCH_ROWS = 131_072


class ParquetFiles:
    """Reads row groups in order; values become the text a CSV would hold."""

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        checked(path)
        is_plain = path.exists() and packing(path) is None
        try:
            file = pq.ParquetFile(path if is_plain else read_whole(path))
        except (pa.ArrowException, OSError) as error:
            raise InvalidInput(
                f"{path} is not a readable Parquet file ({error}); export it again."
            ) from error
        return RawFile(path, list(file.schema_arrow.names), "utf-8", _batches(file, path))


def as_text(column: pa.Array) -> pa.Array:
    """Return the values as strings; lists and structs become JSON."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_nested(kind):
        encoder = msgspec.json.Encoder()
        cells = (None if v is None else encoder.encode(v).decode() for v in column.to_pylist())
        return pa.array(cells, pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else v.hex() for v in column.to_pylist()], pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # Text without an offset is read as local time, so an instant must say that it is UTC.
        naive = column.cast(pa.timestamp(kind.unit))
        return pc.binary_join_element_wise(naive.cast(pa.string()), "Z", "")
    return column.cast(pa.string())


def _batches(file: pq.ParquetFile, path: Path) -> Iterator[pa.Table]:
    first = 1
    try:
        for batch in file.iter_batches(_BATCH_ROWS):
            columns = [as_text(column) for column in batch.columns]
            lines = pa.array(range(first, first + batch.num_rows), pa.int64())
            first += batch.num_rows
            yield pa.table([*columns, lines], [*batch.schema.names, LINE])
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(f"{path} is damaged ({error}); export it again.") from error
