"""Names of personas, made from what sets each apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Chinese and English word for more and for less than everybody, and the place in the name: what
# comes first is farthest from the noun.
WORDS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "tenure_days": (("资深", "long-standing"), ("新近", "recent")),
    "recency_days": (("沉睡", "dormant"), ("活跃", "active")),
    "weekend_share": (("周末", "weekend"), ("工作日", "weekday")),
    "evening_share": (("夜间", "evening"), ("日间", "daytime")),
    "visits": (("常逛", "often-browsing"), ("少逛", "rarely-browsing")),
    "discount_share": (("爱优惠", "discount-loving"), ("原价", "full-price")),
    "refund_share": (("常退货", "often-returning"), ("少退货", "rarely-returning")),
    "orders": (("高频", "frequent"), ("低频", "infrequent")),
    "average_order": (("大单", "big-basket"), ("小单", "small-basket")),
    "monetary": (("高价值", "high-value"), ("低消费", "low-spend")),
}
ORDER = tuple(WORDS)
# Two words that say the same: the weaker goes.
KIN = (
    {"orders", "monetary"},
    {"monetary", "average_order"},
    {"recency_days", "tenure_days"},
)
FELT = 0.35  # standard deviations from everybody
MOST_WORDS = 3


@dataclass(frozen=True)
class Trait:
    """One thing that sets a persona apart.

    Parameters
    ----------
    feature : column of `persona_features`.
    value : the value, for a text; None for a number.
    mean : of its people; a share for a text.
    everyone : of all buyers.
    difference : in standard deviations of all buyers.
    """

    feature: str
    value: str | None
    mean: float
    everyone: float
    difference: float


def names(personas: Sequence[Sequence[Trait]]) -> list[tuple[str, str]]:
    """Return a Chinese and an English name for each persona, no two alike.

    Parameters
    ----------
    personas : the traits of each, the strongest first.
    """
    found: list[tuple[str, str]] = []
    for traits in personas:
        told = telling(traits)
        candidates = [name_of(told[:count]) for count in range(2, len(told) + 1)]
        candidates = [one for one in candidates if one not in found] or [name_of(told)]
        found.append(candidates[0])
    return numbered(found)


def telling(traits: Sequence[Trait]) -> list[Trait]:
    """Return the traits that a name may be made of."""
    told: list[Trait] = []
    for trait in traits:
        if abs(trait.difference) < FELT and told:
            break
        if trait.value is not None and trait.difference < 0:
            continue
        near = {name for kin in KIN if trait.feature in kin for name in kin}
        if not any(one.feature in near | {trait.feature} for one in told):
            told.append(trait)
    return told


def name_of(traits: Sequence[Trait]) -> tuple[str, str]:
    """Return what the traits make together: 周末高价值买家, Weekend high-value buyers."""
    if not traits:
        return "普通买家", "Ordinary buyers"
    words = [trait for trait in traits if trait.value is None]
    words.sort(key=lambda trait: ORDER.index(trait.feature))
    told = [WORDS[trait.feature][trait.difference < 0] for trait in words[:MOST_WORDS]]
    values = [trait.value for trait in traits if trait.value is not None][:1]
    chinese = "".join(word for word, _ in told) + "".join(f"「{value}」" for value in values)
    english = " ".join([*(word for _, word in told), "buyers"])
    english += f" of {values[0]}" if values else ""
    return chinese + "买家", english[:1].upper() + english[1:]


def numbered(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the names, with a number where one comes twice."""
    seen: dict[tuple[str, str], int] = {}
    told = []
    for name in found:
        seen[name] = seen.get(name, 0) + 1
        extra = f" {seen[name]}" if seen[name] > 1 else ""
        told.append((name[0] + extra, name[1] + extra))
    return told
