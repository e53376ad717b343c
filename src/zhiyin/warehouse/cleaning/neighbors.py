"""Rules that look at other columns or other rows: swapped, calculated, filled, repeated."""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiyin.warehouse.cleaning.formulas import calculated
from zhiyin.warehouse.cleaning.limits import GROUP
from zhiyin.warehouse.cleaning.places import is_different, place
from zhiyin.warehouse.cleaning.rules import Rule
from zhiyin.warehouse.cleaning.verdicts import Setting, Verdict
from zhiyin.warehouse.records import ARRIVAL

RAW = "_raw_"  # + a column: its value as received
FILL = "_g_fill"

_SHAPES = {
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "phone": r"^\+?[0-9][0-9 ().-]{5,18}[0-9]$",
    "date": r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$",
    "number": r"^-?\d+(\.\d+)?$",
    "name": r"^[^\d@]{1,40}$",
}


def swapped(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `swap` rule: each of two columns holds what belongs into the other."""
    one, other = rule.columns
    shape, other_shape = (_SHAPES[name] for name in rule.options["shapes"])
    first, second = table[one], table[other]
    strayed = _is_only(first, other_shape, shape) & (
        _is_only(second, shape, other_shape) | second.nullif("").isnull()
    )
    strayed_back = _is_only(second, shape, other_shape) & first.nullif("").isnull()
    is_swapped = strayed | strayed_back
    mine, its = (first, second) if column == one else (second, first)
    return Verdict(ibis.ifelse(is_swapped, its, mine))


def _is_only(text: Any, shape: str, other: str) -> Any:
    return text.re_search(shape).fill_null(False) & ~text.re_search(other).fill_null(False)


def calculated_anew(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `calculate` rule: the formula counts where one of its columns was changed."""
    old: Any = table[column]
    new = calculated(rule.options["formula"], table).cast(old.type())
    names = rule.options["if_changed"]
    if names:
        touched = reduce(
            lambda left, right: left | right,
            [is_different(table[name], table[RAW + name]) for name in names],
        )
        new = ibis.ifelse(touched, new, old)
    return Verdict(ibis.coalesce(new, old))


def with_fillings(table: ir.Table, column: str, rule: Rule) -> ir.Table:
    """Return the table with what the column's group would fill in beside each row."""
    group = rule.options["median_of"] or rule.options["most_used_of"]
    if group is None:
        return table
    keyed = table.mutate(**{GROUP: place(table, group).cast("string")})
    known = keyed.filter(keyed[column].notnull(), keyed[GROUP].notnull())
    if rule.options["median_of"]:
        # Through float64: the median of decimals is rounded differently by each engine.
        median = known[column].cast("float64").median()
        found = known.group_by(GROUP).aggregate(**{FILL: median})
    else:
        uses = known.group_by(GROUP, column).aggregate(_g_uses=known.count())
        order = ibis.window(group_by=GROUP, order_by=[uses._g_uses.desc(), uses[column]])
        ranked = uses.mutate(_g_place=ibis.row_number().over(order))
        found = ranked.filter(ranked._g_place == 0).select(GROUP, **{FILL: ranked[column]})
    return keyed.left_join(found.rename(_g_right=GROUP), [(GROUP, "_g_right")])


def filled(table: ir.Table, column: str, rule: Rule, setting: Setting) -> Verdict:
    """Judge by a `fill` rule: only empty values are filled."""
    old: Any = table[column]
    options = rule.options
    if options["median_of"] or options["most_used_of"]:
        new: Any = table[FILL]
    elif options["from"]:
        new = place(table, options["from"])
    else:
        new = ibis.literal(options["value"])
    kind = old.type().copy(nullable=True)
    if kind.is_decimal() and new.type().is_floating():
        new = new.round(4)
    new = new.try_cast(kind) if new.type().is_string() and not kind.is_string() else new.cast(kind)
    return Verdict(ibis.coalesce(old, new))


def is_repeated(table: ir.Table, rule: Rule, alive: ir.BooleanValue) -> ir.BooleanValue:
    """Return where a `duplicates` rule finds a row told already.

    A row is one if the row before it with the same values (all of them known) lies no further back
    than `within` seconds by the column `by`; without one, any earlier row will do. The first stays.
    """
    keys = [place(table, name) for name in rule.options["same"]]
    is_known = reduce(lambda left, right: left & right, [alive, *(key.notnull() for key in keys)])
    by = rule.options["by"]
    order = [*([table[by]] if by else []), *(table[name] for name in ARRIVAL)]
    rows = ibis.window(group_by=[*keys, is_known], order_by=order)
    if not by:
        return (ibis.row_number().over(rows) > 0) & is_known
    gap = table[by].delta(table[by].lag().over(rows), unit="microsecond")
    return (gap <= round(rule.options["within"] * 1_000_000)).fill_null(False) & is_known
