"""Texts as codes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.insights.voice.signs import LONGEST, plain, signs_of


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("ＡＢＣ１２３！", "abc123!"),
        ("質量很好，物流太慢", "质量很好,物流太慢"),
        ("Café Über", "cafe uber"),
        ("ﾃｽﾄ", "テスト"),
        ("한글", "한글"),
        ("\ufeff好\u200b吧", " 好 吧"),
        ("👍😡", "👍😡"),
        ("行1\r\n行2", "行1 \n行2"),
    ],
)
def test_spellings_of_one_text_become_the_same_codes(written, spelled):
    assert plain(written) == spelled


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=8))
@settings(max_examples=30, deadline=None)
def test_each_text_keeps_its_length_and_place(texts):
    signs = signs_of(texts)
    assert len(signs) == len(texts)
    lengths = [signs.starts[n + 1] - signs.starts[n] for n in range(len(texts))]
    assert lengths == [len(text or "") for text in texts]
    for n, text in enumerate(texts):
        part = "".join(map(chr, signs.codes[signs.starts[n] : signs.starts[n + 1]]))
        assert part == plain(text or "")


def test_a_very_long_text_loses_its_middle_only():
    text = "坏" * LONGEST + "中" + "好" * LONGEST
    kept = plain(text)
    assert len(kept) == LONGEST + 1
    assert (kept[0], kept[-1], "中" in kept) == ("坏", "好", False)
