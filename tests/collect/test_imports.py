"""Imports: what becomes of good and bad input, that nothing is lost, and that it happens once."""

from __future__ import annotations

import gc
import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.collect import shop

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.tables import IMPORTS, QUARANTINE, TARGETS
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.warehouse import How

GOOD = "1,A,2,10.50,2025-06-01 08:00:00,7.0"


def test_a_line_becomes_a_typed_row_with_its_origin(warehouse, tmp_path):
    report = shop.run(warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD]))
    (row,) = shop.rows(warehouse, "order_lines")
    assert row == {
        "order_id": "1",
        "line_kind": "sale",
        "customer_id": "7",
        "product_id": "A",
        "product_name": "绿茶",
        "quantity": Decimal(2),
        "unit_price": Decimal("10.5"),
        "discount": None,
        "amount": Decimal(21),
        "currency": "CNY",
        "order_time": datetime(2025, 6, 1),
        "channel": None,
        "store_id": None,
        "country": None,
        "coupon_code": None,
        "attributes": None,
        "source_id": "shop",
        "load_id": 1,
        "origin": "lines.csv",
        "origin_line": 1,
    }
    assert (report.rows_read, report.rows_kept, report.rows_quarantined) == (4, 4, {})
    assert report.total_read == report.total_kept == Decimal(21)


def test_bad_lines_are_set_aside_each_with_its_reason_and_its_record(warehouse, tmp_path):
    body = "\n".join(
        [
            GOOD,
            "2,A,two,10,2025-06-01,7",
            ",A,1,10,2025-06-01,7",
            "3,A,1,-5,2025-06-01,7",
            "4,A,1,5,2096-06-01,7",
            "5,A,1",
            GOOD,
            "6,A,1,5,31/12/2025 9:30,",
            '7,A,"1,5,2025-06-01,7',
        ]
    )
    report = shop.run(warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, body))
    assert shop.aside(warehouse) == [
        (2, "unreadable_value"),
        (3, "missing_value"),
        (4, "negative_price"),
        (5, "future_date"),
        (6, "wrong_column_count"),
        (7, "exact_duplicate"),
        (9, "broken_quote"),
    ]
    assert [row["origin_line"] for row in shop.rows(warehouse, "order_lines")] == [1, 8]
    assert report.rows_read == report.rows_kept + sum(report.rows_quarantined.values())
    assert report.total_read == Decimal("21") + 10 - 5 + 5 + 21 + 5
    assert report.total_read == report.total_kept + report.total_quarantined
    records = {row["origin_line"]: row for row in shop.rows(warehouse, QUARANTINE)}
    assert records[2]["detail"] == "qty=two"
    assert records[3]["detail"] == "no="
    assert records[4]["detail"] == "price=-5"
    assert json.loads(records[2]["record"])["qty"] == "two"
    assert json.loads(records[6]["record"]) == {"_raw": "5,A,1"}
    assert json.loads(records[9]["record"]) == {"_raw": '7,A,"1,5,2025-06-01,7'}


def test_cancellations_free_lines_and_unknown_customers_are_kept(warehouse, tmp_path):
    body = ["C1,A,-2,10,2025-06-01,7", "2,B,1,0,2025-06-01,", "3,Z,1,¥1,2025-06-01,"]
    report = shop.run(warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, body))
    found = shop.rows(warehouse, "order_lines")
    assert [row["line_kind"] for row in found] == ["refund", "adjustment", "sale"]
    assert [row["customer_id"] for row in found] == ["7", None, None]
    assert [row["product_name"] for row in found] == ["绿茶", "乌龙", None]
    assert found[0]["amount"] == Decimal(-20)
    assert report.rule_hits["lines"]["cancellation"] == 1
    assert report.rule_hits["lines"]["free"] == 1


def test_numbers_too_large_for_money_are_set_aside_and_balance(warehouse, tmp_path):
    body = ["1,A,99999999999999,99999999999999,2025-01-01,", "2,A,1e15,1,2025-01-01,",
            "3,A,99999999,99999999,2025-01-01,", "4,A,9999999,9999999,2025-01-01,"]  # fmt: skip
    report = shop.run(warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, body))
    assert shop.aside(warehouse) == [(n, "unreadable_value") for n in (1, 2, 3)]
    assert report.total_kept == Decimal(9999999) ** 2
    assert report.total_read == Decimal(99999999999999) ** 2 + 99999999**2 + 9999999**2


