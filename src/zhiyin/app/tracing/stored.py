"""The graph of all objects as the last run left it. Light to import: every question reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zhiyin.warehouse.api import LineageGraph, LineageObject, ObjectEdge
from zhiyin.warehouse.tables import LINEAGE_EDGES, LINEAGE_OBJECTS

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def stored_graph(workspace: Workspace) -> LineageGraph:
    """Return the graph as the last run left it; empty before the first."""
    warehouse = workspace.warehouse
    objects = {
        row["object_id"]: LineageObject(
            row["object_id"],
            row["kind"],
            row["name"],
            row["parent_id"],
            json.loads(row["title"] or "{}"),
            json.loads(row["detail"] or "{}"),
        )
        for row in warehouse.to_arrow(warehouse.read(LINEAGE_OBJECTS)).to_pylist()
    }
    edges = warehouse.to_arrow(warehouse.read(LINEAGE_EDGES)).to_pylist()
    known = (e for e in edges if e["from_id"] in objects and e["to_id"] in objects)
    return LineageGraph(objects, tuple(sorted(ObjectEdge(**edge) for edge in known)))
