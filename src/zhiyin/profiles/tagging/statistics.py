"""Statistic tags: one aggregation over each kind of facts, for all tags that read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.ports.tables import MONEY
from zhiyin.profiles.tagging.definitions import Statistic
from zhiyin.profiles.tagging.facts import FACTS, columns_of, rows_of_people, window_start
from zhiyin.profiles.tagging.values import item, named, number_of, one_below_another, written

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAY_MS = 86_400_000
# A millisecond of time in as many digits as any year below 5138 needs, so that texts sort by time.
STAMP_DIGITS = 15


def statistics(
    asked: Mapping[str, Statistic],
    tables: Mapping[str, ir.Table],
    *,
    as_of: datetime,
    timezone: str,
) -> list[ir.Table]:
    """Return person_id, tag, value and number of statistic tags, a table per kind of facts.

    Nobody has a tag whose figure is unknown: no facts, fewer than `least_facts`, a trend from
    nothing.
    """
    found = []
    for of in FACTS:
        mine = {name: one for name, one in asked.items() if one.asked.of == of}
        if mine:
            columns = {one.column for one in mine.values() if one.column}
            facts = rows_of_people(
                of,
                [one.asked for one in mine.values()],
                sorted(columns),
                tables,
                as_of=as_of,
                timezone=timezone,
            )
            found.append(figures(mine, facts, as_of))
    return found


def figures(asked: Mapping[str, Statistic], facts: ir.Table, as_of: datetime) -> ir.Table:
    """Return the tags over one kind of facts in one aggregation."""
    aggregates: dict[str, ir.Value] = {}
    for place, one in enumerate(asked.values()):
        counted = facts[f"is_asked_{place}"]
        aggregates[f"figure_{place}"] = figure(one, facts, counted, as_of)
        if one.least_facts > 1:
            aggregates[f"facts_{place}"] = facts.count(where=counted)
    wide = facts.group_by("person_id").agg(**aggregates)
    items = []
    for place, (name, one) in enumerate(asked.items()):
        column = wide[f"figure_{place}"]
        holds = column.notnull()
        if one.least_facts > 1:
            holds = holds & (wide[f"facts_{place}"] >= one.least_facts)
        text = named(column, one.bands) if one.bands else written(column)
        items.append(item(name, text, number_of(column), holds))
    return one_below_another(wide, items)


def figure(
    asked: Statistic, facts: ir.Table, counted: ir.BooleanValue, as_of: datetime
) -> ir.Value:
    """Return one figure of a person's facts as an aggregate; null where there is none."""
    if asked.take == "count":
        return facts.count(where=counted).nullif(0)
    if asked.take == "days_since":
        last = facts.ts_ms.max(where=counted)
        return ((ibis.literal(epoch_milliseconds(as_of)) - last) / DAY_MS).floor().cast("int64")
    if asked.take == "trend":
        return trend(asked, facts, counted, as_of)
    column = facts[asked.column]
    if asked.take == "unique":
        return column.nunique(where=counted).nullif(0)
    if asked.take in ("first", "last"):
        return at_the_end(facts, column, counted, asked)
    return NUMBERS[asked.take](column, counted, asked)


NUMBERS = {
    "sum": lambda column, counted, asked: column.sum(where=counted).cast(MONEY),
    "mean": lambda column, counted, asked: column.cast("float64").mean(where=counted),
    "least": lambda column, counted, asked: column.min(where=counted),
    "greatest": lambda column, counted, asked: column.max(where=counted),
    "percentile": lambda column, counted, asked: column.cast("float64").quantile(
        asked.percentile, where=counted
    ),
}


def trend(asked: Statistic, facts: ir.Table, counted: ir.BooleanValue, as_of: datetime) -> ir.Value:
    """Return the growth from the earlier to the later half of the window, as a share.

    (later - earlier) / earlier, of the column's sum or of the number of facts. Null, hence no tag,
    where the earlier half is zero: nothing grows from nothing.
    """
    assert asked.asked.within_days is not None
    is_late = facts.ts_ms >= window_start(asked.asked.within_days / 2, as_of)
    if asked.column is None:
        late = facts.count(where=counted & is_late).cast("float64")
        early = facts.count(where=counted & ~is_late).cast("float64")
    else:
        column = facts[asked.column].cast("float64")
        late = column.sum(where=counted & is_late).fill_null(0.0)
        early = column.sum(where=counted & ~is_late).fill_null(0.0)
    return (late - early) / early.nullif(0.0)


def at_the_end(
    facts: ir.Table, column: ir.Value, counted: ir.BooleanValue, asked: Statistic
) -> ir.StringValue:
    """Return the value of the first or last fact that has one; of two in one millisecond, by name.

    Time and value are compared as one text, because an engine's own first-by-another-column
    chooses freely between equal instants.
    """
    stamp = facts.ts_ms.cast("string").lpad(STAMP_DIGITS, "0")
    both = stamp.concat(written(column))
    end = both.min(where=counted) if asked.take == "first" else both.max(where=counted)
    return end.substr(STAMP_DIGITS)


def has_ranked_values(asked: Statistic) -> bool:
    """Return whether a statistic is about counted values, which preferences work out."""
    return asked.take == "most_frequent" and asked.column in columns_of(asked.asked.of)
