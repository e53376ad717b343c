"""Amounts as people and systems write them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

# Unit -> (what it measures, how many of the base unit it is).
_UNITS: dict[str, tuple[str, Decimal]] = {
    word: (kind, Decimal(factor))
    for kind, factor, words in (
        ("CNY", "1", "元 块 块钱 圆 人民币 人民币元 rmb cny ¥ yuan"),
        ("CNY", "0.1", "角 毛"),
        ("CNY", "0.01", "分 分钱 fen"),
        ("USD", "1", "usd us$ $ 美元 dollars dollar"),
        ("USD", "0.01", "cents cent ¢ 美分"),
        ("EUR", "1", "eur € euro euros 欧元"),
        ("GBP", "1", "gbp £ 英镑"),
        ("HKD", "1", "hkd hk$ 港元 港币"),
        ("JPY", "1", "jpy 日元 円"),
        ("kg", "1", "kg kgs 千克 公斤 kilogram kilograms"),
        ("kg", "0.5", "斤"),
        ("kg", "0.001", "g 克 gram grams"),
        ("kg", "0.000001", "mg 毫克"),
        ("kg", "1000", "t 吨"),
        ("m", "1", "m 米 meter meters"),
        ("m", "0.01", "cm 厘米 公分"),
        ("m", "0.001", "mm 毫米"),
        ("m", "1000", "km 千米 公里"),
        ("l", "1", "l 升 liter liters"),
        ("l", "0.001", "ml 毫升"),
    )
    for word in words.split()
}
_MULTIPLES = {"万": 10_000, "w": 10_000, "千": 1_000, "k": 1_000, "百": 100, "亿": 10**8}
_SIGNS = {"￥": "¥", "−": "-", "–": "-", "，": ",", "．": ".", "’": "'"}
_NUMBER = re.compile(
    r"(?P<before>[^\d.,+-]*)(?P<sign>[+-]?)(?P<between>[^\d.,+-]*)"
    r"(?P<digits>\d[\d,.' ]*|[.,]\d+)(?P<after>[^\d]*)"
)


def read_number(text: str, settings: str) -> str | None:
    """Return an amount as a plain decimal; see `ports.text_functions.number_read`."""
    unit, _, mark = settings.partition("|")
    plain = unicodedata.normalize("NFKC", "".join(_SIGNS.get(sign, sign) for sign in text))
    plain = plain.replace("¥", "¥").strip().lower()
    is_negative = plain.startswith("(") and plain.endswith(")")
    match = _NUMBER.fullmatch(plain.strip("()"))
    if match is None:
        return None
    amount = _digits(match["digits"].strip(), mark or ".")
    words = f"{match['before']} {match['between']} {match['after']}"
    factor = _factor(words, unit)
    if amount is None or factor is None:
        return None
    if is_negative or match["sign"] == "-":
        amount = -amount
    return f"{(amount * factor).normalize():f}"


def _digits(digits: str, mark: str) -> Decimal | None:
    digits = digits.rstrip(",.' ")
    groups = ("," if mark == "." else ".") + "' "
    whole, _, fraction = digits.partition(mark)
    parts = re.split(f"[{re.escape(groups)}]", whole)
    if len(parts) > 1 and not (
        1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])
    ):
        return None
    try:
        return Decimal("".join(parts) + "." + (fraction or "0"))
    except InvalidOperation:
        return None


def _factor(words: str, wanted: str) -> Decimal | None:
    """Return what to multiply by so that the amount is in the wanted unit."""
    factor, kinds = Decimal(1), set()
    for word in words.split():
        rest = word.strip(".")
        if rest not in _UNITS and rest[:1] in _MULTIPLES:
            factor *= _MULTIPLES[rest[0]]
            rest = rest[1:]
        if not rest:
            continue
        if rest not in _UNITS:
            return None
        kind, of_base = _UNITS[rest]
        kinds.add(kind)
        factor *= of_base
    if not kinds:
        return factor
    if not wanted or kinds == {wanted}:
        return factor
    return None
