"""`ports.functions`, as DuckDB spells them."""

from __future__ import annotations

import json

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

# Without the check malformed JSON is an error.
MACROS = (
    "json_text(j, p) AS CASE WHEN json_valid(j) THEN json_extract_string(j, p) END",
    "json_items(j, p) AS CASE WHEN json_valid(j) AND json_type(j, p) = 'ARRAY' "
    "THEN CAST(json_extract(j, p || '[*]') AS VARCHAR[]) END",
    "json_is_text(j, p) AS CASE WHEN json_valid(j) THEN json_type(j, p) = 'VARCHAR' END",
    "fingerprint(a, b) AS CAST(hash(a, b) >> 1 AS BIGINT)",
    # Checking every document first would cost a fourth of what reading it costs.
    "json_struct_of(j, s) AS TRY(from_json(j, s))",
    "texts_hash(h, a, b, c, d, e, f, g, i) AS CAST(hash(h, a, b, c, d, e, f, g, i) >> 1 AS BIGINT)",
)


def json_struct(document: ir.Value, fields: dt.Struct) -> ir.Value:
    """Return the call that reads the fields of a document."""

    def read(document, structure):
        """Stand in for the macro."""

    signature = ((dt.string, dt.string), fields)
    call = ibis.udf.scalar.builtin(read, name="json_struct_of", signature=signature)
    return call(document, json.dumps(_structure(fields)))


def _structure(fields: dt.Struct) -> dict[str, object]:
    return {
        name: _structure(kind) if isinstance(kind, dt.Struct) else "VARCHAR"
        for name, kind in fields.items()
    }
