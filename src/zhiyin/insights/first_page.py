"""The overview as a table: computed by the run, read by the page."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from zhiyin.insights.dictionary import dictionary_digest
from zhiyin.insights.inputs import INPUTS
from zhiyin.insights.overview import overview
from zhiyin.insights.tables import OVERVIEW
from zhiyin.profiles.tables import CUSTOMERS
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

# The period that the page opens with; others are computed when they are asked for.
DEFAULT_DAYS = 30


def first_page_builds(warehouse: Warehouse) -> list[TableBuild]:
    """Return the build of `dm.overview`, which needs `dm.customers`.

    Distinct people over a period cannot be added up from days, so the page would have to read all
    facts of two periods each time it opens.
    """

    def build(*_: ir.Table, context: BuildContext) -> ir.Table:
        found = overview(warehouse, context.as_of, DEFAULT_DAYS, context.timezone)
        row = {
            "days": DEFAULT_DAYS,
            "as_of": context.as_of,
            "timezone": context.timezone,
            "body": json.dumps(found),
        }
        rows = pa.Table.from_pylist([row], schema=OVERVIEW.schema().to_pyarrow())
        return ibis.memtable(rows, schema=OVERVIEW.schema())

    return [
        TableBuild(
            OVERVIEW,
            (*INPUTS.values(), CUSTOMERS),
            build,
            depends_on_time=True,
            definition=dictionary_digest(),
        )
    ]


def first_page(
    warehouse: Warehouse, as_of: datetime, days: int = DEFAULT_DAYS, timezone: str = "UTC"
) -> dict[str, Any]:
    """Return the overview: the stored one of this instant, period and zone, else a new one."""
    stored = warehouse.to_arrow(warehouse.read(OVERVIEW)).to_pylist()
    for row in stored:
        if (row["as_of"], row["days"], row["timezone"]) == (as_of, days, timezone):
            return json.loads(row["body"])
    return overview(warehouse, as_of, days, timezone)