texts = st.fixed_dictionaries(
    {
        "no": st.sampled_from(["1", "2", "C3", "", " 4 "]),
        "sku": st.sampled_from(["A", "B", "Z", ""]),
        "qty": st.sampled_from(["1", "-2", "0.5", "x", "", "3 "]),
        "price": st.sampled_from(["0", "9.99", "-1", "¥5", "1e3", "abc", ""]),
        "at": st.sampled_from(
            ["2025-03-01", "2025-03-01 23:59:59", "1/2/2025 7:05", "2025-12-31T23:30:00Z",
             "2026-01-01 07:59:59", "2026-01-01 08:00:01", "2025-13-01", "soon", "",
             "2025-06-01T10:00:00+02:00", "infinity"]
        ),
        "who": st.sampled_from(["7", "7.0", "", "8"]),
    }
)  # fmt: skip


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def instant(text: str) -> datetime | None:
    """Say in plain Python when a text is, in UTC."""
    zone = ZoneInfo("Asia/Shanghai")
    slashed = re.fullmatch(r"(\d+)/(\d+)/(\d{4}) (\d+):(\d\d)", text)
    try:
        if slashed:
            day, month, year, hour, minute = map(int, slashed.groups())
            at = datetime(year, month, day, hour, minute, tzinfo=zone)
        else:
            at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)


def judged(line: dict[str, str]) -> tuple[str | None, dict[str, object]]:
    """Say in plain Python why a line is set aside, if it is, and what it becomes."""
    text = {name: value.strip() for name, value in line.items()}
    price_text = text["price"].replace("¥", "")
    quantity, price, at = number(text["qty"]), number(price_text), instant(text["at"])
    unreadable = [
        text["qty"] and quantity is None,
        price_text and price is None,
        text["at"] and at is None,
    ]
    if any(unreadable):
        return "unreadable_value", {}
    if not text["no"] or quantity is None or price is None or at is None:
        return "missing_value", {}
    kind = "refund" if text["no"].startswith("C") else "adjustment" if price == 0 else "sale"
    if price < 0:
        return "negative_price", {}
    if at > shop.NOW.replace(tzinfo=None):
        return "future_date", {}
    return None, {
        "order_id": text["no"],
        "line_kind": kind,
        "customer_id": text["who"].removesuffix(".0") or None,
        "quantity": quantity,
        "unit_price": price,
        "amount": quantity * price,
        "order_time": at,
        "product_name": {"A": "绿茶", "B": "乌龙"}.get(text["sku"]),
    }


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(texts, max_size=60), st.sampled_from([17, 1000]))
def test_every_record_is_judged_as_the_plain_loop_says(tmp_path, given_lines, chunk_rows):
    warehouse = DuckDBWarehouse(":memory:", threads=1)
    order = shop.HEADER.strip().split(",")
    body = [",".join(line[name] for name in order) for line in given_lines]
    report = shop.run(
        warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, body), chunk_rows=chunk_rows
    )
    seen: set[tuple[str, ...]] = set()
    kept, reasons = [], []
    for place, line in enumerate(given_lines, start=1):
        reason, row = judged(line)
        key = tuple(line[name].strip() for name in order)
        if reason is None and key in seen:
            reason = "exact_duplicate"
        if reason is None:
            seen.add(key)
            kept.append({**row, "origin_line": place})
        else:
            reasons.append((place, reason))
    found = shop.rows(warehouse, "order_lines")
    names = kept[0].keys() if kept else ()
    assert [{name: row[name] for name in names} for row in found] == kept
    assert shop.aside(warehouse) == reasons
    assert report.rows_quarantined == dict(Counter(reason for _, reason in reasons))
    assert report.rows_read == len(given_lines) + 3
    products = [
        (number(line["qty"].strip()), number(line["price"].strip().replace("¥", "")))
        for line in given_lines
    ]
    total = sum((q * p for q, p in products if q is not None and p is not None), Decimal(0))
    assert (report.total_read or Decimal(0)) == total
    warehouse.close()


