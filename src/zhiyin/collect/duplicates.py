"""Records that say the same as an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.judging import DIGEST, REASON, ROW


@dataclass
class Repeats:
    """Finds copies over all chunks of a source; of equal records the first kept one stays.

    `code` is the reason that copies get; None where the recipe does not speak of duplicates.
    """

    code: str | None
    seen: list[pa.ChunkedArray] = field(default_factory=list)

    def judged(self, records: pa.Table) -> pa.Table:
        """Return judged records with a reason for every copy of a kept one, digests dropped."""
        if self.code is None:
            return records
        copies = self._copies(records)
        fresh = pc.and_(pc.is_null(records[REASON]), pa.array(~copies))
        self.seen.append(records[DIGEST].filter(fresh))
        reason = pc.if_else(pa.array(copies), self.code, records[REASON])
        place = records.schema.get_field_index(REASON)
        return records.set_column(place, REASON, reason).drop_columns([DIGEST])

    def _copies(self, records: pa.Table) -> npt.NDArray[np.bool_]:
        kept = pc.is_null(records[REASON]).to_numpy(zero_copy_only=False).astype(bool)
        codes = records[DIGEST].combine_chunks().dictionary_encode()
        code = codes.indices.to_numpy()
        order = np.argsort(records[ROW].to_numpy(), kind="stable")
        order = order[kept[order]]
        firsts = order[np.unique(code[order], return_index=True)[1]]
        copies = kept.copy()
        copies[firsts] = False
        if self.seen:
            seen = pa.chunked_array(
                [chunk for one in self.seen for chunk in one.chunks], pa.string()
            )
            known = pc.is_in(codes.dictionary, value_set=seen).to_numpy(zero_copy_only=False)
            copies |= kept & known.astype(bool)[code]
        return copies
