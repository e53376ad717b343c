"""DuckDB's errors in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from zhiyin.adapters.warehouse.expressions import null_in_required
from zhiyin.adapters.warehouse.statements import first_sentence
from zhiyin.core.errors import Conflict, InvalidInput, Permanent, Transient, ZhiyinError

# `write` lets DuckDB raise this text at the row where a promised value is missing.
NULL_MARK = "null in "
# What a full disk says of itself, a limit on the size of files included.
FULL_SIGNS = ("No space left", "disk full", "max_temp_directory", "File too large")


@contextmanager
def opening(path: str) -> Iterator[None]:
    """Translate what may go wrong while the file is opened."""
    try:
        yield
    except duckdb.Error as error:
        raise _not_opened(path, str(error)) from error


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Translate what may go wrong while `doing` something, such as "writing dw.orders"."""
    try:
        yield
    except duckdb.Error as error:
        raise _failed(doing, error) from error
    except RuntimeError as error:
        raise _interrupted(error) from error


@contextmanager
def asking() -> Iterator[None]:
    """Translate errors of a statement that a person wrote: the statement is to blame."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise _failed("running the statement", error) from error
    except duckdb.Error as error:
        raise InvalidInput(first_sentence(error)) from error
    except RuntimeError as error:
        raise _interrupted(error) from error


def _interrupted(error: RuntimeError) -> BaseException:
    """Return what ctrl-C means everywhere else; DuckDB makes a RuntimeError of it."""
    return KeyboardInterrupt() if "interrupted" in str(error) else error


def _not_opened(path: str, text: str) -> ZhiyinError:
    if "lock" in text and "onflicting" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f" (pid {holder.group(1)})" if holder else ""
        return Conflict(
            f"The workspace's warehouse {path} is in use by another process{who}; "
            "stop it, or send the command to the running server."
        )
    if "different configuration" in text:
        return Conflict(
            f"The workspace's warehouse {path} is already open in this process; close it first."
        )
    if "version number" in text:
        return Conflict(
            f"The warehouse {path} was written by a newer version; install that version."
        )
    if "not a valid DuckDB database file" in text:
        return InvalidInput(f"{path} is not a warehouse file; name another file or move it away.")
    return Permanent(f"The warehouse {path} cannot be opened: {text.splitlines()[0]}")


def _failed(doing: str, error: duckdb.Error) -> ZhiyinError:
    text = str(error)
    marked = re.search(rf"{NULL_MARK}(\S+)\.(\w+)", text)
    if marked:
        return null_in_required(marked.group(1), marked.group(2))
    full = any(sign in text for sign in FULL_SIGNS)
    if full:
        return Transient(
            f"The disk is full while {doing}; the tables are as they were: free space, run again."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return Transient(f"Memory ran out while {doing}; raise the memory limit and run again.")
    if isinstance(error, (duckdb.TransactionException, duckdb.InterruptException)):
        return Transient(f"{doing.capitalize()} was interrupted; run it again.")
    if isinstance(error, (duckdb.ConversionException, duckdb.OutOfRangeException)):
        return InvalidInput(f"A value does not fit while {doing}: {first_sentence(error)}")
    return Permanent(f"The warehouse failed while {doing}: {first_sentence(error)}")
