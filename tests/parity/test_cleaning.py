"""Cleaning on DuckDB and on Spark: every kind of rule, with the values engines disagree about."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
import yaml

from zhiyin.collect import tables as ods
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.cleaning.api import (
    Setting,
    changes_of,
    cleaned,
    read_body,
    rejects_of,
    samples_of,
    shipped_rules,
    trail,
)

pytestmark = pytest.mark.spark
SETTING = Setting(datetime(2026, 6, 1, 0, 0, 0, 999999))
LINES = """
- {name: ids, column: product_id, text: {width: all, spaces: none, case: upper}}
- name: price
  column: unit_price
  number: {from: attributes.p, unit: workspace, otherwise: reject}
- {name: time, column: order_time, date: {from: attributes.t, order: dmy, otherwise: keep}}
- {name: fen, column: unit_price, unit: {group: product_id, factors: [100], at_least_rows: 3}}
- {name: odd, column: unit_price, outlier: {group: product_id, at_least_rows: 3}}
- {name: plain_odd, column: quantity, outlier: {scale: plain, at_least_rows: 3}}
- name: sum
  column: amount
  calculate: {formula: quantity * unit_price - discount, if_changed: [unit_price]}
- {name: usual_discount, column: discount, fill: {median_of: product_id}}
- {name: usual_channel, column: channel, fill: {most_used_of: store_id}}
- {name: channel, column: channel, codes: {list: channel, otherwise: flag}}
- name: zero
  column: quantity
  range: {above: 0, otherwise: reject}
  when: {channel: {empty: false}}
- {name: twice, duplicates: {same: [order_id, product_id], within: 1.5, by: order_time}}
- {name: test_shop, reject: {}, when: {store_id: {matches: "^T"}}}
"""
COUNTRIES = ["英国", "UK", "", None, "Atlantis", "CN", "cn"]


def people():
    names = [
        "王小明".encode().decode("latin-1"),
        " Ａnn\u200b  Li ",
        "锟斤拷",
        "N/A",
        None,
        "",
        "张伟",
    ]
    phones = ["138-0013-8000", "０２０ 7946 0958", "a@b.cn", "12", None, "", "+8613800138000"]
    emails = ["A.B@Gmial.com", "x＠qq．com", "13800138001", "no", None, "", "a@b.cn"]
    born = ["1980年5月6日", "29347", "1850-01-01", "13/05/1980", "x", "", "2000-02-30"]
    rows = [
        {
            "customer_id": f" m{number}", "name": names[number], "phone": phones[number],
            "email": emails[number], "country": COUNTRIES[number],
            "gender": ["女", "M", "?", None, "2", "", "female"][number],
            "attributes": f'{{"birth_date": "{born[number]}"}}', "source_id": "crm",
            "origin": "客户.csv", "load_id": number % 2,
        }
        for number in range(7)
    ]  # fmt: skip
    return rows_of(ods.CUSTOMERS, *rows)


def lines():
    prices = ["10", "11", "¥12.00", "1200", "400", "abc", "", "1.2万", "9.99", "10.5"]
    times = ["2026/5/1 8:30", "01/02/2026 08:30:00", "1709598600", "x", ""] * 2
    rows = [
        {
            "order_id": f"o{number // 2}", "line_kind": "sale", "product_id": " ａ1",
            "quantity": Decimal(number % 4), "unit_price": Decimal("10.1234"), "currency": "CNY",
            "discount": None if number % 3 else Decimal("0.5"), "amount": Decimal(10),
            "order_time": datetime(2026, 5, 1, 8, 30, number % 2, 500_000),
            "channel": ["小程序", None, "web", "pigeon", None][number % 5],
            "store_id": ["s", "s", "T1", "u", None][number % 5],
            "attributes": f'{{"p": "{prices[number]}", "t": "{times[number]}"}}',
            "source_id": "till", "origin": "f.csv",
        }
        for number in range(10)
    ]  # fmt: skip
    return rows_of(ods.ORDER_LINES, *rows)


def rules_of(table: str):
    if table == "customers":
        return shipped_rules().of(ods.CUSTOMERS)
    return read_body("t.yaml", {"table": table, "rules": yaml.safe_load(LINES)})


@pytest.mark.parametrize(("table", "rows"), [("customers", people()), ("order_lines", lines())])
def test_cleaned_rows_and_their_ledger_are_the_same(both_engines, table, rows):
    import ibis

    rules = rules_of(table)

    def path(raw):
        return trail(raw, rules, SETTING, is_kept=True)

    now = ibis.literal(SETTING.now, type="timestamp(6)")
    left = both_engines.same_rows(lambda raw: cleaned(raw, rules, SETTING), rows)
    both_engines.same_rows(lambda raw: changes_of(path(raw), rules.spec.name), rows)
    both_engines.same_rows(lambda raw: samples_of(path(raw), rules.spec.name), rows)
    out = both_engines.same_rows(lambda raw: rejects_of(path(raw), rules.spec.name, now), rows)
    assert left
    assert bool(out) == (table == "order_lines")
    if table == "customers":
        first = next(row for row in left if row["customer_id"] == "m0")
        assert (first["name"], first["birth_date"]) == ("王小明", date(1980, 5, 6))
