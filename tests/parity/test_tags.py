"""Tags of all kinds, and how they stand, on DuckDB and on Spark."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from tests.profiles.tagging.tag_tables import AS_OF, definition, order
from tests.profiles.tagging.test_statistics import TAGS

from zhiyin.profiles import tables as dm
from zhiyin.profiles.sources import SOURCE_SPECS, Sources
from zhiyin.profiles.tagging import tables as tg
from zhiyin.profiles.tagging.builds import STANDING_INPUTS, TAG_INPUTS
from zhiyin.profiles.tagging.holders import FactTables, fact_tables, tags
from zhiyin.profiles.tagging.preferences import preferences
from zhiyin.profiles.tagging.standing import tag_statistics, tag_values
from zhiyin.profiles.tagging.validation import validated
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext

pytestmark = pytest.mark.spark

DAY = timedelta(days=1)
ALL = {
    **TAGS,
    "interest": definition(
        "interest",
        "{family: preference, preference: {by: price_band, half_life_days: 30, evidence: "
        "[{of: order_lines, times: amount}, {of: events, weight: 0.2}]}}",
    ),
    "hour": definition(
        "hour",
        "{family: preference, preference: {by: time_of_day, evidence: [{of: orders}], "
        "least_share: 0.4}}",
    ),
    "spend": definition("spend", "{family: value, value: {attribute: monetary}}"),
    "risk": definition(
        "risk",
        "{family: value, model: {score: churn, bands: [{below: 0.5, is: low}, {is: high}]}}",
    ),
    "vip": definition("vip", "{family: value, manual: [gold, silver], valid_days: 10}"),
}  # fmt: skip
CONTEXT = BuildContext(AS_OF, timezone="Asia/Shanghai", run_id="r2")


def rows() -> dict[str, pa.Table]:
    """Return facts with ties, nulls, negative numbers, and instants around windows."""
    orders, lines = [], []
    for n in range(60):
        visitor = ("user:a", "anon:x", "user:b", None)[n % 4]
        at = AS_OF - n * DAY * 3 / 4 + timedelta(milliseconds=n % 3)
        fact = order(visitor, at, order_id=str(n), amount=Decimal(n % 7) - Decimal("0.5"))
        orders.append({**fact, "channel": ("web", None, "app")[n % 3]})
        lines.append({**fact, "line_number": 1, "product_id": str(n % 5)})
    seen = [
        {**{k: v for k, v in order("user:b", AS_OF - n * DAY).items() if k != "order_time"},
         "event_time": AS_OF - n * DAY, "event_id": str(n), "event": "Seen",
         "product_id": str(n % 2)}
        for n in range(5)
    ]  # fmt: skip
    entry = {"tag": "vip", "action": "set", "actor": "li", "visitor_id": "anon:x"}
    written = {
        dm.CUSTOMERS.name: [
            {"person_id": f"user:{one}", "monetary": Decimal(place) * 7}
            for place, one in enumerate("abc")
        ],
        dm.SCORES.name: [{"person_id": "user:a", "model": "churn", "score": 0.5}],
        dw.ORDERS.name: orders,
        dw.ORDER_LINES.name: lines,
        dw.EVENTS.name: seen,
        dw.PRODUCTS.name: [
            {"product_id": str(n), "category": "tea", "price": None if n == 4 else Decimal(n // 2)}
            for n in range(5)
        ],
        "dw.person_of": [{"visitor_id": "anon:x", "person_id": "user:a"}],
        tg.TAG_ENTRIES.name: [
            {**entry, "entry_id": "1", "value": "gold", "at": AS_OF - 3 * DAY},
            {**entry, "entry_id": "2", "value": "silver", "at": AS_OF - 2 * DAY},
            {**entry, "entry_id": "3", "value": "gold", "at": AS_OF - 20 * DAY,
             "visitor_id": "user:b"},
        ],
        tg.TAG_STATISTICS.name: [
            {"run_id": "r1", "tag": "count", "people": 4, "holders": 2, "built_at": AS_OF - DAY}
        ],
        tg.TAG_VALUES.name: [
            {"run_id": "r1", "tag": "count", "value": "2.00", "place": 1, "holders": 2}
        ],
    }  # fmt: skip
    specs = {s.name: s for s in (*SOURCE_SPECS, *TAG_INPUTS, *STANDING_INPUTS, *tg.ALL)}
    return {name: rows_of(spec, *written.get(name, [])) for name, spec in specs.items()}


def test_tags_and_how_they_stand_are_the_same_on_both_engines(both_engines):
    tables = rows()
    names = sorted(tables)

    def by_name(inputs):
        return dict(zip(names, inputs, strict=True))

    def sources(inputs):
        found = by_name(inputs)
        return Sources(*(found[spec.name] for spec in SOURCE_SPECS), as_of=AS_OF)

    def ranked(*inputs):
        found = by_name(inputs)
        facts = fact_tables(sources(inputs), FactTables(found))
        return preferences(
            ALL, found[dm.CUSTOMERS.name], facts, as_of=AS_OF, timezone=CONTEXT.timezone
        )

    def held(*inputs):
        found = by_name(inputs)
        beside = FactTables(found, found[tg.TAG_ENTRIES.name], timezone=CONTEXT.timezone)
        return tags(ALL, sources(inputs), beside)

    given = [tables[name] for name in names]
    assert len(both_engines.same_rows(ranked, *given)) > 4
    found = both_engines.same_rows(held, *given)
    assert {row["tag"] for row in found} == set(ALL)
    tables[dm.TAGS.name] = rows_of(dm.TAGS, *found)

    def valued(*inputs):
        return tag_values(by_name(inputs)[dm.TAGS.name], ALL, run_id="r2")

    given = [tables[name] for name in names]
    values = both_engines.same_rows(valued, *given)
    earlier = tables[tg.TAG_VALUES.name].to_pylist()
    tables[tg.TAG_VALUES.name] = rows_of(tg.TAG_VALUES, *earlier, *values)

    def standing(*inputs):
        tables_now = by_name(inputs)
        already = tables_now[tg.TAG_STATISTICS.name]
        return tag_statistics(already, tables_now, ALL, context=replace(CONTEXT))

    given = [tables[name] for name in names]
    stood = {row["tag"]: row for row in both_engines.same_rows(standing, *given)}
    assert stood["count"]["drift"] > 0
    truth = pa.table({"id": ["anon:x", "user:b"], "tag": ["vip", "vip"], "value": ["silver", None]})
    judged = both_engines.same_rows(validated, truth, tables[dm.TAGS.name], tables["dw.person_of"])
    assert [row["accuracy"] for row in judged] == [1.0]
