"""Rows of the activity as arrays, person by person and in each person's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

# So many rows of the activity are held at once by each worker.
ROWS_AT_ONCE = 4_000_000
WORKERS = 2
CODING = Lock()

Result = TypeVar("Result")


def over_portions(activity: ir.Table, work: Callable[[ir.Table], Result]) -> Iterator[Result]:
    """Yield what `work` makes of portions of people, in their order.

    Two portions are worked on at a time: while arrays of one are walked through, which takes one
    processor, the engine reads the next.
    """
    asked = list(portions(activity))
    if len(asked) < WORKERS:
        yield from map(work, asked)
        return
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(work, asked)


def portions(activity: ir.Table, rows: int = ROWS_AT_ONCE) -> Iterator[ir.Table]:
    """Yield the activity in ranges of people that have about so many rows each."""
    size = activity.agg(
        rows=activity.count(), first=activity.person_number.min(), last=activity.person_number.max()
    )
    known = size.to_pyarrow().to_pylist()[0]
    if not known["rows"]:
        return
    first, after = known["first"], known["last"] + 1
    pieces = -(-known["rows"] // rows)
    if pieces == 1:
        yield activity
        return
    width = -(-(after - first) // pieces)
    for low in range(first, after, width):
        number = activity.person_number
        yield activity.filter(number >= low, number < low + width)


def in_order(rows: pa.Table) -> pa.Table:
    """Return rows with person_number and ts_ms in the order of these, equal ones as they came.

    The activity is stored in this order, and an engine that reads it with several threads hands
    over long stretches of it. A sort that merges stretches is ten times faster on one number than
    on two.
    """
    person, ts = column(rows, "person_number"), column(rows, "ts_ms")
    if not is_descending(person, ts):
        return rows
    first, low = int(person.min()), int(ts.min())
    width = int(ts.max()) - low + 1
    if (int(person.max()) - first + 1) * width < 2**63:
        key = (person - first) * width
        key += ts - low
        # Of one chunk, since looking up the chunk of each row takes longer than the copy.
        return rows.combine_chunks().take(np.argsort(key, kind="stable"))
    return rows.combine_chunks().take(np.lexsort((ts, person)))


def is_descending(person: np.ndarray, ts: np.ndarray) -> bool:
    """Return whether any row belongs before the one before it."""
    is_less = person[1:] < person[:-1]
    is_less |= (person[1:] == person[:-1]) & (ts[1:] < ts[:-1])
    return bool(is_less.any())


def column(rows: pa.Table, name: str) -> np.ndarray:
    """Return a column without nulls as an array."""
    return rows.column(name).to_numpy()


def coded(rows: pa.Table, name: str | None, places: dict[str, int]) -> np.ndarray | None:
    """Return each row's place among the values known so far, to which new ones are added."""
    if name is None:
        return None
    words = rows.column(name).combine_chunks().dictionary_encode()
    with CODING:
        found = [places.setdefault(word, len(places)) for word in words.dictionary.to_pylist()]
    known = np.array([*found, -1], dtype=np.int32)
    return known[words.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)]
