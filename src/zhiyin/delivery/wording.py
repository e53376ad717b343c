"""Values in words that a customer reads, in both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from zhiyin.decisions.api import Offer

# What a customer may be called. Nobody is told that they are "at risk".
TIERS = {
    "zh-CN": {"high": "尊享会员", "middle": "金牌会员", "potential": "会员", "at_risk": "会员"},
    "en": {
        "high": "Premier member",
        "middle": "Gold member",
        "potential": "member",
        "at_risk": "member",
    },
}
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def tier_title(tier: str | None, language: str) -> str | None:
    """Return what a customer of a value tier is called; None where the tier is unknown."""
    return TIERS[language].get(tier or "")


def first_name(name: str | None, language: str) -> str | None:
    """Return the part of a name that a greeting uses: all of it in Chinese, else the first word."""
    if not name or not name.strip():
        return None
    return name.strip() if language == "zh-CN" else name.split()[0]


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with its sign, without needless decimals."""
    number = f"{amount:,.2f}".removesuffix(".00")
    return f"{_SIGNS[currency]}{number}" if currency in _SIGNS else f"{number} {currency}"


def offer_value(offer: Offer, language: str, currency: str) -> str | None:
    """Return what an offer is worth, in a few words; None for privileges and content."""
    is_chinese = language == "zh-CN"
    if offer.percent is not None:
        if is_chinese:
            return f"{_short((100 - offer.percent) / 10)}折" if offer.percent < 100 else "免费"
        return f"{_short(offer.percent)}% off"
    if offer.amount is not None:
        amount = money(offer.amount, currency)
        return f"立减{amount}" if is_chinese else f"{amount} off"
    if offer.points is not None:
        return f"{offer.points}积分" if is_chinese else f"{offer.points} points"
    return None


def day(when: date, language: str) -> str:
    """Return a day as it is written in the language."""
    if language == "zh-CN":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
