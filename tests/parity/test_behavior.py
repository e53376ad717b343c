"""What people do, on DuckDB and on Spark."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.insights.doings import AS_OF, CITIES, MONDAY, PEOPLE, ZONE, Deed, deed_rows

from zhiyin.collect import tables as ods
from zhiyin.insights.behavior.distribution import (
    distribution_periods,
    distribution_table,
    read_distribution,
    summary_table,
)
from zhiyin.insights.behavior.funnel_query import funnel_levels
from zhiyin.insights.behavior.funnel_rows import entry_of
from zhiyin.insights.behavior.funnel_spec import read_funnel
from zhiyin.insights.behavior.intervals import interval_periods, interval_table, read_intervals
from zhiyin.insights.behavior.lifecycle import lifecycle_periods, lifecycle_table, read_lifecycle
from zhiyin.insights.behavior.referral import invitations, read_referral
from zhiyin.insights.behavior.retention import cohort_periods, retention_table
from zhiyin.insights.behavior.retention_masks import mask_table
from zhiyin.insights.behavior.retention_reading import read_retention
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.stickiness import (
    read_stickiness,
    stickiness_table,
    sticky_periods,
)
from zhiyin.insights.behavior.trends import trend_periods, trend_table
from zhiyin.insights.behavior.trends_reading import read_trends
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import SOURCE_SPECS, Sources
from zhiyin.testing.rows import rows_of

pytestmark = pytest.mark.spark

DAYS = {"since": "2024-03-20", "until": "2024-04-02"}
FOUND = [
    Deed(
        PEOPLE[n % 4],
        # Across the change of clocks, with two deeds at one instant now and then.
        MONDAY + timedelta(hours=7 * (n - n % 3)),
        ("view", "buy", "sign")[n % 3],
        ("web", "app", "mail")[n * n % 3],
        Decimal(n) / 4 if n % 5 else None,
    )
    for n in range(60)
]
QUESTIONS = {
    "trends": (
        read_trends(
            {
                "series": [
                    {"event": "view", "count": "people"},
                    {"event": "buy", "count": "median"},
                    {"event": "buy", "count": "per_person", "first_ever": True},
                ],
                "days": DAYS,
                "breakdown": {"name": "channel", "most": 2},
            }
        ),
        trend_periods,
        trend_table,
    ),
    "months": (
        read_trends({"series": ["view"], "interval": "month", "breakdown": "person:city",
                     "days": {"last": 60}}),
        trend_periods,
        trend_table,
    ),
    "retention": (
        read_retention({"target": "sign", "returning": "view", "days": DAYS, "kind": "recurring",
                        "measure": "sum", "brackets": [1, 2], "breakdown": "channel"}),
        cohort_periods,
        retention_table,
    ),
    "elapsed": (
        read_retention({"target": "sign", "returning": "buy", "days": DAYS, "mode": "elapsed"}),
        cohort_periods,
        retention_table,
    ),
    "masks": (read_retention({"target": "view", "days": DAYS}), cohort_periods, mask_table),
    "pairs of masks": (
        read_retention({"target": "sign", "returning": "buy", "kind": "recurring", "days": DAYS}),
        cohort_periods,
        mask_table,
    ),
    "stickiness": (read_stickiness({"days": DAYS}), sticky_periods, stickiness_table),
    "lifecycle": (read_lifecycle({"step": "view", "days": DAYS}), lifecycle_periods,
                  lifecycle_table),
    "distribution": (
        read_distribution({"step": "buy", "measure": "sum", "days": DAYS, "interval": "week"}),
        distribution_periods,
        distribution_table,
    ),
    "summary": (read_distribution({"step": "buy", "days": DAYS}), distribution_periods,
                summary_table),
    "intervals": (
        read_intervals({"start": "view", "end": "buy", "days": DAYS, "interval": "week"}),
        interval_periods,
        interval_table,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    customers = [{"person_id": person, "city": CITIES.get(person)} for person in PEOPLE]
    known = {dm.CUSTOMERS.name: rows_of(dm.CUSTOMERS, *customers)}
    return [deed_rows(FOUND), *(known.get(spec.name, rows_of(spec)) for spec in SOURCE_SPECS)]


def scope_of(activity, *found):
    class Store:
        @staticmethod
        def read(spec):
            named = dict(zip((one.name for one in SOURCE_SPECS), found, strict=True))
            return named[spec.name]

    return Scope(activity, Sources.read(Store(), AS_OF), ZONE)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_the_same_on_both_engines(both_engines, tables, name):
    spec, periods_of, table = QUESTIONS[name]

    def build(*found):
        scope = scope_of(*found)
        return table(scope, spec, periods_of(scope, spec))

    assert both_engines.same_rows(build, *tables)


@pytest.mark.parametrize(("window", "level"), [("1 day", 2), ("3 days", 3)])
def test_how_far_people_get_is_the_same_on_both_engines(both_engines, tables, window, level):
    spec = read_funnel(
        {"steps": ["view", "buy", "sign"], "window": window, "days": DAYS,
         "exclusions": [{"event": "sign", "after": 1, "before": 2}]}
    )  # fmt: skip
    entry = entry_of(spec, AS_OF, ZONE)
    rows = both_engines.same_rows(lambda activity: funnel_levels(activity, spec, entry), tables[0])
    assert [row["level"] for row in rows] == [level] * len(PEOPLE)
    # So the second is asked this query, and the first for its rows.
    assert [both_engines.first.is_embedded, both_engines.second.is_embedded] == [True, False]


def test_invitations_are_the_same_on_both_engines(both_engines, tables):
    raw = [
        {"event_id": str(n), "event": "sign", "properties": json.dumps({"inviter_id": "a"})}
        for n in range(len(FOUND))
    ]
    spec = read_referral({"joined": "sign"})

    def build(*found):
        return invitations(scope_of(*found[:-1]), spec, found[-1])

    rows = both_engines.same_rows(build, *tables, rows_of(ods.EVENTS, *raw))
    assert {row["inviter_id"] for row in rows} == {"user:a"}
