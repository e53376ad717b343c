"""Values that cannot be, and values far from their group's."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiyin.warehouse.cleaning.places import place
from zhiyin.warehouse.cleaning.rules import Rule
from zhiyin.warehouse.cleaning.verdicts import Setting, Verdict

# Temporary columns; the engine drops what begins like this.
GROUP, LOW, MIDDLE, HIGH, COUNT = "_g_key", "_g_low", "_g_middle", "_g_high", "_g_count"
# The quartiles of a normal distribution lie 1.349 standard deviations apart.
QUARTILES_APART = 1.349
# A price list without any spread still has prices rounded and reduced.
LEAST_SPREAD = 0.1


def in_range(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `range` rule; nothing is mended."""
    value: Any = table[column]
    kind = value.type()
    compared = {
        "at_least": lambda bound: value < bound,
        "above": lambda bound: value <= bound,
        "at_most": lambda bound: value > bound,
        "below": lambda bound: value >= bound,
    }
    is_bad: Any = ibis.literal(False)
    for name, is_outside in compared.items():
        if rule.options[name] is not None:
            bound = _bound(rule.options[name], setting, is_date=kind.is_date())
            is_bad = is_bad | is_outside(bound).fill_null(False)
    return Verdict(value, is_bad)


def _bound(told: Any, setting: Setting, *, is_date: bool) -> Any:
    if not isinstance(told, str):
        return told
    moment = instant_of(told, setting.now)
    if is_date:
        return ibis.literal(moment.date())
    return ibis.literal(moment, type="timestamp(6)")


def instant_of(told: str, now: datetime) -> datetime:
    """Return what `now`, `now -120 years` or `2024-03-01` means."""
    words = told.removeprefix("now").split()
    if told[:1].isdigit():
        return datetime.combine(date.fromisoformat(told), datetime.min.time())
    if not words:
        return now
    count, unit = int(words[0]), words[1].rstrip("s")
    if unit == "day":
        return now + timedelta(days=count)
    # A leap day has no counterpart in other years.
    return now.replace(year=now.year + count, day=min(now.day, 28))


def with_quartiles(table: ir.Table, column: str, rule: Rule) -> ir.Table:
    """Return the table with the quartiles of the column's group beside each row.

    Values of zero and less have no logarithm and are left out of it.
    """
    value = table[column].cast("float64")
    if rule.kind == "unit" or rule.options["scale"] == "log":
        value = ibis.ifelse(value > 0, value, ibis.null("float64")).ln()
    keyed = table.mutate(**{GROUP: _group(table, rule)})
    known = keyed.mutate(_g_value=value).filter(lambda t: t._g_value.notnull())
    quartiles = known.group_by(GROUP).aggregate(
        **{
            LOW: known._g_value.quantile(0.25),
            MIDDLE: known._g_value.quantile(0.5),
            HIGH: known._g_value.quantile(0.75),
            COUNT: known.count(),
        }
    )
    return keyed.left_join(quartiles.rename(_g_right=GROUP), [(GROUP, "_g_right")])


def _group(table: ir.Table, rule: Rule) -> ir.Value:
    name = rule.options["group"]
    if name is None:
        return ibis.literal("")
    return place(table, name).cast("string").fill_null("")


def outlier(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by an `outlier` rule: too many robust deviations from the group's median.

    The deviation is the distance of the quartiles over 1.349, which is the standard deviation of a
    normal distribution, and does not move when a quarter of the group is wrong.
    """
    value: Any = table[column]
    middle, spread = table[MIDDLE], (table[HIGH] - table[LOW]) / QUARTILES_APART
    if rule.options["scale"] == "log":
        plain = value.cast("float64")
        shown = ibis.ifelse(plain > 0, plain, ibis.null("float64")).ln()
        least = ibis.literal(LEAST_SPREAD)
    else:
        shown, least = value.cast("float64"), middle.abs() * LEAST_SPREAD
    distance = (shown - middle).abs()
    is_far = distance > rule.options["deviations"] * ibis.greatest(spread, least)
    enough = table[COUNT] >= rule.options["at_least_rows"]
    return Verdict(value, is_bad=(is_far & enough).fill_null(False))


def unit_mistake(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `unit` rule: a value that a factor brings back to its group was in another unit.

    It must be outside the group without the factor and within a half of the median with it.
    """
    value: Any = table[column]
    plain = value.cast("float64")
    shown = ibis.ifelse(plain > 0, plain, ibis.null("float64")).ln()
    distance = shown - table[MIDDLE]
    is_usual = (distance.abs() < math.log(8)) | (table[COUNT] < rule.options["at_least_rows"])
    branches = [
        ((distance - math.log(factor)).abs() < math.log(1.5), plain / factor)
        for factor in rule.options["factors"]
    ]
    mended = ibis.cases(*branches, else_=plain).round(4).cast(value.type())
    return Verdict(ibis.ifelse(is_usual.fill_null(True), value, mended))
