"""A review with something in every section."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from zhiyin.core.windows import Window
from zhiyin.insights.api import metric
from zhiyin.measurement.campaigns import MeasuredCampaign
from zhiyin.measurement.results import ArmSums, Stratum, compare
from zhiyin.measurement.review.findings import findings
from zhiyin.measurement.review.model import (
    CampaignLine,
    ChannelLine,
    Figure,
    GroupLine,
    ModelLine,
    Quality,
    Review,
    Silenced,
)
from zhiyin.measurement.weekly import METRICS
from zhiyin.measurement.weeks import weeks_until
from zhiyin.stats.sums import Proportion, SampleMean

WEEK = date(2026, 6, 22)
WRITTEN = datetime.fromisoformat("2026-06-29 01:00")
# The week before last was better by a quarter in these.
FALLEN = ("revenue", "buyers")


def figure(name: str, value: float | None, previous: float | None) -> Figure:
    defined = metric(name)
    history = (*([previous] * 11), value)
    weeks = tuple(weeks_until(WEEK, 12))
    return Figure(name, defined.title, defined.unit, defined.good, value, previous, weeks, history)


def arm(people: int, buyers: int) -> ArmSums:
    powers = (buyers * 200.0**k for k in (1, 2, 3))
    return ArmSums(Proportion(people, buyers), SampleMean(people, *powers))


def campaign(
    name: str, treated: tuple[int, int], held: tuple[int, int], *, cost: float = 500.0
) -> CampaignLine:
    window = Window(datetime.fromisoformat("2026-06-10"), datetime.fromisoformat("2026-06-24"))
    share = held[0] / (held[0] + treated[0])
    measured = MeasuredCampaign(name, name, window, share)
    stratum = Stratum(share, arm(*treated), arm(*held))
    conversion, revenue = compare(measured, [stratum], as_of=WRITTEN)
    return CampaignLine(
        name, name, True, {"delivered": treated[0], "clicked": 3}, conversion, revenue, cost
    )


def review(**changes) -> Review:
    values = {name: (75.0, 100.0 if name in FALLEN else 74.0) for name in METRICS}
    values |= {"unsubscribed": (9.0, 1.0), "delivered": (900.0, 900.0), "refund_rate": (0.06, 0.02)}
    bare = Review(
        week=WEEK,
        workspace="A & B <shop>",
        currency="CNY",
        timezone="Asia/Shanghai",
        written_at=WRITTEN,
        figures=tuple(figure(name, *values[name]) for name in METRICS),
        channels=(
            ChannelLine("unattributed", 700, 6, 1500.0, 0, None, None),
            ChannelLine("baidu", 90, 50, 90000.0, 12500.0, 250.0, 6.2, 100.0, 60),
            ChannelLine("douyin", 3, 1, 100.0, 400.0, 400.0, -0.75, 390.0),
            ChannelLine("affiliate", 0, 0, 0.0, 50.0, None, -1.0),
        ),
        campaigns=(
            campaign("<b>Bold</b>", (8000, 800), (2000, 120)),
            campaign("dear", (8000, 800), (2000, 120), cost=9e9),
            campaign("weak", (800, 60), (200, 14)),
            campaign("bad", (8000, 320), (2000, 140)),
            campaign("alone", (900, 80), (0, 0)),
        ),
        tiers=(GroupLine("high", 10, 11), GroupLine("at_risk", 5, 1)),
        stages=(GroupLine("new", 3, 4), GroupLine("active", 12, 8)),
        silenced=Silenced(1, 640.0),
        models=(ModelLine("churn", "v1", "auc", 0.7, 0.75, WRITTEN),),
        quality=Quality(1000, 980, 20, 5000, 21, {"bad_date": 20}),
    )
    changed = replace(bare, **changes)
    return replace(changed, findings=tuple(findings(changed)))


def empty_review() -> Review:
    nothing = {"figures": (), "channels": (), "campaigns": (), "tiers": (), "stages": ()}
    return review(**nothing, silenced=Silenced(), models=(), quality=Quality())
