"""The data-quality pages: scores put together, examples masked, measures with their odd days."""

from __future__ import annotations

import pytest
from tests.api.quality_rows import DAYS, LAST, score, write_quality
from tests.api.small_shop import Shop, empty_workspace

from zhiyin.api.quality_scores import dimension_scores, trend_of

QUALITY = "/api/data/quality"
CLEANING = "/api/data/cleaning"


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    with empty_workspace(tmp_path_factory.mktemp("checked") / "shop") as opened:
        opened.add_accounts()
        write_quality(opened.workspace)
        yield opened


def got(shop: Shop, path: str, role: str = "admin", **asked):
    answer = shop.as_(role).get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_table_held_back_comes_first_and_the_others_by_their_score(checked: Shop):
    tables = got(checked, QUALITY)["tables"]
    assert tables[0]["table"] == "dw.orders"
    assert tables[0]["is_held_back"]
    others = [line["score"] for line in tables[1:]]
    assert others == sorted(others)
    assert not any(line["is_held_back"] for line in tables[1:])


def test_the_overview_counts_what_fails_and_what_cleaning_did(checked: Shop):
    found = got(checked, QUALITY)
    assert (found["checks"], found["failed_checks"], found["held_back"]) == (10, 3, 1)
    assert (found["repaired"], found["rejected"]) == (412 + 57 + 9 + 33 + 12 + 7 + 1208, 25)
    assert found["checked_at"] == "2026-03-02T02:15:00Z"
    assert [line["day"] for line in found["anomalies"]] == ["2026-02-28", "2026-02-21"]
    assert len(found["trend"]) < DAYS  # nobody looked on Sundays
    assert found["score"] == found["trend"][-1]["score"]
    assert found["previous"] == found["trend"][-2]["score"]


def test_a_table_that_nobody_looked_at_keeps_its_score_of_the_look_before():
    monday, tuesday = LAST.replace(day=1), LAST
    rows = [
        score("a", monday, "all", 80.0, checks=1, failed=1),
        score("b", monday, "all", 100.0, checks=3, failed=0),
        score("a", tuesday, "all", 100.0, checks=1, failed=0),
    ]
    assert [(day.score, day.failed_checks) for day in trend_of(rows)] == [(95.0, 1), (100.0, 0)]


def test_a_dimension_weighs_its_tables_by_their_expectations():
    rows = [
        score("a", LAST, "validity", 50.0, checks=1, failed=1),
        score("b", LAST, "validity", 100.0, checks=4, failed=0),
        score("b", LAST, "all", 10.0, checks=9, failed=9),
    ]
    found = dimension_scores(rows)
    assert [(one.dimension, one.score, one.checks, one.failed_checks) for one in found] == [
        ("validity", 90.0, 5, 1)
    ]


def test_a_table_tells_its_expectations_worst_first(checked: Shop):
    found = got(checked, f"{QUALITY}/tables/dw.orders")
    names = [check["check_name"] for check in found["checks"]]
    assert names[0] == "amount_is_sum_of_lines"
    assert found["checks"][0]["failed"] == 847
    assert found["is_held_back"]
    assert {one["dimension"] for one in found["trend"]} >= {"all", "consistency"}
    assert [(one["column"], one["metric"], one["anomalies"]) for one in found["measures"]] == [
        ("", "rows", 2),
        ("channel", "null_rate", 0),
    ]


def test_a_profile_marks_the_days_that_stand_out(checked: Shop):
    points = got(checked, f"{QUALITY}/tables/dw.orders/profile")["points"]
    assert len(points) == 60
    assert points == sorted(points, key=lambda point: point["day"])
    odd = [point for point in points if point["is_anomaly"]]
    assert [(point["day"], point["value"], point["high"]) for point in odd] == [
        ("2026-02-21", 61.0, 337.0),
        ("2026-02-28", 498.0, 334.0),
    ]
    assert points[0]["low"] is None  # too few days came before
    usual = [point for point in points[30:] if not point["is_anomaly"]]
    assert all(point["low"] <= point["value"] <= point["high"] for point in usual)


