"""The two languages in which quality speaks, and how numbers and rules are said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import not_allowed
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Expectation

FOLDER = Path(__file__).with_name("messages")
LANGUAGES = ("zh-CN", "en")
NOTHING = "\N{EN DASH}"


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Return a language's messages; `InvalidInput` for a language that has none."""
    if language not in LANGUAGES:
        raise not_allowed("The report's language", language, LANGUAGES)
    return yaml.safe_load((FOLDER / f"{language}.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Words:
    """Looks messages up by dotted key, such as `table.score`, and says numbers."""

    language: str

    def __call__(self, key: str, **values: Any) -> str:
        """Return a message with its places filled in."""
        found: Any = catalogue(self.language)
        for part in key.split("."):
            found = found[part]
        return str(found).format(**values)

    def name(self, family: str, name: str) -> str:
        """Return what people call a dimension, metric or action; the name itself if unknown."""
        return str(catalogue(self.language)[family].get(name, name))

    def number(self, value: float | None) -> str:
        """Return a count or measure with the digits that matter."""
        if value is None or not math.isfinite(value):
            return NOTHING
        size = abs(value)
        if value == int(value) and size < 1e15:
            return f"{int(value):,}"
        return (
            f"{value:,.0f}" if size >= 1000 else f"{value:,.1f}" if size >= 10 else f"{value:.3g}"
        )

    def percent(self, share: float) -> str:
        """Return a share; one that is not quite whole never reads 100 %."""
        floored = math.floor(share * 10_000) / 100 if share < 1 else 100.0
        return f"{floored:g}%"

    def score(self, value: float | None) -> str:
        """Return a score with one place; one that is not quite 100 never reads 100."""
        if value is None:
            return NOTHING
        return "100" if value >= 100 else f"{math.floor(value * 10) / 10:.1f}"

    def day(self, day: date) -> str:
        """Return a date with its weekday's place in the week left to the reader."""
        return day.isoformat()

    def measure(self, column: str, metric: str) -> str:
        """Return what a profile measures, such as `amount: mean`."""
        said = self.name("metric", metric)
        return self("of_column", column=column, metric=said) if column else said

    def amount(self, metric: str, value: float) -> str:
        """Return a measured value in the unit of its metric."""
        return self.percent(value) if metric == "null_rate" else self.number(value)

    def span(self, span: timedelta) -> str:
        """Return a span in days, or hours below two days."""
        hours = int(span.total_seconds() // 3600)
        if hours % 24 == 0 and hours:
            return self("span.days", n=hours // 24)
        return self("span.hours", n=hours)

    def rule(self, expectation: Expectation) -> str:
        """Return what is expected, in one phrase."""
        rule, column = expectation.rule, expectation.column
        if isinstance(rule, rules.InRange):
            kind = "between"
            if rule.minimum is None or rule.maximum is None:
                kind = "maximum" if rule.minimum is None else "minimum"
            return self(f"rule.{kind}", column=column, **vars(rule))
        values = dict(vars(rule)) | {"column": column}
        if isinstance(rule, rules.OneOf):
            values["values"] = ", ".join(map(str, rule.values))
        if isinstance(rule, rules.NotAfter):
            values["other"] = rule.column
        if isinstance(rule, rules.Newest):
            values["within"] = self.span(rule.within)
        if isinstance(rule, rules.OfLength):
            values["maximum"] = "∞" if rule.maximum is None else rule.maximum
        return self(f"rule.{type(rule).__name__}", **values)
