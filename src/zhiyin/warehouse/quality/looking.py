"""A look at a table: how far each expectation holds now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.quality import counting, relating
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Expectation, Severity, pii_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.ports.warehouse import Warehouse

LONGEST_EXAMPLE = 200


@dataclass(frozen=True)
class Moment:
    """When a look happens: `as_of` is what the run looks from, `now` the time of day; naive UTC."""

    as_of: datetime
    now: datetime


@dataclass(frozen=True)
class Outcome:
    """How far one expectation held at one look.

    `rows` were looked at, `failed` of them break it. `pass_rate` is the share that holds it, 1.0
    where there was nothing to look at. `example` is a value that breaks it, in clear: show it by
    `pii`, the strictest class among its columns.
    """

    expectation: Expectation
    rows: int
    failed: int
    pass_rate: float
    example: str | None = None
    pii: Pii = Pii.NONE

    @property
    def passed(self) -> bool:
        """Whether the demanded share is reached."""
        return self.pass_rate >= self.expectation.at_least

    @property
    def blocks(self) -> bool:
        """Whether the table must not be published."""
        return not self.passed and self.expectation.severity is Severity.BLOCKING


@dataclass(frozen=True)
class Reader:
    """How a look reads: expressions run, and other tables are found by name.

    `other` gives None for a table that holds nothing; rules that need it are then not looked at.
    """

    to_arrow: Callable[[ir.Table], pa.Table]
    other: Callable[[str], ir.Table | None]

    def row(self, expr: ir.Table) -> dict[str, Any]:
        """Return the only row of an aggregate."""
        return self.to_arrow(expr).to_pylist()[0]


def reader_of(warehouse: Warehouse, tables: Mapping[str, TableSpec]) -> Reader:
    """Return a reader of a warehouse."""

    def other(name: str) -> ir.Table | None:
        spec = tables.get(name)
        if spec is None or not warehouse.exists(spec):
            return None
        table = warehouse.read(spec)
        rows = warehouse.to_arrow(table.aggregate(rows=table.count()))["rows"][0].as_py()
        return table if rows else None

    return Reader(warehouse.to_arrow, other)


def look(
    spec: TableSpec,
    table: ir.Table,
    expected: Sequence[Expectation],
    *,
    reader: Reader,
    moment: Moment,
) -> list[Outcome]:
    """Return how far each expectation holds, in the order given.

    Rules about single rows are counted in one pass, all together; uniqueness and rules that need
    another table cost a query each. Examples are fetched only for what failed.
    """
    of_rows = [e for e in expected if isinstance(e.rule, rules.RowRule)]
    counts = reader.row(counting.counted(table, of_rows, now=moment.now))
    found = _of_rows(spec, table, of_rows, counts, reader=reader, now=moment.now)
    for expectation in expected:
        if expectation.name not in found:
            found[expectation.name] = _other(
                spec, table, expectation, counts[counting.ROWS], reader=reader, moment=moment
            )
    return [found[expectation.name] for expectation in expected]


def _of_rows(
    spec: TableSpec,
    table: ir.Table,
    looked: Sequence[Expectation],
    counts: Mapping[str, int],
    *,
    reader: Reader,
    now: datetime,
) -> dict[str, Outcome]:
    broken = [e for n, e in enumerate(looked) if counts[f"failed_{n}"]]
    shown: dict[str, str | None] = {}
    if broken:
        row = reader.row(counting.examples(table, broken, now=now))
        shown = {e.name: row[f"example_{n}"] for n, e in enumerate(broken)}
    return {
        e.name: _outcome(
            spec, e, counts[f"looked_{n}"], counts[f"failed_{n}"], example=shown.get(e.name)
        )
        for n, e in enumerate(looked)
    }


def _other(
    spec: TableSpec,
    table: ir.Table,
    expectation: Expectation,
    rows: int,
    *,
    reader: Reader,
    moment: Moment,
) -> Outcome:
    rule = expectation.rule
    if isinstance(rule, rules.RowCount):
        is_enough = rows >= rule.minimum and (rule.maximum is None or rows <= rule.maximum)
        return _outcome(spec, expectation, 1, 0 if is_enough else 1, example=f"{rows:,}")
    if rows == 0:
        return _outcome(spec, expectation, 0, 0)
    if isinstance(rule, rules.Unique):
        return _unique(spec, table, expectation, reader)
    if isinstance(rule, rules.Newest):
        return _newest(spec, table, expectation, reader=reader, moment=moment)
    return _by_other(spec, table, expectation, reader=reader)


def _by_other(
    spec: TableSpec, table: ir.Table, expectation: Expectation, *, reader: Reader
) -> Outcome:
    rule = expectation.rule
    assert isinstance(rule, rules.Relation)
    other = reader.other(rule.table)
    if other is None:
        return _outcome(spec, expectation, 0, 0)
    if isinstance(rule, rules.TotalOf | rules.RowsOf):
        return _total(spec, table, expectation, other, reader=reader)
    related = relating.related(table, expectation, other)
    counts = reader.row(relating.related_counts(related))
    example = None
    if counts["failed"]:
        example = reader.row(relating.related_example(related, expectation.columns))["example"]
    return _outcome(spec, expectation, counts["looked"], counts["failed"], example=example)


def _unique(spec: TableSpec, table: ir.Table, expectation: Expectation, reader: Reader) -> Outcome:
    counts = reader.row(relating.copies(table, expectation))
    example = None
    if counts["failed"]:
        example = reader.row(relating.copied(table, expectation))["example"]
    return _outcome(spec, expectation, counts["looked"], counts["failed"], example=example)


def _newest(
    spec: TableSpec, table: ir.Table, expectation: Expectation, *, reader: Reader, moment: Moment
) -> Outcome:
    assert isinstance(expectation.rule, rules.Newest)
    newest = reader.row(relating.newest(table, expectation))["newest"]
    if newest is None:
        return _outcome(spec, expectation, 0, 0)
    is_late = newest < moment.as_of - expectation.rule.within
    return _outcome(spec, expectation, 1, int(is_late), example=str(newest))


def _total(
    spec: TableSpec, table: ir.Table, expectation: Expectation, other: ir.Table, *, reader: Reader
) -> Outcome:
    sums = reader.row(relating.totals(table, expectation, other))
    mine, theirs = sums["mine"], sums["theirs"]
    larger = max(abs(mine), abs(theirs))
    rate = 1.0 if larger == 0 else max(0.0, 1.0 - abs(mine - theirs) / larger)
    # Sums of decimals are exact, but pass through floats of 15 digits here.
    rate = 1.0 if 1.0 - rate < 1e-12 else rate
    return Outcome(
        expectation,
        rows=1,
        failed=int(rate < expectation.at_least),
        pass_rate=rate,
        example=None if rate >= expectation.at_least else f"{mine:,.2f} ≠ {theirs:,.2f}",
    )


def _outcome(
    spec: TableSpec,
    expectation: Expectation,
    rows: int,
    failed: int,
    *,
    example: str | None = None,
) -> Outcome:
    shown = example if failed else None
    return Outcome(
        expectation,
        rows=rows,
        failed=failed,
        pass_rate=1.0 - failed / rows if rows else 1.0,
        example=shown[:LONGEST_EXAMPLE] if shown else shown,
        pii=pii_of(spec, expectation.columns),
    )
