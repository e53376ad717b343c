"""Rows of the activity as arrays, person by person and in each person's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import islice, pairwise
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from zhiyin.insights.behavior.kernels import find_breaks
from zhiyin.stats.loops import fitting

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

# So many rows of the activity are held at once by each worker; each portion costs a query.
ROWS_AT_ONCE = 8_000_000
WORKERS = 2
# Fewer rows than this are not worth a second worker.
WORTH_WORKERS = 500_000

# Rows in more stretches, or in shorter ones, are sorted.
MOST_STRETCHES = 256
SHORTEST = 1_000
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
    """Yield the activity in ranges of people that have about so many rows each.

    People are numbered from 0, so their numbers are handed over in half the width.
    """
    size = activity.agg(
        rows=activity.count(), first=activity.person_number.min(), last=activity.person_number.max()
    )
    known = size.to_pyarrow().to_pylist()[0]
    if not known["rows"]:
        return
    first, after = known["first"], known["last"] + 1
    pieces = -(-known["rows"] // rows)
    if known["rows"] >= WORTH_WORKERS:
        pieces = -(-pieces // WORKERS) * WORKERS
    width = -(-(after - first) // pieces)
    number = activity.person_number
    for low in range(first, after, width):
        portion = activity
        if pieces > 1:
            portion = activity.filter(number >= low, number < low + width)
        yield portion.mutate(person_number=portion.person_number.cast("int32"))


def events_in_order(
    activity: ir.Table, *, names: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return person_number, ts_ms and event_number (nothing without `names`), in order.

    No event is left out by its name: an engine takes longer to leave rows out than to hand them
    over.
    """
    wanted = {"event_number": activity.event_number.cast("int32")} if names else {}
    rows = in_order(activity.select("person_number", "ts_ms", **wanted).to_pyarrow())
    number = column(rows, "event_number") if names else np.zeros(0, dtype=np.int32)
    return column(rows, "person_number"), column(rows, "ts_ms"), number


def in_order(rows: pa.Table) -> pa.Table:
    """Return rows with person_number and ts_ms in the order of these, equal ones as they came.

    The activity is stored in this order, and an engine that reads it with several threads hands
    over long stretches of it, so merging stretches moves no row where sorting would move all.
    """
    import pyarrow as pa

    stretches: list[Stretch] = []
    for batch in rows.to_batches():
        found = ascending(batch)
        if found is None:
            return sorted_whole(rows)
        stretches += found
    most = MOST_STRETCHES + rows.num_rows // SHORTEST
    slices = list(islice(merged(stretches), most))
    if sum(len(one) for one in slices) < rows.num_rows:
        return sorted_whole(rows)
    return pa.Table.from_batches(slices, schema=rows.schema)


@dataclass
class Stretch:
    """Rows of a batch, from `at` to before `end`, that are in order."""

    batch: pa.RecordBatch
    person: np.ndarray
    ts: np.ndarray
    at: int
    end: int

    def until(self, person: np.integer, ts: np.integer, *, is_first: bool) -> int:
        """Return the position after the rows that come before a person and an instant.

        Rows equal to these come before them if the stretch `is_first`.
        """
        people = self.person[self.at : self.end]
        low = self.at + int(np.searchsorted(people, person, side="left"))
        high = self.at + int(np.searchsorted(people, person, side="right"))
        side = "right" if is_first else "left"
        return low + int(np.searchsorted(self.ts[low:high], ts, side=side))


def ascending(batch: pa.RecordBatch) -> list[Stretch] | None:
    """Return the longest stretches of a batch that are in order; None if there are very many."""
    person, ts = (batch.column(name).to_numpy() for name in ("person_number", "ts_ms"))
    breaks = np.empty(MOST_STRETCHES, dtype=np.int64)
    found = fitting(find_breaks, len(person))(person, ts, breaks)
    if found > MOST_STRETCHES:
        return None
    bounds = [0, *breaks[:found].tolist(), len(person)]
    return [Stretch(batch, person, ts, low, high) for low, high in pairwise(bounds) if low < high]


def merged(stretches: list[Stretch]) -> Iterator[pa.RecordBatch]:
    """Yield parts of stretches, one after the other in order."""
    heads = [(one.person[one.at], one.ts[one.at], n) for n, one in enumerate(stretches)]
    heapify(heads)
    while heads:
        place = heappop(heads)[2]
        one, start = stretches[place], stretches[place].at
        if heads:
            person, ts, other = heads[0]
            one.at = one.until(person, ts, is_first=place < other)
        else:
            one.at = one.end
        if one.at < one.end:
            heappush(heads, (one.person[one.at], one.ts[one.at], place))
        yield one.batch.slice(start, one.at - start)


def sorted_whole(rows: pa.Table) -> pa.Table:
    """Return rows sorted by person and instant, whatever order they are in."""
    # Of one chunk, since looking up the chunk of each row takes longer than the copy.
    order = np.lexsort((column(rows, "ts_ms"), column(rows, "person_number")))
    return rows.combine_chunks().take(order)


def column(rows: pa.Table, name: str) -> np.ndarray:
    """Return a column without nulls as an array of its own, which may be written to.

    Arrays that are one part of Arrow's memory are copied: numba compiles a loop anew for arrays
    that must not be written to.
    """
    found = rows.column(name).to_numpy()
    return found if found.flags.writeable else found.copy()


def coded(rows: pa.Table, name: str | None, places: dict[str, int]) -> np.ndarray | None:
    """Return each row's place among the values known so far, to which new ones are added."""
    if name is None:
        return None
    words = rows.column(name).combine_chunks().dictionary_encode()
    with CODING:
        found = [places.setdefault(word, len(places)) for word in words.dictionary.to_pylist()]
    known = np.array([*found, -1], dtype=np.int32)
    return known[words.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)]
