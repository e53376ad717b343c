"""Labeled texts of a file, for training alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.json as pjson
import pyarrow.parquet as pq

from zhiyin.core.errors import InvalidInput, NotFound

TEXT = ("text", "review", "comment", "content", "评论", "评价", "内容")
LABEL = ("label", "sentiment", "polarity", "标签", "情感")
RATING = ("rating", "stars", "score", "评分", "星级")
CATEGORY = ("category", "cat", "类目", "品类")


def labeled_texts(
    path: Path, *, text_column: str | None = None, label_column: str | None = None
) -> pa.Table:
    """Return a file's texts with their labels, as training wants them.

    CSV (UTF-8), JSON Lines and Parquet are read. A named label column is taken as words if it has
    words, as a rating if it has numbers beyond 0 and 1.
    """
    table = read_file(path)
    text = found(table, text_column, TEXT)
    if text is None:
        raise InvalidInput(
            f"{path} has no column of texts; it has {', '.join(table.column_names)}. "
            "Name one with --text."
        )
    label, rating = found(table, label_column, LABEL), found(table, None, RATING)
    category = found(table, None, CATEGORY)
    if label is None and rating is None:
        raise InvalidInput(
            f"{path} has no column of labels or ratings; it has {', '.join(table.column_names)}. "
            "Name one with --label."
        )
    count = table.num_rows
    nothing = pa.nulls(count, pa.string())
    words = table[label].cast(pa.string()) if label else nothing
    rows = pa.table(
        {
            "text": table[text].cast(pa.string()),
            "label": words,
            "rating": numbers(table[rating or label]),
            "category": table[category].cast(pa.string()) if category else nothing,
            "kind": pa.array(["review"] * count, pa.string()),
            "source_id": pa.array([path.name] * count, pa.string()),
            "prompt": nothing,
        }
    )
    return rows.filter(pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(rows["text"]), ""), False))


def read_file(path: Path) -> pa.Table:
    """Return the file's columns."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}; give the path of a CSV, JSON Lines or Parquet.")
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        if path.suffix in (".jsonl", ".ndjson", ".json"):
            return pjson.read_json(path)
        return pcsv.read_csv(path, parse_options=pcsv.ParseOptions(newlines_in_values=True))
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path} cannot be read ({error}); save it as UTF-8 CSV.") from error


def found(table: pa.Table, wanted: str | None, known: Iterable[str]) -> str | None:
    """Return the column wanted, or the first that is known by its name; None if there is none."""
    if wanted is not None:
        if wanted not in table.column_names:
            raise InvalidInput(
                f"There is no column {wanted!r}; columns: {', '.join(table.column_names)}."
            )
        return wanted
    named = {name.strip("\ufeff ").lower(): name for name in table.column_names}
    return next((named[name] for name in known if name in named), None)


def numbers(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as numbers; null where it holds none."""
    values = []
    for value in column.cast(pa.string()).to_pylist():
        try:
            values.append(None if value is None else float(value))
        except ValueError:
            values.append(None)
    return pa.array(values, pa.float64())
