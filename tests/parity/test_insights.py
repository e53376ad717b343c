"""Figures on DuckDB and on Spark."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from zhiyin.core.windows import Window
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights import api as insights
from zhiyin.profiles.tables import FEEDBACK
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import AS_OF, CONTEXT, small_shop
from zhiyin.testing.voice_shop import said

pytestmark = pytest.mark.spark

PERIODS = [
    insights.Period("month", date(2025, 6, 1), date(2025, 7, 1)),
    insights.Period("empty", date(2020, 1, 1), date(2020, 1, 2)),
]


@pytest.fixture(scope="module")
def tables():
    shop = small_shop()
    people = ({"visitor_id": alias, "person_id": "user:ann"} for alias in ("user:ann2", "anon:d1"))
    shop[PERSON_OF.name] = rows_of(PERSON_OF, *people)
    shop[FEEDBACK.name] = said()
    return [shop.get(spec.name, rows_of(spec)) for spec in insights.METRIC_INPUTS.values()]


def test_the_daily_table_is_the_same_on_both_engines(both_engines, tables):
    (build,) = insights.builds()
    needed = tables[: len(insights.INPUTS)]
    rows = both_engines.same_rows(build.build, *needed, context=CONTEXT)
    assert sum(row["orders"] for row in rows) == 4


def test_every_metric_is_the_same_on_both_engines(both_engines, tables):
    def values(*inputs, by):
        named = dict(zip(insights.METRIC_INPUTS, inputs, strict=True))
        window = Window(AS_OF - timedelta(days=60), AS_OF)
        known = insights.facts(named, window, "Europe/London")
        return insights.metric_values(list(insights.dictionary()), known, PERIODS, by=by)

    month = both_engines.same_rows(values, *tables, by=[])[1]
    assert (month["orders"], month["new_buyers"], month["cac"]) == (2, 0, None)
    assert (month["feedback"], month["unhappy_customers"]) == (4, 1)
    assert len(both_engines.same_rows(values, *tables, by=["channel"])) > 2
