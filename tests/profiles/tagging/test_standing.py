"""How tags stand at a run, and how true they are."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from tests.profiles.tagging.tag_tables import AS_OF, definition

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.clock import FixedClock
from zhiyin.profiles import tables as dm
from zhiyin.profiles.tagging.api import tag_builds, validated
from zhiyin.profiles.tagging.standing import lower_bound
from zhiyin.profiles.tagging.tables import TAG_STATISTICS, TAG_VALUES
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, run_builds

DAY = timedelta(days=1)
TAGS = {
    "spend": definition("spend", "{family: value, value: {attribute: monetary}}"),
    "city": definition("city", "{family: basic, value: {attribute: city}}"),
    "buyer": definition("buyer", "{family: basic, where: {attribute: is_buyer, equals: true}}"),
    "seen": definition("seen", "{family: need, where: {did: Seen}}"),
    "nobody": definition("nobody", "{family: need, where: {attribute: city, equals: Nowhere}}"),
}


@pytest.fixture
def runs(tmp_path):
    """Return a function that runs the builds of tags over people, and gives how they stand."""
    warehouse = DuckDBWarehouse(":memory:")
    seen = {"event": "Seen", "visitor_id": "user:0", "event_time": AS_OF - 3 * DAY}
    later = {**seen, "event": "Other", "event_id": "2", "event_time": AS_OF - DAY}
    warehouse.write(dw.EVENTS, rows_of(dw.EVENTS, seen, later))

    def run(number, people):
        rows = [{"person_id": f"user:{place}", **one} for place, one in enumerate(people)]
        warehouse.write(dm.CUSTOMERS, rows_of(dm.CUSTOMERS, *rows))
        clock = FixedClock()
        clock.advance(number * DAY)
        context = BuildContext(AS_OF + number * DAY, timezone="UTC")
        builds = tag_builds(tmp_path, TAGS)
        run_builds(builds, warehouse, context=context, clock=clock, run_id=f"r{number}")
        rows = warehouse.to_arrow(warehouse.read(TAG_STATISTICS)).to_pylist()
        values = warehouse.to_arrow(warehouse.read(TAG_VALUES)).to_pylist()
        mine = [row for row in rows if row["run_id"] == f"r{number}"]
        return {row["tag"]: row for row in mine}, [v for v in values if v["run_id"] == f"r{number}"]

    yield run
    warehouse.close()


def crowd(buyers, monetary=10):
    return [
        {"is_buyer": place < buyers, "monetary": Decimal(monetary), "city": "ab"[place % 2]}
        for place in range(10)
    ]


def test_coverage_values_freshness_and_quantiles_are_told_of_every_tag(runs):
    stood, values = runs(1, [*crowd(4), {"monetary": Decimal(25), "city": None}])
    assert set(stood) == set(TAGS)
    assert (stood["buyer"]["holders"], stood["buyer"]["people"]) == (4, 11)
    assert stood["buyer"]["coverage"] == pytest.approx(4 / 11)
    assert (stood["nobody"]["holders"], stood["nobody"]["coverage"]) == (0, 0.0)
    assert (stood["spend"]["p50"], stood["spend"]["distinct_values"]) == (10.0, 2)
    assert stood["seen"]["newest_fact_at"] == AS_OF - 3 * DAY
    assert stood["city"]["newest_fact_at"] is None
    told = {(row["tag"], row["value"]): (row["place"], row["holders"]) for row in values}
    assert told == {
        ("city", "a"): (1, 5), ("city", "b"): (2, 5),
        ("spend", "10.00"): (1, 10), ("spend", "20.00"): (2, 1),
    }  # fmt: skip


def test_drift_is_the_stability_index_against_the_run_before(runs):
    first, _ = runs(1, crowd(4))
    second, _ = runs(2, crowd(8))
    third, _ = runs(3, crowd(8))
    assert first["buyer"]["drift"] is None
    p, q = 0.8, 0.4
    index = (p - q) * math.log(p / q) + (q - p + 0.2 + 0.2 - 0.4) * 0
    index += ((1 - p) - (1 - q)) * math.log((1 - p) / (1 - q))
    assert second["buyer"]["drift"] == pytest.approx(index)
    assert second["city"]["drift"] == pytest.approx(0)
    assert third["buyer"]["drift"] == pytest.approx(0)


def test_a_value_that_everybody_leaves_for_another_is_a_drift(runs):
    runs(1, crowd(4, monetary=10))
    second, _ = runs(2, crowd(4, monetary=30))
    assert second["spend"]["drift"] > 10


@pytest.mark.parametrize(
    ("number", "bound"),
    [(0, 0), (0.7, 0.5), (1, 1), (1.99, 1), (2, 2), (4.99, 2), (5, 5), (9.99, 5), (1000, 1000),
     (-3, -2), (-1000, -1000), (123456.78, 100000)],
)  # fmt: skip
def test_numbers_fall_between_one_two_five_and_ten(number, bound):
    found = lower_bound(ibis.literal(float(number))).to_pyarrow().as_py()
    assert found == pytest.approx(bound)


def test_a_tag_is_judged_by_those_whom_the_truth_names():
    truth = ibis.memtable(
        pa.table(
            {
                "id": ["user:a", "anon:b", "user:c", "user:d", "user:a", "user:c"],
                "tag": ["city", "city", "city", "city", "vip", "vip"],
                "value": ["x", "y", "z", None, "true", "false"],
            }
        )
    )
    held = ibis.memtable(
        rows_of(
            dm.TAGS,
            {"person_id": "user:a", "tag": "city", "value": "x"},
            {"person_id": "user:b", "tag": "city", "value": "y"},
            {"person_id": "user:c", "tag": "city", "value": "w"},
            {"person_id": "user:e", "tag": "city", "value": "x"},
            {"person_id": "user:c", "tag": "vip"},
        )
    )
    ids = pa.table({"visitor_id": ["anon:b"], "person_id": ["user:b"]})
    found = validated(truth, held, ibis.memtable(ids)).to_pyarrow().to_pylist()
    city, vip = sorted(found, key=lambda row: row["tag"])
    assert (city["accuracy"], city["precision"], city["recall"]) == (3 / 4, 2 / 3, 2 / 3)
    assert (vip["accuracy"], vip["precision"], vip["recall"]) == (0, 0, 0)
