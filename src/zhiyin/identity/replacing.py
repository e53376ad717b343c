"""Which rows of a table go and which come, where some of it was worked out again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.warehouse.api import Exchange

# When a row was last changed does not make it another row.
STAMP = "changed_at"


def replacing(before: pa.Table, after: pa.Table, keys: Sequence[str]) -> Exchange:
    """Return the rows of `after` that `before` has not, and those whose place they take.

    Rows of `before` whose keys `after` does not have stay.

    Parameters
    ----------
    before, after : rows of one table, `before` as it is stored; each key once.
    """
    place, was = _matched(before, after, keys)
    different = np.zeros(len(place), bool)
    for name in after.column_names:
        if name not in keys and name != STAMP:
            new, old = _taken(after[name], place), _taken(before[name], was)
            different |= _differ(new, old.cast(new.type))
    fresh = np.ones(len(after), bool)
    fresh[place] = different
    return Exchange(before.take(pa.array(was[different])), after.filter(pa.array(fresh)))


def having(rows: pa.Table, keys: pa.Table) -> np.ndarray:
    """Return of each row whether its values stand among the keys."""
    found = np.zeros(len(rows), bool)
    place, _ = _matched(keys, rows, keys.column_names)
    found[place] = True
    return found


def _matched(
    before: pa.Table, after: pa.Table, keys: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places in `after` and in `before` of the rows with equal keys."""
    placed = [
        table.select(list(keys)).append_column(name, pa.array(np.arange(len(table))))
        for table, name in ((after, "place"), (before, "was"))
    ]
    both = placed[0].join(placed[1], list(keys), join_type="inner")
    return both["place"].to_numpy(), both["was"].to_numpy()


def _taken(column: pa.ChunkedArray, places: np.ndarray) -> pa.Array:
    whole = pa.concat_arrays([pa.array([], column.type), *column.chunks])
    return whole.take(pa.array(places))


def _differ(new: pa.Array, old: pa.Array) -> np.ndarray:
    unequal = pc.fill_null(pc.not_equal(new, old), True)
    neither = pc.and_(pc.is_null(new), pc.is_null(old))
    return pc.and_not(unequal, neither).to_numpy(zero_copy_only=False)
