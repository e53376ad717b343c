"""The graph of all objects: gathered from ledgers and definitions, kept as two tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from zhiyin.app.tracing.arrivals import add_arrivals
from zhiyin.app.tracing.catalog import add_inputs, add_tables, keep_inputs
from zhiyin.app.tracing.definitions import add_definitions
from zhiyin.app.tracing.drafts import Drafts, object_id
from zhiyin.app.tracing.figures import add_metrics, add_models
from zhiyin.core.clock import naive_utc
from zhiyin.warehouse.tables import LINEAGE_EDGES, LINEAGE_OBJECTS

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.warehouse.api import TableBuild


def publish_objects(workspace: Workspace, builds: Sequence[TableBuild] = ()) -> None:
    """Write `dw.lineage_objects` and `dw.lineage_edges` as things stand now.

    `builds` are those of this run; of other tables, what earlier runs noted of their inputs stays.
    """
    warehouse = workspace.warehouse
    drafts = gathered(workspace, builds)
    at = naive_utc(workspace.clock.now())
    objects = [
        {
            "object_id": one.object_id,
            "kind": one.kind,
            "name": one.name,
            "parent_id": one.parent_id,
            "title": _json(one.title),
            "detail": _json(one.detail),
            "refreshed_at": at,
        }
        for one in drafts.objects.values()
    ]
    edges = [vars(edge) for edge in sorted(drafts.edges)]
    with warehouse.transaction():
        for spec, rows in ((LINEAGE_OBJECTS, objects), (LINEAGE_EDGES, edges)):
            schema = spec.schema().to_pyarrow()
            warehouse.write(spec, pa.Table.from_pylist(rows, schema=schema))


def gathered(workspace: Workspace, builds: Sequence[TableBuild]) -> Drafts:
    """Return everything that the ledgers and the definitions tell."""
    warehouse, drafts = workspace.warehouse, Drafts()
    add_tables(drafts, warehouse)
    add_arrivals(drafts, warehouse, workspace.root)
    add_inputs(drafts, builds)
    built = [object_id("table", build.spec.name) for build in builds]
    keep_inputs(drafts, warehouse.to_arrow(warehouse.read(LINEAGE_EDGES)), built)
    add_definitions(drafts, workspace.root, workspace.operational, warehouse)
    add_metrics(drafts, warehouse, workspace.root, workspace.settings.timezone)
    add_models(drafts, warehouse, workspace.registry)
    return drafts


def _json(value: object) -> str | None:
    return json.dumps(value, ensure_ascii=False, default=str) if value else None
