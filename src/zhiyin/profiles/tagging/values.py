"""How a tag's value is written: numbers in bands or as text, alike on every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.profiles.tagging.definitions import Band

TWO_DIGITS = "decimal(18, 2)"


def named(number: ir.Value, bands: Sequence[Band]) -> ir.Value:
    """Return the name of the band that a number falls in; null for null."""
    number = number.cast("float64")
    *bounded, last = bands
    if not bounded:
        return ibis.ifelse(number.notnull(), ibis.literal(last.name), ibis.null("string"))
    name = ibis.cases(*((number < band.below, band.name) for band in bounded), else_=last.name)
    return ibis.ifelse(number.notnull(), name, ibis.null("string"))


def written(column: ir.Value, bands: Sequence[Band] = ()) -> ir.Value:
    """Return a value as text: in its band, with two digits where it is no whole number."""
    if bands:
        return named(column, bands)
    kind = column.type()
    if kind.is_decimal() or kind.is_floating():
        return column.cast(TWO_DIGITS).cast("string")
    if kind.is_timestamp():
        return column.date().cast("string")
    return column.cast("string")


def number_of(column: ir.Value) -> ir.Value:
    """Return the number behind a value; null for texts, days and truth values."""
    kind = column.type()
    is_number = kind.is_numeric() and not kind.is_boolean()
    return column.cast("float64") if is_number else ibis.null("float64")


def item(tag: str, value: ir.Value, number: ir.Value, holds: ir.Value) -> ir.StructValue:
    """Return a tag of one person, to be put beside others; its name is null where not held."""
    return ibis.struct(
        {
            "tag": ibis.ifelse(holds, ibis.literal(tag), ibis.null("string")),
            "value": value,
            "number": number,
        }
    )


def one_below_another(wide: ir.Table, items: Sequence[ir.StructValue]) -> ir.Table:
    """Return person_id, tag, value and number of the items that hold, a row each."""
    long = wide.select("person_id", item=ibis.array(items).unnest())
    long = long.select(
        "person_id", tag=long.item["tag"], value=long.item["value"], number=long.item["number"]
    )
    return long.filter(long.tag.notnull())


def by_tag(tag: ir.StringColumn, texts: Mapping[str, str]) -> ir.Value:
    """Return the text that belongs to a tag's name."""
    names: dict[str, list[str]] = {}
    for name, text in texts.items():
        names.setdefault(text, []).append(name)
    branches = [(tag.isin(owners), ibis.literal(text)) for text, owners in sorted(names.items())]
    return ibis.cases(*branches, else_="") if branches else ibis.literal("")
