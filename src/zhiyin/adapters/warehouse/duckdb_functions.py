"""`ports.functions` and `ports.text_functions`, as DuckDB spells them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from zhiyin.adapters.warehouse.texts import FUNCTIONS, TextFunction, over_columns
from zhiyin.ports.functions import JSON_STRUCT, ROW_HASH

if TYPE_CHECKING:
    import duckdb

# Without the check malformed JSON is an error.
MACROS = (
    "json_text(j, p) AS CASE WHEN json_valid(j) THEN json_extract_string(j, p) END",
    "json_items(j, p) AS CASE WHEN json_valid(j) AND json_type(j, p) = 'ARRAY' "
    "THEN CAST(json_extract(j, p || '[*]') AS VARCHAR[]) END",
    "json_is_text(j, p) AS CASE WHEN json_valid(j) THEN json_type(j, p) = 'VARCHAR' END",
    "fingerprint(a, b) AS CAST(hash(a, b) >> 1 AS BIGINT)",
    # Checking every document first would cost a fourth of what reading it costs.
    "json_struct_of(j, s) AS TRY(from_json(j, s))",
    "row_hash_of(r) AS CAST(hash(r) >> 2 AS BIGINT)",
    "texts_hash(h, a, b, c, d, e, f, g, i) AS CAST(hash(h, a, b, c, d, e, f, g, i) >> 1 AS BIGINT)",
)


def teach_texts(root: duckdb.DuckDBPyConnection) -> None:
    """Make the functions over texts known to every connection of the engine.

    Each stands behind a macro that copies its result. DuckDB reads the text of an Arrow function
    where Arrow keeps it, and a CASE around it outlives that (1.5.5): the text would be lost.
    """
    for name, (function, texts) in FUNCTIONS.items():
        root.create_function(
            f"{name}_in_arrow",
            _vectorized(function, texts),
            ["VARCHAR"] * texts,  # pyright: ignore[reportArgumentType]
            "VARCHAR",  # pyright: ignore[reportArgumentType]
            type="arrow",  # pyright: ignore[reportArgumentType]
            null_handling="special",  # pyright: ignore[reportArgumentType]
        )
        given = ", ".join("ab"[:texts])
        root.execute(
            f"CREATE OR REPLACE MACRO main.{name}({given}) AS {name}_in_arrow({given}) || ''"
        )


def _vectorized(function: TextFunction, texts: int) -> Callable[..., Any]:
    run = over_columns(function)

    # DuckDB counts the parameters and evaluates their annotations, so each number is written out.
    def of_one(first: Any) -> Any:
        return _as_arrow(run([first.to_pylist()]))

    def of_two(first: Any, second: Any) -> Any:
        return _as_arrow(run([first.to_pylist(), second.to_pylist()]))

    return of_one if texts == 1 else of_two


def _as_arrow(texts: list[str | None]) -> Any:
    import pyarrow as pa

    return pa.array(texts, pa.string())


def json_struct(document: ir.Value, fields: dt.Struct) -> ir.Value:
    """Return the call that reads the fields of a document."""

    def read(document, structure):
        """Stand in for the macro."""

    signature = ((dt.string, dt.string), fields)
    call = ibis.udf.scalar.builtin(read, name="json_struct_of", signature=signature)
    return call(document, json.dumps(_structure(fields)))


def row_hash(row: ir.Value, kind: dt.DataType) -> ir.Value:
    """Return the call that hashes a row."""

    def read(row):
        """Stand in for the macro."""

    signature = ((row.type(),), kind)
    return ibis.udf.scalar.builtin(read, name="row_hash_of", signature=signature)(row)


SPELLING = {JSON_STRUCT: json_struct, ROW_HASH: row_hash}


def _structure(fields: dt.Struct) -> dict[str, object]:
    return {
        name: _structure(kind) if isinstance(kind, dt.Struct) else "VARCHAR"
        for name, kind in fields.items()
    }
