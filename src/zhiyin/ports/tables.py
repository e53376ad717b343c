"""A table is a promise: name, grain, and one sentence per column. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from zhiyin.core.privacy import Pii

if TYPE_CHECKING:
    import ibis

MONEY = "decimal(18, 4)"
QUANTITY = "decimal(18, 4)"
TIME = "timestamp(6)"


@dataclass(frozen=True)
class Column:
    """One column's promise.

    `type` is an Ibis type; a leading `!` promises that it is never null. `one_of`, where given,
    lists all values that there can be.
    """

    type: str
    meaning: str
    unit: str | None = None
    pii: Pii = Pii.NONE
    one_of: tuple[str, ...] = ()

    @property
    def is_required(self) -> bool:
        return self.type.startswith("!")


@dataclass(frozen=True)
class TableSpec:
    """One table's promise.

    `grain` names the columns that together identify a row. `partition_by` names a date column
    by which the table is replaced piece by piece. `order_by` names the columns that neighbouring
    rows should share, where an engine can store rows in an order. `freshness` promises that the
    newest row, by the first column that holds an instant, is no older when it is looked at.
    """

    name: str
    grain: tuple[str, ...]
    columns: Mapping[str, Column]
    description: str = ""
    partition_by: str | None = None
    indexes: tuple[str, ...] = field(default=())
    order_by: tuple[str, ...] = field(default=())
    freshness: timedelta | None = None

    @property
    def layer(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def table(self) -> str:
        return self.name.split(".", 1)[1]

    def schema(self) -> ibis.Schema:
        """Return the Ibis schema, nullability included."""
        import ibis  # half a second that `zhiyin --help` must not pay

        return ibis.schema({name: column.type for name, column in self.columns.items()})
