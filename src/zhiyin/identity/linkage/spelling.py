"""Names brought to one spelling: scripts, sounds, surnames, nicknames."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

HAN = "一-鿿㐀-䶿𠀀-𯿿"

# Surnames of two characters that still occur; without them 欧阳娜 would be a Ms 欧.
COMPOUND_SURNAMES = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连
澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于
司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋
夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 西门 第五 东里
东宫 仲长 子桑 即墨 达奚 褚师 纳兰 完颜 叶赫 那拉
"""

# Characters that are read otherwise as a surname.
SURNAME_SOUNDS = {
    "曾": "zeng",
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "查": "zha",
    "任": "ren",
    "朴": "piao",
    "区": "ou",
    "盖": "ge",
    "尉": "wei",
    "乐": "yue",
    "员": "yun",
    "缪": "miao",
    "翟": "zhai",
    "晁": "chao",
    "华": "hua",
    "覃": "qin",
    "冼": "xian",
    "洗": "xian",
    "种": "chong",
    "秘": "bi",
    "繁": "po",
}


@cache
def compound_surnames() -> frozenset[str]:
    """Return the surnames of two characters."""
    return frozenset(COMPOUND_SURNAMES.split())


def is_han(character: str) -> bool:
    """Return whether a character is a Chinese one."""
    return "一" <= character <= "鿿" or "㐀" <= character <= "䶿" or "𠀀" <= character <= "𯿿"


@cache
def simplified_characters() -> Mapping[int, str]:
    """Return the simplified character of each traditional one, for `str.translate`."""
    import opencc

    convert = opencc.OpenCC("t2s").convert
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    pairs = zip(han, convert("".join(han)), strict=True)
    return {ord(old): new for old, new in pairs if old != new}


def simplified(text: str) -> str:
    """Return a text with its traditional characters simplified."""
    return text.translate(simplified_characters())


@cache
def sounds() -> Mapping[int, str]:
    """Return each character's most common reading in pinyin without tones, for `str.translate`."""
    from pypinyin.constants import PINYIN_DICT

    return {code: toneless(readings.split(",", 1)[0]) for code, readings in PINYIN_DICT.items()}


def toneless(syllable: str) -> str:
    """Return a syllable of pinyin without its tone; lǚ becomes lu, as tickets have it."""
    parts = unicodedata.normalize("NFKD", syllable)
    return "".join(letter for letter in parts if letter.isascii() and letter.isalpha())


def sound(name: str) -> str:
    """Return the letters that a name sounds like, in alphabetical order.

    王小明, 王曉明, Wang Xiaoming and Xiaoming Wang give the same: neither script nor order nor
    where the spaces stand is told apart. Few other names have just these letters.
    """
    surname = SURNAME_SOUNDS.get(name[:1])
    spoken = (surname + name[1:] if surname else name).translate(sounds())
    return "".join(sorted(letter for letter in spoken if letter.isalpha()))


def surname_and_given(name: str) -> tuple[str | None, str | None]:
    """Return the surname and the given name of a full name; None for a part that is not there.

    A Chinese name begins with the surname, of one character or, where it is a known one, of two.
    Elsewhere the surname is the last word, or all before a comma. A single word is taken to be
    the given name.
    """
    if name and is_han(name[0]):
        size = 2 if len(name) > 2 and name[:2] in compound_surnames() else 1
        return name[:size], name[size:] or None
    before, comma, after = name.partition(",")
    if comma:
        return before.strip() or None, after.strip() or None
    words = name.split()
    if len(words) < 2:
        return None, name or None
    return words[-1], " ".join(words[:-1])


@cache
def formal_names() -> Mapping[str, str]:
    """Return the formal given name behind each English nickname, such as robert for bob."""
    file = resources.files("zhiyin.identity.linkage") / "nicknames.yaml"
    table = yaml.safe_load(file.read_text("utf-8"))
    return {nick: formal for formal, nicks in table.items() for nick in nicks.split()}
