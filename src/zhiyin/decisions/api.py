"""The front door of decisions: definitions, plans, hold-outs and coverage."""

from zhiyin.decisions.assignment import assign_arm, bucket_of, threshold
from zhiyin.decisions.campaigns import CampaignSpec
from zhiyin.decisions.choosing import strategy_coverage
from zhiyin.decisions.definitions import builds, load_definitions
from zhiyin.decisions.offers import Offer, load_offers
from zhiyin.decisions.planning import Definitions, plan
from zhiyin.decisions.policy import Cap, ChannelPolicy, ContactPolicy, QuietHours, load_policy
from zhiyin.decisions.strategies import Goal, Strategy, load_strategies
from zhiyin.decisions.suppression import History

__all__ = [
    "CampaignSpec",
    "Cap",
    "ChannelPolicy",
    "ContactPolicy",
    "Definitions",
    "Goal",
    "History",
    "Offer",
    "QuietHours",
    "Strategy",
    "assign_arm",
    "bucket_of",
    "builds",
    "load_definitions",
    "load_offers",
    "load_policy",
    "load_strategies",
    "plan",
    "strategy_coverage",
    "threshold",
]
