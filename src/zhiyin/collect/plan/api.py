"""The front door of the tracking plan."""

from zhiyin.collect.plan.comparing import FileChange, compare
from zhiyin.collect.plan.files import FIXES, PLAN, Files
from zhiyin.collect.plan.generating import Generated, Inference, generate, merge
from zhiyin.collect.plan.judging import PlanInForce, content_column, violations_of
from zhiyin.collect.plan.observing import observe
from zhiyin.collect.plan.reading import read_plan
from zhiyin.collect.plan.schemas import Violation, schema_text
from zhiyin.collect.plan.shelf import InForce, PlanShelf, PlanVersion
from zhiyin.collect.plan.tracking_plan import KINDS, PlannedEvent, TrackingPlan
from zhiyin.collect.plan.traffic import blocked, flagged, sample, volumes
from zhiyin.collect.plan.writing import changed_event, plan_files, with_policy

__all__ = [
    "FIXES",
    "KINDS",
    "PLAN",
    "FileChange",
    "Files",
    "Generated",
    "InForce",
    "Inference",
    "PlanInForce",
    "PlanShelf",
    "PlanVersion",
    "PlannedEvent",
    "TrackingPlan",
    "Violation",
    "blocked",
    "changed_event",
    "compare",
    "content_column",
    "flagged",
    "generate",
    "merge",
    "observe",
    "plan_files",
    "read_plan",
    "sample",
    "schema_text",
    "violations_of",
    "volumes",
    "with_policy",
]
