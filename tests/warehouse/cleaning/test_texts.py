"""The engines' functions over texts, against plain words and against each other's spelling."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.texts.emails import is_one_slip, mended_email
from zhiyin.adapters.warehouse.texts.encodings import decoded
from zhiyin.adapters.warehouse.texts.instants import read_instant
from zhiyin.adapters.warehouse.texts.numbers import read_number
from zhiyin.adapters.warehouse.texts.phones import e164

SHORT = st.text("abc", min_size=1, max_size=6)


def slips(word: str) -> set[str]:
    """Every word one slip away, spelled out."""
    made = set()
    for place in range(len(word) + 1):
        made |= {word[:place] + letter + word[place:] for letter in "abc"}
        if place < len(word):
            made.add(word[:place] + word[place + 1 :])
            made |= {word[:place] + letter + word[place + 1 :] for letter in "abc"}
        if place + 1 < len(word):
            made.add(word[:place] + word[place + 1] + word[place] + word[place + 2 :])
    return made - {word}


@settings(max_examples=100, deadline=None)
@given(SHORT, SHORT)
def test_a_slip_is_one_letter_more_less_other_or_two_swapped(one, other):
    assert is_one_slip(one, other) == (other in slips(one))


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(1975, 1, 1), datetime(2060, 1, 1)))
def test_a_time_reads_the_same_however_it_is_written(moment):
    moment = moment.replace(microsecond=0)
    formats = (
        "%Y-%m-%d %H:%M:%S",
        "%Y/%m/%dT%H:%M:%SZ",
        "%Y年%m月%d日%H时%M分%S秒",
        "%d %b %Y %H:%M:%S",
    )
    read = {read_instant(moment.strftime(one), "none|UTC") for one in formats}
    assert read == {f"{moment:%Y-%m-%d %H:%M:%S}.000000"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_an_amount_reads_the_same_however_it_is_written(fen):
    plain = f"{fen / 100:.2f}"
    ways = (plain, f"¥{fen / 100:,.2f}", f"{plain}元", f"{fen}分", f"RMB {plain}")
    assert len({read_number(way, "CNY|.") for way in ways}) == 1


@settings(max_examples=60, deadline=None)
@given(st.text("张王李赵陈伟芳娜敏静磊北京上海abc ", min_size=2, max_size=12))
def test_text_is_never_garbled_by_mending(text):
    assert decoded(text) == text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["", "CN", "GB"]))
def test_no_text_whatever_is_an_error(text, region):
    assert e164(text, region) is None or e164(text, region).startswith("+")
    for read in (
        read_instant(text, "dmy|Asia/Shanghai"),
        read_number(text, "CNY|."),
        decoded(text),
    ):
        assert read is None or isinstance(read, str)
    mended = mended_email(text, "gmail.com")
    assert mended is None or mended_email(mended, "gmail.com") == mended


@settings(max_examples=60, deadline=None)
@given(
    st.from_regex(r"[a-z0-9._-]{1,8}", fullmatch=True),
    st.sampled_from(["gmail.com", "gmial.com", "gmailcom", "qq.con", "mail.com", "a..com"]),
)
def test_blanks_around_an_address_make_no_other_address(local, domain):
    text = f"{local}@{domain}"
    assert mended_email(text, "gmail.com,qq.com") == mended_email(f" {text} ", "gmail.com,qq.com")


@pytest.mark.parametrize("text", ["12,34", "1.2.3", "12 kg of 3", "", "--5", "5元kg"])
def test_what_is_no_amount_is_none(text):
    assert read_number(text, "CNY|.") is None


def test_ten_thousand_bytes_of_nonsense_are_no_phone():
    assert e164("1" * 10_000, "CN") is None
