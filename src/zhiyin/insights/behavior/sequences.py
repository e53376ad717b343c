"""Rows of the activity as arrays, person by person and in each person's order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

# So many rows of the activity are held at once.
ROWS_AT_ONCE = 8_000_000


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
    """Return rows with person_number and ts_ms in the order of these.

    The activity is stored in this order, and an engine that reads it with several threads hands
    over long stretches of it: putting these in their places is far cheaper than sorting rows.
    """
    person, ts = column(rows, "person_number"), column(rows, "ts_ms")
    breaks = descents(person, ts)
    if not len(breaks):
        return rows
    starts = np.concatenate([[0], breaks + 1])
    ends = np.concatenate([breaks + 1, [len(person)]])
    places = np.lexsort((ts[starts], person[starts]))
    if len(starts) < len(person) // 100:
        import pyarrow as pa

        pieces = [rows.slice(starts[n], ends[n] - starts[n]) for n in places]
        joined = pa.concat_tables(pieces).combine_chunks()
        person, ts = column(joined, "person_number"), column(joined, "ts_ms")
        if not len(descents(person, ts)):
            return joined
        rows = joined
    return rows.take(np.lexsort((ts, person)))


def descents(person: np.ndarray, ts: np.ndarray) -> np.ndarray:
    """Return the positions whose successor belongs before them."""
    is_less = person[1:] < person[:-1]
    is_less |= (person[1:] == person[:-1]) & (ts[1:] < ts[:-1])
    return np.flatnonzero(is_less)


def column(rows: pa.Table, name: str) -> np.ndarray:
    """Return a column without nulls as an array."""
    return rows.column(name).to_numpy()


def coded(rows: pa.Table, name: str | None, places: dict[str, int]) -> np.ndarray | None:
    """Return each row's place among the values known so far, to which new ones are added."""
    if name is None:
        return None
    words = rows.column(name).combine_chunks().dictionary_encode()
    known = np.array(
        [places.setdefault(word, len(places)) for word in words.dictionary.to_pylist()] + [-1],
        dtype=np.int32,
    )
    return known[words.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)]
