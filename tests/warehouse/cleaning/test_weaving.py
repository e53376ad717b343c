"""Rules at work in builds: facts read cleaned rows, changes are counted, a mended rule replays."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import yaml

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.clock import SystemClock
from zhiyin.ports.warehouse import How
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, builds, run_builds
from zhiyin.warehouse.cleaning import tables as told
from zhiyin.warehouse.cleaning.api import RuleBook, read_body

CONTEXT = BuildContext(as_of=datetime(2026, 6, 1))
PEOPLE = """
- {name: tidy_ids, column: customer_id, text: {width: all, spaces: none}}
- {name: words, column: city, text: {empty: [n/a]}}
- {name: phone, column: phone, phone: {}}
- {name: usual_city, column: city, fill: {value: 北京}}
"""


@pytest.fixture
def warehouse():
    made = DuckDBWarehouse(":memory:")
    yield made
    made.close()


def book(customers: str = "[]", order_lines: str = "[]") -> RuleBook:
    bodies = {"customers": customers, "order_lines": order_lines}
    read = [
        read_body(f"{table}.yaml", {"table": table, "rules": yaml.safe_load(text)})
        for table, text in bodies.items()
    ]
    return RuleBook({rules.spec.name: rules for rules in read})


def built(warehouse, rules: RuleBook, number: int = 1) -> dict[str, str]:
    wanted = ("dw.customers", "dw.products", "dw.order_lines", "dw.cleaning_")
    chosen = [build for build in builds(rules) if build.spec.name.startswith(wanted)]
    reports = run_builds(
        chosen, warehouse, context=CONTEXT, clock=SystemClock(), run_id=f"run{number}"
    )
    return {report.table: report.outcome for report in reports}


def all_rows(warehouse, spec):
    return warehouse.to_arrow(warehouse.read(spec)).to_pylist()


def person(number: str, **more):
    return {"customer_id": number, "source_id": "crm", "origin": "f.csv", **more}


def line(order: str, quantity: int, **more):
    when = datetime(2026, 5, 1)
    return {
        "order_id": order, "line_kind": "sale", "quantity": Decimal(quantity), "currency": "CNY",
        "order_time": when, "source_id": "till", "origin": "f.csv", **more,
    }  # fmt: skip


def test_records_under_one_number_written_two_ways_are_one_customer(warehouse):
    records = rows_of(
        ods.CUSTOMERS,
        person("１７", city="N/A", phone="138 0013 8000"),
        person(" 17", name="张伟"),
        person("18", city="上海"),
    )
    warehouse.write(ods.CUSTOMERS, records)
    built(warehouse, book(PEOPLE))
    found = {row["customer_id"]: row for row in all_rows(warehouse, dw.CUSTOMERS)}
    assert set(found) == {"17", "18"}
    assert (found["17"]["phone"], found["17"]["name"]) == ("+8613800138000", "张伟")
    assert (found["17"]["city"], found["17"]["filled"]) == ("北京", ",city,")
    assert (found["18"]["city"], found["18"]["filled"]) == ("上海", None)


def test_a_record_that_comes_later_meets_the_one_its_number_is_mended_to(warehouse):
    rules = book(PEOPLE)
    first = rows_of(ods.CUSTOMERS, person("17", name="张伟", load_id=1), person("18", load_id=1))
    warehouse.write(ods.CUSTOMERS, first)
    built(warehouse, rules)
    later = rows_of(ods.CUSTOMERS, person("１７", phone="13800138000", load_id=2, origin_line=9))
    warehouse.write(ods.CUSTOMERS, later, How.APPEND)
    built(warehouse, rules, 2)
    found = {row["customer_id"]: row for row in all_rows(warehouse, dw.CUSTOMERS)}
    assert set(found) == {"17", "18"}
    assert (found["17"]["name"], found["17"]["phone"]) == ("张伟", "+8613800138000")


def test_identify_calls_are_cleaned_by_the_rules_of_customer_records(warehouse):
    call = {
        "event_id": "e", "kind": "identify", "user_id": "17", "phone": "138-0013-8000",
        "traits": '{"city": "n/a"}', "event_time": datetime(2026, 5, 1), "source_id": "web",
    }  # fmt: skip
    warehouse.write(ods.EVENTS, rows_of(ods.EVENTS, call))
    built(warehouse, book(PEOPLE))
    [row] = all_rows(warehouse, dw.CUSTOMERS)
    assert (row["phone"], row["city"], row["filled"]) == ("+8613800138000", "北京", ",city,")


def test_a_mended_rule_lets_rejected_rows_in_at_the_next_run(warehouse):
    warehouse.write(ods.ORDER_LINES, rows_of(ods.ORDER_LINES, line("a", 2), line("b", 5000)))
    strict = "- {name: too_many, column: quantity, range: {at_most: 1000, otherwise: reject}}"
    built(warehouse, book(order_lines=strict))
    assert [row["order_id"] for row in all_rows(warehouse, dw.ORDER_LINES)] == ["a"]
    [rejected] = all_rows(warehouse, told.REJECTS)
    assert (rejected["rule"], rejected["column"], rejected["origin_line"]) == (
        "too_many", "quantity", 2,
    )  # fmt: skip
    assert Decimal(rejected["value"]) == 5000
    outcomes = built(warehouse, book(order_lines=strict.replace("1000", "10000")), 2)
    assert outcomes["dw.order_lines"] == "built"
    assert sorted(row["order_id"] for row in all_rows(warehouse, dw.ORDER_LINES)) == ["a", "b"]
    assert all_rows(warehouse, told.REJECTS) == []


def test_the_same_rules_leave_everything_as_it_is(warehouse):
    warehouse.write(ods.CUSTOMERS, rows_of(ods.CUSTOMERS, person("17")))
    built(warehouse, book(PEOPLE))
    assert set(built(warehouse, book(PEOPLE), 2).values()) == {"unchanged"}


def test_every_change_is_counted_and_sampled(warehouse):
    people = [person(f"c{number}", phone=f"138 0013 {number:04}") for number in range(20)]
    people += [person("c20", phone="nonsense"), person("c21", phone="+8613800138000")]
    warehouse.write(ods.CUSTOMERS, rows_of(ods.CUSTOMERS, *people))
    built(warehouse, book(PEOPLE))
    counts = {
        (row["rule"], row["action"]): (row["rows"], row["changed"])
        for row in all_rows(warehouse, told.CHANGES)
    }
    assert counts["phone", "repaired"] == (22, 20)
    assert counts["phone", "emptied"] == (22, 1)
    assert counts["usual_city", "filled"] == (22, 22)
    assert counts["tidy_ids", "repaired"] == (22, 0)
    samples = [row for row in all_rows(warehouse, told.SAMPLES) if row["rule"] == "phone"]
    assert len(samples) == 6
    assert {row["after"] for row in samples if row["action"] == "emptied"} == {None}
    built(warehouse, book(PEOPLE.replace("北京", "天津")), 2)
    again = [row for row in all_rows(warehouse, told.SAMPLES) if row["rule"] == "phone"]
    assert sorted(map(str, samples)) == sorted(map(str, again))


def test_rows_kept_out_by_one_rule_are_not_counted_by_the_next(warehouse):
    rules = """
    - {name: none, column: quantity, range: {above: 0, otherwise: reject}}
    - {name: few, column: quantity, range: {at_least: 2, otherwise: flag}}
    """
    warehouse.write(ods.ORDER_LINES, rows_of(ods.ORDER_LINES, line("a", 0), line("b", 1)))
    built(warehouse, book(order_lines=rules))
    changes = {row["rule"]: row["changed"] for row in all_rows(warehouse, told.CHANGES)}
    assert changes == {"none": 1, "few": 1}
    [row] = all_rows(warehouse, dw.ORDER_LINES)
    assert row["flagged"] == ",few,"


def test_now_is_when_the_build_runs_not_what_it_looks_from(warehouse):
    rules = "- {name: future, column: order_time, range: {at_most: now, otherwise: reject}}"
    soon = datetime.now(UTC).replace(tzinfo=None, year=2025)
    late = datetime(2096, 1, 1)
    rows = rows_of(ods.ORDER_LINES, line("a", 1, order_time=soon), line("b", 1, order_time=late))
    warehouse.write(ods.ORDER_LINES, rows)
    built(warehouse, book(order_lines=rules))
    assert [row["order_id"] for row in all_rows(warehouse, dw.ORDER_LINES)] == ["a"]
