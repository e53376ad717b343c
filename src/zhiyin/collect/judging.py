"""Judge every staged record: its typed columns, and the reason it is set aside, if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from zhiyin.collect.calculation import calculate
from zhiyin.collect.columns import (
    IS_UTC,
    TEXT,
    can_fail,
    cleaned,
    is_unreadable,
    text_of,
    typed_column,
)
from zhiyin.collect.conditions import Moment, holds
from zhiyin.collect.recipe import MADE, Join, Rule, Setting, Source
from zhiyin.collect.tables import TARGETS
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.functions import texts_hash
from zhiyin.ports.tables import QUANTITY

# Columns of a judged table beside the target's own. `_reason` is null for a record that is kept.
ROW = "_row"
REASON = "_reason"
CULPRIT = "_culprit"
CONTROL = "_control"
DIGESTS = ("_first_hash", "_second_hash")
BAD = "_bad_"  # + a column: whether its text could not be read
HIT = "_hit_"  # + a rule's code: whether its condition held

# The first amount that a column of type MONEY cannot hold.
_BEYOND_MONEY = Decimal(10) ** 14

UNREADABLE = "unreadable_value"
MISSING = "missing_value"
# What a missing value of these columns is called instead.
MISSING_AS = {"permission_proof": "no_permission"}


def judge(
    texts: ir.Table, source: Source, *, lookups: Mapping[str, ir.Table], moment: Moment
) -> ir.Table:
    """Return one row per staged record.

    Parameters
    ----------
    texts
        The file's columns as strings (those needed; all of them where records equal in all
        columns are duplicates), and `_row`, which numbers the records in order of arrival.
    source
        What to make of them; it has a target.
    lookups
        Other sources' texts for the source's joins, one row per key, by source name.
    moment
        Now, and the recipe's zone.

    Returns
    -------
    ir.Table
        `_row`, the mapped columns of the target, `_reason` and `_culprit` (the column to blame),
        `_control`, one `_hit_<code>` per rule, `_utc_<column>` per time column, and two hashes
        (`DIGESTS`) where the recipe speaks of duplicates.
    """
    own = [name for name in texts.columns if name != ROW]
    texts = _joined(texts, source, lookups)
    names = dict.fromkeys((*own, *_texts_needed(source)))
    rows = texts.select(ROW, **{TEXT + name: cleaned(texts[name]) for name in names})
    if source.duplicates is not None:
        alike = source.duplicates.columns or tuple(name for name in own if name not in MADE)
        rows = rows.mutate(**_digests(rows, alike))
    rows = _typed(rows, source)
    rows = rows.mutate(**_reasons(rows, source))
    for rule in source.rules:
        rows = _ruled(rows, rule, source, moment)
    return _closed(rows, source)


# Each step below is a projection of its own: a step that repeated the one before it in every
# place where it uses its columns would double the query with every rule.


def _texts_needed(source: Source) -> list[str]:
    named = [name for column in source.columns for name in column.file_columns]
    return list(dict.fromkeys(named))


def _joined(texts: ir.Table, source: Source, lookups: Mapping[str, ir.Table]) -> ir.Table:
    for join in source.joins:
        texts = _looked_up(texts, join, lookups[join.source])
    return texts


def _looked_up(texts: ir.Table, join: Join, other: ir.Table) -> ir.Table:
    renamed = other.rename({f"{join.name}.{name}": name for name in other.columns})
    same = [
        cleaned(texts[mine]) == cleaned(renamed[f"{join.name}.{theirs}"])
        for mine, theirs in join.on.items()
    ]
    return texts.left_join(renamed, same).select(
        *[texts[name] for name in texts.columns], *[renamed[name] for name in renamed.columns]
    )


def _typed(rows: ir.Table, source: Source) -> ir.Table:
    """Add the target's columns, `_bad_<column>` where text could be unreadable, and `_utc_…`."""
    plain = [column for column in source.columns if column.calculate is None]
    origins = {TEXT + column.name: text_of(column, rows) for column in plain}
    kept = [name for name in (ROW, *DIGESTS) if name in rows.columns]
    rows = rows.select(*kept, **origins)
    added: dict[str, ir.Value] = {}
    for column in plain:
        typed = typed_column(column, _kind(source, column.name), rows[TEXT + column.name])
        added[column.name] = typed.value
        if typed.is_utc is not None:
            added[IS_UTC + column.name] = typed.is_utc
    rows = rows.mutate(**added)
    rows = rows.mutate(**{BAD + c.name: is_unreadable(c, rows) for c in plain if can_fail(c, rows)})
    rows = rows.drop(*origins)
    for column in source.columns:
        if column.calculate is not None:
            # Left at eight decimals: DuckDB takes 2 µs to narrow one product, Arrow a fiftieth.
            value = calculate(column.calculate, rows)
            if column.steps.default is not None:
                value = value.fill_null(calculate(column.steps.default, rows))
            too_large = value.abs() >= ibis.literal(_BEYOND_MONEY, type=dt.Decimal(38, 8))
            rows = rows.mutate(**{column.name: value, BAD + column.name: too_large})
    return rows


