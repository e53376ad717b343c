"""Records laid out for linkage in a database of their own, in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.adapters.linkage.levels import quoted
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.linkage import LinkagePlan, columns_of

RECORDS = "zhiyin_records"
# So many pairs take less than a second; below that there is nothing to save.
PAIRS_ALWAYS = 500_000
LEAST_COVERED = 0.5


@dataclass(frozen=True)
class Block:
    """What became of one blocking rule: pairs admitted, and values left out as too common."""

    columns: tuple[str, ...]
    pairs: int
    largest: int
    values_left_out: int


class Workbench:
    """A database in memory with the table `RECORDS`.

    Its rows are numbered in the order of `record_id`, so that nothing depends on the order in
    which they came; `unique_id` is that number, `source_no` a number for the source, `key_0` and
    so on the keys of the blocking rules, null where the rule does not admit the record to a pair.
    """

    def __init__(
        self,
        records: pa.Table,
        plan: LinkagePlan,
        *,
        memory_limit: str,
        threads: int | None,
    ) -> None:
        self.plan = plan
        self._folder = tempfile.TemporaryDirectory(prefix="zhiyin-linkage-")
        config = {"memory_limit": memory_limit, "temp_directory": self._folder.name}
        if threads:
            config["threads"] = str(threads)
        self.connection = duckdb.connect(":memory:", config=config)
        self.connection.execute("SET enable_progress_bar = false")
        self.rows = len(records)
        order = pc.sort_indices(records["record_id"])
        self.ids = records["record_id"].take(order)
        self._lay_out(records, order)
        self.blocks = [self._block(place, rule) for place, rule in enumerate(plan.blocking)]
        self._key()

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self._folder.cleanup()

    def select(self, query: str) -> pa.Table:
        """Run a query and return its rows."""
        return self.connection.execute(query).to_arrow_table()

    def possible_pairs(self) -> float:
        """Return how many pairs there are, whatever the blocking rules admit."""
        every = self.rows * (self.rows - 1) / 2
        if not self.plan.between_sources:
            return every
        sizes = self.select(f"SELECT count(*) AS n FROM {RECORDS} GROUP BY source_no")["n"]
        counts = np.asarray(sizes, dtype=float)
        return every - float((counts * (counts - 1) / 2).sum())

    def _lay_out(self, records: pa.Table, order: pa.Array) -> None:
        if self.ids.null_count:
            raise InvalidInput("Some records have no record_id; give each its own.")
        if pc.count_distinct(self.ids).as_py() < self.rows:
            raise InvalidInput("Two records have the same record_id; give each its own.")
        keys = [
            f"CASE WHEN {_all_known(rule)} THEN hash({_listed(rule)}) END AS hash_{place}"
            for place, rule in enumerate(self.plan.blocking)
        ]
        number = np.empty(self.rows, np.int64)
        number[np.asarray(order)] = np.arange(self.rows)
        sources = pc.dictionary_encode(records["source_id"].combine_chunks()).indices
        given = records.select(columns_of(self.plan))
        for name, column in (("unique_id", pa.array(number)), ("source_no", sources)):
            given = given.append_column(name, column)
        self.connection.register("given", given)
        self.connection.execute(
            f"CREATE TABLE hashed AS SELECT {', '.join(['*', *keys])} FROM given"
        )
        self.connection.unregister("given")

    def _block(self, place: int, rule: Sequence[str]) -> Block:
        """Count the records of each key and choose the largest block that is looked at."""
        self.connection.execute(
            f"CREATE TABLE sizes_{place} AS SELECT hash_{place}, count(*) AS n FROM hashed "
            f"WHERE hash_{place} IS NOT NULL GROUP BY ALL HAVING count(*) > 1"
        )
        counted = self.select(
            f"SELECT n, count(*) AS blocks FROM sizes_{place} GROUP BY n ORDER BY n"
        )
        sizes = np.asarray(counted["n"], dtype=float)
        blocks = np.asarray(counted["blocks"], dtype=float)
        pairs = np.cumsum(blocks * sizes * (sizes - 1) / 2)
        # Where only rare coincidences fit, a rule finds next to none of the pairs it is for.
        covered = np.cumsum(blocks * sizes)
        budget = max(PAIRS_ALWAYS, self.plan.pairs_per_record * self.rows)
        taken = int(np.searchsorted(pairs, budget, side="right"))
        if taken and covered[taken - 1] < LEAST_COVERED * covered[-1]:
            taken = 0
        return Block(
            columns=tuple(rule),
            pairs=int(pairs[taken - 1]) if taken else 0,
            largest=int(sizes[taken - 1]) if taken else 0,
            values_left_out=int(blocks[taken:].sum()),
        )

    def _key(self) -> None:
        """Give each record its keys: null where a rule or its value is left out."""
        keys, joins = [], []
        for place, block in enumerate(self.blocks):
            key = f"hash_{place}"
            if not block.largest:
                key = "CAST(NULL AS UBIGINT)"
            elif block.values_left_out:
                key = f"CASE WHEN sizes_{place}.n <= {block.largest} THEN hash_{place} END"
                joins.append(f"LEFT JOIN sizes_{place} USING (hash_{place})")
            keys.append(f"{key} AS key_{place}")
        columns = ", ".join(quoted(name) for name in columns_of(self.plan))
        self.connection.execute(
            f"CREATE TABLE {RECORDS} AS SELECT unique_id, source_no, {columns}, "
            f"{', '.join(keys)} FROM hashed {' '.join(joins)}"
        )
        for place in range(len(keys)):
            self.connection.execute(f"DROP TABLE sizes_{place}")
        self.connection.execute("DROP TABLE hashed")


def _all_known(rule: Sequence[str]) -> str:
    return " AND ".join(f"{quoted(name)} IS NOT NULL" for name in rule)


def _listed(rule: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in rule)
