"""Records that say the same as an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.judging import DIGESTS, REASON, ROW

Hashes = npt.NDArray[np.int64]


@dataclass
class Seen:
    """Pairs of hashes, 16 bytes each, in sorted runs that grow by merging.

    Every run is at least twice as long as the next, so a look-up searches few runs and each pair
    is merged a logarithmic number of times.
    """

    runs: list[tuple[Hashes, Hashes]] = field(default_factory=list)

    def knows(self, first: Hashes, second: Hashes) -> npt.NDArray[np.bool_]:
        """Return which pairs were added before; `first` is sorted."""
        known = np.zeros(len(first), dtype=bool)
        for one, two in self.runs:
            place = np.minimum(np.searchsorted(one, first), len(one) - 1)
            known |= (one[place] == first) & (two[place] == second)
        return known

    def add(self, first: Hashes, second: Hashes) -> None:
        """Add pairs, sorted by `first`."""
        if not len(first):
            return
        self.runs.append((first, second))
        while len(self.runs) > 1 and len(self.runs[-2][0]) < 2 * len(self.runs[-1][0]):
            (a, b), (c, d) = self.runs.pop(), self.runs.pop()
            firsts = np.concatenate((c, a))
            # The stable sort recognizes the two sorted runs and merges them.
            order = np.argsort(firsts, kind="stable")
            self.runs.append((firsts[order], np.concatenate((d, b))[order]))


@dataclass
class Repeats:
    """Finds copies over all chunks of a source; of equal records the first kept one stays.

    Records are equal if both of their hashes are, 126 bits together. `code` is the reason that
    copies get; None where the recipe does not speak of duplicates.
    """

    code: str | None
    seen: Seen = field(default_factory=Seen)

    def judged(self, records: pa.Table) -> pa.Table:
        """Return judged records with a reason for every copy of a kept one, hashes dropped."""
        if self.code is None:
            return records
        kept = pc.is_null(records[REASON]).to_numpy()
        copies = self._copies(records, np.flatnonzero(kept))
        records = records.drop_columns(list(DIGESTS))
        if not len(copies):
            return records
        is_copy = np.zeros(records.num_rows, dtype=bool)
        is_copy[copies] = True
        reason = pc.if_else(pa.array(is_copy), self.code, records[REASON])
        return records.set_column(records.schema.get_field_index(REASON), REASON, reason)

    def _copies(self, records: pa.Table, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return which of the rows repeat an earlier one of them, or of an earlier chunk."""
        first, second = (records[name].to_numpy()[rows] for name in DIGESTS)
        order = np.argsort(first)
        first, second, rows = first[order], second[order], rows[order]
        is_next_equal = first[1:] == first[:-1]
        again = np.zeros(len(rows), dtype=bool)
        if is_next_equal.any():
            # Only among equal ones the order of arrival matters, and sorting by it is expensive.
            equal = np.flatnonzero(
                np.append(is_next_equal, False) | np.insert(is_next_equal, 0, False)
            )
            arrival = records[ROW].to_numpy()[rows[equal]]
            order = equal[np.lexsort((arrival, first[equal]))]
            second[equal], rows[equal] = second[order], rows[order]
            again[1:] = is_next_equal & (second[1:] == second[:-1])
        again |= self.seen.knows(first, second)
        self.seen.add(first[~again], second[~again])
        return rows[again]
