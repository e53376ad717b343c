"""Records of a file as JSON texts, as the quarantine keeps them."""

from __future__ import annotations

import json

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_CONTROLS = r"[\x00-\x1f]"


def json_records(texts: pa.Table) -> pa.Array | pa.ChunkedArray:
    """Return one JSON object per row, of the columns that are not null.

    Whole columns are quoted at once; only where a text holds a control character, or where the
    table has no column, each row is encoded by itself.
    """
    if not texts.num_columns or any(_has_controls(column) for column in texts.columns):
        rows = texts.to_pylist()
        return pa.array([json_text(row) for row in rows], pa.string())
    members = [_member(name, texts[name]) for name in texts.column_names]
    joined = pc.binary_join_element_wise(*members, "")
    return pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(joined, 1), "}", "")


def json_text(record: dict[str, str | None]) -> str:
    """Return a record as a JSON object, without what is missing."""
    return msgspec.json.encode({k: v for k, v in record.items() if v is not None}).decode()


def _has_controls(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, _CONTROLS)).as_py())


def _member(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `,"name":"text"`, empty where the text is null.

    The comma is not left to the join: Arrow 26 gives too few rows when it skips nothing but nulls.
    """
    head = f',{json.dumps(name, ensure_ascii=False)}:"'
    for mark in ("\\", '"'):
        if pc.any(pc.match_substring(column, mark)).as_py():
            column = pc.replace_substring(column, mark, "\\" + mark)
    return pc.fill_null(pc.binary_join_element_wise(head, column, '"', ""), "")
