"""What a recipe says: which files become which tables, column by column, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiyin.collect.pulled_table import PulledTable
from zhiyin.ports.sources import FileFormat

# Columns that every record has beside those of its file: the file's name as the ledger tells it,
# the record's number in it, and the number of the part of a record that was split.
FILE_NAME = "_file"
RECORD_NUMBER = "_line"
PART = "_part"
MADE = (FILE_NAME, RECORD_NUMBER, PART)


@dataclass(frozen=True)
class TextSteps:
    """What is done to a cell's text before it is read as the column's type, in this order.

    Surrounding blanks always go; an empty text is a missing value.
    """

    remove: tuple[str, ...] = ()  # texts taken out wherever they stand
    replace: Mapping[str, str] = field(default_factory=dict)  # text -> what stands there instead
    strip_prefix: str | None = None
    strip_suffix: str | None = None
    lower: bool = False
    upper: bool = False
    empty: tuple[str, ...] = ()  # texts that mean "missing", such as NA
    mapping: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None  # for a text that `mapping` lacks; None keeps the text
    prefix: str | None = None
    default: str | None = None  # for a missing value


@dataclass(frozen=True)
class ColumnRecipe:
    """How one column of the target comes about; exactly one of the first six is given."""

    name: str
    source_column: str | None = None  # `from`
    value: str | None = None
    calculate: str | None = None
    join: tuple[str, ...] = ()
    pack: Mapping[str, str] = field(default_factory=dict)  # key in the JSON object -> file column
    digest: tuple[str, ...] = ()
    separator: str = " "
    steps: TextSteps = TextSteps()
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    keep_unreadable: bool = False  # `unreadable: empty`
    numbers: tuple[str, ...] = ()  # keys of `pack` whose values are written as numbers
    plus_days: int = 0  # added to a time: a last day becomes the first instant after

    @property
    def is_helper(self) -> bool:
        """Whether the column is a number for calculations only, hence not of the target."""
        return self.name.startswith("_")

    @property
    def file_columns(self) -> tuple[str, ...]:
        """The file's columns that this one reads."""
        single = (self.source_column,) if self.source_column else ()
        return (*single, *self.join, *self.pack.values(), *self.digest)


@dataclass(frozen=True)
class Test:
    """One comparison of a target column with a constant."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Group:
    """Conditions held together by `all`, `any` or `not`."""

    mode: str
    parts: tuple[Condition, ...]


Condition = Test | Group


@dataclass(frozen=True)
class Setting:
    """A target column's new value: a constant or a calculation."""

    column: str
    value: str | None = None
    calculate: str | None = None


@dataclass(frozen=True)
class Rule:
    """What becomes of records for which a condition holds.

    A rule with `quarantine` sets the record aside under `code`; any other changes columns, and
    later rules see the change.
    """

    code: str
    when: Condition
    quarantine: bool = False
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class Duplicates:
    """Records in which these columns of the file (all of them if empty) hold the same texts.

    The first one is kept.
    """

    code: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Join:
    """A look-up in another source; its columns are then known as `<name>.<column>`."""

    name: str
    source: str
    on: Mapping[str, str]  # this file's column -> the other file's column


@dataclass(frozen=True)
class Unpivot:
    """Columns of a wide file that become records: one per column that is not empty."""

    columns: tuple[str, ...]
    name: str = "name"  # the made column that holds the column's name
    value: str = "value"  # the made column that holds what stood in it


@dataclass(frozen=True)
class Split:
    """A column with several values in one text that become records, numbered in `_part`."""

    column: str
    separator: str


@dataclass(frozen=True)
class Source:
    """One kind of file, and the table it feeds; without a target it is only looked up.

    A source with a `pull` reads a table of a database and no files.

    `same_files_as` names another source whose files this one reads too. `reshape` makes several
    records of one before anything else happens.
    """

    name: str
    files: tuple[str, ...] = ()
    target: str | None = None
    same_files_as: str | None = None
    reshape: Unpivot | Split | None = None
    file_format: FileFormat = field(default_factory=FileFormat)
    columns: tuple[ColumnRecipe, ...] = ()
    joins: tuple[Join, ...] = ()
    rules: tuple[Rule, ...] = ()
    duplicates: Duplicates | None = None
    control_total: str | None = None
    pull: PulledTable | None = None

    def needed_columns(self) -> set[str]:
        """Return the columns that this source's own files must have."""
        named = self.used_columns() - set(MADE)
        match self.reshape:
            case Unpivot(columns, name, value):
                return named - {name, value} | set(columns)
            case Split(column):
                return named | {column}
        return named

    def used_columns(self) -> set[str]:
        """Return the columns that are read of a record, made ones included."""
        aliases = {join.name for join in self.joins}
        named = {name for column in self.columns for name in column.file_columns}
        named |= {name for join in self.joins for name in join.on}
        named |= set(self.duplicates.columns if self.duplicates else ())
        return {name for name in named if name.split(".", 1)[0] not in aliases}


@dataclass(frozen=True)
class Recipe:
    """A whole import: its sources; zone and currency hold where a column says nothing else."""

    name: str
    title: Mapping[str, str]
    timezone: str
    currency: str
    sources: tuple[Source, ...]

    def source(self, name: str) -> Source:
        """Return the source of that name; recipes are checked for it when they are read."""
        return next(source for source in self.sources if source.name == name)

    def readers_too(self, name: str) -> list[Source]:
        """Return the sources that read the files of the source `name` as well."""
        return [source for source in self.sources if source.same_files_as == name]

    def columns_looked_up(self, name: str) -> set[str]:
        """Return the columns that other sources take from the source `name`."""
        taken: set[str] = set()
        for source in self.sources:
            for join in source.joins:
                if join.source == name:
                    taken |= set(join.on.values())
                    taken |= _taken_through(source, join.name)
        return taken


def _taken_through(source: Source, alias: str) -> set[str]:
    named = {name for column in source.columns for name in column.file_columns}
    named |= {name for join in source.joins for name in join.on}
    return {name.split(".", 1)[1] for name in named if name.startswith(f"{alias}.")}
