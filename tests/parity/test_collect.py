"""Judging records on DuckDB and on Spark: the same values and reasons."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from zhiyin.collect.api import load_recipe
from zhiyin.collect.conditions import Moment
from zhiyin.collect.judging import DIGESTS, judge

pytestmark = pytest.mark.spark

RECIPE = r"""
name: both
title: {zh-CN: 双, en: Both}
timezone: Asia/Shanghai
currency: CNY
sources:
  - {name: names, files: ["names*"]}
  - name: lines
    files: ["lines*"]
    target: order_lines
    joins:
      - {name: named, source: names, on: {sku: sku}}
    columns:
      order_id: {from: no, upper: true, prefix: "N-"}
      line_kind: {from: kind, map: {S: sale, R: refund}, otherwise: adjustment}
      customer_id: {from: who, strip_prefix: M, strip_suffix: ".0", lower: true, empty: NA}
      product_id: {digest: [sku, no]}
      product_name: {join: [named.name, sku], separator: "/"}
      quantity: qty
      _price: {from: price, remove: ["¥", ","]}
      discount: {calculate: abs(_price) / quantity, default: 0}
      unit_price: {calculate: _price - 0.0001}
      amount: {calculate: quantity * unit_price - discount}
      order_time: {from: at, formats: [ISO, D/M/YYYY h:mm, YYYYMMDD hhmmss], plus_days: 1}
      coupon_code: {pack: {名: sku, q: qty}, numbers: [q]}
      country: {value: CN}
    rules:
      - {code: first, when: {order_id: {starts_with: N-C}}, set: {line_kind: refund}}
      - code: second
        when: {any: [{quantity: {below: 0}}, {not: {country: CN}}], line_kind: {one_of: [sale]}}
        set: {quantity: {calculate: -quantity}, coupon_code: null}
      - {code: third, when: {customer_id: {matches: '^[a-z]\d$'}}}
      - {code: fourth, when: {order_time: {after: now}}, quarantine: true}
    duplicates: {code: again, columns: [no, sku, who]}
    control_total: amount
"""

NUMBERS = ["1", "-2.50005", " 3 ", "1e2", "x", "", "0", "12345678901234.5", None]
TIMES = [
    "2025-03-01", "2025-03-01 23:59:59.123456", "2025-03-01T10:00:00Z", "1/2/2025 7:05",
    "2025-06-01T10:00:00+02:00", "2025-06-01 10:00:00-0530", "20250304 050607", "2025-02-30",
    "infinity", "epoch", "31/11/2025 1:00", "", None, "2099-01-01",
]  # fmt: skip
WORDS = ["M7.0", "m7", "Na", "NA", "b1", "", None, ' x"\\y\n\t', "知音", "C1", "S"]


def texts() -> pa.Table:
    pairs = [*product(NUMBERS, TIMES[:3]), *product(NUMBERS[:2], TIMES)]
    count = len(pairs)
    columns = {
        "no": [WORDS[n % 11] for n in range(count)],
        "kind": [["S", "R", "Q", ""][n % 4] for n in range(count)],
        "who": [WORDS[(n * 3) % 11] for n in range(count)],
        "sku": [["A", "B ", "Z", '"', None][n % 5] for n in range(count)],
        "qty": [number for number, _ in pairs],
        "price": [["¥1,000.5", "0", "-3", "2.5"][n % 4] for n in range(count)],
        "at": [at for _, at in pairs],
    }
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    return table.append_column("_row", pa.array(range(count), pa.int64()))


def test_records_are_judged_alike(both_engines, tmp_path):
    path = tmp_path / "both.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    source = load_recipe(path).source("lines")
    names = pa.table({"sku": ["A", "B"], "name": ["绿茶", None]})
    moment = Moment(datetime(2026, 1, 1), ZoneInfo("Asia/Shanghai"))

    def judged(lines, known):
        # Each engine has hashes of its own; that equal texts have equal ones is the port's promise.
        made = judge(lines, source, lookups={"names": known}, moment=moment)
        return made.drop(*DIGESTS)

    rows = both_engines.same_rows(judged, texts(), names)
    reasons = {row["_reason"] for row in rows}
    assert reasons >= {None, "unreadable_value", "missing_value", "fourth"}
    assert len(rows) == texts().num_rows
