"""What a rule makes of a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import ibis.expr.types as ir

from zhiyin.warehouse.cleaning.rules import Rule

# Where numbers without a country code belong, by the workspace's currency.
REGIONS = {
    "CNY": "CN", "HKD": "HK", "TWD": "TW", "MOP": "MO", "USD": "US", "GBP": "GB", "JPY": "JP",
    "KRW": "KR", "SGD": "SG", "MYR": "MY", "THB": "TH", "VND": "VN", "IDR": "ID", "PHP": "PH",
    "INR": "IN", "AUD": "AU", "NZD": "NZ", "CAD": "CA", "CHF": "CH", "SEK": "SE", "NOK": "NO",
    "DKK": "DK", "PLN": "PL", "CZK": "CZ", "HUF": "HU", "RUB": "RU", "TRY": "TR", "BRL": "BR",
    "MXN": "MX", "ZAR": "ZA",
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What the workspace says where a rule says `workspace`, and what `now` means (naive UTC)."""

    now: datetime
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"

    @property
    def region(self) -> str:
        """Country of phone numbers without a code; empty where the currency is of many."""
        return REGIONS.get(self.currency, "")


@dataclass(frozen=True)
class Verdict:
    """A column after a rule.

    `value` is the mended value, and the old one where there was nothing to mend. `is_bad` says
    where the rule could make nothing of it; the rule's `otherwise` decides what becomes of
    those. `before` is what was looked at, where that is not the column itself.
    """

    value: ir.Value
    is_bad: ir.BooleanValue | None = None
    before: ir.Value | None = None


Judge = Callable[[ir.Table, str, Rule, Setting], Verdict]
