"""Columns made comparable."""

from __future__ import annotations

import pyarrow as pa
import pytest

from zhiyin.identity.linkage.cleaning import comparable, name_parts, share_of_chinese


def cleaned(kind: str, *values: str | None) -> dict[str, list[str | None]]:
    """Return the columns made of one column `c`."""
    table = pa.table({"record_id": [str(n) for n in range(len(values))], "c": values})
    made = comparable(table, {"c": kind}).drop_columns(["record_id"])
    return {name: made[name].to_pylist() for name in made.column_names}


@pytest.mark.parametrize("kind", ["exact", "text", "postcode", "name", "chinese_name", "email"])
def test_what_forms_hold_where_nothing_is_known_is_null(kind):
    values = cleaned(kind, "", "  ", "N/A", "null", "未知", None)["c"]
    assert values == [None] * 6


def test_columns_without_any_value_stay_text_columns():
    for kind in ("name", "chinese_name", "date", "email", "phone"):
        made = comparable(pa.table({"record_id": ["a"], "c": pa.nulls(1)}), {"c": kind})
        assert all(made[name].type == pa.string() for name in made.column_names)
        assert comparable(made.slice(0, 0).select(["record_id", "c"]), {"c": kind}).num_rows == 0


def test_width_case_and_spaces_make_no_difference():
    assert cleaned("text", " Ｂｅｉｊｉｎｇ  City ", "beijing city")["c"] == ["beijing city"] * 2


def test_a_given_name_has_the_formal_name_behind_it():
    made = cleaned("name", "Bob", "robert", "José", "O'Neil")
    assert made["c"] == ["bob", "robert", "jose", "oneil"]
    assert made["c_root"] == ["robert", "robert", "jose", "oneil"]


def test_a_chinese_name_has_a_sound_a_surname_and_a_given_name():
    made = cleaned("chinese_name", "欧阳 曉明", "Wang Xiaoming", "王·小明")
    assert made["c"] == ["欧阳晓明", "wang xiaoming", "王小明"]
    assert made["c_surname"] == ["欧阳", "xiaoming", "王"]
    assert made["c_given"] == ["晓明", "wang", "小明"]
    assert made["c_sound"][1] == made["c_sound"][2]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1980-05-17", "1980-05-17"),
        ("19800517", "1980-05-17"),
        ("1980/05/17", "1980-05-17"),
        ("1980年05月17日", "1980-05-17"),
        ("1980-05-17 00:00:00", "1980-05-17"),
        ("1980", "1980"),
        ("17.5.80", None),
        ("unknown", None),
    ],
)
def test_dates_are_read_as_years_months_and_days(written, read):
    assert cleaned("date", written)["c"] == [read]


def test_an_email_has_a_local_part_and_a_phone_its_last_eight_digits():
    assert cleaned("email", " A.B@C.example ")["c_local"] == ["a.b"]
    made = cleaned("phone", "+86 138-1234-5678", "12345")
    assert made["c"] == ["8613812345678", "12345"]
    assert made["c_tail"] == ["12345678", None]


def test_full_names_fall_into_parts_and_scripts_are_counted():
    parts = name_parts(pa.array(["Robert Allen", None, "王小明"]))
    assert parts["given_name"].to_pylist() == ["Robert", None, "小明"]
    assert parts["surname"].to_pylist() == ["Allen", None, "王"]
    assert share_of_chinese(pa.array(["王小明", "Allen", None])) == 0.5
    assert share_of_chinese(pa.array([], pa.string())) == 0
