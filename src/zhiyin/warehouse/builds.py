"""What a build is, and the runner that keeps tables up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from zhiyin.core.clock import Clock
from zhiyin.core.windows import Window
from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How, Warehouse

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class BuildContext:
    """What every build may know beside its input tables.

    `as_of` is naive UTC: facts at or after it are not seen.
    """

    as_of: datetime
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"


@dataclass(frozen=True)
class TableBuild:
    """One table and the function that computes it: `build(*inputs, context=...)`.

    `depends_on_time` says whether `context.as_of` changes the result. `definition` is a digest of any
    definition files that the function closes over.
    """

    spec: TableSpec
    inputs: tuple[TableSpec, ...]
    build: Callable[..., ir.Table]
    depends_on_time: bool = False
    definition: str = ""


@dataclass(frozen=True)
class BuildReport:
    """What became of one build: outcome is `built` or `unchanged`."""

    table: str
    outcome: str
    rows: int
    seconds: float


def run_builds(
    builds: Sequence[TableBuild],
    warehouse: Warehouse,
    *,
    context: BuildContext,
    clock: Clock,
    run_id: str,
    window: Window | None = None,
    on_progress: Callable[[BuildReport], None] | None = None,
) -> list[BuildReport]:
    """Bring every table up to date, inputs first, and report what was done."""
    raise NotImplementedError
