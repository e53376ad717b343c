"""What we know of each person, on DuckDB and on Spark."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from zhiyin.identity.api import person_of
from zhiyin.identity.golden.builds import golden_builds
from zhiyin.identity.tables import LINKS, PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.membership import tables as membership
from zhiyin.profiles.personas import tables as personas
from zhiyin.profiles.portrait import portrait_rows
from zhiyin.profiles.selection import SOURCE_SPECS
from zhiyin.profiles.tagging import tables as tagging
from zhiyin.profiles.timeline import message_rows
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import AS_OF, CONTEXT, small_shop
from zhiyin.testing.voice_shop import said
from zhiyin.warehouse import tables as dw

pytestmark = pytest.mark.spark

TAGS = profiles.load_tags(profiles.DEFAULTS)
TIED = {"verdict": "linked", "cluster_id": "user:ann"}
AUDIENCES = profiles.load_audiences(profiles.DEFAULTS)


def inputs_of(build, tables):
    """Return what a build reads; a ledger reads what it holds already, here nothing."""
    already = [rows_of(build.spec)] if build.is_ledger else []
    return [*already, *(tables[spec.name] for spec in build.inputs)]


@pytest.fixture(scope="module")
def shop():
    """The small shop with the tables that a run adds, computed once by DuckDB."""
    tables = small_shop()
    empty = {
        spec.name: rows_of(spec)
        for spec in (*SOURCE_SPECS, *dm.ALL, *membership.ALL, *tagging.ALL, *personas.ALL, *dw.ALL)
        if spec.name not in tables
    }
    tables |= empty

    def table(name):
        return ibis.memtable(tables[name])

    tied = [("user:ann", "user:ann2"), ("anon:d1", "user:ann")]
    links = rows_of(LINKS, *({"left_id": a, "right_id": b, **TIED} for a, b in tied))
    facts = (table(name) for name in ("dw.customers", "dw.orders", "dw.events"))
    tables[dm.FEEDBACK.name] = said()
    people = person_of(ibis.memtable(links), *facts, changed_at=AS_OF)
    tables[PERSON_OF.name] = people.to_pyarrow()
    golden, _ = golden_builds()
    made = golden.build(table("dw.customers"), table(PERSON_OF.name), context=CONTEXT)
    tables[golden.spec.name] = made.to_pyarrow()
    for build in (*profiles.builds(), *profiles.late_builds(profiles.DEFAULTS)):
        inputs = (ibis.memtable(rows) for rows in inputs_of(build, tables))
        rows = build.build(*inputs, context=CONTEXT).to_pyarrow()
        kinds = pa.schema([f.with_nullable(True) for f in build.spec.schema().to_pyarrow()])
        tables[build.spec.name] = rows.select(kinds.names).cast(kinds)
    return tables


ALL_BUILDS = [*profiles.builds(), *profiles.late_builds(profiles.DEFAULTS)]


@pytest.mark.parametrize("build", ALL_BUILDS, ids=lambda build: build.spec.name)
def test_a_build_gives_the_same_rows_on_both_engines(both_engines, shop, build):
    rows = both_engines.same_rows(build.build, *inputs_of(build, shop), context=CONTEXT)
    assert len(rows) == shop[build.spec.name].num_rows > 0


def test_rfm_of_ties_and_uneven_gaps_is_the_same_on_both_engines(both_engines):
    rows = [
        {
            "person_id": f"user:{n}", "orders": 1 + n % 4, "order_days": 1 + n % 4,
            "recency_days": 7 * (n % 9), "tenure_days": 7 * (n % 9) + 31 * (n % 4),
            "monetary": Decimal(n % 6) / 4 - 1,
        }
        for n in range(60)
    ]  # fmt: skip
    found = both_engines.same_rows(profiles.rfm, rows_of(dm.PURCHASES, *rows))
    assert {row["value_tier"] for row in found} == {"high", "middle", "potential", "at_risk"}


def test_days_around_a_change_of_the_clocks_are_the_same_on_both_engines(both_engines):
    change = datetime(2024, 3, 31)
    moments = [change + timedelta(minutes=30 * n, microseconds=n) for n in range(-60, 60)]
    table = pa.table({"at": pa.array(moments, pa.timestamp("us"))})

    def days(instants):
        return instants.mutate(day=profiles.local_date(instants["at"], "America/New_York"))

    assert len(both_engines.same_rows(days, table)) == 120


CONDITIONS = [
    {"attribute": "city", "contains": "京"},
    {"not": {"attribute": "city", "starts_with": "北"}},
    {"attribute": "monetary", "above": 39.5, "at_most": 130},
    {"attribute": "joined_at", "before": "2025-06-10"},
    {"attribute": "phone", "exists": False},
    {"attribute": "stage", "one_of": ["prospect", "churned"]},
    {"tag": "favourite_category", "equals": "drinks"},
    {"score": "churn", "at_least": 0.8},
    {"audience": "cart_abandoners_7d"},
    {"did": "Order Completed", "product_id": "p"},
    {"did": "Order Completed", "within_days": 10, "channel": "store"},
    {"not": {"any": [{"did": "Order Refunded"}, {"did": "Page Viewed", "at_most": 1}]}},
]


@pytest.mark.parametrize("written", CONDITIONS, ids=str)
def test_a_condition_selects_the_same_people_on_both_engines(both_engines, shop, written):
    tree = profiles.parse_condition(written)

    def selected(*tables):
        sources = profiles.Sources(*tables, as_of=AS_OF, audiences=profiles.trees_of(AUDIENCES))
        return profiles.select(tree, sources)

    rows = both_engines.same_rows(selected, *(shop[spec.name] for spec in SOURCE_SPECS))
    assert 0 < len(rows) < 4


VIEW, BUY, BACK = ("Page Viewed", "Order Completed", "Order Refunded")
# What people did, in all the ways that a condition may ask; one question, for each costs seconds.
DEEDS = [
    {"did": BUY, "sum": {"of": "amount", "at_least": 40, "below": 160}},
    {"did": BUY, "at_least": 0, "at_most": 1, "within_days": 90},
    {"did": BUY, "after": "2025-04-01", "before": "2025-06-29"},
    {"did": BUY, "since": {"did": BACK}},
    {"did": BUY, "since": {"did": VIEW}, "at_least": 1},
    {"first_did": BUY, "older_than_days": 100},
    {"first_did": BUY, "within_days": 100},
    {"last_did": BUY, "within_days": 30},
    {"last_did": "Product Added", "product_id": "p", "within_days": 4},
    {"sequence": [{"did": VIEW}, {"did": BUY}]},
    {"sequence": [{"did": BUY}, {"did": BACK, "within_days": 11}, {"did": BUY}]},
    {"sequence": [{"did": BUY}, {"did": BUY, "without": {"did": BACK}}]},
    {"sequence": [{"did": "Product Added"}, {"did": "Unsubscribed"}], "within_days": 5},
    {"random_bucket": "salt", "share": 0.5},
    {"random_bucket": "salt", "from": 0.5, "to": 1},
    {"tag": "favourite_category", "weight": {"at_least": 0.1}},
    {"attribute": "persona", "exists": False},
    {"everyone": True},
]


def test_conditions_on_deeds_select_the_same_people_on_both_engines(both_engines, shop):
    trees = [profiles.parse_condition(written) for written in DEEDS]

    def selected(*tables):
        sources = profiles.Sources(*tables, as_of=AS_OF, audiences=profiles.trees_of(AUDIENCES))
        found = (profiles.select(tree, sources) for tree in trees)
        return ibis.union(*(one.mutate(place=ibis.literal(n)) for n, one in enumerate(found)))

    rows = both_engines.same_rows(selected, *(shop[spec.name] for spec in SOURCE_SPECS))
    people = {n: sorted(r["person_id"] for r in rows if r["place"] == n) for n in range(len(DEEDS))}
    assert people[0] == ["user:bob"]
    assert people[5] == ["user:ann"]
    assert people[9] == ["user:ann"]
    assert people[10] == ["user:ann"]
    assert people[11] == []
    assert people[12] == ["user:cy"]
    assert sorted(people[13] + people[14]) == people[17] == people[16]


def test_a_portrait_is_the_same_on_both_engines(both_engines, shop):
    tree = profiles.parse_condition({"attribute": "is_buyer", "equals": True})

    def rows(*tables):
        return portrait_rows(tree, profiles.Sources(*tables, as_of=AS_OF))

    assert both_engines.same_rows(rows, *(shop[spec.name] for spec in SOURCE_SPECS))


def test_a_page_of_customers_is_the_same_on_both_engines(both_engines, shop):
    search = profiles.CustomerSearch(text="B.C", sort="-recency_days", size=2)

    def page(people):
        return profiles.search_customers(people, search).rows

    rows = both_engines.same_rows(page, shop["dm.customers"])
    assert [row["person_id"] for row in rows] == ["user:ann", "user:bob"]


def test_messages_are_the_same_on_both_engines(both_engines, shop):
    assert len(both_engines.same_rows(message_rows, shop["dw.touches"])) == 2
