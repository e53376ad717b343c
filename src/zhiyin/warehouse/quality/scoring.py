"""From outcomes to scores and to rows of the tables that keep both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.warehouse.quality.expectations import Dimension
from zhiyin.warehouse.quality.looking import Outcome
from zhiyin.warehouse.quality.tables import RESULTS, SCORES

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

ALL = "all"  # stands for every dimension of a table


def mean_pass_rate(outcomes: Sequence[Outcome]) -> float:
    """Return the mean pass rate in percent; 100 without expectations."""
    if not outcomes:
        return 100.0
    return 100.0 * sum(outcome.pass_rate for outcome in outcomes) / len(outcomes)


def score_rows(outcomes: Sequence[Outcome], day: date) -> list[dict[str, Any]]:
    """Return the rows of `dw.quality_scores` that outcomes of one table give.

    Expectations that met no row to look at say nothing and do not count.
    """
    spoken = [outcome for outcome in outcomes if outcome.rows]
    if not spoken:
        return []
    groups: list[tuple[str, Sequence[Outcome]]] = [(ALL, spoken)]
    for dimension in Dimension:
        mine = [o for o in spoken if o.expectation.dimension is dimension]
        if mine:
            groups.append((dimension.value, mine))
    return [
        {
            "table_name": outcomes[0].expectation.table,
            "score_date": day,
            "dimension": name,
            "score": mean_pass_rate(group),
            "checks": len(group),
            "failed_checks": sum(not outcome.passed for outcome in group),
        }
        for name, group in groups
    ]


def result_rows(
    outcomes: Iterable[Outcome], *, run_id: str, held_back: bool, at: datetime
) -> list[dict[str, Any]]:
    """Return the rows of `dw.quality_results`; `held_back` says what became of the table."""
    return [
        {
            "run_id": run_id,
            "table_name": outcome.expectation.table,
            "check_name": outcome.expectation.name,
            "column": outcome.expectation.column,
            "dimension": outcome.expectation.dimension.value,
            "severity": outcome.expectation.severity.value,
            "rows": outcome.rows,
            "failed": outcome.failed,
            "pass_rate": outcome.pass_rate,
            "at_least": outcome.expectation.at_least,
            "passed": outcome.passed,
            "example": outcome.example,
            "held_back": held_back and outcome.blocks,
            "checked_at": at,
        }
        for outcome in outcomes
    ]


def keep(
    warehouse: Warehouse, results: Sequence[dict[str, Any]], scores: Sequence[dict[str, Any]]
) -> None:
    """Publish results and scores; of several looks on one day the last one's score stays."""
    for spec, rows in ((RESULTS, results), (SCORES, scores)):
        if rows:
            warehouse.write(spec, as_arrow(spec, rows), How.MERGE)


def as_arrow(spec: TableSpec, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return rows as an Arrow table of the spec's schema."""
    return pa.Table.from_pylist(list(rows), schema=spec.schema().to_pyarrow())
