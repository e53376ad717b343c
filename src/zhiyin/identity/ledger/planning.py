"""What would change if identity were worked out anew: merges and splits, before they happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.identity.ledger.history import kinds, moves
from zhiyin.identity.ledger.records import Plan, Shift
from zhiyin.identity.tables import PERSON_OF

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.ports.tables import TableSpec
    from zhiyin.ports.warehouse import Warehouse
    from zhiyin.warehouse.api import BuildContext, TableBuild

SHIFTS, EXAMPLES = 20, 5


def plan_builds(
    warehouse: Warehouse,
    builds: Sequence[TableBuild],
    *,
    context: BuildContext,
    on_progress: Callable[[str], None] | None = None,
) -> Plan:
    """Return what `dw.person_of` would change if these builds ran; nothing is written.

    Parameters
    ----------
    builds
        The builds of identity up to `dw.person_of`, inputs first. Tables that none of them makes
        are read as they are published.
    """
    made: dict[str, pa.Table] = {}
    for build in builds:
        if on_progress:
            on_progress(f"{build.spec.name}: working out")
        tables = [_table(warehouse, spec, made) for spec in build.inputs]
        expr = build.build(*tables, context=context)
        made[build.spec.name] = warehouse.to_arrow(expr.select(*build.spec.columns))
        if build.spec.name == PERSON_OF.name:
            break
    return plan_of(warehouse, _held(PERSON_OF, made[PERSON_OF.name]))


def _table(warehouse: Warehouse, spec: TableSpec, made: Mapping[str, pa.Table]) -> ir.Table:
    found = made.get(spec.name)
    return warehouse.read(spec) if found is None else _held(spec, found)


def _held(spec: TableSpec, rows: pa.Table) -> ir.Table:
    """Return rows as a stored table gives them: columns of the promised types that may be null."""
    kinds = {name: column.type.removeprefix("!") for name, column in spec.columns.items()}
    return ibis.memtable(rows, schema=ibis.schema(kinds))


def plan_of(warehouse: Warehouse, after: ir.Table) -> Plan:
    """Return what would change if `after` were published as `dw.person_of`."""
    before = warehouse.read(PERSON_OF)
    moved = moves(before.select("visitor_id", "person_id"), after)
    told = kinds(moved.group_by(["before", "person_id"]).agg(ids=moved.count()), before, after)
    changed = told.filter(told.kind.notnull())
    counts = _one_row(
        warehouse,
        changed.aggregate(
            merges=(changed.kind == "merge").sum(), splits=(changed.kind == "split").sum()
        ),
    )
    largest = changed.order_by([changed.ids.desc(), changed.before, changed.person_id])
    rows = warehouse.to_arrow(largest.limit(SHIFTS)).to_pylist()
    return Plan(
        people_before=_people(warehouse, before),
        people_after=_people(warehouse, after),
        merges=counts["merges"] or 0,
        splits=counts["splits"] or 0,
        new_ids=_rows(warehouse, after.anti_join(before, "visitor_id")),
        gone_ids=_rows(warehouse, before.anti_join(after, "visitor_id")),
        shifts=tuple(_shift(warehouse, moved, row) for row in rows),
    )


def _shift(warehouse: Warehouse, moved: ir.Table, row: Mapping[str, Any]) -> Shift:
    mine = moved.filter(moved.before == row["before"], moved.person_id == row["person_id"])
    some = mine.order_by("visitor_id").limit(EXAMPLES).select("visitor_id")
    people = (row["person_id"], row["before"])
    stays, goes = people if row["kind"] == "merge" else people[::-1]
    names = warehouse.to_arrow(some)["visitor_id"].to_pylist()
    return Shift(row["kind"], stays, goes, row["ids"], tuple(names))


def _people(warehouse: Warehouse, person_of: ir.Table) -> int:
    return _rows(warehouse, person_of.filter(person_of.visitor_id == person_of.person_id))


def _rows(warehouse: Warehouse, table: ir.Table) -> int:
    return _one_row(warehouse, table.aggregate(rows=table.count()))["rows"]


def _one_row(warehouse: Warehouse, table: ir.Table) -> dict[str, Any]:
    return warehouse.to_arrow(table).to_pylist()[0]