def test_a_measure_that_nobody_takes_is_not_found(checked: Shop):
    answer = checked.as_("admin").get(f"{QUALITY}/tables/dw.orders/profile?metric=nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_table_without_expectations_is_not_found(checked: Shop):
    answer = checked.as_("admin").get(f"{QUALITY}/tables/dw.nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("role", "email", "phone"),
    [
        ("admin", "w***@@example.com", "***1111"),
        ("analyst", "w***@@example.com", "***1111"),
        ("viewer", "***", "***"),
    ],
)
def test_an_example_is_masked_by_the_class_of_its_column(checked: Shop, role, email, phone):
    checks = got(checked, f"{QUALITY}/tables/dw.customers", role)["checks"]
    shown = {check["check_name"]: check["example"] for check in checks}
    assert (shown["email_is_valid"], shown["phone_is_valid"]) == (email, phone)
    assert shown["name_known"] is None


def test_an_example_that_is_no_personal_data_is_clear_for_everybody(checked: Shop):
    checks = got(checked, f"{QUALITY}/tables/dw.orders", "viewer")["checks"]
    assert checks[0]["example"] == "1288.0000"


def test_samples_show_before_and_after_masked_by_the_columns_class(checked: Shop):
    asked = {"table": "ods.customers", "column": "phone", "rule": "phone_to_e164"}
    for role, before in (("viewer", "***"), ("marketer", "***1111")):
        found = got(checked, f"{CLEANING}/samples", role, **asked)
        assert len(found) == 3
        assert (found[0]["before"], found[0]["after"]) == (before, before)
    currency = {"table": "ods.order_lines", "column": "currency", "rule": "currency_code"}
    found = got(checked, f"{CLEANING}/samples", "viewer", **currency)
    assert [(one["before"], one["after"]) for one in found] == [("RMB", "CNY"), ("人民币", "CNY")]


def test_an_emptied_value_is_null_afterwards(checked: Shop):
    asked = {"table": "ods.customers", "column": "email", "rule": "email_must_be_valid"}
    assert [one["after"] for one in got(checked, f"{CLEANING}/samples", **asked)] == [None]


def test_rules_are_listed_with_what_they_changed(checked: Shop):
    found = got(checked, CLEANING, "viewer")
    assert [line["rule"] for line in found if line["table"] == "ods.customers"] == [
        "phone_to_e164",
        "email_lower_case",
        "half_width",
        "same_record_twice",
        "email_must_be_valid",
    ]


def test_rejected_rows_come_page_by_page_and_filtered(checked: Shop):
    path = f"{CLEANING}/rejects"
    first = got(checked, path, size=20)
    second = got(checked, path, size=20, page=2)
    assert (first["total"], len(first["items"]), len(second["items"])) == (25, 20, 5)
    lines = {(one["table"], one["origin_line"]) for one in [*first["items"], *second["items"]]}
    assert len(lines) == 25
    assert first["counts"] == [
        {"table": "ods.order_lines", "rule": "quantity_above_zero", "rows": 24},
        {"table": "ods.customers", "rule": "birth_date_in_the_past", "rows": 1},
    ]
    only = got(checked, path, "viewer", table="ods.customers", rule="birth_date_in_the_past")
    assert [one["value"] for one in only["items"]] == ["***"]


def test_before_the_first_look_everything_is_empty(unused: Shop):
    found = got(unused, QUALITY, "viewer")
    assert (found["score"], found["tables"], found["trend"], found["anomalies"]) == (
        None,
        [],
        [],
        [],
    )
    assert got(unused, CLEANING) == []
    assert got(unused, f"{CLEANING}/rejects")["total"] == 0


def test_a_look_is_written_to_the_trail(checked: Shop):
    answer = checked.as_("analyst").post("/api/data/quality/check", json={"table": "dw.orders"})
    assert answer.status_code == 404  # no run has built the table, so there is nothing to look at
    assert checked.as_("viewer").post("/api/data/quality/check", json={}).status_code == 403


def test_the_report_is_one_page_with_examples_masked(checked: Shop):
    answer = checked.as_("admin").get("/api/data/quality/report", params={"language": "en"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert "dw.orders" in answer.text
    assert "wang.wei" not in answer.text


def test_alerts_tell_that_nobody_is_told(checked: Shop):
    assert got(checked, f"{QUALITY}/alerts", "viewer") == {
        "webhook": None,
        "email": [],
        "only_blocking": False,
    }
