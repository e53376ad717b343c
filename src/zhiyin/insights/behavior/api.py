"""The door to behavior analysis: questions read from plain values, and their answers."""

from zhiyin.insights.behavior.funnel import funnel, funnel_people
from zhiyin.insights.behavior.funnel_spec import FunnelSpec, read_funnel
from zhiyin.insights.behavior.scope import Scope

__all__ = ["FunnelSpec", "Scope", "funnel", "funnel_people", "read_funnel"]