def test_the_same_file_again_changes_nothing_and_says_so(warehouse, tmp_path):
    chosen, paths = shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD])
    shop.run(warehouse, chosen, paths)
    versions = [warehouse.version(spec) for spec in (IMPORTS, QUARANTINE)]
    report = shop.run(warehouse, chosen, paths)
    assert report.load_id is None
    assert (report.rows_read, report.rows_kept, report.rows_quarantined) == (0, 0, {})
    assert [skipped.reason for skipped in report.skipped] == ["already_imported"] * 2
    assert len(shop.rows(warehouse, "order_lines")) == 1
    assert [warehouse.version(spec) for spec in (IMPORTS, QUARANTINE)] == versions


def test_a_renamed_copy_of_a_file_is_still_the_same_file(warehouse, tmp_path):
    chosen, paths = shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD])
    copy = shop.file(tmp_path, "lines-copy.csv", paths[0].read_bytes())
    report = shop.run(warehouse, chosen, [*paths, copy])
    assert [(s.name, s.reason, s.detail) for s in report.skipped] == [
        ("lines-copy.csv", "same_content", "lines.csv")
    ]


def test_force_imports_again(warehouse, tmp_path):
    chosen, paths = shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD])
    shop.run(warehouse, chosen, paths)
    report = shop.run(warehouse, chosen, paths, force=True)
    assert report.load_id == 2
    assert len(shop.rows(warehouse, "order_lines")) == 2


def test_a_new_file_looks_up_what_an_imported_one_holds(warehouse, tmp_path):
    chosen = shop.recipe(tmp_path)
    shop.run(warehouse, chosen, shop.lines(tmp_path, [GOOD]))
    later = shop.lines(tmp_path, ["9,B,1,1,2025-07-01,7"], "lines-2.csv")
    report = shop.run(warehouse, chosen, later)
    assert report.rows_read == 1
    assert shop.rows(warehouse, "order_lines")[0]["product_name"] == "乌龙"


def test_a_missing_lookup_file_is_asked_for(warehouse, tmp_path):
    paths = shop.lines(tmp_path, [GOOD])
    with pytest.raises(InvalidInput, match=r"looks up products.*products\*"):
        shop.run(warehouse, shop.recipe(tmp_path), paths[:1])
    assert shop.rows(warehouse, IMPORTS) == []


def test_a_column_that_the_file_lacks_is_named_with_those_it_has(warehouse, tmp_path):
    paths = shop.lines(tmp_path, [GOOD])
    paths[0].write_text(paths[0].read_text().replace("price", "preis"))
    with pytest.raises(InvalidInput, match=r"lines\.csv has no column price.*no, sku, qty, preis"):
        shop.run(warehouse, shop.recipe(tmp_path), paths)
    assert shop.rows(warehouse, "order_lines") == []


def test_a_wrong_encoding_late_in_the_file_leaves_nothing_behind(warehouse, tmp_path):
    paths = shop.lines(tmp_path, [GOOD] * 3)
    text = shop.RECIPE.replace(
        'files: ["lines*"]', 'files: ["lines*"]\n    format: {encoding: utf-8}'
    )
    paths[0].write_bytes(paths[0].read_bytes() + b"9,\xc9,1,1,2025-07-01,7\n")
    with pytest.raises(InvalidInput, match="0xc9"):
        shop.run(warehouse, shop.recipe(tmp_path, text), paths, chunk_rows=1)
    assert shop.rows(warehouse, "order_lines") == []
    assert shop.rows(warehouse, QUARANTINE) == []


def test_a_missing_path_is_not_found(warehouse, tmp_path):
    with pytest.raises(NotFound, match="nowhere"):
        shop.run(warehouse, shop.recipe(tmp_path), [tmp_path / "nowhere"])


