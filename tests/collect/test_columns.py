"""Single columns: every form and step of a recipe, on a file of one column's texts."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collect import shop

from zhiyin.collect.wall_clock import to_utc, to_wall

BASE = """
name: one
title: {{zh-CN: 一, en: One}}
timezone: {zone}
currency: CNY
sources:
  - name: rows
    files: ["rows*"]
    target: {target}
    columns:
      {columns}
"""


def made(warehouse, tmp_path, column: str, cells: list[tuple[str, ...]], **where):
    """Import customers (or another target) with one column under test; return its values."""
    target = where.get("target", "customers")
    required = {"customers": "customer_id: k", "costs": "channel: k"}[target]
    columns = f"{required}\n      {column}"
    text = BASE.format(zone=where.get("zone", "UTC"), target=target, columns=columns)
    header = ",".join(["k", "a", "b"][: 1 + len(cells[0])])
    quoted = [
        ",".join([str(n), *('"' + cell.replace('"', '""') + '"' for cell in row)])
        for n, row in enumerate(cells)
    ]
    path = shop.file(tmp_path, "rows.csv", "\n".join([header, *quoted]) + "\n")
    shop.run(warehouse, shop.recipe(tmp_path, text), [path])
    name = column.split(":", maxsplit=1)[0]
    return [row[name] for row in shop.rows(warehouse, target)]


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("name: a", [" x ", "", "  ", "\ty"], ["x", None, None, "y"]),
        ("name: {from: a, lower: true}", ["AbC"], ["abc"]),
        ("name: {from: a, upper: true}", ["AbC"], ["ABC"]),
        ("name: {from: a, prefix: K-}", ["1", ""], ["K-1", None]),
        ("name: {from: a, strip_prefix: K-}", ["K-1", "1"], ["1", "1"]),
        ("name: {from: a, strip_suffix: '.0'}", ["1.0", "10", ".0"], ["1", "10", ""]),
        ("name: {from: a, remove: [',', ' ']}", ["60,000 ", "1 2", ","], ["60000", "12", None]),
        ("name: {from: a, empty: [NA, '-']}", ["NA", "-", "x"], [None, None, "x"]),
        ("name: {from: a, map: {F: female}}", ["F", "G", ""], ["female", "G", None]),
        ("name: {from: a, map: {F: f}, otherwise: o}", ["F", "G", ""], ["f", "o", None]),
        ("name: {from: a, default: none}", ["", "x"], ["none", "x"]),
        ("name: {value: 定值}", ["x"], ["定值"]),
        ("email_consent: a", ["Y", "no", "1", "FALSE", ""], [True, False, True, False, None]),
        ("birth_date: a", ["1971-02-03", "1971-02-03 10:00:00"], [date(1971, 2, 3)] * 2),
        ("birth_date: {from: a, formats: [M/D/YYYY, MM-DD-YYYY]}",
         ["5/14/1965", "04-08-1966"], [date(1965, 5, 14), date(1966, 4, 8)]),
        ("birth_date: {from: a, unreadable: empty}", ["1900-00-00", "x"], [None, None]),
        ("joined_at: {from: a, plus_days: 1}", ["2017-02-28"], [datetime(2017, 3, 1)]),
        ("joined_at: a", ["2020-01-02T03:04:05.25"], [datetime(2020, 1, 2, 3, 4, 5, 250000)]),
        ("joined_at: {from: a, formats: [YYYYMMDD hhmmss]}",
         ["20200102 030405"], [datetime(2020, 1, 2, 3, 4, 5)]),
        ("joined_at: {from: a, timezone: Asia/Shanghai}",
         ["2020-01-02 08:00:00"], [datetime(2020, 1, 2)]),
        ("joined_at: {from: a, timezone: Asia/Shanghai}",
         ["2020-01-02 08:00:00-0230"], [datetime(2020, 1, 2, 10, 30)]),
    ],
)  # fmt: skip
def test_a_column_comes_out_as_its_recipe_says(warehouse, tmp_path, column, cells, expected):
    assert made(warehouse, tmp_path, column, [(cell,) for cell in cells]) == expected


def test_whole_numbers_may_have_a_point_but_no_fraction(warehouse, tmp_path):
    columns = "cost_date: {value: '2025-01-01'}\n      amount: {value: 1}\n      clicks: a"
    text = BASE.format(zone="UTC", target="costs", columns=f"channel: k\n      {columns}")
    path = shop.file(tmp_path, "rows.csv", "k,a\nx,12\ny,12.0\nz,12.5\n")
    shop.run(warehouse, shop.recipe(tmp_path, text), [path])
    assert [row["clicks"] for row in shop.rows(warehouse, "costs")] == [12, 12]
    assert shop.aside(warehouse) == [(3, "unreadable_value")]


def test_parts_are_joined_and_empty_ones_left_out(warehouse, tmp_path):
    cells = [("Ann", "Lee"), ("", "Lee"), ("Ann", ""), ("", "")]
    found = made(warehouse, tmp_path, "name: {join: [a, b]}", cells)
    assert found == ["Ann Lee", "Lee", "Ann", None]


anything = st.text(
    st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"), max_size=8
)


numbers = st.sampled_from(["1", "-2.5", "01", "x", "", "1e5"])


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(anything, numbers), min_size=1, max_size=20))
def test_packed_columns_are_json_that_reads_back(tmp_path_factory, cells):
    from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse

    warehouse = DuckDBWarehouse(":memory:", threads=1)
    cells = [(text + "\\\"'\n,", value) for text, value in cells]
    column = "attributes: {pack: {文: a, n: b}, numbers: [n]}"
    found = made(warehouse, tmp_path_factory.mktemp("pack"), column, cells)
    for (text, value), packed in zip(cells, found, strict=True):
        expected: dict[str, object] = {"文": text.strip(" \t\r\n\v\f")}
        if value:
            expected["n"] = {"1": 1, "-2.5": -2.5}.get(value, value)
        assert json.loads(packed) == expected
    warehouse.close()


def test_nothing_packed_is_nothing(warehouse, tmp_path):
    assert made(warehouse, tmp_path, "attributes: {pack: [a, b]}", [("", "")]) == [None]


def test_a_digest_depends_on_the_texts_and_on_where_one_ends(warehouse, tmp_path):
    cells = [("ab", "c"), ("a", "bc"), ("ab", "c")]
    first, second, third = made(warehouse, tmp_path, "phone: {digest: [a, b]}", cells)
    assert first == third != second
    assert len(first) == 64


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]),
    st.lists(st.datetimes(datetime(1975, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=20),
)
def test_wall_clock_times_become_utc_as_the_standard_library_has_it(zone, walls):
    epoch = datetime(1970, 1, 1)
    micro = timedelta(microseconds=1)
    micros = np.array([(wall - epoch) // micro for wall in walls], dtype=np.int64)
    expected = [
        (wall - (wall.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta(0)) - epoch) // micro
        for wall in walls
    ]
    assert to_utc(micros, ZoneInfo(zone)).tolist() == expected


def test_an_hour_that_occurs_twice_is_taken_the_first_time():
    epoch = datetime(1970, 1, 1)
    wall = (datetime(2011, 10, 30, 1, 30) - epoch) // timedelta(microseconds=1)
    utc = to_utc(np.array([wall]), ZoneInfo("Europe/London"))
    assert epoch + timedelta(microseconds=int(utc[0])) == datetime(2011, 10, 30, 0, 30)
    assert to_wall(datetime(2011, 10, 30, 0, 30), ZoneInfo("Europe/London")) == datetime(
        2011, 10, 30, 1, 30
    )


def test_money_is_exact_to_the_fourth_place(warehouse, tmp_path):
    columns = (
        "cost_date: {value: '2025-01-01'}\n      _n: a\n      amount: {calculate: _n * 1.0001}"
    )
    text = BASE.format(zone="UTC", target="costs", columns=f"channel: k\n      {columns}")
    path = shop.file(tmp_path, "rows.csv", "k,a\nx,0.0001\ny,99999999.9999\nz,-0.5\n")
    shop.run(warehouse, shop.recipe(tmp_path, text), [path])
    found = [row["amount"] for row in shop.rows(warehouse, "costs")]
    assert found == [Decimal("0.0001"), Decimal("100009999.9999"), Decimal("-0.5001")]
