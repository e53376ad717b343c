"""Levels of agreement as DuckDB works them out, large blocks, and an engine that fails."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from zhiyin.adapters.linkage import workbench
from zhiyin.adapters.linkage.levels import level_case, level_names
from zhiyin.adapters.linkage.splink_linker import SplinkLinker
from zhiyin.core.errors import Permanent
from zhiyin.ports.linkage import KINDS, Comparison, LinkagePlan


def level(comparison: Comparison, left: dict, right: dict) -> str:
    connection = duckdb.connect()
    for name, row in (("l", left), ("r", right)):
        schema = pa.schema([(column, pa.string()) for column in comparison.columns])
        connection.register(name, pa.Table.from_pylist([row], schema=schema))
    return connection.execute(f"SELECT {level_case(comparison)} FROM l, r").fetchall()[0][0]


@pytest.mark.parametrize(
    ("kind", "left", "right", "expected"),
    [
        ("exact", "a", "a", "equal"),
        ("exact", "a", "b", "different"),
        ("exact", "a", None, "unknown"),
        ("name", "christina", "christine", "similar"),
        ("name", "j", "john", "initial"),
        ("name", "anna", "peter", "different"),
        ("chinese_name", "王小明", "王小名", "one_character"),
        ("chinese_name", "王小明", "王明", "one_character"),
        ("chinese_name", "欧阳娜娜", "欧阳娜拉", "one_character"),
        ("chinese_name", "王伟", "王刚", "same_surname"),
        ("chinese_name", "王小明", "王建国", "same_surname"),
        ("chinese_name", "王伟", "李伟", "different"),
        ("chinese_name", "wang xiaoming", "wang xiaomin", "similar"),
        ("date", "1980-05-07", "1980-07-05", "day_and_month_swapped"),
        ("date", "1980-05-07", "1980-05-08", "one_digit"),
        ("date", "1980-05-07", "1980-05-21", "two_parts"),
        ("date", "1980-05-07", "1994-05-07", "two_parts"),
        ("date", "1980", "1980-05-07", "same_year"),
        ("date", "1980-05-07", "1991-12-24", "different"),
        ("email", "a.b@c.example", "a.b@d.example", "same_local_part"),
        ("email", "robert25@smith.net", "robert52@smith.net", "similar"),
        ("email", "roberta@x.example", "roberto@yy.test", "similar_local_part"),
        ("email", "a@c.example", "zz@d.test", "different"),
        ("phone", "13812345678", "8613812345678", "last_eight_digits"),
        ("phone", "13812345678", "13812345679", "one_digit"),
        ("phone", "123", "124", "different"),
        ("postcode", "4223", "4232", "one_character"),
        ("postcode", "sw1a1aa", "sw1b2bb", "same_area"),
        ("text", "stanley street", "stanley stret", "similar"),
        ("text", "5 light street", "light street", "contained"),
        ("text", "miami", "kelgoola", "different"),
    ],
)
def test_a_pair_is_on_the_first_level_that_holds_whichever_comes_first(kind, left, right, expected):
    comparison = Comparison("c", kind)
    assert level(comparison, {"c": left}, {"c": right}) == expected
    assert level(comparison, {"c": right}, {"c": left}) == expected


def test_an_alternative_and_swapped_columns_come_right_after_equality():
    given = Comparison("g", "name", alternative="root", swapped_with="s")
    assert level_names(given)[:3] == ["equal", "equal_otherwise", "swapped"]
    bob = {"g": "bob", "root": "robert", "s": "allen"}
    robert = {"g": "robert", "root": "robert", "s": "allan"}
    assert level(given, bob, robert) == "equal_otherwise"
    assert level(given, {"g": "allen", "root": "allen", "s": "bob"}, bob) == "swapped"


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_levels_are_different(kind):
    names = level_names(Comparison("c", kind, alternative="a", swapped_with="s"))
    assert len(set(names)) == len(names)


PLAN = LinkagePlan(
    comparisons=(Comparison("email", "email"), Comparison("phone", "phone")),
    blocking=(("email",), ("phone",)),
    training=(("email",), ("phone",)),
    pairs_per_record=1.0,
)


def shared_phone(records: int) -> pa.Table:
    """Return records of which all have one phone, and each two in a row one e-mail."""
    numbers = range(records)
    return pa.table(
        {
            "record_id": [f"{number:06d}" for number in numbers],
            "source_id": ["s"] * records,
            "email": [f"a{number // 2}@b.example" for number in numbers],
            "phone": ["13800000000"] * records,
        }
    )


def test_values_that_too_many_share_are_left_out_and_counted(monkeypatch):
    monkeypatch.setattr(workbench, "PAIRS_ALWAYS", 100)
    result = SplinkLinker(threads=2).link(shared_phone(2000), PLAN)
    by_email, by_phone = result.report["blocking"]
    assert (by_email["pairs"], by_email["values_left_out"]) == (1000, 0)
    assert (by_phone["pairs"], by_phone["values_left_out"]) == (0, 1)
    assert result.report["pairs"] == 1000


def test_too_little_memory_is_told_in_one_sentence():
    with pytest.raises(Permanent, match=r"Linking the records failed: .*") as failed:
        SplinkLinker(memory_limit="4MB", threads=1).link(shared_phone(60_000), PLAN)
    assert "\n" not in str(failed.value)
