"""The watch over a run: what it holds back, what waits, what it keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.warehouse.quality.everything import NOW, PARTS, TABLES, THINGS, expect, parts, things

from zhiyin.core.clock import FixedClock
from zhiyin.warehouse.api import BuildContext, TableBuild, run_builds
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Severity, promised
from zhiyin.warehouse.quality.tables import RESULTS, SCORES
from zhiyin.warehouse.quality.watching import Watch

RAW = replace(THINGS, name="ods.things")
CONTEXT = BuildContext(NOW, timezone="UTC")
PRICED = expect(
    rules.InRange(0, None), "price", name="price_is_not_negative", severity=Severity.BLOCKING
)


def copy(table, context):
    return table


BUILDS = [TableBuild(THINGS, (RAW,), copy)]


class Shop:
    """A warehouse whose things are built from raw ones, under watch."""

    def __init__(self, warehouse, *expected):
        self.warehouse = warehouse
        self.expected = {THINGS.name: (*promised(THINGS), *expected), PARTS.name: promised(PARTS)}

    def run(self, run_id, *rows, now=NOW):
        self.warehouse.write(RAW, things(*rows))
        watch = Watch(self.warehouse, TABLES, self.expected, now)
        clock = FixedClock(datetime(2026, 3, 2, tzinfo=UTC))
        reports = run_builds(
            BUILDS, self.warehouse, context=CONTEXT, clock=clock, run_id=run_id, gate=watch
        )
        names = [report.table for report in reports if report.outcome != "unchanged"]
        watch.look_at(names, as_of=NOW)
        self.looks = watch.settle(run_id=run_id, timezone="UTC")
        return reports[0]

    def rows(self, spec):
        return self.warehouse.to_arrow(self.warehouse.read(spec)).to_pylist()


def test_a_table_that_misses_what_blocks_is_not_published(warehouse):
    shop = Shop(warehouse, PRICED)
    assert shop.run("r1", {"number": 1, "price": Decimal(5)}).outcome == "built"
    report = shop.run("r2", {"number": 1, "price": Decimal(-5)})
    assert report.outcome == "held_back"
    assert "price_is_not_negative" in report.objections[0].sentence
    assert [row["price"] for row in shop.rows(THINGS)] == [Decimal("5.0000")]
    kept = {row["check_name"]: row for row in shop.rows(RESULTS) if row["run_id"] == "r2"}
    assert kept["price_is_not_negative"]["held_back"]
    assert kept["price_is_not_negative"]["example"] == "-5.0000"
    assert not kept["grain_is_unique"]["held_back"]


def test_a_copy_in_the_grain_blocks_without_anybody_saying_so(warehouse):
    shop = Shop(warehouse)
    assert shop.run("r1", {"number": 1}, {"number": 1}).outcome == "held_back"
    assert not warehouse.exists(THINGS)


def test_a_warning_lets_the_table_pass_and_is_kept(warehouse):
    shop = Shop(warehouse)
    assert shop.run("r1", {"number": 1, "kind": "z"}).outcome == "built"
    kept = {row["check_name"]: row for row in shop.rows(RESULTS)}
    assert not kept["kind_is_one_of"]["passed"]


def test_the_table_passes_again_once_the_data_are_mended(warehouse):
    shop = Shop(warehouse, PRICED)
    shop.run("r1", {"number": 1, "price": Decimal(-5)})
    assert shop.run("r2", {"number": 1, "price": Decimal(6)}).outcome == "built"


def test_rules_about_other_tables_wait_until_all_tables_stand(warehouse):
    rule = rules.RefersTo(PARTS.name, ("number",))
    shop = Shop(warehouse, expect(rule, "number", name="parts_are_known"))
    warehouse.write(PARTS, parts({"number": 2}))
    shop.run("r1", {"number": 1})
    kept = {row["check_name"]: row for row in shop.rows(RESULTS)}
    assert kept["parts_are_known"]["failed"] == 1
    assert {row["run_id"] for row in kept.values()} == {"r1"}


def test_a_blocking_rule_about_another_table_is_judged_at_the_gate(warehouse):
    rule = rules.RefersTo(PARTS.name, ("number",))
    known = expect(rule, "number", name="parts_are_known", severity=Severity.BLOCKING)
    shop = Shop(warehouse, known)
    warehouse.write(PARTS, parts({"number": 2}))
    assert shop.run("r1", {"number": 1}).outcome == "held_back"


def test_a_table_is_touched_by_those_that_it_is_compared_with(warehouse):
    rule = rules.RefersTo(PARTS.name, ("number",))
    watch = Watch(warehouse, TABLES, {THINGS.name: (expect(rule, "number"),)}, NOW)
    assert watch.touched([PARTS.name]) == [THINGS.name]
    assert watch.touched([THINGS.name]) == []


def test_scores_are_mean_pass_rates_by_dimension_and_the_last_look_of_a_day_counts(warehouse):
    shop = Shop(warehouse)
    shop.run("r1", {"number": 1, "kind": "z"}, {"number": 2, "kind": "a"})
    shop.run("r2", {"number": 1, "kind": "z"}, {"number": 2, "kind": "a"}, {"number": 3})
    scores = {row["dimension"]: row for row in shop.rows(SCORES)}
    assert scores["validity"]["score"] == pytest.approx(50)
    assert scores["uniqueness"]["score"] == pytest.approx(100)
    # Grain, one required column and the list of values; no row has an instant to be fresh by.
    assert (scores["all"]["checks"], scores["all"]["failed_checks"]) == (3, 1)
    assert scores["all"]["score"] == pytest.approx((100 + 100 + 50) / 3)
    assert {row["score_date"] for row in shop.rows(SCORES)} == {date(2026, 3, 2)}
    assert len(scores) == len(shop.rows(SCORES))


def test_the_day_of_a_score_is_the_workspaces(warehouse):
    shop = Shop(warehouse)
    shop.run("r1", {"number": 1})
    watch = Watch(warehouse, TABLES, shop.expected, datetime(2026, 3, 2, 20))
    watch.look_at([THINGS.name], as_of=NOW)
    watch.settle(run_id="r2", timezone="Asia/Shanghai")
    assert {row["score_date"] for row in shop.rows(SCORES)} == {date(2026, 3, 2), date(2026, 3, 3)}


def test_nothing_is_expected_of_bookkeeping(warehouse):
    results = {RESULTS.name: RESULTS}
    watch = Watch(warehouse, results, {RESULTS.name: promised(RESULTS)}, NOW)
    assert list(watch.expected_of(RESULTS.name)) == []
