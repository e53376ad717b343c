"""The facts that statistics and preferences count: kinds, columns, and the rows of each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.api import with_person
from zhiyin.ports.tables import Pii
from zhiyin.profiles import tables as dm
from zhiyin.profiles.comparing import passes
from zhiyin.profiles.tagging.definitions import Asked
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import local_time

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.tables import TableSpec


@dataclass(frozen=True)
class FactKind:
    """A table of facts, its instant and the instant in milliseconds."""

    spec: TableSpec
    instant: str
    milliseconds: str = "ts_ms"


FACTS: Mapping[str, FactKind] = {
    "events": FactKind(dw.EVENTS, "event_time"),
    "orders": FactKind(dw.ORDERS, "order_time"),
    "order_lines": FactKind(dw.ORDER_LINES, "order_time"),
    "refunds": FactKind(dw.REFUNDS, "refund_time"),
    "sessions": FactKind(dw.SESSIONS, "started_at", "start_ms"),
    "feedback": FactKind(dm.FEEDBACK, "feedback_time"),
}
# What facts are told by beside the tables that conditions read.
BESIDE = (dw.PRODUCTS, dw.SESSIONS, dm.FEEDBACK)

# What a fact of a product also has, by the product; and what every fact has, by its instant.
PRODUCT_COLUMNS = ("category", "subcategory", "brand", "price_band")
CLOCK_COLUMNS = ("time_of_day", "day_of_week")
PRICE_BANDS = ("low", "middle", "high")
TAKES = (
    "count", "sum", "mean", "least", "greatest", "first", "last", "most_frequent", "unique",
    "trend", "percentile", "days_since",
)  # fmt: skip
NUMBER_TAKES = ("sum", "mean", "least", "greatest", "percentile")
WITHOUT_COLUMN = ("count", "days_since")


def columns_of(of: str) -> dict[str, str]:
    """Return the columns of a kind of facts that may be asked for: name -> text, number, ….

    What tells who somebody is, such as the words of a review, is no column for tags.
    """
    kind = FACTS[of]
    left_out = {kind.milliseconds, "filled", "flagged", "load_id"}
    found = {
        name: kind_of(column.type)
        for name, column in kind.spec.columns.items()
        if name not in left_out and column.pii is Pii.NONE
    }
    if "product_id" in found:
        found |= dict.fromkeys(PRODUCT_COLUMNS, "text")
    return found | dict.fromkeys(CLOCK_COLUMNS, "text")


def kind_of(column_type: str) -> str:
    """Return text, number, boolean or time for a column's type."""
    plain = column_type.removeprefix("!")
    if plain in ("string", "boolean"):
        return "text" if plain == "string" else "boolean"
    return "time" if plain.startswith(("timestamp", "date")) else "number"


def rows_of_people(
    of: str,
    asked: Sequence[Asked],
    columns: Sequence[str],
    tables: Mapping[str, ir.Table],
    *,
    as_of: datetime,
    timezone: str,
) -> ir.Table:
    """Return the facts before `as_of` that any of `asked` counts, with their person.

    Returns
    -------
    person_id, ts_ms, the columns, and for each of `asked` a boolean is_asked_0, is_asked_1, … that
    says whether it counts the fact.
    """
    kind = FACTS[of]
    facts = tables[kind.spec.name]
    end, first = epoch_milliseconds(as_of), earliest(asked, as_of)
    stamp = facts[kind.milliseconds]
    facts = facts.filter(facts.visitor_id.notnull(), stamp < end)
    if first is not None:
        facts = facts.filter(facts[kind.milliseconds] >= first)
    filtered = {name for one in asked for name, _ in one.filters}
    facts = with_columns(facts, kind, {*columns, *filtered}, tables, timezone)
    marks = {
        f"is_asked_{place}": counts(facts, one, kind.milliseconds, as_of)
        for place, one in enumerate(asked)
    }
    facts = facts.mutate(**marks)
    facts = facts.filter(reduce(or_, (facts[name] for name in marks)))
    wanted = [name for name in dict.fromkeys(columns) if name != "ts_ms"]
    facts = facts.select("visitor_id", *wanted, *marks, ts_ms=kind.milliseconds)
    return with_person(facts, tables["dw.person_of"]).drop("visitor_id")


def earliest(asked: Sequence[Asked], as_of: datetime) -> int | None:
    """Return the first millisecond that any of `asked` looks at; None for all the past."""
    windows = [one.within_days for one in asked if one.within_days is not None]
    return window_start(max(windows), as_of) if len(windows) == len(asked) else None


def window_start(days: float, as_of: datetime) -> int:
    """Return the first millisecond of a window that ends at `as_of`."""
    return epoch_milliseconds(as_of) - timedelta(days=days) // timedelta(milliseconds=1)


def counts(facts: ir.Table, asked: Asked, stamp: str, as_of: datetime) -> ir.Value:
    """Return whether a fact is among those asked for; never null."""
    tests = [passes(facts[name], comparisons) for name, comparisons in asked.filters]
    if asked.within_days is not None:
        tests.append(facts[stamp] >= window_start(asked.within_days, as_of))
    return reduce(and_, tests) if tests else ibis.literal(True)


def with_columns(
    facts: ir.Table,
    kind: FactKind,
    wanted: set[str],
    tables: Mapping[str, ir.Table],
    timezone: str,
) -> ir.Table:
    """Add the wanted columns that a fact has by its product or by its instant."""
    of_product = [name for name in PRODUCT_COLUMNS if name in wanted and name not in facts.columns]
    if of_product:
        products = with_price_band(tables[dw.PRODUCTS.name], of_product)
        facts = facts.left_join(products, facts.product_id == products.of_product)
        facts = facts.drop("of_product")
    if wanted & set(CLOCK_COLUMNS):
        local = local_time(facts[kind.instant], timezone)
        facts = facts.mutate(time_of_day=time_of_day(local), day_of_week=day_of_week(local))
    return facts


def with_price_band(products: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Return the product's columns; price_band is its third within its category, by list price."""
    if "price_band" in columns:
        place = products.price.percent_rank().over(
            ibis.window(group_by="category", order_by=["price"])
        )
        low, middle, high = PRICE_BANDS
        band = ibis.cases((place < 1 / 3, low), (place < 2 / 3, middle), else_=high)
        products = products.mutate(
            price_band=ibis.ifelse(products.price.notnull(), band, ibis.null("string"))
        )
    return products.select(*columns, of_product="product_id")


def time_of_day(local: ir.TimestampValue) -> ir.Value:
    """Return the quarter of the day that a local time lies in."""
    hour = local.hour()
    return ibis.cases(
        (hour < 6, "night"), (hour < 12, "morning"), (hour < 18, "afternoon"), else_="evening"
    )


def day_of_week(local: ir.TimestampValue) -> ir.Value:
    """Return `weekend` for Saturday and Sunday, else `weekday`."""
    # Ibis counts Monday as 0 on every engine.
    return ibis.ifelse(local.date().day_of_week.index() >= 5, "weekend", "weekday")
