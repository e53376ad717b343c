"""Findings in words: each value formatted by what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zhiyin.measurement.review.formats import Formats
from zhiyin.measurement.review.model import Finding
from zhiyin.measurement.review.wording import Words


@dataclass(frozen=True)
class Sentence:
    """A finding as it is read."""

    level: str
    label: str
    text: str
    action: str


# Codes whose `value` and `previous` are money, not shares.
OF_REVENUE = "revenue"
# Sentences that say "above" or "below" themselves, so that the difference comes without a sign.
DIRECTED = ("campaign_works", "campaign_harmful", "campaign_costs_more")
FAMILIES = {"channel": "channel", "driver": "driver", "model": "model", "metric": "measure"}
COUNTS = {
    "high_value_silent": {"people": "customers_count"},
    "unsubscribes_high": {"people": "people_count", "delivered": "messages_count"},
    "orders_unattributed": {"orders": "orders_count"},
    "rows_quarantined": {"rows": "rows"},
}


def sentence(finding: Finding, words: Words, formats: Formats) -> Sentence:
    """Return a finding in words."""
    values = {
        name: _value(finding, name, value, words, formats) for name, value in finding.values.items()
    }
    return Sentence(
        finding.level,
        words(f"level.{finding.level}"),
        words(f"finding.{finding.code}.text", **values),
        words(f"finding.{finding.code}.action", **values),
    )


def _value(finding: Finding, name: str, value: Any, words: Words, formats: Formats) -> str:
    noun = COUNTS.get(finding.code, {}).get(name)
    if noun is not None:
        return words.plural(noun, value, formats.number(value))
    if name in FAMILIES:
        return words.name(FAMILIES[name], value)
    if isinstance(value, str):
        return value
    return _WRITERS.get(name, _plain)(finding, value, formats)


def _plain(finding: Finding, value: Any, formats: Formats) -> str:
    """Write `value` and `previous`, which are what the finding's code is about."""
    if finding.code.startswith(OF_REVENUE):
        return formats.money(value)
    return formats.number(value, 3) if finding.code == "model_behind" else formats.percent(value)


def _money(finding: Finding, value: Any, formats: Formats) -> str:
    return formats.money(value)


def _points(finding: Finding, value: Any, formats: Formats) -> str:
    is_size_only = finding.code in DIRECTED and value == finding.values["difference"]
    return formats.number(abs(value) * 100, 2) if is_size_only else formats.points(value)


_WRITERS: dict[str, Callable[[Finding, Any, Formats], str]] = {
    **dict.fromkeys(("cost", "increment", "monetary", "cac", "previous_cac", "revenue"), _money),
    **dict.fromkeys(("difference", "low", "high"), _points),
    "change": lambda finding, value, formats: formats.percent(abs(value)),
    "driver_change": lambda finding, value, formats: formats.percent(value, is_signed=True),
    "roi": lambda finding, value, formats: formats.percent(value, 0, is_signed=True),
    "treated": lambda finding, value, formats: formats.number(value),
    "held_out": lambda finding, value, formats: formats.number(value),
}
