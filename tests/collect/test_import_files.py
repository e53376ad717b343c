"""Files of every form through a recipe: known again, replaced, told apart, balanced."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from tests.collect import shop

from zhiyin.collect.progress import Step
from zhiyin.collect.tables import IMPORTS, QUARANTINE
from zhiyin.core.errors import Conflict, InvalidInput

RECIPE = """
name: sales
title: {zh-CN: 销售, en: Sales}
timezone: Asia/Shanghai
currency: CNY
sources:
  - name: lines
    files: ["sales*"]
    FORMAT
    target: order_lines
    columns:
      order_id: no
      line_kind: {value: sale}
      customer_id: WHO
      product_id: sku
      quantity: qty
      unit_price: price
      amount: {calculate: quantity * unit_price}
      order_time: at
      store_id: STORE
    duplicates: {code: exact_duplicate}
    control_total: quantity * unit_price
"""
HEADER = ["no", "sku", "qty", "price", "at", "who"]
ROWS = [
    ["o1", "A", "2", "1.50", "2025-01-01", "茶"],
    ["o2", "B", "1", "3", "2025-01-02", ""],
    ["o2", "B", "1", "3", "2025-01-02", ""],
    ["o3", "C", "x", "1", "2025-01-02", "c3"],
]


def recipe(folder: Path, *, form: str = "", who: str = "who", store: str = "sku"):
    text = RECIPE.replace("FORMAT", f"format: {form}" if form else "")
    return shop.recipe(folder, text.replace("WHO", who).replace("STORE", store))


def csv(rows: list[list[str]], header: list[str] | None = None) -> bytes:
    return "".join(",".join(row) + "\n" for row in ([header or HEADER, *rows])).encode()


def kept(warehouse) -> list[tuple]:
    found = shop.rows(warehouse, "order_lines")
    return [(row["order_id"], row["customer_id"], str(row["amount"])) for row in found]


def written(folder: Path, name: str) -> Path:
    objects = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    contents = {
        "sales.csv": csv(ROWS),
        "sales.csv.gz": gzip.compress(csv(ROWS)),
        "sales.gbk.csv": csv(ROWS).decode().encode("gb18030"),
        "sales.utf16.csv": csv(ROWS).decode().encode("utf-16"),
        "sales.json": json.dumps(objects, indent=1).encode(),
        "sales.jsonl": "".join(json.dumps(one) + "\n" for one in objects).encode(),
    }
    path = folder / name
    if name.endswith(".xlsx"):
        book = openpyxl.Workbook()
        for row in [["Sales of the shop"], [], HEADER, *ROWS]:
            book.active.append(row)
        book.save(path)
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("days/sales.csv", csv(ROWS))
    else:
        path.write_bytes(contents[name])
    return path


@pytest.mark.parametrize(
    "name",
    [
        "sales.csv", "sales.csv.gz", "sales.gbk.csv", "sales.utf16.csv", "sales.json",
        "sales.jsonl", "sales.xlsx", "sales.zip",
    ],
)  # fmt: skip
def test_every_format_becomes_the_same_rows_and_balances(warehouse, tmp_path, name):
    path = written(tmp_path, name)
    report = shop.run(warehouse, recipe(tmp_path), [path])
    assert kept(warehouse) == [("o1", "茶", "3.0000"), ("o2", None, "3.0000")]
    assert shop.aside(warehouse) == [(3, "exact_duplicate"), (4, "unreadable_value")]
    assert (report.rows_read, str(report.total_kept)) == (4, "6.00000000")
    again = shop.run(warehouse, recipe(tmp_path), [path])
    assert (again.load_id, again.skipped[0].reason) == (None, "already_imported")


def test_a_table_packed_in_another_way_is_known_again(warehouse, tmp_path):
    for first, second in (("sales.csv.gz", "sales.csv"), ("sales.csv", "sales.zip")):
        shop.run(warehouse, recipe(tmp_path), [written(tmp_path, first)])
        report = shop.run(warehouse, recipe(tmp_path), [written(tmp_path, second)])
        assert report.skipped[0].reason == "already_imported"
    assert len(kept(warehouse)) == 2


def test_members_of_an_archive_are_named_after_it(warehouse, tmp_path):
    shop.run(warehouse, recipe(tmp_path), [written(tmp_path, "sales.zip")])
    assert shop.rows(warehouse, "order_lines")[0]["origin"] == "sales.zip/days/sales.csv"


def test_a_bad_member_of_an_archive_leaves_nothing_behind(warehouse, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sales1.csv", csv(ROWS))
        archive.writestr("sales2.csv", csv([["o9", "A", "1", "1", "2025-01-01", "end"]]))
    path.write_bytes(path.read_bytes().replace(b"01-01,end", b"01-01,END"))
    with pytest.raises(InvalidInput, match=r"sales2\.csv cannot be read"):
        shop.run(warehouse, recipe(tmp_path), [path])
    assert kept(warehouse) == []
    assert shop.rows(warehouse, IMPORTS) == []


def test_all_sheets_are_read_and_told_apart(warehouse, tmp_path):
    book = openpyxl.Workbook()
    for name, row in (("North", ROWS[0]), ("South", ROWS[1])):
        sheet = book.create_sheet(name)
        sheet.append(HEADER)
        sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "sales.xlsx")
    chosen = recipe(tmp_path, form='{sheet: "*"}', store="_sheet")
    shop.run(warehouse, chosen, [tmp_path / "sales.xlsx"])
    found = shop.rows(warehouse, "order_lines")
    assert [(row["order_id"], row["store_id"], row["origin_line"]) for row in found] == [
        ("o1", "North", 1), ("o2", "South", 2),
    ]  # fmt: skip


def test_nested_members_of_json_have_dotted_names(warehouse, tmp_path):
    rows = [dict(zip(HEADER, row, strict=True)) for row in ROWS[:2]]
    for row in rows:
        row["user"] = {"id": row.pop("who") or None}
    path = shop.file(tmp_path, "sales.jsonl", "\n".join(map(json.dumps, rows)))
    shop.run(warehouse, recipe(tmp_path, who="user.id"), [path])
    assert [row[1] for row in kept(warehouse)] == ["茶", None]


def test_columns_of_a_file_without_header_are_named_in_the_recipe(warehouse, tmp_path):
    body = "".join("\t".join(row) + "\n" for row in ROWS)
    path = shop.file(tmp_path, "sales.tsv", body)
    chosen = recipe(tmp_path, form=f"{{columns: [{', '.join(HEADER)}]}}")
    assert shop.run(warehouse, chosen, [path]).rows_kept == 2


def test_the_name_of_the_file_is_a_column(warehouse, tmp_path):
    path = shop.file(tmp_path, "sales-2025-01-02.csv", csv(ROWS))
    shop.run(warehouse, recipe(tmp_path, store="_file"), [path])
    assert shop.rows(warehouse, "order_lines")[0]["store_id"] == "sales-2025-01-02.csv"


def test_a_folder_of_daily_files_grows_and_only_new_days_are_read(warehouse, tmp_path):
    folder = tmp_path / "days"
    folder.mkdir()
    shop.file(folder, "sales-01.csv", csv(ROWS[:1]))
    shop.run(warehouse, recipe(tmp_path), [folder])
    shop.file(folder, "sales-02.csv", csv(ROWS[1:2]))
    report = shop.run(warehouse, recipe(tmp_path), [folder])
    assert [file.name for file in report.files] == ["sales-02.csv"]
    assert [(file.name, file.reason) for file in report.skipped] == [
        ("sales-01.csv", "already_imported")
    ]
    assert len(kept(warehouse)) == 2


def test_a_changed_file_of_a_folder_is_left_out_and_told(warehouse, tmp_path):
    folder = tmp_path / "days"
    folder.mkdir()
    shop.file(folder, "sales-01.csv", csv(ROWS[:1]))
    shop.run(warehouse, recipe(tmp_path), [folder])
    shop.file(folder, "sales-01.csv", csv(ROWS[:2]))
    shop.file(folder, "sales-02.csv", csv(ROWS[1:2]))
    report = shop.run(warehouse, recipe(tmp_path), [folder])
    assert [(file.name, file.reason) for file in report.skipped] == [("sales-01.csv", "changed")]
    assert [row[0] for row in kept(warehouse)] == ["o1", "o2"]


def test_a_changed_file_named_by_itself_is_refused_with_the_ways_out(warehouse, tmp_path):
    path = shop.file(tmp_path, "sales.csv", csv(ROWS[:1]))
    shop.run(warehouse, recipe(tmp_path), [path])
    shop.file(tmp_path, "sales.csv", csv(ROWS[:2]))
    with pytest.raises(Conflict, match=r"sales\.csv was imported before .* --replace .* --force"):
        shop.run(warehouse, recipe(tmp_path), [path])
    assert len(kept(warehouse)) == 1


def test_replace_exchanges_the_rows_of_the_changed_file_only(warehouse, tmp_path):
    first = shop.file(tmp_path, "sales-1.csv", csv(ROWS))
    other = shop.file(tmp_path, "sales-2.csv", csv([["o8", *ROWS[0][1:]]]))
    shop.run(warehouse, recipe(tmp_path), [first, other])
    shop.file(tmp_path, "sales-1.csv", csv([["o9", *ROWS[0][1:]]]))
    report = shop.run(warehouse, recipe(tmp_path), [first, other], replace=True)
    assert [(file.name, file.has_replaced) for file in report.files] == [("sales-1.csv", True)]
    assert [row[0] for row in kept(warehouse)] == ["o9", "o8"]
    assert shop.rows(warehouse, QUARANTINE) == []
    assert [(row["file_name"], row["rows_kept"]) for row in shop.rows(warehouse, IMPORTS)] == [
        ("sales-2.csv", 1), ("sales-1.csv", 1),
    ]  # fmt: skip
    old = shop.file(tmp_path, "sales-1.csv", csv(ROWS))
    assert shop.run(warehouse, recipe(tmp_path), [old], replace=True).rows_kept == 2


def test_a_failed_replacement_keeps_the_old_rows(warehouse, tmp_path):
    path = shop.file(tmp_path, "sales.csv", csv(ROWS))
    shop.run(warehouse, recipe(tmp_path), [path])
    shop.file(tmp_path, "sales.csv", b"nothing,of\nthis,fits\n")
    with pytest.raises(InvalidInput, match="has no column"):
        shop.run(warehouse, recipe(tmp_path), [path], replace=True)
    assert len(kept(warehouse)) == 2


def test_progress_carries_files_rows_and_bytes(warehouse, tmp_path):
    heard: list[str] = []
    paths = [shop.file(tmp_path, f"sales{n}.csv", csv(ROWS[n : n + 1])) for n in (0, 1)]
    shop.run(warehouse, recipe(tmp_path), paths, on_progress=heard.append)
    last = heard[-1]
    assert isinstance(last, Step)
    assert last == "sales1.csv"
    assert (last.figures.files_done, last.figures.files_total) == (1, 2)
    assert last.figures.rows == 2
    assert last.figures.bytes_done == last.figures.bytes_total == paths[1].stat().st_size
