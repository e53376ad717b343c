# ruff: noqa: E501 - a row of a fixture reads best on one line
"""What cleaning and quality leave behind in a shop that had a bad week."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

from zhiyin.app.workspace import Workspace
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.cleaning import tables as cleaning
from zhiyin.warehouse.quality import tables as quality

DAYS = 21
LAST = date(2026, 3, 2)
LOOKED = datetime(2026, 3, 2, 2, 15)

# table, dimension, expectations, score on the first day, score on the last
SCORES = (
    ("dw.customers", "completeness", 4, 96.4, 97.1),
    ("dw.customers", "uniqueness", 2, 100.0, 100.0),
    ("dw.customers", "validity", 5, 93.0, 98.6),
    ("dw.orders", "completeness", 3, 99.8, 99.9),
    ("dw.orders", "consistency", 2, 99.2, 82.4),
    ("dw.orders", "uniqueness", 1, 100.0, 100.0),
    ("dw.orders", "timeliness", 1, 100.0, 100.0),
    ("dw.events", "completeness", 2, 99.1, 99.0),
    ("dw.events", "validity", 3, 97.9, 98.8),
    ("dw.products", "completeness", 2, 88.0, 91.5),
    ("dw.products", "accuracy", 1, 94.0, 94.0),
)
# table, check, column, dimension, severity, rows, failed, at_least, example, held back
CHECKS = (
    ("dw.orders", "amount_is_sum_of_lines", "amount", "consistency", "blocking", 4812, 847, 0.99, "1288.0000", True),
    ("dw.orders", "order_id_unique", "", "uniqueness", "blocking", 4812, 0, 1.0, None, False),
    ("dw.orders", "order_time_known", "order_time", "completeness", "blocking", 4812, 0, 1.0, None, False),
    ("dw.orders", "newest_within_a_day", "order_time", "timeliness", "warning", 4812, 0, 1.0, None, False),
    ("dw.customers", "email_is_valid", "email", "validity", "warning", 900, 13, 0.99, "wang.wei@@example.com", False),
    ("dw.customers", "phone_is_valid", "phone", "validity", "warning", 900, 1, 0.95, "+8613800001111", False),
    ("dw.customers", "name_known", "name", "completeness", "warning", 900, 26, 0.95, None, False),
    ("dw.customers", "customer_id_unique", "customer_id", "uniqueness", "blocking", 900, 0, 1.0, None, False),
    ("dw.events", "visitor_known", "visitor_id", "completeness", "warning", 182_400, 3, 0.98, None, False),
    ("dw.products", "category_known", "category", "completeness", "warning", 240, 41, 0.95, None, False),
)  # fmt: skip
CHANGES = (
    ("ods.customers", "phone", "phone_to_e164", "repaired", 880, 412),
    ("ods.customers", "email", "email_lower_case", "repaired", 861, 57),
    ("ods.customers", "email", "email_must_be_valid", "emptied", 861, 9),
    ("ods.customers", "name", "half_width", "repaired", 900, 33),
    ("ods.customers", "", "same_record_twice", "merged", 912, 12),
    ("ods.order_lines", "unit_price", "price_outlier", "flagged", 9_624, 7),
    ("ods.order_lines", "quantity", "quantity_above_zero", "rejected", 9_624, 24),
    ("ods.order_lines", "currency", "currency_code", "repaired", 9_624, 1_208),
)
SAMPLES = (
    ("ods.customers", "phone", "phone_to_e164", "138 0000 1111", "+8613800001111"),
    ("ods.customers", "phone", "phone_to_e164", "(0086)139-2222-3333", "+8613922223333"),
    ("ods.customers", "phone", "phone_to_e164", "１３７４４４４５５５５", "+8613744445555"),
    ("ods.customers", "email", "email_must_be_valid", "wang.wei@@example.com", None),
    ("ods.order_lines", "currency", "currency_code", "RMB", "CNY"),
    ("ods.order_lines", "currency", "currency_code", "人民币", "CNY"),
)


def write_quality(workspace: Workspace) -> None:
    """Write three weeks of looks, measures with two days that stand out, and what was cleaned."""
    warehouse = workspace.warehouse
    warehouse.write(quality.SCORES, rows_of(quality.SCORES, *score_rows()))
    warehouse.write(quality.RESULTS, rows_of(quality.RESULTS, *map(result, CHECKS)))
    warehouse.write(quality.PROFILES, rows_of(quality.PROFILES, *profile_rows()))
    warehouse.write(quality.ANOMALIES, rows_of(quality.ANOMALIES, *anomaly_rows()))
    warehouse.write(cleaning.CHANGES, rows_of(cleaning.CHANGES, *map(change, CHANGES)))
    warehouse.write(cleaning.SAMPLES, rows_of(cleaning.SAMPLES, *sample_rows()))
    warehouse.write(cleaning.REJECTS, rows_of(cleaning.REJECTS, *reject_rows()))


def score_rows() -> list[dict]:
    found = []
    for back in range(DAYS):
        day = LAST - timedelta(days=DAYS - 1 - back)
        if day.weekday() == 6 and back < DAYS - 3:
            continue  # nobody looked on Sundays
        share = back / (DAYS - 1)
        tables = dict.fromkeys(table for table, *_ in SCORES)
        for table in tables:
            scores = []
            for owner, dimension, checks, first, last in SCORES:
                if owner != table:
                    continue
                # Consistency of orders breaks on the last two days only.
                value = last if back >= DAYS - 2 else first + (last - first) * share * 0.2
                failed = int(value < 95)
                scores.append((value, checks, failed))
                found.append(score(table, day, dimension, value, checks=checks, failed=failed))
            weight = sum(checks for _, checks, _ in scores)
            whole = sum(value * checks for value, checks, _ in scores) / weight
            failed = sum(failed for *_, failed in scores)
            found.append(score(table, day, "all", whole, checks=weight, failed=failed))
    return found


def score(table: str, day: date, dimension: str, value: float, *, checks: int, failed: int) -> dict:
    return {
        "table_name": table,
        "score_date": day,
        "dimension": dimension,
        "score": value,
        "checks": checks,
        "failed_checks": failed,
    }


def result(told: tuple) -> dict:
    table, name, column, dimension, severity, rows, failed, at_least, example, held = told
    rate = 1 - failed / rows
    return {
        "run_id": "run-0302",
        "table_name": table,
        "check_name": name,
        "column": column,
        "dimension": dimension,
        "severity": severity,
        "rows": rows,
        "failed": failed,
        "pass_rate": rate,
        "at_least": at_least,
        "passed": rate >= at_least,
        "example": example,
        "held_back": held,
        "checked_at": LOOKED,
    }


def measured(back: int) -> float:
    """Return the orders of a day: a weekly rhythm, a day lost, and a day that came twice."""
    usual = 220 + 46 * math.sin(back * 2 * math.pi / 7) + back % 5
    return {9: 61.0, 2: 498.0}.get(back, round(usual))


def profile_rows() -> list[dict]:
    found = []
    for back in range(60):
        day = LAST - timedelta(days=back)
        rows, nulls = measured(back), 0.031 + 0.002 * (back % 3)
        found.append(profile("dw.orders", day, "", "rows", rows))
        found.append(profile("dw.orders", day, "channel", "null_rate", nulls))
        found.append(profile("dw.customers", day, "email", "null_rate", 0.12 + 0.01 * (back % 4)))
    return found


def profile(table: str, day: date, column: str, metric: str, value: float) -> dict:
    return {
        "table_name": table,
        "profile_date": day,
        "column": column,
        "metric": metric,
        "value": float(value),
    }


def anomaly_rows() -> list[dict]:
    found = []
    for back, expected, low, high, strength in ((2, 251.0, 168.0, 334.0, 8.9), (9, 254.0, 171.0, 337.0, -7.0)):  # fmt: skip
        day = LAST - timedelta(days=back)
        found.append(
            {
                **profile("dw.orders", day, "", "rows", measured(back)),
                "expected": expected,
                "low": low,
                "high": high,
                "score": strength,
                "found_at": LOOKED - timedelta(days=back - 1),
            }
        )
    return found


def change(told: tuple) -> dict:
    names = ("table_name", "column", "rule", "action", "rows", "changed")
    return dict(zip(names, told, strict=True))


def sample_rows() -> list[dict]:
    found = []
    for place, (table, column, rule, before, after) in enumerate(SAMPLES, start=1):
        found.append(
            {
                "table_name": table,
                "column": column,
                "rule": rule,
                "place": place,
                "load_id": 3,
                "origin": "crm.csv" if table == "ods.customers" else "orders.csv",
                "origin_line": 40 + 17 * place,
                "before": before,
                "after": after,
            }
        )
    return found


def reject_rows() -> list[dict]:
    return [
        {
            "table_name": "ods.order_lines",
            "load_id": 3,
            "origin": "orders.csv",
            "origin_line": 100 + 7 * line,
            "source_id": "pos",
            "rule": "quantity_above_zero",
            "column": "quantity",
            "value": str(-line),
            "rejected_at": LOOKED,
        }
        for line in range(1, 25)
    ] + [
        {
            "table_name": "ods.customers",
            "load_id": 2,
            "origin": "crm.csv",
            "origin_line": 9,
            "source_id": "crm",
            "rule": "birth_date_in_the_past",
            "column": "birth_date",
            "value": "2087-01-01",
            "rejected_at": LOOKED,
        }
    ]
