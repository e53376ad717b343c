"""`dw.identity_matches`, with the linker in memory."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.clock import FixedClock
from zhiyin.identity.linkage.api import LinkagePolicy, builds
from zhiyin.identity.tables import MATCHES
from zhiyin.testing.linkage import MemoryLinker
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, run_builds

NOON = datetime(2026, 3, 1, 12)


def customer(number: str, name: str | None = None, **fields) -> dict:
    visitor = f"user:{number}"
    return {"visitor_id": visitor, "customer_id": number, "name": name, **fields}


CHINESE = [
    customer("1", "王小明", phone="13800000001", email="a@b.example", birth_date=date(1980, 1, 2)),
    customer("2", "王 小明", phone="13800000001", email="a@b.example", birth_date=date(1980, 1, 2)),
    customer("3", "王小明", phone="13800000003", email="d@b.example", birth_date=date(1981, 5, 6)),
    customer("4", "李雷", phone="13900000004", email="c@b.example", birth_date=date(1990, 1, 2)),
]
WESTERN = [
    customer("1", "Robert Allen", email="a@b.example"),
    customer("2", "robert  allen", email="A@b.example "),
    customer("3", "Kate Moor", email="k@b.example"),
]


@pytest.fixture
def warehouse():
    made = DuckDBWarehouse(":memory:")
    yield made
    made.close()


def matched(warehouse, records, policy=None, told=None):
    """Publish the records and return outcome and rows of the matches."""
    warehouse.write(dw.CUSTOMERS, rows_of(dw.CUSTOMERS, *records))
    reports = run_builds(
        builds(MemoryLinker, policy or LinkagePolicy(), told=told),
        warehouse,
        context=BuildContext(as_of=NOON),
        clock=FixedClock(NOON),
        run_id="r",
    )
    return reports[0].outcome, warehouse.to_arrow(warehouse.read(MATCHES)).to_pylist()


def verdicts(rows) -> dict[tuple[str, str], str]:
    return {(row["left_id"], row["right_id"]): row["verdict"] for row in rows}


def test_without_leave_even_the_surest_pair_waits_for_a_person(warehouse):
    _, rows = matched(warehouse, CHINESE)
    assert verdicts(rows) == {("user:1", "user:2"): "review"}
    assert rows[0]["probability"] > 0.99
    assert rows[0]["matched_at"] == NOON


def test_an_automatic_policy_accepts_the_sure_ones(warehouse):
    policy = LinkagePolicy(automatic=True, accept_at_least=0.995, review_at_least=0.1)
    assert verdicts(matched(warehouse, CHINESE, policy)[1]) == {("user:1", "user:2"): "accepted"}


def test_western_names_are_compared_in_two_parts(warehouse):
    plans = []
    _, rows = matched(warehouse, WESTERN, told=lambda result: plans.append(result.model))
    assert plans == [{"compared": ["given_name", "surname", "email"]}]
    assert verdicts(rows) == {("user:1", "user:2"): "review"}


def test_only_the_fields_that_the_policy_names_are_compared(warehouse):
    plans = []
    policy = LinkagePolicy(compare={"name": "chinese_name", "phone": "phone"})
    matched(warehouse, CHINESE, policy, told=lambda result: plans.append(result.model))
    assert plans == [{"compared": ["name", "phone"]}]


@pytest.mark.parametrize(
    "records",
    [[], CHINESE[:1], [customer("1"), customer("2")], [customer("1", "王"), customer("2", "王")]],
    ids=["none", "one", "nothing_known", "names_alone"],
)
def test_records_that_tell_too_little_give_no_matches_and_no_error(warehouse, records):
    assert matched(warehouse, records) == ("built", [])


def test_matches_are_worked_out_again_only_when_records_or_policy_changed(warehouse):
    assert matched(warehouse, CHINESE)[0] == "built"
    rows = warehouse.to_arrow(warehouse.read(MATCHES))
    same = run_builds(
        builds(MemoryLinker, LinkagePolicy(enabled=True)),
        warehouse,
        context=BuildContext(as_of=datetime(2026, 4, 1)),
        clock=FixedClock(NOON),
        run_id="r2",
    )
    assert same[0].outcome == "unchanged"
    assert warehouse.to_arrow(warehouse.read(MATCHES)) == rows
    assert matched(warehouse, CHINESE[1:])[0] == "built"
    assert matched(warehouse, CHINESE[1:], LinkagePolicy(automatic=True))[0] == "built"


def test_lineage_shows_the_fields_that_matches_come_from(warehouse):
    matched(warehouse, CHINESE)
    edges = warehouse.to_arrow(warehouse.read(dw.COLUMN_LINEAGE)).to_pylist()
    sources = {e["from_column"] for e in edges if e["to_column"] == "probability"}
    assert {"name", "phone", "email", "birth_date"} <= sources
