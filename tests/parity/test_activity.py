"""What people did, ordered funnels and visits on DuckDB and on Spark."""

from __future__ import annotations

from datetime import timedelta

import pytest

from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.activity import api as activity
from zhiyin.insights.behavior.funnel_query import funnel_levels
from zhiyin.insights.behavior.funnel_rows import Entry
from zhiyin.insights.behavior.funnel_spec import read_funnel
from zhiyin.insights.behavior.visits import visit_table
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import CONTEXT, ago, small_shop, stamp

pytestmark = pytest.mark.spark

HOUR = timedelta(hours=1)
ALWAYS = Entry(0, 2**60, 2**60)


@pytest.fixture(scope="module")
def shop():
    tables = small_shop()
    people = ({"visitor_id": alias, "person_id": "user:ann"} for alias in ("user:ann2", "anon:d1"))
    tables[PERSON_OF.name] = rows_of(PERSON_OF, *people)
    return tables


def test_what_people_did_is_the_same_on_both_engines(both_engines, shop):
    def build(*inputs, context):
        names = activity.event_names(*inputs[:3])
        return activity.activity(*inputs, names)

    inputs = [shop.get(spec.name, rows_of(spec)) for spec in activity.INPUTS]
    rows = both_engines.same_rows(build, *inputs, context=CONTEXT)
    assert {row["person_id"] for row in rows if row["event"] == "Order Completed"} >= {"user:ann"}


def some_activity():
    steps = [("View", 0), ("Cart", 0), ("Help", 1), ("Cart", 1), ("Pay", 2), ("Pay", 30)]
    return rows_of(
        activity.ACTIVITY,
        *(
            {
                "person_number": person,
                "event": event,
                "fact_id": f"{person}-{n}",
                "ts_ms": stamp(ago(9) + hour * HOUR),
                "event_time": ago(9) + hour * HOUR,
            }
            for person in range(3)
            for n, (event, hour) in enumerate(steps[person:])
        ),
    )


def test_an_ordered_funnel_is_the_same_on_both_engines(both_engines):
    asked = {"steps": ["View", "Cart", "Pay"], "window": "1 day", "exclusions": ["Help"]}
    spec = read_funnel(asked)
    rows = both_engines.same_rows(lambda table: funnel_levels(table, spec, ALWAYS), some_activity())
    assert [(row["person_number"], row["level"]) for row in rows] == [(0, 2)]


def test_visits_are_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(lambda table: visit_table(table, 3_600_000), some_activity())
    assert sorted(row["events"] for row in rows) == [1, 1, 1, 3, 4, 5]
