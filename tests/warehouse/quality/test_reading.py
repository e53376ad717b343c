"""Expectations in YAML: what a person may write, and what they are told when it is wrong."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.warehouse.quality.everything import TABLES, THINGS

from zhiyin.app.tracing.catalog import every_table
from zhiyin.core.errors import InvalidInput
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Dimension, Severity
from zhiyin.warehouse.quality.reading import read_expectations


def read(folder, text):
    (folder / "quality").mkdir(exist_ok=True)
    (folder / "quality" / "things.yaml").write_text(text, encoding="utf-8")
    return {one.name: one for one in read_expectations(folder, TABLES)[THINGS.name]}


def entry(text):
    return f"table: dw.things\nexpectations:\n  - {text}\n"


WRITTEN = [
    ("{column: kind, present: true}", rules.Present()),
    ("{column: low, minimum: 1, maximum: 3}", rules.InRange(1, 3)),
    ("{column: day, minimum: 2026-01-01}", rules.InRange(date(2026, 1, 1))),
    ("{column: kind, matches: ^a}", rules.Matches("^a")),
    ("{column: kind, one_of: [a, 1]}", rules.OneOf(("a", 1))),
    ("{column: kind, length: {maximum: 3}}", rules.OfLength(0, 3)),
    ("{column: kind, readable_as: integer}", rules.OfType("int64")),
    ("{column: at, not_in_future: true}", rules.NotInFuture()),
    ("{column: low, not_after: high}", rules.NotAfter("high")),
    ("{columns: [shop, kind], unique: true}", rules.Unique()),
    ("{column: number, refers_to: {table: dw.parts}}", rules.RefersTo("dw.parts", ("number",))),
    (
        "{column: price, equals_sum: {table: dw.parts, column: price, keys: [number]}}",
        rules.EqualsSum("dw.parts", "price", (("number", "number"),)),
    ),
    (
        "{column: low, equals_sum: {table: dw.parts, keys: {number: place}}}",
        rules.EqualsSum("dw.parts", "", (("number", "place"),)),
    ),
    (
        "{column: price, agrees_with: {table: dw.parts, column: price, keys: [number]}}",
        rules.AgreesWith("dw.parts", "price", (("number", "number"),)),
    ),
    (
        "{column: price, total_of: {table: dw.parts, column: price, where: {place: 1}}}",
        rules.TotalOf("dw.parts", "price", {"place": (1,)}),
    ),
    ("{rows: {minimum: 1}}", rules.RowCount(1)),
    ("{rows_of: {table: dw.parts}}", rules.RowsOf("dw.parts")),
    ("{column: at, newest_within: 6 hours}", rules.Newest(timedelta(hours=6))),
]


@pytest.mark.parametrize(("text", "rule"), WRITTEN)
def test_each_rule_is_read(tmp_path, text, rule):
    found = read(tmp_path, entry(text))
    assert rule in [one.rule for one in found.values()]


def test_an_entry_says_how_serious_it_is_and_where_it_looks(tmp_path):
    text = (
        "{name: x, column: low, minimum: 0, severity: blocking, at_least: 0.9, "
        "dimension: accuracy, where: {kind: [a, b], shop: s}}"
    )
    one = read(tmp_path, entry(text))["x"]
    assert (one.severity, one.at_least, one.dimension) == (
        Severity.BLOCKING,
        0.9,
        Dimension.ACCURACY,
    )
    assert one.where == {"kind": ("a", "b"), "shop": ("s",)}


def test_an_entry_replaces_a_promise_of_the_same_name_and_ignore_takes_one_away(tmp_path):
    found = read(
        tmp_path,
        "table: dw.things\nignore: [is_fresh]\nexpectations:\n"
        "  - {name: grain_is_unique, columns: [shop, number], unique: true}\n",
    )
    assert "is_fresh" not in found
    assert found["grain_is_unique"].severity is Severity.WARNING


WRONG = [
    ("table: dw.other\n", "'dw.other'"),
    ("table: dw.things\nignore: [nothing]\n", "'nothing'"),
    (entry("{column: nope, present: true}"), "'nope'"),
    (entry("{column: low}"), "exactly one rule"),
    (entry("{column: low, present: true, minimum: 1}"), "exactly one rule"),
    (entry("{present: true}"), "one column"),
    (entry("{column: low, rows: {minimum: 1}}"), "whole table"),
    (entry("{unique: true}"), "`columns`"),
    (entry("{column: kind, matches: '('}"), "regular expression"),
    (entry("{column: kind, readable_as: poem}"), "'poem'"),
    (entry("{column: at, newest_within: soon}"), "2 days"),
    (entry("{column: low, minimum: 1, at_least: 0}"), "at_least"),
    (entry("{column: low, minimum: 1, severity: mild}"), "mild"),
    (entry("{column: low, not_after: nope}"), "'nope'"),
    (entry("{column: low, refers_to: {table: dw.nope}}"), "'dw.nope'"),
    (entry("{column: low, refers_to: {table: dw.parts}}"), "'low'"),
    (entry("{column: low, minimun: 1}"), "minimun"),
    (entry("{column: low, minimum: 1}\n  - {column: low, minimum: 2}"), "two expectations"),
    ("table: [", "YAML"),
    ("- 1", "object"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_said_with_the_file_and_the_value(tmp_path, text, said):
    with pytest.raises(InvalidInput, match=r"things\.yaml") as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "quality").mkdir()
    (tmp_path / "quality" / "x.yaml").write_bytes(b"\xff\xfe\x00table")
    with pytest.raises(InvalidInput, match="UTF-8"):
        read_expectations(tmp_path, TABLES)


def test_what_ships_can_be_read_and_blocks_only_what_is_certain(tmp_path):
    found = read_expectations(tmp_path, every_table())
    named = {one.name for one in found["dw.order_lines"]}
    assert {"quantity_is_positive", "grain_is_unique"} <= named
    shipped = [one for table in found.values() for one in table]
    blocking = [one for one in shipped if one.severity is Severity.BLOCKING]
    assert all(one.at_least == 1.0 and one.refers_to is None for one in blocking)
