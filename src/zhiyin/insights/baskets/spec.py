"""What can be asked about baskets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.baskets.contents import LEVELS
from zhiyin.insights.baskets.sets import LONGEST
from zhiyin.insights.behavior.vocabulary import Days, mapping, read_choice, read_days, whole

KINDS = ("pairs", "sets", "rules", "then")
SORTS = ("leverage", "lift", "confidence", "support")
KEYS = (
    "kind", "level", "days", "channel", "item", "min_support", "min_confidence", "min_baskets",
    "longest", "within_days", "sort", "most",
)  # fmt: skip


@dataclass(frozen=True)
class BasketSpec:
    """A question about what is bought together or one after the other.

    kind
        `pairs` of items in one order, frequent `sets`, the `rules` that sets make, or what people
        `then` buy.
    level
        What an item is: product, category, subcategory or brand.
    item
        Only answers about this item: the first of a pair, part of a set, in the antecedent.
    min_support
        Share of orders, for sets and rules.
    min_baskets
        Orders (for `then`: people) that must hold both, for pairs and `then`.
    """

    kind: str = "pairs"
    level: str = "product"
    days: Days = field(default_factory=lambda: Days(last=365))
    channel: str | None = None
    item: str | None = None
    min_support: float = 0.01
    min_confidence: float = 0.0
    min_baskets: int = 5
    longest: int = 3
    within_days: int = 90
    sort: str = "leverage"
    most: int = 100


def read_basket_spec(written: Mapping[str, Any]) -> BasketSpec:
    """Return the question that a mapping of plain values asks.

    Raises
    ------
    InvalidInput
        with the key, the value and what is allowed.
    """
    body = mapping(written, "baskets", KEYS)
    return BasketSpec(
        kind=read_choice(body.get("kind", "pairs"), "kind", KINDS),
        level=read_choice(body.get("level", "product"), "level", LEVELS),
        days=read_days(body.get("days", {"last": 365}), "days"),
        channel=text_or_none(body.get("channel"), "channel"),
        item=text_or_none(body.get("item"), "item"),
        min_support=share(body.get("min_support", 0.01), "min_support", above=0),
        min_confidence=share(body.get("min_confidence", 0.0), "min_confidence"),
        min_baskets=whole(body.get("min_baskets", 5), "min_baskets", lowest=1, highest=10**9),
        longest=whole(body.get("longest", 3), "longest", lowest=2, highest=LONGEST),
        within_days=whole(body.get("within_days", 90), "within_days", lowest=1, highest=3660),
        sort=read_choice(body.get("sort", "leverage"), "sort", SORTS),
        most=whole(body.get("most", 100), "most", lowest=1, highest=100_000),
    )


def text_or_none(written: Any, path: str) -> str | None:
    """Return a text, or None where nothing is asked."""
    if written is None or (isinstance(written, str) and written):
        return written
    raise InvalidInput(f"{path}: must be a text that is not empty, not {written!r}.")


def share(written: Any, path: str, above: float | None = None) -> float:
    """Return a number from 0 to 1, or above a bound."""
    is_number = isinstance(written, int | float) and not isinstance(written, bool)
    if not is_number or not 0 <= written <= 1 or (above is not None and written <= above):
        least = "above 0" if above is not None else "0"
        raise InvalidInput(f"{path}: must be a share from {least} to 1, not {written!r}.")
    return float(written)