def _kind(source: Source, column: str) -> str:
    if column.startswith("_"):
        return QUANTITY
    return TARGETS[source.target or ""].columns[column].type.removeprefix("!")


def _reasons(rows: ir.Table, source: Source) -> dict[str, ir.Value]:
    """Return why a record is set aside before any rule, and the column to blame."""
    promised = TARGETS[source.target or ""].columns
    reasons: list[tuple[ir.Value, str, str]] = [
        (rows[name], UNREADABLE, name.removeprefix(BAD))
        for name in rows.columns
        if name.startswith(BAD)
    ]
    for column in source.columns:
        if not column.is_helper and promised[column.name].is_required:
            why = MISSING_AS.get(column.name, MISSING)
            reasons.append((rows[column.name].isnull(), why, column.name))
    if not reasons:
        return {REASON: ibis.null("string"), CULPRIT: ibis.null("string")}
    empty = ibis.null("string")
    return {
        REASON: ibis.cases(*[(is_so, why) for is_so, why, _ in reasons], else_=empty),
        CULPRIT: ibis.cases(*[(is_so, who) for is_so, _, who in reasons], else_=empty),
    }


def _ruled(rows: ir.Table, rule: Rule, source: Source, moment: Moment) -> ir.Table:
    rows = rows.mutate(**{HIT + rule.code: holds(rule.when, rows, _zones(source, moment))})
    hit = rows[HIT + rule.code]
    if rule.quarantine:
        reason = ibis.ifelse(rows[REASON].isnull() & hit, rule.code, rows[REASON])
        return rows.mutate(**{REASON: reason})
    for setting in rule.settings:
        rows = rows.mutate(**{setting.column: _changed(rows, setting, rule, source)})
    return rows


def _zones(source: Source, moment: Moment) -> Moment:
    zones = {c.name: ZoneInfo(c.timezone) for c in source.columns if c.timezone is not None}
    return replace(moment, zones=zones)


def _changed(rows: ir.Table, setting: Setting, rule: Rule, source: Source) -> ir.Value:
    kind = _kind(source, setting.column)
    new: Any
    if setting.calculate is None and setting.value is None:
        new = ibis.null(rows[setting.column].type())
    elif setting.calculate is not None:
        result: Any = calculate(setting.calculate, rows)
        new = result.cast(rows[setting.column].type())
    elif kind == "string" or kind.startswith(("decimal", "int", "bool")):
        told: Any = ibis.literal(setting.value, type="string")
        new = told.cast(kind)
    else:
        raise InvalidInput(f"A rule cannot set {setting.column!r}; it can set texts and numbers.")
    return ibis.ifelse(rows[HIT + rule.code], new, rows[setting.column])


def _closed(rows: ir.Table, source: Source) -> ir.Table:
    """Add the share of the control total and the digest; drop what only the steps needed."""
    added: dict[str, ir.Value] = {CONTROL: ibis.null("decimal(38, 8)")}
    if source.control_total is not None:
        added[CONTROL] = calculate(source.control_total, rows)
    spare = [name for name in rows.columns if name.startswith(BAD)]
    spare += [column.name for column in source.columns if column.is_helper]
    return rows.mutate(**added).drop(*spare)


def _digests(rows: ir.Table, names: tuple[str, ...]) -> dict[str, ir.Value]:
    """Return two hashes that are equal for equal texts; blanks around a text do not count."""
    texts = [rows[TEXT + name].fill_null("") for name in names]
    first, second = DIGESTS
    return {first: _hash(1, texts), second: _hash(2, texts[::-1])}


def _hash(seed: int, texts: list[Any]) -> Any:
    made: Any = ibis.literal(seed, type="int64")
    for start in range(0, len(texts), 8):
        eight = texts[start : start + 8]
        made = texts_hash(made, *eight, *[ibis.literal("")] * (8 - len(eight)))
    return made
