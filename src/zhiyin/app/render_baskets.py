"""Baskets as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhiyin.app.render import console, rows

LISTS = ("items", "antecedent", "consequent")
TITLE = 24  # signs of a product's name that fit beside its number
HIDDEN = ("size", "all_baskets", "conviction", "leverage")


def render(name: str, result: Mapping[str, Any]) -> None:
    """Print the answer of `insights.baskets`; products come with their names."""
    titles = result["titles"]
    shown = [
        {key: _cell(key, value, titles) for key, value in row.items() if key not in HIDDEN}
        for row in result["rows"]
    ]
    if not shown:
        console.print(_nothing(result["baskets"]), soft_wrap=True)
        return
    rows(shown)
    more = result["found"] - len(shown)
    rest = f", {more:,} more with --most" if more else ""
    console.print(f"{result['baskets']:,} orders, {len(shown):,} rows{rest}.", soft_wrap=True)


def _nothing(baskets: int) -> str:
    if not baskets:
        return "No order here; take more days (--last), or leave out --channel."
    return (
        f"{baskets:,} orders, but nothing is bought together that often; take more days (--last), "
        "a lower --min-baskets or --min-support, another --level, or another --item."
    )


def _cell(key: str, value: Any, titles: Mapping[str, str]) -> Any:
    if key in LISTS:
        return " + ".join(_titled(item, titles) for item in value)
    return _titled(value, titles) if key in ("item", "other") else value


def _titled(item: str, titles: Mapping[str, str]) -> str:
    return f"{item} {titles[item][:TITLE]}" if item in titles else item
