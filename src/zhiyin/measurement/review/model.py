"""What a weekly review says, before it is said in any language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from zhiyin.insights.api import plain_figure
from zhiyin.measurement.results import CampaignResult


@dataclass(frozen=True)
class Figure:
    """A metric of the week beside the week before, with its last weeks, oldest first.

    `unit` and `good` are the metric dictionary's: people, currency, share …; up, down or neither.
    """

    metric: str
    title: Mapping[str, str]
    unit: str
    good: str
    value: float | None
    previous: float | None
    weeks: tuple[date, ...] = ()
    history: tuple[float | None, ...] = ()

    @property
    def change(self) -> float | None:
        """Return value / previous - 1; None where either is unknown or previous is not positive."""
        if self.value is None or self.previous is None or self.previous <= 0:
            return None
        return self.value / self.previous - 1


@dataclass(frozen=True)
class ChannelLine:
    """A channel's credited orders and cost in the week; money in the workspace's currency."""

    channel: str
    orders: float
    new_customers: float
    revenue: float
    cost: float
    cac: float | None
    roi: float | None
    previous_cac: float | None = None
    previous_new_customers: float = 0.0


@dataclass(frozen=True)
class CampaignLine:
    """A campaign with its funnel's counts, its two results and what it cost."""

    campaign_id: str
    name: str
    is_final: bool
    funnel: Mapping[str, int]
    conversion: CampaignResult
    revenue: CampaignResult
    cost: float

    @property
    def roi(self) -> float | None:
        """Return the dictionary's ROI of incremental revenue; None without an answer or a cost."""
        return self._return_on(self.revenue.total_increment)

    @property
    def roi_low(self) -> float | None:
        """Return the lower end of `roi`'s interval; the cost is known, not estimated."""
        return self._return_on(self.revenue.total_low)

    @property
    def roi_high(self) -> float | None:
        """Return the upper end of `roi`'s interval."""
        return self._return_on(self.revenue.total_high)

    def _return_on(self, increment: float | None) -> float | None:
        if increment is None or self.cost <= 0:
            return None
        # The increment is of orders; refunds are not told apart.
        return plain_figure("roi", {"revenue": increment, "refunded": 0.0, "cost": self.cost})


@dataclass(frozen=True)
class GroupLine:
    """A value tier or life-cycle stage: people at the week's end, and a week before."""

    name: str
    people: int
    previous: int


@dataclass(frozen=True)
class ModelLine:
    """The model version that scores now, with its main measure beside the baseline's."""

    model: str
    version: str
    metric: str | None
    value: float | None
    baseline: float | None
    trained_as_of: datetime


@dataclass(frozen=True)
class Quality:
    """Rows that came in: in the seven days before the review was written, and ever."""

    read: int = 0
    kept: int = 0
    quarantined: int = 0
    read_ever: int = 0
    quarantined_ever: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Silenced:
    """High-value customers of a week ago who have since fallen dormant, churned or at risk."""

    people: int = 0
    monetary: float = 0.0


@dataclass(frozen=True)
class Finding:
    """Something that changed, and what to do: a stable code and the numbers for its sentences.

    `level` is good, warning or bad.
    """

    code: str
    level: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Review:
    """One week of one workspace. `week` is its Monday; `written_at` is naive UTC."""

    week: date
    workspace: str
    currency: str
    timezone: str
    written_at: datetime
    figures: tuple[Figure, ...]
    channels: tuple[ChannelLine, ...]
    campaigns: tuple[CampaignLine, ...]
    tiers: tuple[GroupLine, ...]
    stages: tuple[GroupLine, ...]
    silenced: Silenced
    models: tuple[ModelLine, ...]
    quality: Quality
    findings: Sequence[Finding] = ()

    def figure(self, metric: str) -> Figure | None:
        """Return a figure by its metric's name."""
        return next((figure for figure in self.figures if figure.metric == metric), None)

    @property
    def values(self) -> dict[str, float | None]:
        """Return the week's value of every figure."""
        return {figure.metric: figure.value for figure in self.figures}
