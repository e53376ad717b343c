"""Audiences written down: how large, who came and went, and who they were."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhiyin.core.errors import not_allowed
from zhiyin.core.ids import new_id
from zhiyin.ports.warehouse import How
from zhiyin.profiles.membership.lists import people_in
from zhiyin.profiles.membership.tables import AUDIENCE_MEMBERS, AUDIENCE_SNAPSHOTS, REASONS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

# Scheduled snapshots whose members are kept; of older ones the figures stay.
KEPT = 14


@dataclass(frozen=True)
class Taken:
    """What is written down: of which audience, when, why, and by whom.

    `taken_at` and `as_of` are naive UTC, `people` counts everybody, `definition` is JSON-able.
    """

    audience: str
    taken_at: datetime
    as_of: datetime
    reason: str
    people: int
    definition: Mapping[str, Any]
    actor: str | None = None


def take(
    warehouse: Warehouse,
    taken: Taken,
    person_ids: Sequence[str] | pa.Array,
    *,
    person_of: ir.Table,
    scores: Sequence[float] | None = None,
) -> dict[str, Any]:
    """Write an audience down and return the row of `dm.audience_snapshots`.

    Members and figures are published together, or neither.
    """
    if taken.reason not in REASONS:
        raise not_allowed("The reason of a snapshot", taken.reason, REASONS)
    ids = pa.array(person_ids, pa.string())
    former = newest(warehouse, taken.audience)
    before = members_of(warehouse, former, person_of) if former else None
    # Two snapshots of one instant, or of a clock that was set back, still have an order.
    earliest = former["taken_at"] + timedelta(microseconds=1) if former else taken.taken_at
    row = {
        "snapshot_id": new_id("snap"),
        "audience": taken.audience,
        "taken_at": max(taken.taken_at, earliest),
        "as_of": taken.as_of,
        "reason": taken.reason,
        "members": len(ids),
        **change(ids.to_pylist(), before),
        "people": taken.people,
        "has_members": True,
        "definition": json.dumps(dict(taken.definition), ensure_ascii=False, default=str),
        "actor": taken.actor,
    }
    members = pa.table(
        {
            "snapshot_id": pa.array([row["snapshot_id"]] * len(ids), pa.string()),
            "person_id": ids,
            "score": pa.array(scores if scores is not None else [None] * len(ids), pa.float64()),
        }
    )
    with warehouse.transaction():
        warehouse.write(AUDIENCE_SNAPSHOTS, rows_of([row]), How.APPEND)
        warehouse.write(AUDIENCE_MEMBERS, members, How.APPEND)
    return row


def rows_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows of `dm.audience_snapshots` as a table."""
    moment = pa.timestamp("us")
    kinds = {"taken_at": moment, "as_of": moment, "members": pa.int64(), "entered": pa.int64(),
             "left": pa.int64(), "people": pa.int64(), "has_members": pa.bool_()}  # fmt: skip
    return pa.table(
        {
            name: pa.array([row[name] for row in rows], kinds.get(name, pa.string()))
            for name in AUDIENCE_SNAPSHOTS.columns
        }
    )


def change(now: Sequence[str], before: set[str] | None) -> dict[str, int | None]:
    """Return how many came and went since the snapshot before; unknown for the first."""
    if before is None:
        return {"entered": None, "left": None}
    present = set(now)
    return {"entered": len(present - before), "left": len(before - present)}


def newest(warehouse: Warehouse, audience: str) -> dict[str, Any] | None:
    """Return the newest snapshot of an audience whose members are kept."""
    return next((row for row in history(warehouse, audience) if row["has_members"]), None)


def history(
    warehouse: Warehouse, audience: str | None = None, limit: int = 400
) -> list[dict[str, Any]]:
    """Return the snapshots of an audience, or of all, the newest first."""
    table = warehouse.read(AUDIENCE_SNAPSHOTS)
    if audience is not None:
        table = table.filter(table.audience == audience)
    ordered = table.order_by([table.taken_at.desc(), table.snapshot_id.asc()]).limit(limit)
    return warehouse.to_arrow(ordered).to_pylist()


def members_of(warehouse: Warehouse, snapshot: Mapping[str, Any], person_of: ir.Table) -> set[str]:
    """Return the people of a snapshot as they are known now."""
    table = people_in(snapshot["snapshot_id"], warehouse.read(AUDIENCE_MEMBERS), person_of)
    return set(warehouse.to_arrow(table)["person_id"].to_pylist())


def let_go(warehouse: Warehouse, audience: str, *, kept: int = KEPT) -> int:
    """Forget the members of old scheduled snapshots; their figures stay. Return how many."""
    scheduled = [
        row
        for row in history(warehouse, audience)
        if row["reason"] == "schedule" and row["has_members"]
    ]
    old = scheduled[kept:]
    if not old:
        return 0
    ids = pa.table({"snapshot_id": pa.array([row["snapshot_id"] for row in old], pa.string())})
    nobody = warehouse.read(AUDIENCE_MEMBERS).limit(0)
    with warehouse.transaction():
        warehouse.write(
            AUDIENCE_SNAPSHOTS, rows_of([{**row, "has_members": False} for row in old]), How.MERGE
        )
        warehouse.write(AUDIENCE_MEMBERS, warehouse.to_arrow(nobody), How.EXCHANGE, replacing=ids)
    return len(old)
