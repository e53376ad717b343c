"""Strategies: who gets which offer by which channel, readable by the people who own it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from zhiyin.core.consent import Channel
from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.decisions.policy import Cap
from zhiyin.decisions.reading import check_share, check_titles, converted, read_yaml


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What counts as success, and within how many days of the decision."""

    event: str = "Order Completed"
    days: int = 14


class Strategy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of who gets what.

    Parameters
    ----------
    priority
        The smaller goes first: a person gets the first strategy whose audience holds.
    audience, where
        An audience's name, or a condition tree in place; exactly one of the two.
    cap
        How often this strategy may choose the same person.
    holdout
        Share of the people who would be contacted that is left alone, to measure against.
    purpose
        `service` messages need no marketing consent and know no caps, quiet hours or hold-outs.
    """

    name: str
    title: dict[str, str]
    template: str
    priority: int = 100
    audience: str | None = None
    where: dict[str, Any] | None = None
    offer: str | None = None
    channel: str = "email"
    cap: Cap | None = None
    holdout: float = 0.1
    goal: Goal = Goal()
    purpose: Literal["marketing", "service"] = "marketing"


def load_strategies(folder: Path) -> tuple[Strategy, ...]:
    """Read every `*.yaml` of a folder and return the strategies, first priority first.

    Raises
    ------
    InvalidInput
        A field is unknown or out of range, or two strategies share a name.
    """
    found: dict[str, Strategy] = {}
    for path in sorted(folder.glob("*.yaml")):
        strategy = converted(read_yaml(path), Strategy, path)
        check_titles(strategy.title, path)
        check_strategy(strategy, path)
        if strategy.name in found:
            raise InvalidInput(f"{path}: the name {strategy.name} is taken; choose another.")
        found[strategy.name] = strategy
    return ranked(list(found.values()))


def ranked(strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
    """Return strategies in the order they are asked: by priority, ties by name."""
    return tuple(sorted(strategies, key=lambda strategy: (strategy.priority, strategy.name)))


def check_strategy(strategy: Strategy, where: object) -> None:
    """Raise `InvalidInput` when a strategy contradicts itself."""
    if (strategy.audience is None) == (strategy.where is None):
        raise InvalidInput(
            f"{where}: give either `audience` (a name) or `where` (a condition), and not both."
        )
    if strategy.channel not in list(Channel):
        raise not_allowed(f"{where}: channel", strategy.channel, list(Channel))
    check_share("holdout", strategy.holdout, where)
    if strategy.goal.days < 1:
        raise InvalidInput(f"{where}: goal.days is {strategy.goal.days}; give at least 1.")


def check_offers(strategies: Sequence[Strategy], offers: Mapping[str, object]) -> None:
    """Raise `InvalidInput` when a strategy names an offer that does not exist."""
    for strategy in strategies:
        if strategy.offer is not None and strategy.offer not in offers:
            raise not_allowed(
                f"Strategy {strategy.name}: offer",
                strategy.offer,
                sorted(offers),
                then="Add it to offers.yaml or name another.",
            )
