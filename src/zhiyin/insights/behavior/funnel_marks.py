"""What marks the people who get through a funnel, and those who drop out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa

from zhiyin.insights.behavior.funnel_chains import Chains
from zhiyin.insights.behavior.funnel_rows import Entry
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.scope import Scope
from zhiyin.stats.odds import odds_ratio

if TYPE_CHECKING:
    import ibis.expr.types as ir

ATTRIBUTES = (
    "gender", "age_group", "income_group", "city", "country", "acquisition_channel",
    "value_tier", "stage", "rfm_segment", "favourite_channel", "favourite_category",
)  # fmt: skip
MOST = 20
FEWEST = 10


@dataclass(frozen=True)
class Table:
    """People with a mark and without it, of those who converted and of those who did not."""

    kind: str
    name: str
    value: str | None
    converted: int
    dropped: int


def correlation(found: Chains, scope: Scope, spec: FunnelSpec, entry: Entry) -> dict[str, Any]:
    """Return which events and attributes go with converting, and which with dropping out.

    Events count that people did during their attempt: from its first step to its last if they
    converted, else until the window was over. Attributes are what is known of people now, so they
    may also follow from converting. Neither says that one causes the other.

    Returns
    -------
    `marks` [{kind: event | person, name, value, converted, dropped, odds_ratio, low, high}]: people
    with the mark, and the odds ratio of converting with it to converting without it, with its 95 %
    interval; those whose interval leaves out 1 first, strongest first. `tested` says how many marks
    were looked at: one in twenty without any effect leaves out 1 by chance.
    """
    people = attempts_table(found, spec, entry)
    converted = int((found.level == len(spec.steps)).sum())
    dropped = len(found.level) - converted
    tables = [*events_during(people, scope, spec), *attributes_of(people, scope)]
    rows = [marked(one, converted, dropped) for one in tables if one.converted + one.dropped]
    known = [row for row in rows if row["converted"] + row["dropped"] >= FEWEST]
    known.sort(key=rank)
    return {"marks": known[:MOST], "tested": len(known), "fewest_people": FEWEST}


def rank(row: dict[str, Any]) -> tuple[bool, float, str, str, str]:
    """Return the place of a mark: sure ones first, then by strength either way."""
    is_unsure = row["low"] <= 1 <= row["high"]
    strength = -abs(float(np.log(row["odds_ratio"])))
    return is_unsure, strength, row["kind"], row["name"], row["value"] or ""


def marked(one: Table, converted: int, dropped: int) -> dict[str, Any]:
    """Return a mark with its odds ratio."""
    ratio = odds_ratio(one.converted, converted - one.converted, one.dropped, dropped - one.dropped)
    return {
        "kind": one.kind,
        "name": one.name,
        "value": one.value,
        "converted": one.converted,
        "dropped": one.dropped,
        "odds_ratio": ratio.estimate,
        "low": ratio.low,
        "high": ratio.high,
    }


def attempts_table(found: Chains, spec: FunnelSpec, entry: Entry) -> ir.Table:
    """Return number, from_ms, to_ms and is_converted of everyone who entered."""
    is_converted = found.level == len(spec.steps)
    first, last = found.at[:, 0], found.at[:, -1]
    over = np.minimum(first + spec.window.milliseconds, entry.unseen - 1)
    columns = {
        "number": pa.array(found.person, pa.int64()),
        "from_ms": pa.array(first, pa.int64()),
        "to_ms": pa.array(np.where(is_converted, last, over), pa.int64()),
        "is_converted": pa.array(is_converted),
    }
    return ibis.memtable(pa.table(columns))


def events_during(people: ir.Table, scope: Scope, spec: FunnelSpec) -> Iterable[Table]:
    """Yield the events, other than steps, that people did during their attempts."""
    steps = sorted({name for step in spec.steps for name in step.events})
    table = scope.activity
    others = table.filter(table.event.notin(steps)) if steps else table
    near = others.select("person_number", "ts_ms", "event").inner_join(
        people, [others.person_number == people.number]
    )
    near = near.filter(near.ts_ms >= near.from_ms, near.ts_ms <= near.to_ms)
    once = near.select("person_number", "event", "is_converted").distinct()
    counts = once.group_by("event").agg(
        converted=once.count(where=once.is_converted),
        dropped=once.count(where=~once.is_converted),
    )
    for row in counts.order_by("event").to_pyarrow().to_pylist():
        yield Table("event", row["event"], None, row["converted"], row["dropped"])


def attributes_of(people: ir.Table, scope: Scope) -> Iterable[Table]:
    """Yield the values of what is known of people."""
    named = scope.activity.select("person_number", "person_id").distinct()
    meant = people.inner_join(named, people.number == named.person_number)
    customers = scope.sources.customers
    columns = [name for name in ATTRIBUTES if name in customers.columns]
    known = meant.select("person_id", "is_converted").inner_join(
        customers.select("person_id", *columns), "person_id"
    )
    for name in columns:
        counts = known.group_by(value=known[name].cast("string")).agg(
            converted=known.count(where=known.is_converted),
            dropped=known.count(where=~known.is_converted),
        )
        valued = counts.filter(counts.value.notnull()).order_by("value")
        for row in valued.to_pyarrow().to_pylist():
            yield Table("person", name, row["value"], row["converted"], row["dropped"])
