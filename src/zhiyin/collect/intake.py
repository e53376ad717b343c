"""Take chunks of records in: judge them, store rows and set-aside records, keep the balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.conditions import Moment
from zhiyin.collect.duplicates import Repeats
from zhiyin.collect.given_files import GivenFile
from zhiyin.collect.judging import CONTROL, HIT, REASON, ROW, judge
from zhiyin.collect.known_events import known_events
from zhiyin.collect.recipe import Source
from zhiyin.collect.shelf import Shelf
from zhiyin.collect.staging import Chunk
from zhiyin.collect.tables import EVENTS, QUARANTINE, TARGETS
from zhiyin.collect.target_rows import Load, kept_rows, quarantined_rows
from zhiyin.core.errors import Conflict
from zhiyin.ports.warehouse import Warehouse

KNOWN_EVENT = "known_event"


@dataclass
class Balance:
    """Counts and totals of one file, or one batch of a table, while its chunks pass."""

    read: int = 0
    kept: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    total_read: Decimal = Decimal(0)
    total_kept: Decimal = Decimal(0)
    total_quarantined: Decimal = Decimal(0)

    def add(self, reason: str | None, rows: int, amount: Decimal | None) -> None:
        """Count judged records; without a reason they were kept."""
        if reason is None:
            self.kept += rows
            self.total_kept += amount or Decimal(0)
        else:
            self.quarantined[reason] += rows
            self.total_quarantined += amount or Decimal(0)

    @property
    def is_even(self) -> bool:
        """Whether what was read is what was kept and set aside, in records and in totals."""
        aside = sum(self.quarantined.values())
        sums = self.total_kept + self.total_quarantined
        return self.read == self.kept + aside and sums == self.total_read


def repeats_of(source: Source) -> Repeats:
    """Return the memory of copies that one import or pull of the source has."""
    return Repeats(source.duplicates.code if source.duplicates else None)


@dataclass
class Intake:
    """Takes in one source's chunks within one load; `balances` run in parallel to `given`."""

    source: Source
    given: Sequence[GivenFile]
    load: Load
    warehouse: Warehouse
    lookups: Mapping[str, ibis.Table]
    repeats: Repeats
    balances: list[Balance]
    hits: Counter[str]  # records per rule whose condition held

    kept: Shelf = field(init=False)
    aside: Shelf = field(init=False)
    judges: dict[tuple[str, ...], Callable[[pa.Table], pa.Table]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kept = Shelf(TARGETS[self.source.target or ""], self.warehouse)
        self.aside = Shelf(QUARANTINE, self.warehouse)

    def take(self, chunk: Chunk) -> None:
        """Judge the chunk's records and write what became of them."""
        self.store(chunk, self.judge(chunk))
        self.finish()

    def judge(self, chunk: Chunk) -> pa.Table:
        """Return the chunk's records judged; another chunk may be stored meanwhile."""
        texts = chunk.texts
        if self.source.duplicates is None or self.source.duplicates.columns:
            texts = texts.select(sorted(self.source.used_columns()))
        staged = texts.append_column(ROW, pa.array(np.arange(texts.num_rows)))
        names = tuple(staged.column_names)
        if names not in self.judges:
            self.judges[names] = self._judge_of(staged)
        return self.judges[names](staged)

    def store(self, chunk: Chunk, judged: pa.Table) -> None:
        """Keep what became of the judged records: rows, set-aside records, the balance.

        They are written by and by; `finish` writes the last of them.
        """
        judged = self.repeats.judged(judged)
        if self.source.target == EVENTS.table:
            judged = self._without_known(judged)
        self._publish(chunk, judged)
        self._add_up(chunk, judged)

    def finish(self) -> None:
        """Write the rows that still wait."""
        self.kept.finish()
        self.aside.finish()

    def _judge_of(self, staged: pa.Table) -> Callable[[pa.Table], pa.Table]:
        moment = Moment(self.load.at, ZoneInfo(self.load.recipe.timezone))
        place = ibis.table(ibis.Schema.from_pyarrow(staged.schema), name="staged_records")
        expression = judge(place, self.source, lookups=self.lookups, moment=moment)
        return self.warehouse.prepared(expression)

    def _without_known(self, judged: pa.Table) -> pa.Table:
        """Give a reason to events that an earlier load brought, in whatever file."""
        kept = judged.filter(pc.is_null(judged[REASON]))
        ids = kept["event_id"].combine_chunks()
        recipe = pa.repeat(self.load.recipe.name, kept.num_rows)
        keys = pa.table({"source_id": recipe, "event_id": ids})
        known = known_events(keys, self.warehouse, self.load.load_id)["event_id"]
        if not len(known):
            return judged
        is_known = pc.and_(
            pc.is_null(judged[REASON]),
            pc.is_in(judged["event_id"], value_set=known.combine_chunks()),
        )
        reason = pc.if_else(is_known, KNOWN_EVENT, judged[REASON])
        return judged.set_column(judged.schema.get_field_index(REASON), REASON, reason)

    def _publish(self, chunk: Chunk, judged: pa.Table) -> None:
        kept = kept_rows(judged, chunk, self.source, self.given, self.load)
        aside = quarantined_rows(judged, chunk, self.source, self.given, self.load)
        self.kept.put(kept)
        self.aside.put(aside)
        if kept.num_rows + aside.num_rows != chunk.texts.num_rows:
            raise Conflict(
                f"{chunk.texts.num_rows} records of {self.source.name} became {kept.num_rows} rows "
                f"and {aside.num_rows} set aside; nothing was imported: report this with the "
                "recipe."
            )

    def _add_up(self, chunk: Chunk, judged: pa.Table) -> None:
        for rule in self.source.rules:
            self.hits[rule.code] += pc.sum(judged[HIT + rule.code]).as_py() or 0
        for place, rows in enumerate(np.bincount(chunk.files, minlength=len(self.balances))):
            self.balances[place].read += int(rows)
        amounts = pa.table(
            {
                "place": chunk.files[judged[ROW].to_numpy()],
                "reason": judged[REASON],
                "amount": judged[CONTROL],
            }
        )
        sums = amounts.group_by(["place", "reason"]).aggregate(
            [("amount", "sum"), ([], "count_all")]
        )
        for row in sums.to_pylist():
            self.balances[row["place"]].add(row["reason"], row["count_all"], row["amount_sum"])
        for row in amounts.group_by("place").aggregate([("amount", "sum")]).to_pylist():
            self.balances[row["place"]].total_read += row["amount_sum"] or Decimal(0)
