"""Every table that the product promises, and how its columns come about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from zhiyin.app.tracing.drafts import ROWS, Drafts, column_id, object_id
from zhiyin.collect import tables as ods
from zhiyin.decisions import tables as decisions
from zhiyin.delivery import tables as delivery
from zhiyin.identity import tables as identity
from zhiyin.insights import tables as insights
from zhiyin.insights.activity import tables as activity
from zhiyin.insights.baskets import tables as baskets
from zhiyin.insights.voice import tables as voice
from zhiyin.measurement import tables as measurement
from zhiyin.models import tables as models
from zhiyin.ports.tables import TableSpec
from zhiyin.profiles import tables as profiles
from zhiyin.profiles.membership import tables as membership
from zhiyin.profiles.personas import tables as personas
from zhiyin.profiles.tagging import tables as tagging
from zhiyin.profiles.value import tables as value
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.cleaning import tables as cleaning
from zhiyin.warehouse.quality import tables as quality

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse
    from zhiyin.warehouse.api import TableBuild

PROMISES = (
    ods, dw, cleaning, quality, identity, profiles, tagging, value, personas, membership,
    insights, activity, baskets, voice, models, decisions, delivery, measurement,
)  # fmt: skip

# What the console does when a message goes out, beside any build.
WRITTEN_BY_HAND = {
    delivery.MESSAGES.name: {
        name: f"{decisions.DECISIONS.name}.{name}"
        for name in ("decision_id", "campaign_id", "person_id", "channel")
    }
    | {"message_id": f"{decisions.DECISIONS.name}.decision_id"},
}


@cache
def every_table() -> dict[str, TableSpec]:
    """Return every promised table by name."""
    return {spec.name: spec for module in PROMISES for spec in module.ALL}


def add_tables(drafts: Drafts, warehouse: Warehouse) -> None:
    """Note every table with its columns, and what each column is computed from."""
    for spec in every_table().values():
        table = drafts.add("table", spec.name, description=spec.description, grain=list(spec.grain))
        for name, column in spec.columns.items():
            drafts.add(
                "column",
                f"{spec.name}.{name}",
                parent=table,
                meaning=column.meaning,
                unit=column.unit,
                type=column.type.removeprefix("!"),
                pii=column.pii.value if column.pii else None,
            )
    for row in warehouse.to_arrow(warehouse.read(dw.COLUMN_LINEAGE)).to_pylist():
        source = column_id(row["from_table"], row["from_column"])
        to = column_id(row["to_table"], row["to_column"])
        drafts.join(source, to, "rows" if row["to_column"] == ROWS else "computed")
    for table, columns in WRITTEN_BY_HAND.items():
        for to, source in columns.items():
            drafts.join(object_id("column", source), column_id(table, to), "computed")
            drafts.join(object_id("table", source.rsplit(".", 1)[0]), f"table:{table}", "input")


def add_inputs(drafts: Drafts, builds: Iterable[TableBuild]) -> None:
    """Note which tables each build reads."""
    for build in builds:
        for spec in build.inputs:
            drafts.join(object_id("table", spec.name), object_id("table", build.spec.name), "input")


def keep_inputs(drafts: Drafts, stored: pa.Table, built: Sequence[str]) -> None:
    """Keep what earlier runs noted of the inputs of tables that this run did not ask for."""
    for row in stored.to_pylist():
        if row["via"] == "input" and row["to_id"] not in built:
            drafts.join(row["from_id"], row["to_id"], "input")
