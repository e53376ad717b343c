"""What a build is: one table, what it reads, the function that computes it, and how it grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.warehouse.pieces import Pieces

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


@dataclass(frozen=True)
class BuildContext:
    """What every build may know beside its input tables.

    `as_of` is naive UTC: facts at or after it are not seen. The runner sets `built_at`, the naive
    UTC instant of the build, and `run_id`; neither is a reason to build a table again.
    """

    as_of: datetime
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    built_at: datetime | None = None
    run_id: str = ""


@dataclass(frozen=True)
class Exchange:
    """Rows of a table that go, whole and as they are stored, and those that come.

    What a table holds is then known without looking at the rows that stay.
    """

    removed: pa.Table
    added: pa.Table


@dataclass(frozen=True)
class TableBuild:
    """One table and the function that computes it: `build(*inputs, context=...)`.

    `depends_on_time` says whether `context.as_of` changes the result. `definition` is a digest of
    any definition files that the function closes over.

    `additions(already, *inputs, context=...)`, where given, returns the rows that the inputs have
    come to have since the table `already` was published. It is used when only the inputs' versions
    changed, and must leave the table as `build` over all of the inputs would. `grows_by` says what
    becomes of them: `APPEND` adds them, `MERGE` lets each replace the row of its grain. Additions
    that know which rows they replace return an `Exchange`, and `grows_by` plays no part.

    `pieces`, where given, says how to compute some of the table's keys alone. It is used when only
    inputs changed and few keys are due.

    `is_ledger` says that rows are only ever added, whatever changed: `build(already, *inputs,
    context=...)` then returns the rows that the table as published does not have yet.

    `origin(*inputs, context=...)`, where given, is an expression whose columns show what the
    table's columns are computed from. It is for builds that bring rows computed outside the engine,
    such as a model's scores, whose own expression shows nothing.
    """

    spec: TableSpec
    inputs: tuple[TableSpec, ...]
    build: Callable[..., ir.Table]
    depends_on_time: bool = False
    definition: str = ""
    additions: Callable[..., ir.Table | Exchange] | None = None
    origin: Callable[..., ir.Table] | None = None
    grows_by: How = How.APPEND
    is_ledger: bool = False
    pieces: Pieces | None = None


@dataclass(frozen=True)
class Objection:
    """A blocking check that a table fails, and the sentence that says how."""

    check_name: str
    sentence: str


class Gate(Protocol):
    """What looks at a table before readers see it."""

    def __call__(
        self, spec: TableSpec, candidate: ir.Table, *, context: BuildContext
    ) -> Sequence[Objection]:
        """Return what speaks against publishing the table; nothing if it may be seen.

        `candidate` is the whole table as it would be published. The gate is called inside the
        transaction that publishes it, on the thread that holds it: what the gate writes is undone
        together with a table that is held back. It is not called for tables that did not change.
        """
        ...


@dataclass(frozen=True)
class BuildReport:
    """What became of one build; rows are those of the table that readers now see.

    Outcome is `built` from all inputs; `grown` by additions; `parts`, when only the days or keys
    that changed were written; `unchanged`; or `held_back`: the new version was refused for the
    objections, and the version before is still the published one. `rows_changed` counts rows added
    and rows taken out; None where the whole table was written.
    """

    table: str
    outcome: str
    rows: int
    seconds: float
    objections: tuple[Objection, ...] = ()
    rows_changed: int | None = None
