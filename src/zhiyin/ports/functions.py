"""Functions that every warehouse engine must know beside those that Ibis knows.

Ibis cannot take a JSON array apart on Spark, nor a document at once on either engine, and hashes to
different widths, so each warehouse adapter defines these by name when it opens, or spells them out
when an expression runs. They accept any text: malformed JSON gives null, never an error. Which of
two equal keys of one object counts is the engine's choice.
"""

from functools import lru_cache

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

# The names by which warehouse adapters find functions that they spell out in an expression.
JSON_STRUCT = "json_struct"
ROW_HASH = "row_hash"


@ibis.udf.scalar.builtin
def json_text(document: str, path: str) -> str:  # pyright: ignore[reportReturnType]
    """Return what stands at a path such as `$.price`, as text.

    Strings come without their quotes, objects and arrays as JSON; null if nothing stands there,
    if JSON null does, or if the document is malformed.
    """


@ibis.udf.scalar.builtin
def json_items(document: str, path: str) -> list[str]:  # pyright: ignore[reportReturnType]
    """Return the items of the array at a path such as `$.products`, each as JSON.

    Null if no array stands there or the document is malformed.
    """


@ibis.udf.scalar.builtin
def texts_hash(  # noqa: PLR0917 - one call over eight texts costs a third of eight calls
    seed: int, a: str, b: str, c: str, d: str, e: str, f: str, g: str, i: str
) -> int:  # pyright: ignore[reportReturnType]
    """Return 63 bits that depend on the seed and on eight texts in their order.

    Each engine has its own hash, so it is never stored: it tells equal texts within one query
    apart from others. More texts are hashed by handing the hash of eight as the seed of the next;
    empty texts fill up. No text may be null.
    """


@ibis.udf.scalar.builtin
def json_is_text(document: str, path: str) -> bool:  # pyright: ignore[reportReturnType]
    """Return whether a JSON string stands at a path; null or false if something else does."""


@ibis.udf.agg.builtin
def bit_or(bits: int) -> int:  # pyright: ignore[reportReturnType]
    """Return the bits that are set in any row of a group; null over no rows."""


@ibis.udf.scalar.builtin
def fingerprint(first: str, second: str) -> int:  # pyright: ignore[reportReturnType]
    """Return 63 bits that are the same for the same two texts, on one engine and release of it.

    Never store it. The texts must not be null.
    """


def json_struct(document: ir.StringValue, fields: dt.Struct) -> ir.StructValue:
    """Return the named members of a JSON object, read in one pass.

    Parameters
    ----------
    document
        JSON objects as text.
    fields
        Text for each member wanted, or again fields for a member that is an object.

    Returns
    -------
    ir.StructValue
        Strings come without their quotes, numbers and truth values as text, objects and arrays as
        JSON. A member is null if it is missing, if JSON null stands there, or if fields were
        wanted and something else than an object stands there. The whole is null, or all its
        members are, if the document is malformed or no object.
    """
    return _json_struct(fields)(document)


@lru_cache(maxsize=64)
def _json_struct(fields: dt.Struct):
    def read(document):
        """Stand in for the engine's function."""

    return ibis.udf.scalar.builtin(read, name=JSON_STRUCT, signature=((dt.string,), fields))


def row_hash(row: ir.StructValue) -> ir.IntegerValue:
    """Return 62 bits that are the same for rows with the same values, nulls included.

    Each engine and each release of it has its own hash: compare what one engine made.
    """
    return _row_hash(row.type())(row)


@lru_cache(maxsize=64)
def _row_hash(kind: dt.DataType):
    def read(row):
        """Stand in for the engine's function."""

    return ibis.udf.scalar.builtin(read, name=ROW_HASH, signature=((kind,), dt.int64))
