"""Expectations as the workspace's YAML files write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import yaml

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import (
    Dimension,
    Expectation,
    Rule,
    Severity,
    Value,
    dimension_of,
    promised,
)

FOLDER = "quality"
READABLE = {
    "integer": "int64",
    "number": "float64",
    "date": "date",
    "instant": "timestamp(6)",
}
UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SPAN = re.compile(r"(\d+) (minute|hour|day|week)s?")
_Where = dict[str, Value | list[Value]]


class _Length(msgspec.Struct, forbid_unknown_fields=True):
    minimum: int = 0
    maximum: int | None = None


class _Reference(msgspec.Struct, forbid_unknown_fields=True):
    table: str
    columns: list[str] = []


class _Partner(msgspec.Struct, forbid_unknown_fields=True):
    table: str
    keys: list[str] | dict[str, str]
    column: str = ""  # for sums: none counts rows
    tolerance: float = 0


class _Total(msgspec.Struct, forbid_unknown_fields=True):
    table: str
    column: str
    where: _Where = {}


class _Rows(msgspec.Struct, forbid_unknown_fields=True):
    table: str
    where: _Where = {}


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    """One entry below `expectations`: where it looks, how serious it is, and one rule."""

    name: str = ""
    column: str = ""
    columns: list[str] = []
    severity: Severity = Severity.WARNING
    at_least: float = 1.0
    dimension: Dimension | None = None
    where: _Where = {}
    present: bool | None = None
    minimum: int | float | date | None = None
    maximum: int | float | date | None = None
    matches: str | None = None
    one_of: list[Value] | None = None
    length: _Length | None = None
    readable_as: str | None = None
    not_in_future: bool | None = None
    not_after: str | None = None
    unique: bool | None = None
    refers_to: _Reference | None = None
    equals_sum: _Partner | None = None
    agrees_with: _Partner | None = None
    total_of: _Total | None = None
    rows: _Length | None = None
    rows_of: _Rows | None = None
    newest_within: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    table: str
    ignore: list[str] = []
    expectations: list[_Said] = []


# Rules about one column, about several, and about whole tables.
_OF_A_COLUMN = (
    "present", "range", "matches", "one_of", "length", "readable_as", "not_in_future", "not_after",
    "equals_sum", "agrees_with", "total_of", "newest_within",
)  # fmt: skip
_OF_COLUMNS = ("unique", "refers_to")
_OF_TABLES = ("rows", "rows_of")
_KINDS = (*_OF_A_COLUMN, *_OF_COLUMNS, *_OF_TABLES)


def read_expectations(
    root: Path, tables: Mapping[str, TableSpec]
) -> dict[str, tuple[Expectation, ...]]:
    """Return what is expected of each table: what its promise says, then what the files add.

    The workspace's `quality/*.yaml` are read, or those that ship with us if it has no such folder.
    An entry replaces one of the same name; `ignore` takes entries of the promise away.

    Raises
    ------
    InvalidInput
        A file is no YAML, names an unknown table or column, or an entry has not exactly one rule.
    """
    expected = {name: {e.name: e for e in promised(spec)} for name, spec in tables.items()}
    for place, text in _files(root):
        file = _read(place, text)
        if file.table not in tables:
            raise not_allowed(f"{place}: table", file.table, sorted(tables))
        mine = expected[file.table]
        for name in file.ignore:
            if mine.pop(name, None) is None:
                raise not_allowed(f"{place}: ignore", name, sorted(mine))
        for added in _added(file, place, tables):
            mine[added.name] = added
    return {name: tuple(found.values()) for name, found in expected.items()}


def _files(root: Path) -> list[tuple[str, str]]:
    folder = root / FOLDER
    if folder.is_dir():
        return [(str(path), _text(path)) for path in sorted(folder.glob("*.yaml"))]
    shipped = resources.files("zhiyin.warehouse") / "defaults" / FOLDER
    with resources.as_file(shipped) as path:
        return [(file.name, _text(file)) for file in sorted(path.glob("*.yaml"))]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 text: {error}.") from error


def _read(place: str, text: str) -> _File:
    try:
        return msgspec.convert(yaml.safe_load(text) or {}, _File)
    except yaml.YAMLError as error:
        raise InvalidInput(f"{place} cannot be read as YAML: {error}.") from error
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{place}: {error}; compare it with a file that ships.") from error


def _added(file: _File, place: str, tables: Mapping[str, TableSpec]) -> list[Expectation]:
    added = []
    for number, said in enumerate(file.expectations, start=1):
        where = f"{place}, expectation {said.name or number}"
        added.append(_expectation(said, tables[file.table], where, tables))
    repeated = [name for name, count in Counter(e.name for e in added).items() if count > 1]
    if repeated:
        raise InvalidInput(
            f"{place}: two expectations are named {repeated[0]!r}; give one another `name`."
        )
    return added


def _expectation(
    said: _Said, spec: TableSpec, place: str, tables: Mapping[str, TableSpec]
) -> Expectation:
    kind, rule = _rule(said, place)
    columns = tuple(said.columns or ([said.column] if said.column else ()))
    _check_shape(kind, columns, place)
    rule = _complete(rule, columns)
    _check_columns(spec, (*columns, *said.where), place)
    if isinstance(rule, rules.NotAfter):
        _check_columns(spec, (rule.column,), place)
    _check_other(rule, spec, tables, place)
    if not 0 < said.at_least <= 1:
        raise InvalidInput(f"{place}: at_least {said.at_least} must be above 0 and at most 1.")
    return Expectation(
        table=spec.name,
        name=said.name or "_".join([*columns, kind]),
        rule=rule,
        columns=columns,
        severity=said.severity,
        at_least=said.at_least,
        dimension=said.dimension or dimension_of(rule),
        where=_conditions(said.where),
    )


def _rule(said: _Said, place: str) -> tuple[str, Rule]:
    told = {kind: getattr(said, kind) for kind in _KINDS if kind != "range"}
    if said.minimum is not None or said.maximum is not None:
        told["range"] = (said.minimum, said.maximum)
    named = [kind for kind, value in told.items() if value is not None and value is not False]
    if len(named) != 1:
        listed = ", ".join(("minimum/maximum" if k == "range" else k) for k in _KINDS)
        found = ", ".join(named) or "none"
        raise InvalidInput(f"{place} needs exactly one rule and has {found}; rules: {listed}.")
    return named[0], _made(named[0], told[named[0]], place)


def _made(kind: str, value: Any, place: str) -> Rule:
    makers = {
        "present": lambda _: rules.Present(),
        "range": lambda v: rules.InRange(*map(_bound, v)),
        "matches": lambda v: rules.Matches(_pattern(v, place)),
        "one_of": lambda v: rules.OneOf(tuple(v)),
        "length": lambda v: rules.OfLength(v.minimum, v.maximum),
        "readable_as": lambda v: rules.OfType(_type(v, place)),
        "not_in_future": lambda _: rules.NotInFuture(),
        "not_after": rules.NotAfter,
        "unique": lambda _: rules.Unique(),
        "refers_to": lambda v: rules.RefersTo(v.table, tuple(v.columns)),
        "equals_sum": lambda v: rules.EqualsSum(*_partner(v)),
        "agrees_with": lambda v: rules.AgreesWith(*_partner(v)),
        "total_of": lambda v: rules.TotalOf(v.table, v.column, _conditions(v.where)),
        "rows": lambda v: rules.RowCount(v.minimum, v.maximum),
        "rows_of": lambda v: rules.RowsOf(v.table, _conditions(v.where)),
        "newest_within": lambda v: rules.Newest(_span(v, place)),
    }
    return makers[kind](value)


def _partner(said: _Partner) -> tuple[str, str, tuple[tuple[str, str], ...], Decimal]:
    pairs = (
        said.keys.items() if isinstance(said.keys, dict) else zip(said.keys, said.keys, strict=True)
    )
    return said.table, said.column, tuple(pairs), Decimal(str(said.tolerance))


def _bound(value: float | date | None) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _pattern(text: str, place: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise InvalidInput(f"{place}: {text!r} is not a regular expression: {error}.") from error
    return text


def _type(text: str, place: str) -> str:
    if text not in READABLE:
        raise not_allowed(f"{place}: readable_as", text, READABLE)
    return READABLE[text]


def _span(text: str, place: str) -> timedelta:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"{place}: {text!r} is not a span such as `2 days` or `6 hours`.")
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])


def _conditions(where: Mapping[str, Value | list[Value]]) -> dict[str, tuple[Value, ...]]:
    return {
        name: tuple(value) if isinstance(value, list) else (value,) for name, value in where.items()
    }


def _complete(rule: Rule, columns: tuple[str, ...]) -> Rule:
    """Let a reference without columns mean those of the same name."""
    if isinstance(rule, rules.RefersTo) and not rule.columns:
        return rules.RefersTo(rule.table, columns)
    return rule


def _check_shape(kind: str, columns: tuple[str, ...], place: str) -> None:
    wanted = {"one": kind in _OF_A_COLUMN, "none": kind in _OF_TABLES}
    if wanted["one"] and len(columns) != 1:
        raise InvalidInput(f"{place}: the rule {kind} is about one column; write `column: NAME`.")
    if kind in _OF_COLUMNS and not columns:
        raise InvalidInput(f"{place}: the rule {kind} needs `column` or `columns`.")
    if wanted["none"] and columns:
        raise InvalidInput(f"{place}: the rule {kind} is about the whole table; name no column.")


def _check_columns(spec: TableSpec, names: Sequence[str], place: str) -> None:
    for name in names:
        if name not in spec.columns:
            raise not_allowed(f"{place}: a column of {spec.name}", name, spec.columns)


def _check_other(rule: Rule, spec: TableSpec, tables: Mapping[str, TableSpec], place: str) -> None:
    table = getattr(rule, "table", None)
    if table is None:
        return
    if table not in tables:
        raise not_allowed(f"{place}: table", table, sorted(tables))
    other = tables[table]
    if isinstance(rule, rules.RefersTo):
        _check_columns(other, rule.columns, place)
    if isinstance(rule, rules.EqualsSum | rules.AgreesWith):
        counts_rows = isinstance(rule, rules.EqualsSum) and not rule.column
        columns = () if counts_rows else (rule.column,)
        _check_columns(other, (*columns, *(theirs for _, theirs in rule.keys)), place)
        _check_columns(spec, tuple(mine for mine, _ in rule.keys), place)
    if isinstance(rule, rules.TotalOf):
        _check_columns(other, (rule.column, *rule.where), place)
    if isinstance(rule, rules.RowsOf):
        _check_columns(other, tuple(rule.where), place)
