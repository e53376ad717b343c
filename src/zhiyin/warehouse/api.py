"""The warehouse's front door: what a build is, how builds run, how lineage is read."""

from zhiyin.warehouse.builds import (
    BuildContext,
    BuildReport,
    Exchange,
    Gate,
    Objection,
    TableBuild,
)
from zhiyin.warehouse.days import local_date, local_day, local_midnight, local_time
from zhiyin.warehouse.events import RECEIPTS
from zhiyin.warehouse.facts import builds
from zhiyin.warehouse.instants import milliseconds
from zhiyin.warehouse.lineage import LineageEdge, column_lineage, lineage_down, lineage_up
from zhiyin.warehouse.lineage_graph import LineageGraph, LineageObject, ObjectEdge, ObjectWalk
from zhiyin.warehouse.pieces import Feed, Pieces
from zhiyin.warehouse.runner import run_builds
from zhiyin.warehouse.touches import digest
from zhiyin.warehouse.visitors import visitor_id

__all__ = [
    "RECEIPTS",
    "BuildContext",
    "BuildReport",
    "Exchange",
    "Feed",
    "Gate",
    "LineageEdge",
    "LineageGraph",
    "LineageObject",
    "ObjectEdge",
    "ObjectWalk",
    "Objection",
    "Pieces",
    "TableBuild",
    "builds",
    "column_lineage",
    "digest",
    "lineage_down",
    "lineage_up",
    "local_date",
    "local_day",
    "local_midnight",
    "local_time",
    "milliseconds",
    "run_builds",
    "visitor_id",
]
