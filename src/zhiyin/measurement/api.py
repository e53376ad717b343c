"""The front door of measurement: builds, campaign results and the weekly review."""

from zhiyin.measurement.builds import Plan, builds
from zhiyin.measurement.campaigns import MeasuredCampaign
from zhiyin.measurement.results import CampaignResult
from zhiyin.measurement.review.gather import weekly_review
from zhiyin.measurement.review.model import Finding, Review
from zhiyin.measurement.review.render import LANGUAGES, render_review
from zhiyin.measurement.tag_response import Observed, TagResponse, tag_responses
from zhiyin.measurement.weekly import METRICS

__all__ = [
    "LANGUAGES",
    "METRICS",
    "CampaignResult",
    "Finding",
    "MeasuredCampaign",
    "Observed",
    "Plan",
    "Review",
    "TagResponse",
    "builds",
    "render_review",
    "tag_responses",
    "weekly_review",
]
