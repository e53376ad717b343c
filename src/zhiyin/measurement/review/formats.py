"""Numbers, money and dates as each language writes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from zhiyin.core.money import MINOR_UNITS

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"

# A currency goes by its bare sign only where readers of the language take the sign for it.
SIGNS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {"CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"},
    "en": {"CNY": "CN¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"},
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Formats:
    """How one language writes numbers; a missing value is an en dash everywhere.

    Parameters
    ----------
    language
        zh-CN or en.
    currency
        ISO 4217 code of all money.
    """

    language: str
    currency: str

    def number(self, value: float | None, places: int = 0) -> str:
        """Return the value with thousands separators."""
        if value is None or not math.isfinite(value):
            return NOTHING
        rounded = _rounded(value, places)
        return f"{MINUS if rounded < 0 else ''}{abs(rounded):,.{places}f}"

    def signed(self, value: float | None, places: int = 0) -> str:
        """Return the value with its sign, also when positive."""
        text = self.number(value, places)
        return f"+{text}" if value is not None and _rounded(value, places) > 0 else text

    def money(self, value: float | None, *, is_signed: bool = False) -> str:
        """Return an amount: whole units from 1,000 on, minor units below."""
        if value is None or not math.isfinite(value):
            return NOTHING
        minor = MINOR_UNITS.get(self.currency, 2)
        rounded = _rounded(value, 0 if abs(value) >= 1000 else minor)
        places = 0 if abs(rounded) >= 1000 or rounded == int(rounded) else minor
        mark = SIGNS[self.language].get(self.currency, self.currency + NO_BREAK)
        sign = MINUS if rounded < 0 else "+" if is_signed and rounded > 0 else ""
        return f"{sign}{mark}{abs(rounded):,.{places}f}"

    def percent(self, value: float | None, places: int = 1, *, is_signed: bool = False) -> str:
        """Return a share in percent."""
        if value is None or not math.isfinite(value):
            return NOTHING
        number = self.signed(value * 100, places) if is_signed else self.number(value * 100, places)
        return f"{number}%"

    def points(self, value: float | None) -> str:
        """Return a difference of shares in percentage points, signed, without the unit."""
        return NOTHING if value is None else self.signed(value * 100, 2)

    def figure(self, value: float | None, unit: str) -> str:
        """Return a metric's value by the unit that the metric dictionary gives it."""
        if unit == "currency":
            return self.money(value)
        if unit == "share":
            return self.percent(value)
        if unit == "ratio":
            return NOTHING if value is None else self.number(value, 2)
        is_whole = value is None or value == int(value)
        return self.number(value, 0 if is_whole else 2)

    def short(self, value: float) -> str:
        """Return an axis label: 1.2M, 35k; 120万 in Chinese."""
        units = ((1e8, "亿"), (1e4, "万")) if self.language == "zh-CN" else ((1e6, "M"), (1e3, "k"))
        for size, name in units:
            if abs(value) >= size:
                return f"{_trimmed(value / size)}{name}"
        return _trimmed(value)

    def day(self, day: date) -> str:
        """Return a date with its year."""
        if self.language == "zh-CN":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"

    def short_day(self, day: date) -> str:
        """Return a date without its year, for axes."""
        if self.language == "zh-CN":
            return f"{day.month}/{day.day}"
        return f"{MONTHS[day.month - 1]} {day.day}"

    def week(self, first: date) -> str:
        """Return the span from a Monday to its Sunday."""
        last = first + timedelta(days=6)
        if self.language == "zh-CN":
            tail = self.day(last) if last.year != first.year else f"{last.month}月{last.day}日"
            return f"{self.day(first)} – {tail}"
        if first.year != last.year:
            return f"{self.day(first)} – {self.day(last)}"
        month = "" if first.month == last.month else f"{MONTHS[last.month - 1]} "
        return f"{self.short_day(first)} – {month}{last.day}, {last.year}"

    def instant(self, at: datetime) -> str:
        """Return a date and time of day."""
        return f"{self.day(at.date())} {at:%H:%M}"


def _rounded(value: float, places: int) -> Decimal:
    """Round half away from zero, as people do; adding zero turns -0 into 0."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0


def _trimmed(value: float) -> str:
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{abs(value):,.{places}f}"
    text = text.rstrip("0").rstrip(".") if places else text
    return f"{MINUS}{text}" if value < 0 and text != "0" else text
