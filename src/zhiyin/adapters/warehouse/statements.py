"""Which SQL an analyst may send."""

from __future__ import annotations

import re

from zhiyin.core.errors import InvalidInput

READING = ("SELECT", "WITH", "FROM", "VALUES", "DESCRIBE", "SHOW", "SUMMARIZE", "EXPLAIN")

_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
# These take raw memory addresses; a made-up one ends the process.
_POINTERS = re.compile(r"\b(arrow_scan\w*|pandas_scan|python_map_function)\s*\(", re.IGNORECASE)


def check_reading(query: str) -> str:
    """Return the query without comments at its head and its last semicolon.

    Raises
    ------
    InvalidInput
        If it does not begin as a reading statement.
    """
    bare = _COMMENTS.sub(" ", query).strip()
    first = re.match(r"[\s(]*(\w*)", bare)
    word = first.group(1).upper() if first else ""
    if word not in READING:
        shown = word or "an empty statement"
        raise InvalidInput(
            f"Only one reading statement can be run, and it cannot begin with {shown!r}; "
            f"begin with one of: {', '.join(READING)}."
        )
    if _POINTERS.search(bare):
        raise InvalidInput("Functions that read raw memory cannot be called; read named tables.")
    return query.strip().rstrip(";")


def first_sentence(error: Exception) -> str:
    """Return the first line of an engine's message, as a sentence."""
    text = str(error).strip().split("\n", 1)[0].strip()
    return text if text.endswith((".", "!", "?")) else text + "."
