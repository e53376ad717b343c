"""Make several records of one before they are judged, and tell each record where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.given_files import GivenFile
from zhiyin.collect.recipe import FILE_NAME, PART, RECORD_NUMBER, Source, Split, Unpivot
from zhiyin.collect.staging import Chunk


def reshaped(
    chunks: Iterator[Chunk], source: Source, given: Sequence[GivenFile]
) -> Iterator[Chunk]:
    """Yield the chunks with one record per unpivoted column or split part, if the source asks.

    A cell that is empty, and an empty part, gives no record. Records keep the line of the one that
    they were made of; `parts` tells them apart. `_file`, `_line` and `_part` are added as columns
    where the recipe names them.
    """
    used = source.used_columns()
    for chunk in chunks:
        match source.reshape:
            case Unpivot() as unpivot:
                made = _unpivoted(chunk, unpivot)
            case Split() as split:
                made = _split(chunk, split)
            case _:
                made = chunk
        yield _told(made, used, given)


def _unpivoted(chunk: Chunk, unpivot: Unpivot) -> Chunk:
    rows, names, values = [], [], []
    for name in unpivot.columns:
        cells = chunk.texts[name].combine_chunks()
        is_set = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(cells), ""), False)
        rows.append(np.flatnonzero(is_set.to_numpy(zero_copy_only=False)))
        names.append(pa.repeat(name, len(rows[-1])))
        values.append(cells.filter(is_set))
    order = np.argsort(np.concatenate(rows), kind="stable")
    name_of = pa.concat_arrays(names).take(pa.array(order))
    value_of = pa.concat_arrays(values).take(pa.array(order))
    kept = chunk.texts.drop_columns(list(unpivot.columns))
    made = _taken(replace(chunk, texts=kept), np.concatenate(rows)[order], name_of)
    texts = made.texts.append_column(unpivot.name, name_of)
    return replace(made, texts=texts.append_column(unpivot.value, value_of))


def _split(chunk: Chunk, split: Split) -> Chunk:
    cells = chunk.texts[split.column].combine_chunks()
    lists = pc.split_pattern(pc.fill_null(cells, ""), split.separator)
    rows = pc.list_parent_indices(lists).to_numpy()
    parts = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    offsets = lists.offsets.to_numpy()[:-1]
    numbers = np.arange(len(rows)) - offsets[rows] + 1
    is_set = pc.not_equal(parts, "").to_numpy(zero_copy_only=False)
    numbers_told = pa.array(numbers[is_set]).cast(pa.string())
    made = _taken(chunk, rows[is_set], numbers_told)
    place = made.texts.schema.get_field_index(split.column)
    texts = made.texts.set_column(place, split.column, parts.filter(pa.array(is_set)))
    return replace(made, texts=texts.append_column(PART, numbers_told))


def _taken(chunk: Chunk, rows: np.ndarray, parts: pa.Array) -> Chunk:
    index = pa.array(rows)
    return Chunk(chunk.texts.take(index), chunk.lines.take(index), chunk.files[rows], parts)


def _told(chunk: Chunk, used: set[str], given: Sequence[GivenFile]) -> Chunk:
    texts = chunk.texts
    if FILE_NAME in used:
        names = pa.array([file.name.split("#")[0] for file in given], pa.string())
        files = pa.DictionaryArray.from_arrays(pa.array(chunk.files), names)
        texts = texts.append_column(FILE_NAME, files.cast(pa.string()))
    if RECORD_NUMBER in used:
        texts = texts.append_column(RECORD_NUMBER, chunk.lines.cast(pa.string()))
    return replace(chunk, texts=texts)
