"""Several records of one, one file for two tables, and what every record knows of its place."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.collect import shop

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import InvalidInput

HEAD = """
name: shop
title: {zh-CN: 小店, en: Shop}
timezone: UTC
currency: CNY
sources:
"""
PATHS = """
  - name: paths
    files: ["paths*"]
    target: touches
    split: {column: path, separator: ">"}
    columns:
      customer_id: {digest: [_file, _line]}
      channel: path
      touch_kind: {value: clicked}
      attributes:
        pack: {position: _part, file: _file, line: _line, value: value}
        numbers: [position]
"""
SURVEY = """
  - name: survey
    files: ["survey*"]
    target: survey_answers
    unpivot: {columns: [Q1, Q2], name: question, value: answer}
    columns:
      survey_id: {value: s}
      customer_id: who
      question: question
      answer: answer
    duplicates: {code: exact_duplicate}
"""
BOTH = """
  - name: orders
    files: ["orders*"]
    target: order_lines
    columns:
      order_id: no
      line_kind: {value: sale}
      quantity: {value: "1"}
      unit_price: paid
      amount: paid
      order_time: at
  - name: payments
    same_files_as: orders
    target: payments
    columns:
      payment_id: no
      payment_kind: {value: payment}
      amount: paid
      paid_at: at
    rules:
      - {code: unpaid, when: {amount: 0}, quarantine: true}
"""


def test_a_path_becomes_a_touch_per_step_each_with_its_place(warehouse, tmp_path):
    content = "path,value\na > b>a,3\n,1\nc,2\n"
    report = shop.run(
        warehouse, shop.recipe(tmp_path, HEAD + PATHS), [shop.file(tmp_path, "paths.csv", content)]
    )
    rows = shop.rows(warehouse, "touches")
    assert [(row["channel"], row["origin"], row["origin_line"]) for row in rows] == [
        ("a", "paths.csv#1", 1),
        ("c", "paths.csv#1", 3),
        ("b", "paths.csv#2", 1),
        ("a", "paths.csv#3", 1),
    ]
    assert rows[2]["attributes"] == '{"position":2,"file":"paths.csv","line":"1","value":"3"}'
    assert len({row["customer_id"] for row in rows}) == 2
    assert (report.rows_read, report.rows_kept) == (4, 4)


def test_an_answer_that_is_set_aside_names_its_question(warehouse, tmp_path):
    text = HEAD + SURVEY.replace(
        "answer: answer\n    dup", "answer: answer\n      score: answer\n    dup"
    )
    given = shop.file(tmp_path, "survey.csv", "who,Q1,Q2\n7,9,fine\n8,,1\n")
    report = shop.run(warehouse, shop.recipe(tmp_path, text), [given])
    assert report.rows_quarantined == {"unreadable_value": 1}
    (aside,) = warehouse.sql("SELECT * FROM ods.quarantine").to_pylist()
    assert (aside["origin"], aside["origin_line"]) == ("survey.csv#Q2", 1)
    assert '"question":"Q2","answer":"fine"' in aside["record"]


CELLS = st.sampled_from(["", " ", "x", "y ", "茶"])


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from("78"), CELLS, CELLS), min_size=1, max_size=12))
def test_every_answer_that_is_there_becomes_one_record(tmp_path, rows):
    warehouse = DuckDBWarehouse(":memory:", threads=1)
    content = "who,Q1,Q2\n" + "".join(f'{who},"{a}","{b}"\n' for who, a, b in rows)
    text = (HEAD + SURVEY).replace("    duplicates: {code: exact_duplicate}\n", "")
    given = shop.file(tmp_path, "survey.csv", content)
    report = shop.run(warehouse, shop.recipe(tmp_path, text), [given], chunk_rows=5)
    expected = sorted(
        (line, question, who, cell.strip())
        for line, (who, *cells) in enumerate(rows, start=1)
        for question, cell in zip(("Q1", "Q2"), cells, strict=True)
        if cell.strip()
    )
    found = sorted(
        (row["origin_line"], row["question"], row["customer_id"], row["answer"])
        for row in shop.rows(warehouse, "survey_answers")
    )
    assert found == expected
    assert report.rows_read == report.rows_kept == len(expected)
    warehouse.close()


def test_places_do_not_keep_records_from_being_copies(warehouse, tmp_path):
    text = HEAD + SURVEY.replace("survey_id: {value: s}", "survey_id: {join: [_file, _line]}")
    given = shop.file(tmp_path, "survey.csv", "who,Q1,Q2\n7,9,\n7,9,\n")
    report = shop.run(warehouse, shop.recipe(tmp_path, text), [given])
    assert report.rows_quarantined == {"exact_duplicate": 1}


def test_one_file_feeds_two_tables_with_a_balance_for_each(warehouse, tmp_path):
    chosen = shop.recipe(tmp_path, HEAD + BOTH)
    given = [shop.file(tmp_path, "orders.csv", "no,paid,at\n1,5,2025-01-01\n2,0,2025-01-02\n")]
    report = shop.run(warehouse, chosen, given)
    assert {(file.name, file.target): file.rows_kept for file in report.files} == {
        ("orders.csv", "order_lines"): 2,
        ("orders.csv#payments", "payments"): 1,
    }
    assert report.rows_quarantined == {"unpaid": 1}
    again = shop.run(warehouse, chosen, given)
    assert [skipped.reason for skipped in again.skipped] == ["already_imported"] * 2


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('files: ["paths*"]', "target: touches", "needs exactly one of 'files', 'same_files_as'"),
        ('separator: ">"', 'separator: ""', "separator cannot be ''"),
        ("split: {column: path", "split: {columns: path", "unknown key 'columns'"),
        (
            "    columns:",
            "    unpivot: {columns: [a]}\n    columns:",
            "both 'unpivot' and 'split'; keep one",
        ),
        ('files: ["paths*"]', "same_files_as: nobody", "same_files_as cannot be 'nobody'"),
        ("channel: path", "channel: {from: path, replace: [a]}", r"replace cannot be \['a'\]"),
    ],
)
def test_a_reshaping_that_does_not_fit_is_named(tmp_path, old, new, sentence):
    assert old in PATHS
    with pytest.raises(InvalidInput, match=sentence):
        shop.recipe(tmp_path, HEAD + PATHS.replace(old, new))


def test_a_column_to_split_that_the_file_lacks_is_named(warehouse, tmp_path):
    given = shop.file(tmp_path, "paths.csv", "route,value\na,1\n")
    with pytest.raises(InvalidInput, match="no column path"):
        shop.run(warehouse, shop.recipe(tmp_path, HEAD + PATHS), [given])
