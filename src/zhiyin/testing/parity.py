"""The same table function on two engines, row for row.

In a test below `tests/`, marked `spark`, take the fixture `both_engines` and hand it the function
and its input tables as Arrow::

    pytestmark = pytest.mark.spark

    def test_sessions_are_the_same_on_both_engines(both_engines):
        events = rows_of(EVENTS, {"visitor_id": "anon:1", "event_time": ...}, ...)
        rows = both_engines.same_rows(sessions, events, context=CONTEXT)
        assert len(rows) == 2

The input should hold what engines disagree on: sub-second times, ties, nulls, empty strings, zero
divisors, negative numbers. `make test-spark` runs these tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.ports.warehouse import Warehouse

Row = dict[str, Any]


@dataclass(frozen=True)
class BothEngines:
    """Two warehouses that must answer alike."""

    first: Warehouse
    second: Warehouse

    def same_rows(
        self, build: Callable[..., ir.Table], *tables: pa.Table, **arguments: Any
    ) -> list[Row]:
        """Run `build(*tables, **arguments)` on both engines and return the rows, sorted.

        The order of rows is not compared; floats may differ by one part in 10^9.

        Raises
        ------
        AssertionError
            If columns, their types or any row differ, with the first row that does.
        """
        answers = [self._answer(engine, build, tables, arguments) for engine in self._engines()]
        left, right = answers
        assert left.schema.names == right.schema.names, (left.schema.names, right.schema.names)
        for one, other in zip(left.schema, right.schema, strict=True):
            assert one.type == other.type, f"{one.name}: {one.type} and {other.type}"
        rows, others = _sorted(left.to_pylist()), _sorted(right.to_pylist())
        assert len(rows) == len(others), f"{len(rows)} rows and {len(others)} rows"
        for row, other in zip(rows, others, strict=True):
            assert all(_alike(row[name], other[name]) for name in row), f"\n{row}\n{other}"
        return rows

    def _engines(self) -> tuple[Warehouse, Warehouse]:
        return self.first, self.second

    @staticmethod
    def _answer(
        engine: Warehouse,
        build: Callable[..., ir.Table],
        tables: tuple[pa.Table, ...],
        arguments: dict[str, Any],
    ) -> pa.Table:
        inputs = [ibis.memtable(table) for table in tables]
        return engine.to_arrow(build(*inputs, **arguments))


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: [_order(value) for value in row.values()])


def _order(value: Any) -> tuple[bool, str]:
    # Fewer digits than `_alike` compares, or two equal floats could sort apart.
    text = f"{value:.6e}" if isinstance(value, float) else str(value)
    return value is None, text


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other
