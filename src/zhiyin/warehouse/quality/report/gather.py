"""From the tables of quality and cleaning to the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zhiyin.warehouse.cleaning.tables import CHANGES, REJECTS
from zhiyin.warehouse.quality.anomalies import Anomaly, read_anomalies
from zhiyin.warehouse.quality.expectations import Expectation
from zhiyin.warehouse.quality.report.model import (
    CleaningLine,
    FailedCheck,
    QualityReport,
    RejectLine,
    TableLine,
)
from zhiyin.warehouse.quality.scoring import ALL
from zhiyin.warehouse.quality.tables import PROFILES, RESULTS, SCORES

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

Mask = Callable[[str, str, str | None], str | None]
ANOMALY_DAYS = 30
MOST_LINES = 200


@dataclass(frozen=True)
class Reporting:
    """What a report has to be told: whose it is, when it is written, and how examples are masked.

    `mask(table, column, value)` returns what the reader may see.
    """

    workspace: str
    timezone: str
    written_at: datetime
    mask: Mask


def quality_report(
    warehouse: Warehouse,
    expected: Mapping[str, Sequence[Expectation]],
    reporting: Reporting,
) -> QualityReport:
    """Return how all tables stand at their newest look."""
    results = newest_results(warehouse)
    return QualityReport(
        workspace=reporting.workspace,
        timezone=reporting.timezone,
        written_at=reporting.written_at,
        tables=_tables(warehouse, results),
        failed=failed_checks(results, expected, reporting.mask),
        anomalies=tuple(recent_anomalies(warehouse)[:MOST_LINES]),
        anomaly_days=ANOMALY_DAYS,
        cleaning=_cleaning(warehouse),
        rejects=_rejects(warehouse),
    )


def newest_results(warehouse: Warehouse, table: str | None = None) -> list[dict[str, Any]]:
    """Return the results of each table's newest look, by table and check."""
    results = warehouse.read(RESULTS)
    if table is not None:
        results = results.filter(results.table_name == table)
    newest = results.group_by("table_name").aggregate(
        run_id=results.run_id.argmax(results.checked_at)
    )
    found = results.semi_join(newest, ["table_name", "run_id"])
    return warehouse.to_arrow(found.order_by("table_name", "check_name")).to_pylist()


def failed_checks(
    results: Sequence[Mapping[str, Any]],
    expected: Mapping[str, Sequence[Expectation]],
    mask: Mask,
) -> tuple[FailedCheck, ...]:
    """Return the expectations that are missed: held back first, then blocking, then the worst."""
    declared = {(e.table, e.name): e for table in expected.values() for e in table}
    failed = [
        FailedCheck(
            table=row["table_name"],
            name=row["check_name"],
            column=row["column"],
            dimension=row["dimension"],
            severity=row["severity"],
            rows=row["rows"],
            failed=row["failed"],
            pass_rate=row["pass_rate"],
            at_least=row["at_least"],
            held_back=row["held_back"],
            example=mask(row["table_name"], row["column"], row["example"]),
            expectation=declared.get((row["table_name"], row["check_name"])),
        )
        for row in results
        if not row["passed"]
    ]
    order = {"blocking": 0, "warning": 1}
    return tuple(
        sorted(failed, key=lambda one: (not one.held_back, order[one.severity], one.pass_rate))
    )


def recent_anomalies(warehouse: Warehouse, days: int = ANOMALY_DAYS) -> list[Anomaly]:
    """Return the anomalies of the newest days that were profiled, newest first."""
    profiles = warehouse.read(PROFILES)
    newest = warehouse.to_arrow(profiles.aggregate(day=profiles.profile_date.max()))["day"][0]
    last = newest.as_py()
    if last is None:
        return []
    return read_anomalies(warehouse, since=last - timedelta(days=days - 1))


def _tables(warehouse: Warehouse, results: Sequence[Mapping[str, Any]]) -> tuple[TableLine, ...]:
    scores = warehouse.to_arrow(
        warehouse.read(SCORES).order_by("score_date", "table_name", "dimension")
    ).to_pylist()
    lines = [
        _line(
            table,
            [row for row in results if row["table_name"] == table and row["rows"]],
            [row for row in scores if row["table_name"] == table],
        )
        for table in sorted({row["table_name"] for row in results if row["rows"]})
    ]
    return tuple(sorted(lines, key=lambda line: (not line.held_back, line.score or 0, line.table)))


def _line(
    table: str, results: Sequence[Mapping[str, Any]], scores: Sequence[Mapping[str, Any]]
) -> TableLine:
    newest = {row["dimension"]: row["score"] for row in scores}
    whole = newest.pop(ALL, None)
    return TableLine(
        table=table,
        score=whole,
        dimensions=newest,
        history=tuple(row["score"] for row in scores if row["dimension"] == ALL),
        checks=len(results),
        failed=sum(not row["passed"] for row in results),
        held_back=any(row["held_back"] for row in results),
        looked_at=max(row["checked_at"] for row in results),
    )


def _cleaning(warehouse: Warehouse) -> tuple[CleaningLine, ...]:
    changes = warehouse.read(CHANGES)
    rows = warehouse.to_arrow(changes.filter(changes.changed > 0)).to_pylist()
    lines = [
        CleaningLine(
            row["table_name"],
            row["column"],
            row["rule"],
            row["action"],
            row["rows"],
            row["changed"],
        )
        for row in rows
    ]
    return tuple(sorted(lines, key=lambda one: (-one.changed, one.table, one.column, one.rule)))


def _rejects(warehouse: Warehouse) -> tuple[RejectLine, ...]:
    rejects = warehouse.read(REJECTS)
    counted = rejects.group_by("table_name", "column", "rule").aggregate(rows=rejects.count())
    lines = [
        RejectLine(row["table_name"], row["column"], row["rule"], row["rows"])
        for row in warehouse.to_arrow(counted).to_pylist()
    ]
    return tuple(sorted(lines, key=lambda one: (-one.rows, one.table, one.column, one.rule)))
