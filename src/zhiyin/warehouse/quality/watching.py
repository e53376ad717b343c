"""The watch over a run: the gate before tables, and the looks once they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.builds import BuildContext, Objection
from zhiyin.warehouse.days import local_day
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Expectation, Severity
from zhiyin.warehouse.quality.looking import Moment, Outcome, look, reader_of
from zhiyin.warehouse.quality.scoring import keep, result_rows, score_rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

# Tables about tables: nothing is expected of them, and nothing holds them back.
BOOKKEEPING = ("dw.build", "dw.column_lineage", "dw.lineage_", "dw.quality_", "dw.cleaning_")


@dataclass(frozen=True)
class TableLook:
    """What one look found about one table."""

    table: str
    outcomes: tuple[Outcome, ...]
    held_back: bool = False


@dataclass
class Watch:
    """Looks at tables on behalf of one run, and remembers what it found until `settle`.

    As a gate it looks at each table that was computed, in the transaction that publishes it, and
    objects where a blocking expectation is missed. Rules that need another table wait until all
    tables stand, unless they block: those are judged by the other table as it is at that moment.
    """

    warehouse: Warehouse
    tables: Mapping[str, TableSpec]
    expected: Mapping[str, Sequence[Expectation]]
    now: datetime
    looks: dict[str, TableLook] = field(default_factory=dict)

    def __call__(
        self, spec: TableSpec, candidate: ir.Table, *, context: BuildContext
    ) -> Sequence[Objection]:
        """Return what speaks against publishing the table."""
        early = [e for e in self.expected_of(spec.name) if not _can_wait(e)]
        outcomes = self._look(spec, candidate, early, as_of=context.as_of)
        objections = [_objection(outcome) for outcome in outcomes if outcome.blocks]
        self.looks[spec.name] = TableLook(spec.name, tuple(outcomes), bool(objections))
        return objections

    def expected_of(self, table: str) -> Sequence[Expectation]:
        """Return what is expected of a table; nothing of bookkeeping."""
        return () if table.startswith(BOOKKEEPING) else self.expected.get(table, ())

    def look_at(self, names: Iterable[str], *, as_of: datetime) -> None:
        """Look at published tables, at all that is expected of them; those never written are none.

        A table that the gate has seen is looked at again only for what could wait.
        """
        for name in names:
            spec = self.tables[name]
            if not self.warehouse.exists(spec):
                continue
            seen = self.looks.get(name)
            expected = self.expected_of(name)
            left = expected if seen is None else [e for e in expected if _can_wait(e)]
            if seen is not None and seen.held_back:
                # What waits would be judged by the version before, beside counts of the new one.
                continue
            outcomes = self._look(spec, self.warehouse.read(spec), left, as_of=as_of)
            before = () if seen is None else seen.outcomes
            self.looks[name] = TableLook(name, (*before, *outcomes))

    def touched(self, changed: Iterable[str]) -> list[str]:
        """Return the tables with an expectation that reads one of the changed tables."""
        names = set(changed)
        return [
            table
            for table in self.expected
            if any(e.refers_to in names for e in self.expected_of(table))
        ]

    def settle(self, *, run_id: str, timezone: str) -> list[TableLook]:
        """Publish results and scores of all looks since the last time, and return the looks."""
        looks = [found for found in self.looks.values() if found.outcomes]
        day = local_day(self.now, timezone)
        results, scores = [], []
        for found in looks:
            results += result_rows(
                found.outcomes, run_id=run_id, held_back=found.held_back, at=self.now
            )
            scores += score_rows(found.outcomes, day)
        keep(self.warehouse, results, scores)
        self.looks = {}
        return looks

    def _look(
        self, spec: TableSpec, table: ir.Table, expected: Sequence[Expectation], *, as_of: datetime
    ) -> list[Outcome]:
        if not expected:
            return []
        reader = reader_of(self.warehouse, self.tables)
        return look(spec, table, expected, reader=reader, moment=Moment(as_of, self.now))


def _can_wait(expectation: Expectation) -> bool:
    is_relation = isinstance(expectation.rule, rules.Relation)
    is_late = is_relation or isinstance(expectation.rule, rules.Newest)
    return is_late and expectation.severity is Severity.WARNING


def _objection(outcome: Outcome) -> Objection:
    expectation = outcome.expectation
    sentence = (
        f"{expectation.table} misses {expectation.name}: {outcome.failed:,} of {outcome.rows:,} "
        f"rows break it, {outcome.pass_rate:.2%} hold it and {expectation.at_least:.2%} must."
    )
    return Objection(expectation.name, sentence)
