"""`ports.functions`, as Spark spells them."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from zhiyin.ports.functions import JSON_STRUCT, ROW_HASH

FUNCTIONS = (
    "texts_hash(h BIGINT, a STRING, b STRING, c STRING, d STRING, e STRING, f STRING, g STRING, "
    "i STRING) RETURNS BIGINT RETURN shiftrightunsigned(xxhash64(h, a, b, c, d, e, f, g, i), 1)",
    "json_text(j STRING, p STRING) RETURNS STRING RETURN get_json_object(j, p)",
    "json_items(j STRING, p STRING) RETURNS ARRAY<STRING> "
    "RETURN from_json(get_json_object(j, p), 'array<string>')",
    "json_is_text(j STRING, p STRING) RETURNS BOOLEAN "
    "RETURN startswith(to_json(try_variant_get(try_parse_json(j), p, 'variant')), '\"')",
    "fingerprint(a STRING, b STRING) RETURNS BIGINT RETURN shiftrightunsigned(xxhash64(a, b), 1)",
    # `from_json` takes more for JSON than JSON is, such as what begins as an object.
    "json_checked(j STRING) RETURNS STRING "
    "RETURN CASE WHEN try_parse_json(j) IS NOT NULL THEN j END",
)


@ibis.udf.scalar.builtin
def json_checked(document: str) -> str:  # pyright: ignore[reportReturnType]
    """Return the document if it is JSON, else null."""


def json_struct(document: ir.Value, fields: dt.Struct) -> ir.Value:
    """Return the call that reads the fields of a document."""

    def read(document, structure):
        """Stand in for Spark's own function."""

    signature = ((dt.string, dt.string), fields)
    call = ibis.udf.scalar.builtin(read, name="from_json", signature=signature)
    return call(json_checked(document), _structure(fields))


def row_hash(row: ir.Value, kind: dt.DataType) -> ir.Value:
    """Return the call that hashes a row."""

    def read(row):
        """Stand in for Spark's own function."""

    signature = ((row.type(),), kind)
    hashed = ibis.udf.scalar.builtin(read, name="xxhash64", signature=signature)(row)
    return hashed & ibis.literal(2**62 - 1, "int64")


def stripped(text: ir.StringValue, kind: dt.DataType) -> ir.Value:
    """Return the text without white space around it.

    Ibis writes the characters to trim as escapes, of which Spark reads two as the letters v and f.
    """
    return text.re_replace("^[\\s]+|[\\s]+$", "")


SPELLING = {JSON_STRUCT: json_struct, ROW_HASH: row_hash, ops.Strip: stripped}


def _structure(fields: dt.Struct) -> str:
    return ", ".join(
        f"`{name}` STRUCT<{_structure(kind)}>"
        if isinstance(kind, dt.Struct)
        else f"`{name}` STRING"
        for name, kind in fields.items()
    )
