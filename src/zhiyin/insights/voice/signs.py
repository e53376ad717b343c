"""Texts as numbers: one code for each sign, alike for all spellings of it.

Full-width signs become half-width, capitals small, traditional characters simplified, accents and
compatibility forms plain; what cannot be seen (controls, byte order marks, variation selectors)
becomes a blank.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

BLANK, PUNCTUATION, SIGN, LETTER = 0, 1, 2, 3
# Beginning and end of a text carry its judgement; what lies between is cut out of longer ones.
LONGEST = 4_000
PLANES = 0x110000
HAN = (0x3400, 0xA000)
# Codes that need a look; all others, Han characters and emoji among them, stand for themselves.
LOOKED_AT = (*range(HAN[0]), *range(0xA000, 0xAC00), *range(0xF900, 0x10000))


@dataclass(frozen=True)
class Signs:
    """Texts one after the other: text n is `codes[starts[n]:starts[n + 1]]`."""

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1


def signs_of(texts: Sequence[str | None]) -> Signs:
    """Return the texts as codes; a missing text has none, one over 4,000 signs loses its middle."""
    cut = [shortened(text) for text in texts]
    starts = np.zeros(len(cut) + 1, np.int64)
    np.cumsum([len(text) for text in cut], out=starts[1:])
    raw = np.frombuffer("".join(cut).encode("utf-32-le"), np.uint32)
    return Signs(folding()[raw], starts)


def kinds_of(signs: Signs) -> NDArray[np.int8]:
    """Return of each code what it is: blank, punctuation, a sign by itself, or a letter."""
    return kinds()[signs.codes]


def plain(text: str) -> str:
    """Return one text as its codes spell it."""
    return "".join(map(chr, signs_of([text]).codes))


def shortened(text: str | None) -> str:
    """Return the text, without its middle where it is very long."""
    if text is None:
        return ""
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + "\n" + text[-LONGEST // 2 :]


@cache
def folding() -> NDArray[np.int64]:
    """Return the code that stands for each code."""
    table = np.arange(PLANES, dtype=np.int64)
    table[list(LOOKED_AT)] = [folded(code) for code in LOOKED_AT]
    simple = simplified("\n".join(map(chr, range(*HAN)))).split("\n")
    table[slice(*HAN)] = [ord(sign) for sign in simple]
    table[0xFE00:0xFE10] = ord(" ")  # variation selectors
    return table


@cache
def kinds() -> NDArray[np.int8]:
    """Return the kind of each code."""
    table = np.full(PLANES, SIGN, np.int8)
    table[list(LOOKED_AT)] = [kind(chr(code)) for code in LOOKED_AT]
    return table


def folded(code: int) -> int:
    """Return the plain code of one code of the basic plane."""
    sign = chr(code)
    if unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp") and sign != "\n":
        return ord(" ")
    small = unicodedata.normalize("NFKC", sign).lower()
    # What falls into several signs, such as ㎏, keeps its own code: starts and ends must not move.
    if len(small) != 1:
        return code
    is_latin = unicodedata.category(small) == "Ll"
    return ord(unicodedata.normalize("NFD", small)[0] if is_latin else small)


def kind(sign: str) -> int:
    """Return what a folded sign is."""
    category = unicodedata.category(sign)
    if category.startswith(("Z", "C")):
        return BLANK
    if category in ("Lo", "So", "Sk", "Lm"):
        return SIGN
    if category.startswith(("L", "N", "M")):
        return LETTER
    return PUNCTUATION


def simplified(text: str) -> str:
    """Return the text in simplified characters."""
    import opencc

    return opencc.OpenCC("t2s").convert(text)