def test_a_folder_gives_the_files_it_holds_and_tells_which_it_leaves(warehouse, tmp_path):
    chosen = shop.recipe(tmp_path)
    folder = tmp_path / "export"
    (folder / "deep").mkdir(parents=True)
    shop.lines(folder, [GOOD])
    shop.file(folder / "deep", "lines-2.csv", shop.HEADER + "2,A,1,1,2025-01-01,1\n")
    shop.file(folder, "notes.txt", "hello")
    shop.file(folder, ".hidden.csv", "x")
    report = shop.run(warehouse, chosen, [folder])
    assert sorted(file.name for file in report.files) == [
        "deep/lines-2.csv", "lines.csv", "products.csv",
    ]  # fmt: skip
    assert [(s.name, s.reason) for s in report.skipped] == [("notes.txt", "not_in_recipe")]


def test_a_folder_without_any_known_file_says_what_is_looked_for(warehouse, tmp_path):
    chosen = shop.recipe(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match=r"no file for the recipe shop.*lines\*"):
        shop.run(warehouse, chosen, [tmp_path / "empty"])


def test_a_file_with_a_strange_name_is_known_by_its_columns(warehouse, tmp_path):
    chosen, paths = shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD], "export.csv")
    report = shop.run(warehouse, chosen, paths)
    assert {file.name: file.source for file in report.files}["export.csv"] == "lines"


def test_a_named_file_that_fits_nothing_is_refused(warehouse, tmp_path):
    chosen, paths = shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD])
    other = shop.file(tmp_path, "other.csv", "x,y\n1,2\n")
    with pytest.raises(InvalidInput, match=r"other\.csv is no file of the recipe shop"):
        shop.run(warehouse, chosen, [*paths, other])


def test_a_table_given_in_two_formats_is_read_once(warehouse, tmp_path):
    chosen, paths = shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD])
    book = openpyxl.Workbook()
    book.active.append(shop.HEADER.strip().split(","))
    book.active.append(["2", "A", 2, 1, "2025-01-01", 7])
    book.save(tmp_path / "lines.xlsx")
    report = shop.run(warehouse, chosen, [*paths, tmp_path / "lines.xlsx"])
    assert [(s.name, s.reason, s.detail) for s in report.skipped] == [
        ("lines.xlsx", "other_format", "lines.csv")
    ]


def test_several_files_are_balanced_one_by_one(warehouse, tmp_path):
    chosen, paths = shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD, "2,A,x,1,2025-01-01,"])
    zipped = gzip.compress((shop.HEADER + GOOD + "\n3,A,1,2,2025-01-01,\n").encode())
    paths.append(shop.file(tmp_path, "lines-b.csv.gz", zipped))
    report = shop.run(warehouse, chosen, paths, chunk_rows=2)
    balances = {
        file.name: (file.rows_read, file.rows_kept, dict(file.rows_quarantined), file.total_read)
        for file in report.files
    }
    assert balances == {
        "products.csv": (3, 3, {}, None),
        "lines.csv": (2, 1, {"unreadable_value": 1}, Decimal(21)),
        "lines-b.csv.gz": (2, 1, {"exact_duplicate": 1}, Decimal(23)),
    }
    ledger = {row["file_name"]: row for row in shop.rows(warehouse, IMPORTS)}
    assert ledger["lines-b.csv.gz"]["rows_quarantined"] == 1
    assert ledger["lines-b.csv.gz"]["total_quarantined"] == Decimal(21)
    assert ledger["products.csv"]["target"] == "lookup"


def test_the_report_can_be_told_as_json(warehouse, tmp_path):
    report = shop.run(warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD, GOOD]))
    told = json.loads(json.dumps(report.to_dict()))
    assert told["rows_read"] == 5
    assert told["rows_kept"] == 4
    assert told["rows_quarantined"] == {"exact_duplicate": 1}
    assert (told["total_read"], told["total_kept"]) == ("42.00", "21.00")


def test_progress_names_the_files(warehouse, tmp_path):
    heard: list[str] = []
    shop.run(
        warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, [GOOD]), on_progress=heard.append
    )
    assert list(dict.fromkeys(heard)) == ["products.csv", "lines.csv"]


