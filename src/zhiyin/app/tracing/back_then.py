"""What was known of one person at an instant, worked out again from that person's facts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.tables import TableSpec

# Ranks among all customers, and models' answers, cannot be told from one person's facts.
RELATIVE = frozenset(
    {
        "r", "f", "m", "rfm_segment", "value_tier", "stage", "persona",
        "clv", "churn", "repurchase",
    }
)  # fmt: skip


def profile_at(
    workspace: Workspace, person_id: str, visitors: Sequence[str], as_of: datetime
) -> Mapping[str, Any]:
    """Return the person's row of the wide table as of an instant, without `RELATIVE` columns.

    Who is who is as of today, and so are facts of before `as_of` that arrived after it.
    """
    warehouse = workspace.warehouse

    def mine(spec: TableSpec) -> ir.Table:
        table = warehouse.read(spec)
        if "person_id" in spec.columns:
            return table.filter(table.person_id == person_id)
        return table.filter(table.visitor_id.isin(list(visitors)))

    inputs = {name: mine(spec) for name, spec in profiles.CUSTOMER_INPUTS.items()}
    inputs["rfm"] = inputs["rfm"].filter(ibis.literal(False))
    inputs["purchases"] = profiles.purchases(
        mine(dw.ORDERS),
        mine(dw.ORDER_LINES),
        mine(dw.REFUNDS),
        warehouse.read(dw.PRODUCTS),
        mine(PERSON_OF),
        as_of=as_of,
        timezone=workspace.settings.timezone,
    )
    inputs["consents"] = profiles.consents(
        mine(dw.CUSTOMERS), mine(dw.EVENTS), mine(PERSON_OF), as_of=as_of
    )
    rows = warehouse.to_arrow(profiles.customers(inputs, as_of=as_of)).to_pylist()
    known = next((row for row in rows if row["person_id"] == person_id), {})
    return {name: value for name, value in known.items() if name not in RELATIVE}


def customers_as_of(workspace: Workspace, at: datetime) -> datetime | None:
    """Return the instant that the wide table looked from when it was read at `at`; None if none."""
    builds = workspace.warehouse.read(dw.BUILDS)
    mine = builds.filter(builds.table_name == dm.CUSTOMERS.name, builds.built_at <= at)
    newest = mine.order_by(mine.built_at.desc()).limit(1).select("as_of")
    return next(iter(workspace.warehouse.to_arrow(newest)["as_of"].to_pylist()), None)
