"""The front door of measurement: builds, campaign results and the weekly review."""

from zhiyin.measurement.builds import Plan, builds
from zhiyin.measurement.campaigns import MeasuredCampaign
from zhiyin.measurement.results import CampaignResult

__all__ = ["CampaignResult", "MeasuredCampaign", "Plan", "builds"]