IMPORTER = """
import sys
from pathlib import Path
from tests.collect import shop
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
folder = Path(sys.argv[1])
warehouse = DuckDBWarehouse(folder / "w.duckdb")
write = warehouse.write
def slowly(*args, **named):
    print("wrote", flush=True)
    return write(*args, **named)
warehouse.write = slowly
print("open", flush=True)
paths = [folder / "lines.csv", folder / "products.csv"]
shop.run(warehouse, shop.recipe(folder), paths, chunk_rows=500)
print("done", flush=True)
"""


@pytest.mark.parametrize("writes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_kill_9_in_the_middle_leaves_nothing_and_the_next_try_brings_all(tmp_path, writes):
    body = [f"{n},A,1,1,2025-01-01,7" for n in range(5000)]
    paths = shop.lines(tmp_path, body)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    importer = subprocess.Popen(
        [sys.executable, "-c", IMPORTER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert importer.stdout is not None
    heard = [importer.stdout.readline().strip() for _ in range(1 + writes)]
    importer.send_signal(signal.SIGKILL)
    importer.wait()
    assert heard == ["open", *["wrote"] * writes]
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    assert shop.rows(warehouse, "order_lines") == []
    assert shop.rows(warehouse, IMPORTS) == []
    report = shop.run(warehouse, shop.recipe(tmp_path), paths)
    assert report.rows_read == 5003
    assert len(shop.rows(warehouse, "order_lines")) == 5000
    warehouse.close()


def test_clock_and_zone_decide_what_is_in_the_future(warehouse, tmp_path):
    text = shop.RECIPE.replace("Asia/Shanghai", "America/New_York")
    edge = shop.NOW.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
    body = [
        f"1,A,1,1,{edge.isoformat(sep=' ')},7",
        f"2,A,1,1,{(edge + timedelta(seconds=1)).isoformat(sep=' ')},7",
    ]
    shop.run(warehouse, shop.recipe(tmp_path, text), shop.lines(tmp_path, body))
    assert shop.aside(warehouse) == [(2, "future_date")]


EVENTS_RECIPE = """
name: web
title: {zh-CN: 网, en: Web}
timezone: UTC
currency: CNY
sources:
  - name: events
    files: ["events*"]
    target: events
    columns:
      event_id: id
      kind: {value: track}
      event: {value: Seen}
      user_id: who
      event_time: at
      revenue: worth
"""


def test_an_event_that_an_earlier_file_brought_is_not_kept_twice(warehouse, tmp_path):
    chosen = shop.recipe(tmp_path, EVENTS_RECIPE)
    head = "id,who,at,worth\n"
    first = shop.file(tmp_path, "events-1.csv", head + "a,1,2025-01-01,\nb,1,2025-01-02,2.5\n")
    shop.run(warehouse, chosen, [first])
    second = shop.file(tmp_path, "events-2.csv", head + "b,1,2025-01-02,2.5\nc,1,2025-01-03,\n")
    report = shop.run(warehouse, chosen, [second], chunk_rows=1)
    assert report.rows_quarantined == {"known_event": 1}
    found = {row["event_id"]: row for row in shop.rows(warehouse, "events")}
    assert sorted(found) == ["a", "b", "c"]
    assert (found["a"]["currency"], found["b"]["currency"]) == (None, "CNY")
    assert found["b"]["ts_ms"] == 1735776000000
    assert found["b"]["received_at"] == shop.NOW.replace(tzinfo=None)


def test_a_long_transaction_does_not_hold_every_chunk_it_wrote(tmp_path):
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    spec = TARGETS["coupons"]
    before = pa.total_allocated_bytes()
    with warehouse.transaction():
        for load in range(6):
            codes = pa.array([f"coupon number {load} {n}" for n in range(20_000)])
            texts = dict.fromkeys(("coupon_code", "campaign_id", "product_id", "attributes"), codes)
            origin = {"source_id": codes, "origin": codes, "load_id": pa.array([load] * 20_000)}
            rows = pa.table(texts | origin | {"origin_line": pa.array(range(20_000))})
            size = rows.nbytes
            warehouse.write(spec, rows.select(list(spec.columns)), How.APPEND)
            del rows, codes, texts, origin
            gc.collect()
        held = pa.total_allocated_bytes() - before
    warehouse.close()
    assert held < size
