"""Rule files: what is wrong with one is said in a sentence that helps."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from zhiyin.core.errors import InvalidInput
from zhiyin.warehouse.cleaning.api import read_body, read_rules, shipped_rules


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{name: a, column: phone, fone: {}}", ["rule a", "'fone'", "phone, email"]),
        ("{name: a, column: fon, phone: {}}", ["'fon'", "customer_id"]),
        ("{name: a, column: birth_date, phone: {}}", ["phone", "'birth_date'", "email"]),
        ("{name: a, column: phone, phone: {otherwise: drop}}", ["'drop'", "empty, keep, flag"]),
        ("{name: a, column: phone, phone: {zone: CN}}", ["'zone'", "region"]),
        ("{name: A b, column: phone, phone: {}}", ["'A b'", "small letters"]),
        ("{name: a, column: phone}", ["one kind", "none"]),
        ("{name: a, column: birth_date, date: {}}", ["from", "attributes.birth_date"]),
        ("{name: a, column: birth_date, range: {at_least: soon}}", ["'soon'", "now -120 years"]),
        ("{name: a, reject: {}}", ["when"]),
        ("{name: a, column: phone, reject: {}, when: {city: x}}", ["whole rows", "'phone'"]),
        ("{name: a, reject: {}, when: {city: {like: x}}}", ["'like'", "matches"]),
        ("{name: a, reject: {}, when: {town: x}}", ["'town'", "city"]),
        ("{name: a, column: city, fill: {value: x, from: name}}", ["one of value"]),
        ("{name: a, columns: [email], swap: {shapes: [email, phone]}}", ["two columns"]),
        ("{name: a, duplicates: {}}", ["same"]),
        ("{name: a, duplicates: {same: [email], within: 5}}", ["by"]),
        ("just text", ["mapping"]),
    ],
)
def test_a_bad_rule_gets_one_sentence_with_file_rule_value_and_what_is_allowed(rule, words):
    body = {"table": "customers", "rules": [yaml.safe_load(rule)]}
    with pytest.raises(InvalidInput) as error:
        read_body("mine.yaml", body)
    sentence = str(error.value)
    assert sentence.startswith("mine.yaml")
    assert [word for word in words if word not in sentence] == []
    assert "\n" not in sentence


def test_a_value_that_must_be_there_cannot_be_emptied():
    rule = {"name": "a", "column": "quantity", "range": {"above": 0}}
    with pytest.raises(InvalidInput, match="quantity must have a value"):
        read_body("order_lines.yaml", {"rules": [rule]}, "order_lines")


def test_two_files_about_one_table_are_refused(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("table: customers\nrules: []\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"b\.yaml: the table customers"):
        read_rules(tmp_path)


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path):
    (tmp_path / "customers.yaml").write_text("rules: [", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"customers\.yaml: is no YAML"):
        read_rules(tmp_path)


def test_the_shipped_rules_judge_row_by_row_so_that_builds_go_on_by_pieces():
    assert [rules.spec.name for rules in shipped_rules().ruled if not rules.is_by_row] == []


def test_a_changed_rule_changes_the_digest():
    def digest(city):
        rule = {"name": "a", "column": "city", "fill": {"value": city}}
        return read_body("customers.yaml", {"table": "customers", "rules": [rule]}).digest

    assert digest("x") != digest("y")
    assert digest("x") == digest("x")
