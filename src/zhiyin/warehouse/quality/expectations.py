"""What may be expected of a table: a rule, how serious it is, and how far it must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TableSpec

Number = int | Decimal
Value = str | int | bool


class Dimension(StrEnum):
    """What a rule says something about."""

    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    VALIDITY = "validity"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    ACCURACY = "accuracy"


class Severity(StrEnum):
    """What becomes of a table that misses an expectation."""

    BLOCKING = "blocking"  # its last version stays the published one
    WARNING = "warning"  # it is published, and the finding shown


@dataclass(frozen=True)
class Present:
    """The column holds a value."""


@dataclass(frozen=True)
class InRange:
    """The value lies between two bounds, both of them allowed; None is no bound."""

    minimum: Number | date | None = None
    maximum: Number | date | None = None


@dataclass(frozen=True)
class Matches:
    """The text has a part that the regular expression describes."""

    pattern: str


@dataclass(frozen=True)
class OneOf:
    """The value is one of these."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class OfLength:
    """The text has so many characters."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True)
class OfType:
    """The text can be read as an Ibis type such as `int64`, `date`, `decimal(18, 4)`."""

    type: str


@dataclass(frozen=True)
class NotInFuture:
    """The instant or day does not lie after the look."""


@dataclass(frozen=True)
class NotAfter:
    """The value is not greater than that of another column of the row."""

    column: str


@dataclass(frozen=True)
class Unique:
    """No two rows are alike in the columns; a row counts as broken from its second copy on.

    Rows that lack a value in one of the columns are not looked at, unless the columns are a grain.
    """

    is_grain: bool = False


@dataclass(frozen=True)
class RefersTo:
    """The columns, where all are known, name a row of another table."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class EqualsSum:
    """The value is the sum of a column over the rows of another table that share the keys.

    Without a column it is the number of those rows. `keys` are pairs: this table's column, theirs.
    """

    table: str
    column: str
    keys: tuple[tuple[str, str], ...]
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True)
class AgreesWith:
    """The value is that of the row of a reference table that shares the keys.

    Rows that the reference does not know are not looked at.
    """

    table: str
    column: str
    keys: tuple[tuple[str, str], ...]
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True)
class TotalOf:
    """The column's total is that of a column of another table, over rows that meet `where`.

    The pass rate is one less the gap as a share of the larger total.
    """

    table: str
    column: str
    where: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class RowCount:
    """The table has so many rows."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True)
class RowsOf:
    """The table has as many rows as another table has that meet `where`."""

    table: str
    where: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Newest:
    """The newest row is no older than this, seen from the instant that the run looks from."""

    within: timedelta


RowRule = Present | InRange | Matches | OneOf | OfLength | OfType | NotInFuture | NotAfter
Relation = RefersTo | EqualsSum | AgreesWith | TotalOf | RowsOf
Rule = RowRule | Unique | Relation | RowCount | Newest

_DIMENSIONS: Mapping[type, Dimension] = {
    Present: Dimension.COMPLETENESS,
    RowCount: Dimension.COMPLETENESS,
    Unique: Dimension.UNIQUENESS,
    NotAfter: Dimension.CONSISTENCY,
    RefersTo: Dimension.CONSISTENCY,
    EqualsSum: Dimension.CONSISTENCY,
    Newest: Dimension.TIMELINESS,
    AgreesWith: Dimension.ACCURACY,
    TotalOf: Dimension.ACCURACY,
    RowsOf: Dimension.ACCURACY,
}


def dimension_of(rule: Rule) -> Dimension:
    """Return what a rule says something about, unless its definition says otherwise."""
    return _DIMENSIONS.get(type(rule), Dimension.VALIDITY)


@dataclass(frozen=True)
class Expectation:
    """One rule about one table.

    `columns` are those that the rule is about, none for whole tables. `at_least` is the share of
    rows that must hold it, 0 to 1. `where` limits the rows that are looked at: column -> values.
    """

    table: str
    name: str
    rule: Rule
    columns: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    at_least: float = 1.0
    dimension: Dimension = Dimension.VALIDITY
    where: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """The column as results name it; several with commas between, empty for none."""
        return ", ".join(self.columns)

    @property
    def refers_to(self) -> str | None:
        """The other table that has to be read; None if there is none."""
        return getattr(self.rule, "table", None)


def pii_of(spec: TableSpec, columns: tuple[str, ...]) -> Pii:
    """Return the strictest class among some columns; personal where one is not promised."""
    order = (Pii.NONE, Pii.IDENTIFIER, Pii.PERSONAL, Pii.CONTACT, Pii.SENSITIVE)
    known = [spec.columns[name].pii if name in spec.columns else Pii.PERSONAL for name in columns]
    return max(known, key=order.index, default=Pii.NONE)


def promised(spec: TableSpec) -> list[Expectation]:
    """Return what a table's own promise lets expect, without anybody writing it down.

    Its grain is unique and its required columns hold values: both block. A column that lists its
    values has no other, and a promise of freshness is kept: these warn.
    """
    found = [
        Expectation(
            spec.name,
            "grain_is_unique",
            Unique(is_grain=True),
            spec.grain,
            Severity.BLOCKING,
            dimension=Dimension.UNIQUENESS,
        )
    ]
    for name, column in spec.columns.items():
        if column.is_required:
            found.append(_promise(spec, f"{name}_is_present", Present(), name, Severity.BLOCKING))
        if column.one_of:
            found.append(_promise(spec, f"{name}_is_one_of", OneOf(column.one_of), name))
    instant = instant_of(spec)
    if spec.freshness and instant:
        found.append(_promise(spec, "is_fresh", Newest(spec.freshness), instant))
    return found


def _promise(
    spec: TableSpec, name: str, rule: Rule, column: str, severity: Severity = Severity.WARNING
) -> Expectation:
    return Expectation(spec.name, name, rule, (column,), severity, dimension=dimension_of(rule))


def instant_of(spec: TableSpec) -> str | None:
    """Return the first column that holds an instant; None if there is none."""
    for name, column in spec.columns.items():
        if column.type.lstrip("!").startswith("timestamp"):
            return name
    return None
