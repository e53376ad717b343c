"""Names brought to one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.identity.linkage.spelling import (
    formal_names,
    is_han,
    simplified,
    sound,
    surname_and_given,
    toneless,
)

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=4)


@pytest.mark.parametrize(
    "spelling", ["王小明", "王曉明", "wang xiaoming", "xiaoming wang", "wangxiaoming"]
)
def test_a_chinese_name_sounds_the_same_in_every_script_and_order(spelling):
    assert sound(spelling) == sound("王小明")


def test_names_of_other_letters_sound_different():
    assert len({sound(name) for name in ("王小明", "王小美", "汪小鹏", "robert allen")}) == 4


@pytest.mark.parametrize(("name", "pinyin"), [("曾国", "zengguo"), ("单雄", "shanxiong")])
def test_surnames_with_a_reading_of_their_own_are_read_so(name, pinyin):
    assert sound(name) == "".join(sorted(pinyin))


def test_toneless_pinyin_has_plain_letters_only():
    assert [toneless(one) for one in ("zhōng", "lǚ", "ér")] == ["zhong", "lu", "er"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("王小明", ("王", "小明")),
        ("欧阳娜娜", ("欧阳", "娜娜")),
        ("欧阳", ("欧", "阳")),
        ("王", ("王", None)),
        ("robert john allen", ("allen", "robert john")),
        ("allen, robert", ("allen", "robert")),
        ("cher", (None, "cher")),
        ("", (None, None)),
    ],
)
def test_a_full_name_falls_into_surname_and_given_name(name, parts):
    assert surname_and_given(name) == parts


@settings(max_examples=50, deadline=None)
@given(HAN)
def test_simplifying_twice_is_simplifying_once_and_keeps_the_length(name):
    once = simplified(name)
    assert simplified(once) == once
    assert len(once) == len(name)
    assert all(map(is_han, once))


def test_traditional_characters_become_simplified_ones():
    assert simplified("劉曉東") == "刘晓东"


def test_no_nickname_stands_for_two_names():
    formal = formal_names()
    assert formal["bob"] == "robert"
    assert not set(formal) & set(formal.values()), "a formal name that is somebody's nickname"
