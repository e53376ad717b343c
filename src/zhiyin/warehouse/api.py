"""The warehouse's front door: what a build is, how builds run, how lineage is read."""

from zhiyin.warehouse.builds import (
    BuildContext,
    BuildReport,
    Gate,
    Objection,
    TableBuild,
    run_builds,
)
from zhiyin.warehouse.days import local_date, local_day, local_midnight
from zhiyin.warehouse.facts import builds
from zhiyin.warehouse.lineage import LineageEdge, column_lineage, lineage_down, lineage_up
from zhiyin.warehouse.lineage_graph import LineageGraph, LineageObject, ObjectEdge, ObjectWalk

__all__ = [
    "BuildContext",
    "BuildReport",
    "Gate",
    "LineageEdge",
    "LineageGraph",
    "LineageObject",
    "ObjectEdge",
    "ObjectWalk",
    "Objection",
    "TableBuild",
    "builds",
    "column_lineage",
    "lineage_down",
    "lineage_up",
    "local_date",
    "local_day",
    "local_midnight",
    "run_builds",
]
