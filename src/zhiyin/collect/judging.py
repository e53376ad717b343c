"""Judge every staged record: its typed columns, and the reason it is set aside, if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

import ibis
import ibis.expr.types as ir

from zhiyin.collect.calculation import calculate
from zhiyin.collect.columns import Typed, cleaned, typed_column
from zhiyin.collect.conditions import Moment, holds
from zhiyin.collect.recipe import Join, Setting, Source
from zhiyin.collect.tables import TARGETS
from zhiyin.core.errors import InvalidInput

# Columns of a judged table beside the target's own. `_reason` is null for a record that is kept.
ROW = "_row"
REASON = "_reason"
CULPRIT = "_culprit"
CONTROL = "_control"
DIGEST = "_digest"
HIT = "_hit_"  # + a rule's code: whether its condition held
IS_UTC = "_utc_"  # + a time column: whether it is UTC already

UNREADABLE = "unreadable_value"
MISSING = "missing_value"


@dataclass(frozen=True)
class Neighbours:
    """What a record is looked up in: other sources' texts, and digests of records seen before."""

    lookups: Mapping[str, ir.Table]
    seen: ir.Table | None = None


def judge(
    texts: ir.Table, source: Source, *, beside: Neighbours, moment: Moment
) -> ir.Table:
    """Return one row per staged record.

    Parameters
    ----------
    texts
        The file's columns as strings, and `_row`, which numbers the records in order of arrival.
    source
        What to make of them; it has a target.
    beside
        Tables for the source's joins, one row per key, by source name; and digests (column
        `_digest`) of records of earlier chunks.
    moment
        Now, and the recipe's zone.

    Returns
    -------
    ir.Table
        `_row`, the mapped columns of the target, `_reason` and `_culprit` (the column to blame),
        `_control`, one `_hit_<code>` per rule, `_utc_<column>` per time column, and `_digest`
        where duplicates are judged.
    """
    joined = _joined(texts, source, beside.lookups)
    made = _made(joined, source)
    reasons = [*_unreadable(made), *_missing(made, source)]
    hits: dict[str, ir.BooleanValue] = {}
    for rule in source.rules:
        hits[rule.code] = holds(rule.when, made, moment)
        if rule.quarantine:
            reasons.append((hits[rule.code], rule.code, ""))
        for setting in rule.settings:
            made[setting.column] = _changed(made, setting, hits[rule.code], source)
    judged = joined.select(**_outputs(joined, made, reasons, hits, source))
    return judged if source.duplicates is None else _unrepeated(judged, source, beside.seen)


def _joined(texts: ir.Table, source: Source, lookups: Mapping[str, ir.Table]) -> ir.Table:
    for join in source.joins:
        texts = _looked_up(texts, join, lookups[join.source])
    return texts


def _looked_up(texts: ir.Table, join: Join, other: ir.Table) -> ir.Table:
    renamed = other.rename({f"{join.name}.{name}": name for name in other.columns})
    same = [
        cleaned(texts, mine) == cleaned(renamed, f"{join.name}.{theirs}")
        for mine, theirs in join.on.items()
    ]
    return texts.left_join(renamed, same).select(
        *[texts[name] for name in texts.columns], *[renamed[name] for name in renamed.columns]
    )


def _made(texts: ir.Table, source: Source) -> dict[str, Typed]:
    made: dict[str, Typed] = {}
    for column in source.columns:
        values = {name: typed.value for name, typed in made.items()}
        made[column.name] = typed_column(column, _kind(source, column.name), texts, values)
    return made


def _kind(source: Source, column: str) -> str:
    return TARGETS[source.target or ""].columns[column].type.removeprefix("!")


Reason = tuple[ir.BooleanValue, str, str]


def _unreadable(made: Mapping[str, Typed]) -> list[Reason]:
    return [
        (typed.unreadable, UNREADABLE, name)
        for name, typed in made.items()
        if typed.unreadable is not None
    ]


def _missing(made: Mapping[str, Typed], source: Source) -> list[Reason]:
    promised = TARGETS[source.target or ""].columns
    return [
        (typed.value.isnull(), MISSING, name)
        for name, typed in made.items()
        if promised[name].is_required
    ]


def _changed(made: Mapping[str, Typed], setting: Setting, hit: ir.BooleanValue, source: Source) -> Typed:
    old, kind = made[setting.column], _kind(source, setting.column)
    if setting.calculate is not None:
        values = {name: typed.value for name, typed in made.items()}
        new = calculate(setting.calculate, values).cast(kind)
    elif kind == "string" or kind.startswith(("decimal", "int", "bool")):
        new = ibis.literal(setting.value, type="string").cast(kind)
    else:
        raise InvalidInput(f"A rule cannot set {setting.column!r}; it can set texts and numbers.")
    return replace(old, value=ibis.ifelse(hit, new, old.value))


def _outputs(
    texts: ir.Table,
    made: Mapping[str, Typed],
    reasons: list[Reason],
    hits: Mapping[str, ir.BooleanValue],
    source: Source,
) -> dict[str, ir.Value]:
    outputs: dict[str, ir.Value] = {ROW: texts[ROW]}
    outputs |= {name: typed.value for name, typed in made.items()}
    flags = {name: typed.is_utc for name, typed in made.items() if typed.is_utc is not None}
    outputs |= {IS_UTC + name: flag for name, flag in flags.items()}
    outputs |= {HIT + code: hit for code, hit in hits.items()}
    outputs[REASON] = _first(reasons, 1)
    outputs[CULPRIT] = _first(reasons, 2)
    values = {name: typed.value for name, typed in made.items()}
    outputs[CONTROL] = (
        calculate(source.control_total, values)
        if source.control_total is not None
        else ibis.null("decimal(38, 8)")
    )
    if source.duplicates is not None:
        outputs[DIGEST] = _digest(source.duplicates.columns or tuple(made), values)
    return outputs


def _first(reasons: list[Reason], part: int) -> ir.StringValue:
    if not reasons:
        return ibis.null("string")
    branches = [(reason[0], ibis.literal(reason[part])) for reason in reasons]
    return ibis.cases(*branches, else_=ibis.null("string"))


def _digest(names: tuple[str, ...], values: Mapping[str, ir.Column]) -> ir.StringValue:
    """Return a digest that is equal for equal values; a null differs from an empty text."""
    parts = [values[name].cast("string").fill_null("\x1e") + "\x1f" for name in names]
    return reduce(lambda a, b: a + b, parts).hexdigest("sha256")


def _unrepeated(judged: ir.Table, source: Source, seen: ir.Table | None) -> ir.Table:
    """Give a reason to all records but the first of those that are equal and kept so far."""
    assert source.duplicates is not None
    alike = ibis.window(group_by=[judged[DIGEST], judged[REASON].isnull()], order_by=judged[ROW])
    repeated = ibis.row_number().over(alike) > 0
    if seen is not None:
        judged = judged.left_join(seen.distinct(), DIGEST, rname="{name}_seen")
        repeated = repeated | judged[f"{DIGEST}_seen"].notnull()
    is_copy = judged[REASON].isnull() & repeated
    reason = ibis.ifelse(is_copy, ibis.literal(source.duplicates.code), judged[REASON])
    return judged.mutate(**{REASON: reason}).drop(*[c for c in judged.columns if c.endswith("_seen")])
