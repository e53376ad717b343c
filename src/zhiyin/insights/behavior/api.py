"""The door to behavior analysis: questions read from plain values, and their answers."""

from zhiyin.insights.behavior.distribution import (
    distribution,
    distribution_people,
    read_distribution,
)
from zhiyin.insights.behavior.distribution_rfm import rfm_matrix, rfm_people
from zhiyin.insights.behavior.doings import unseen_events
from zhiyin.insights.behavior.funnel import funnel, funnel_people
from zhiyin.insights.behavior.funnel_spec import FunnelSpec, read_funnel
from zhiyin.insights.behavior.intervals import intervals, intervals_people, read_intervals
from zhiyin.insights.behavior.lifecycle import lifecycle, lifecycle_people, read_lifecycle
from zhiyin.insights.behavior.paths import paths, paths_people
from zhiyin.insights.behavior.paths_spec import read_paths
from zhiyin.insights.behavior.referral import read_referral, referral, referral_people
from zhiyin.insights.behavior.retention_answer import retention
from zhiyin.insights.behavior.retention_reading import read_retention, retention_people
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.sessions import sessions, sessions_people
from zhiyin.insights.behavior.sessions_spec import read_sessions
from zhiyin.insights.behavior.stickiness import read_stickiness, stickiness, stickiness_people
from zhiyin.insights.behavior.touches import read_touches, touches, touches_people
from zhiyin.insights.behavior.trends_answer import trends
from zhiyin.insights.behavior.trends_metrics import metric_rows, metric_table
from zhiyin.insights.behavior.trends_reading import read_trends, trends_people
from zhiyin.insights.behavior.vocabulary import (
    PROPERTIES,
    SPLITTING,
    days_before,
    read_choice,
    read_days,
    window_of,
)

__all__ = [
    "PROPERTIES",
    "SPLITTING",
    "FunnelSpec",
    "Scope",
    "days_before",
    "distribution",
    "distribution_people",
    "funnel",
    "funnel_people",
    "intervals",
    "intervals_people",
    "lifecycle",
    "lifecycle_people",
    "metric_rows",
    "metric_table",
    "paths",
    "paths_people",
    "read_choice",
    "read_days",
    "read_distribution",
    "read_funnel",
    "read_intervals",
    "read_lifecycle",
    "read_paths",
    "read_referral",
    "read_retention",
    "read_sessions",
    "read_stickiness",
    "read_touches",
    "read_trends",
    "referral",
    "referral_people",
    "retention",
    "retention_people",
    "rfm_matrix",
    "rfm_people",
    "sessions",
    "sessions_people",
    "stickiness",
    "stickiness_people",
    "touches",
    "touches_people",
    "trends",
    "trends_people",
    "unseen_events",
    "window_of",
]
