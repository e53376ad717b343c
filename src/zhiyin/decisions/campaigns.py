"""Campaigns: which strategies go out together, or one audience with one template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.decisions.reading import LANGUAGES, check_share, converted
from zhiyin.decisions.strategies import Goal, Strategy, check_strategy, ranked

DIRECT = "direct"


class CampaignSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign as a person writes it down.

    Either `strategies` names some (or `all`), or `audience`/`where` and `template` say it directly.

    Parameters
    ----------
    holdout
        Overrides the strategies' hold-out shares; 0.1 for a direct campaign.
    salt
        What the hold-out is drawn with; the campaign's id if not given, so that campaigns draw
        independently of each other.
    send_at
        When the messages are due; at once if not given.
    """

    name: str
    strategies: list[str] | Literal["all"] | None = None
    audience: str | None = None
    where: dict[str, Any] | None = None
    template: str | None = None
    offer: str | None = None
    channel: str = "email"
    holdout: float | None = None
    salt: str | None = None
    goal: Goal = Goal()
    purpose: Literal["marketing", "service"] = "marketing"
    language: str | None = None
    send_at: datetime | None = None
    campaign_id: str | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> CampaignSpec:
        """Check a campaign that came from YAML or JSON.

        Raises
        ------
        InvalidInput
            A field is unknown or out of range, or it says both strategies and an audience.
        """
        spec = converted(dict(raw), cls, "The campaign")
        if not spec.name.strip():
            raise InvalidInput("The campaign has an empty name; give it one that people recognize.")
        says_directly = spec.audience is not None or spec.where is not None
        if says_directly == (spec.strategies is not None):
            raise InvalidInput(
                f"Campaign {spec.name!r}: give either `strategies` or an audience "
                "(`audience` or `where`) with a `template`."
            )
        if says_directly and not spec.template:
            raise InvalidInput(f"Campaign {spec.name!r} has an audience and no template; name one.")
        if spec.language is not None and spec.language not in LANGUAGES:
            raise not_allowed(f"Campaign {spec.name!r}: language", spec.language, LANGUAGES)
        if spec.holdout is not None:
            check_share("holdout", spec.holdout, f"Campaign {spec.name!r}")
        return spec

    def chosen(self, strategies: Sequence[Strategy]) -> tuple[Strategy, ...]:
        """Return the strategies that the campaign consists of, in the order they are asked.

        Raises
        ------
        InvalidInput
            It names a strategy that is not among `strategies`.
        """
        if self.strategies is None:
            return (self._direct(),)
        known = {strategy.name: strategy for strategy in strategies}
        names = list(known) if self.strategies == "all" else self.strategies
        for name in names:
            if name not in known:
                raise not_allowed(f"Campaign {self.name!r}: strategy", name, known)
        if not names:
            raise InvalidInput(f"Campaign {self.name!r} has no strategy; name at least one.")
        picked = [known[name] for name in dict.fromkeys(names)]
        if self.holdout is not None:
            picked = [msgspec.structs.replace(each, holdout=self.holdout) for each in picked]
        return ranked(picked)

    def _direct(self) -> Strategy:
        strategy = Strategy(
            name=DIRECT,
            title=dict.fromkeys(LANGUAGES, self.name),
            template=self.template or "",
            audience=self.audience,
            where=self.where,
            offer=self.offer,
            channel=self.channel,
            holdout=0.1 if self.holdout is None else self.holdout,
            goal=self.goal,
            purpose=self.purpose,
        )
        check_strategy(strategy, f"Campaign {self.name!r}")
        return strategy
