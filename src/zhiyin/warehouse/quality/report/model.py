"""What the report says, before any language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zhiyin.warehouse.quality.anomalies import Anomaly
from zhiyin.warehouse.quality.expectations import Expectation


@dataclass(frozen=True)
class TableLine:
    """One table at its newest look.

    `history` has the whole score of each day of a look, oldest first; `dimensions` maps a dimension
    to its newest score.
    """

    table: str
    score: float | None
    dimensions: dict[str, float]
    history: tuple[float, ...]
    checks: int
    failed: int
    held_back: bool
    looked_at: datetime


@dataclass(frozen=True)
class FailedCheck:
    """An expectation that the newest look found missed.

    `expectation` is None where it is no longer declared. `example` is masked already.
    """

    table: str
    name: str
    column: str
    dimension: str
    severity: str
    rows: int
    failed: int
    pass_rate: float
    at_least: float
    held_back: bool
    example: str | None
    expectation: Expectation | None = None


@dataclass(frozen=True)
class CleaningLine:
    """What one cleaning rule did."""

    table: str
    column: str
    rule: str
    action: str
    rows: int
    changed: int


@dataclass(frozen=True)
class RejectLine:
    """How many rows one cleaning rule keeps out."""

    table: str
    column: str
    rule: str
    rows: int


@dataclass(frozen=True)
class QualityReport:
    """The whole report; times are naive UTC."""

    workspace: str
    timezone: str
    written_at: datetime
    tables: tuple[TableLine, ...]
    failed: tuple[FailedCheck, ...]
    anomalies: tuple[Anomaly, ...]
    anomaly_days: int
    cleaning: tuple[CleaningLine, ...]
    rejects: tuple[RejectLine, ...]

    @property
    def checks(self) -> int:
        """Expectations looked at."""
        return sum(line.checks for line in self.tables)

    @property
    def score(self) -> float | None:
        """Mean of the tables' scores, each weighing its expectations; None without any."""
        known = [line for line in self.tables if line.score is not None and line.checks]
        weight = sum(line.checks for line in known)
        return sum((line.score or 0) * line.checks for line in known) / weight if weight else None

    @property
    def held_back(self) -> int:
        """Tables whose newest version was not published."""
        return sum(line.held_back for line in self.tables)
