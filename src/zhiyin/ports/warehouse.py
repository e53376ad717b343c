"""The warehouse port. Ibis expressions are the language; an adapter only reads and publishes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.ports.tables import TableSpec


class How(StrEnum):
    """What becomes of the rows that are already there."""

    REPLACE = "replace"  # the new rows are the whole table
    APPEND = "append"  # old rows stay, new rows are added
    MERGE = "merge"  # rows with a grain that the new rows bring are replaced, others stay
    PARTITIONS = "partitions"  # every partition that the new rows touch is replaced
    EXCHANGE = "exchange"  # rows that `replacing` tells go, new rows are added


@dataclass(frozen=True)
class Written:
    """What a write left behind: rows written, and the table's new version."""

    rows: int
    version: str


class Warehouse(Protocol):
    """Named tables, each published atomically.

    A reader sees a table as it was before a write or as it is after it, never half of it, also
    when the writing process is killed. Reading a table that was never written gives an empty
    table of the promised schema. An empty `write` is a write. Writes from several threads are
    serialised by the adapter; reads run beside them.
    """

    @property
    def is_embedded(self) -> bool:
        """Whether rows come out within this process, so that reading many of them costs little.

        Where they do not, a question is better asked as one query than answered from rows.
        """
        ...

    def read(self, spec: TableSpec) -> ir.Table:
        """Return the table as an expression; empty, with the promised schema, if never written."""
        ...

    def exists(self, spec: TableSpec) -> bool:
        """Return whether the table has ever been written."""
        ...

    def write(
        self,
        spec: TableSpec,
        rows: ir.Table | pa.Table,
        how: How = How.REPLACE,
        *,
        replacing: ir.Table | pa.Table | None = None,
    ) -> Written:
        """Publish rows under the spec's name, cast to its schema, in its column order.

        `replacing`, with `How.EXCHANGE` only, has some of the table's columns: rows of the table
        that are equal in these to one of its rows go, whether or not new rows take their place.
        Nulls are equal here. Both are computed before anything changes.

        Raises `InvalidInput` when a promised column is missing or a required one holds null;
        the table then stays as it was.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which all writes are published together, or none of them.

        An adapter without transactions over several tables raises `Unsupported`.
        """
        ...

    def version(self, spec: TableSpec) -> str | None:
        """Return a token that changes with every write to the table; None if never written."""
        ...

    def to_arrow(self, expr: ir.Table) -> pa.Table:
        """Run the expression and return all its rows."""
        ...

    def prepared(self, expr: ir.Table) -> Callable[[pa.Table], pa.Table]:
        """Return a function that runs the expression over one Arrow table after another.

        The expression reads exactly one unbound table (`ibis.table(schema, name=...)`), in whose
        place each given table is put; it must have that schema. Building the query once pays
        where an expression over thousands of steps meets many chunks. Tables of the warehouse
        are read as they are when the function is made.
        """
        ...

    def sql(self, query: str, limit: int | None = None) -> pa.Table:
        """Run one read-only SELECT in the engine's dialect, for analysts.

        Raises `InvalidInput` for anything that is not a single reading statement, and for a
        statement that the engine refuses, with the engine's sentence.
        """
        ...

    def tables(self) -> list[str]:
        """Return the qualified names of all tables that were written, sorted."""
        ...

    def close(self) -> None:
        """Release files and connections; further calls are errors."""
        ...
