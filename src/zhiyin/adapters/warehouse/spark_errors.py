"""Spark's errors in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException

from zhiyin.adapters.warehouse.expressions import null_in_required
from zhiyin.adapters.warehouse.statements import first_sentence
from zhiyin.core.errors import InvalidInput, Permanent, Transient, ZhiyinError

# `write` lets Spark raise this text at the row where a promised value is missing.
NULL_MARK = "null in "
_UNFIT = ("CAST_INVALID_INPUT", "CAST_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "CANNOT_PARSE")


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Translate what may go wrong while `doing` something, such as "writing dw.orders"."""
    try:
        yield
    except PySparkException as error:
        raise _failed(doing, error) from error


@contextmanager
def asking() -> Iterator[None]:
    """Translate errors of a statement that a person wrote: the statement is to blame."""
    try:
        yield
    except PySparkException as error:
        raise InvalidInput(first_sentence(error)) from error


def _failed(doing: str, error: PySparkException) -> ZhiyinError:
    text = str(error)
    marked = re.search(rf"{NULL_MARK}(\w+\.\w+)\.(\w+)", text)
    if marked:
        return null_in_required(marked.group(1), marked.group(2))
    if any(sign in text for sign in _UNFIT):
        return InvalidInput(f"A value does not fit while {doing}: {first_sentence(error)}")
    if "No space left" in text:
        return Transient(
            f"The disk is full while {doing}; the tables are as they were: free space, run again."
        )
    return Permanent(f"The warehouse failed while {doing}: {first_sentence(error)}")
