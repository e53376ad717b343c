"""How a column writes numbers: thousands marks, decimal commas, signs of currencies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

CURRENCIES = {
    "¥": "CNY", "￥": "CNY", "元": "CNY", "RMB": "CNY", "CNY": "CNY", "$": "USD", "US$": "USD",
    "USD": "USD", "€": "EUR", "EUR": "EUR", "£": "GBP", "GBP": "GBP", "₽": "RUB", "HK$": "HKD",
}  # fmt: skip
_SIGNS = re.compile(r"US\$|HK\$|RMB|CNY|USD|EUR|GBP|[¥￥元$€£₽]")
_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_COMMAS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_POINTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?")
_COMMA = re.compile(r"[-+]?\d+,\d+")
_BLANKS = re.compile(r"[-+]?\d{1,3}([ \u00a0\u202f]\d{3})+([.,]\d+)?")
_BLANK = re.compile(r"[ \u00a0\u202f]")


@dataclass(frozen=True)
class Numbers:
    """How numbers are written: the share that is read, and the steps that make them plain."""

    share: float
    is_whole: bool
    low: Decimal
    high: Decimal
    remove: tuple[str, ...] = ()
    replace: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    negative: int = 0
    zero: int = 0


def numbers_in(texts: Sequence[str]) -> Numbers | None:
    """Return how the texts write numbers; None if fewer than four in five are numbers.

    A comma with other than three digits behind it, or behind a point for thousands, is a decimal
    comma; three digits behind single commas are thousands.
    """
    if not texts:
        return None
    marks = {mark for text in texts for mark in _SIGNS.findall(text)}
    bare = [_SIGNS.sub("", text).strip() for text in texts] if marks else list(texts)
    has_blanks = any(_BLANKS.fullmatch(text) for text in bare)
    if has_blanks:
        bare = [_BLANK.sub("", text) if _BLANKS.fullmatch(text) else text for text in bare]
    is_comma = _has_decimal_comma(bare)
    remove, replace = _steps(bare, is_comma=is_comma)
    read = [value for text in bare if (value := _value(text, remove, replace)) is not None]
    if len(read) < 0.8 * len(texts):
        return None
    blanks = (" ", "\u00a0", "\u202f") if has_blanks else ()
    blanks = tuple(blank for blank in blanks if any(blank in text for text in texts))
    return Numbers(
        share=len(read) / len(texts),
        is_whole=all(value == value.to_integral_value() for value in read),
        low=min(read),
        high=max(read),
        remove=(*sorted(marks), *blanks, *remove),
        replace=replace,
        currency=CURRENCIES.get(sorted(marks)[0]) if marks else None,
        negative=sum(value < 0 for value in read),
        zero=sum(value == 0 for value in read),
    )


def _has_decimal_comma(texts: Sequence[str]) -> bool:
    points = any(_PLAIN.fullmatch(text) and "." in text for text in texts)
    mixed = any(_POINTS.fullmatch(text) and "," in text for text in texts)
    commas = any(_COMMA.fullmatch(text) and not _COMMAS.fullmatch(text) for text in texts)
    return mixed or (commas and not points)


def _steps(texts: Sequence[str], *, is_comma: bool) -> tuple[tuple[str, ...], dict[str, str]]:
    if is_comma:
        has_points = any("." in text for text in texts)
        return ((".",) if has_points else ()), {",": "."}
    return ((",",) if any(_COMMAS.fullmatch(text) for text in texts) else ()), {}


def _value(text: str, remove: Sequence[str], replace: Mapping[str, str]) -> Decimal | None:
    for piece in remove:
        text = text.replace(piece, "")
    for piece, instead in replace.items():
        text = text.replace(piece, instead)
    return Decimal(text) if _PLAIN.fullmatch(text) else None
