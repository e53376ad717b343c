"""Where each pull stands: written with the rows it speaks of, read before the next batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from zhiyin.collect.ledger import next_load_id
from zhiyin.collect.pull_tables import PULLED_ROWS, PULLS
from zhiyin.collect.target_rows import in_order
from zhiyin.core.clock import Clock, naive_utc
from zhiyin.core.errors import unknown
from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How, Warehouse


@dataclass(frozen=True)
class Standing:
    """What the last batch of a source left: `load_id` 0 and no cursor before the first one.

    Which rows were taken is known from the cursor value `known_from` on.
    """

    load_id: int = 0
    cursor: str | None = None
    known_from: str | None = None
    kind: str | None = None
    rows: int = 0


def standing(warehouse: Warehouse, recipe: str, source: str) -> Standing:
    """Return where the pull of a source stands."""
    pulls = _of(warehouse.read(PULLS), recipe, source)
    last = pulls.order_by(pulls.load_id.desc()).limit(1)
    names = ("load_id", "cursor_value", "known_from", "cursor_kind")
    found = warehouse.to_arrow(last.select(*names)).to_pylist()
    if not found:
        return Standing()
    rows = warehouse.to_arrow(pulls.aggregate(rows=pulls.rows_read.sum()))["rows"][0].as_py()
    return Standing(*(found[0][name] for name in names), int(rows or 0))


def write_batch(warehouse: Warehouse, row: dict[str, Any]) -> None:
    """Note a batch."""
    warehouse.write(PULLS, _table(PULLS, [row]), How.APPEND)


def remembered(warehouse: Warehouse, recipe: str, source: str) -> set[str]:
    """Return the digests of the rows that the overlap will bring again."""
    rows = _of(warehouse.read(PULLED_ROWS), recipe, source)
    return set(warehouse.to_arrow(rows.select("digest"))["digest"].to_pylist())


def remember(
    warehouse: Warehouse, recipe: str, source: str, *, load_id: int, digests: Sequence[str]
) -> None:
    """Note rows of a batch that lie within the overlap behind its end."""
    if not digests:
        return
    count = len(digests)
    columns = {
        "recipe": pa.repeat(recipe, count),
        "source_name": pa.repeat(source, count),
        "load_id": pa.repeat(pa.scalar(load_id, pa.int64()), count),
        "digest": pa.array(digests, pa.string()),
    }
    warehouse.write(PULLED_ROWS, in_order(columns, PULLED_ROWS, count), How.APPEND)


def forget(warehouse: Warehouse, recipe: str, source: str, *, before_load: int | None) -> None:
    """Drop the source's notes of loads before one that still matters; None drops all of them."""
    rows = warehouse.read(PULLED_ROWS)
    mine = (rows.recipe == recipe) & (rows.source_name == source)
    old = mine if before_load is None else mine & (rows.load_id < before_load)
    dropped = warehouse.to_arrow(rows.filter(old).select("load_id").limit(1))
    if dropped.num_rows:
        warehouse.write(PULLED_ROWS, warehouse.to_arrow(rows.filter(~old)), How.REPLACE)


def ends_of_loads(warehouse: Warehouse, recipe: str, source: str) -> list[tuple[int, str]]:
    """Return (load, greatest cursor value) of the source's loads with rows still remembered."""
    rows = _of(warehouse.read(PULLED_ROWS), recipe, source).select("load_id").distinct()
    pulls = _of(warehouse.read(PULLS), recipe, source)
    ends = pulls.semi_join(rows, "load_id").select("load_id", "cursor_value")
    found = warehouse.to_arrow(ends.order_by("load_id")).to_pylist()
    return [(row["load_id"], row["cursor_value"]) for row in found if row["cursor_value"]]


def pull_status(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return one row per pulled source: its position, its rows so far, its last time."""
    rows = warehouse.to_arrow(warehouse.read(PULLS).order_by("load_id")).to_pylist()
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        seen = found.setdefault((row["recipe"], row["source_name"]), {"rows": 0, "aside": 0})
        seen.update(
            recipe=row["recipe"],
            source=row["source_name"],
            table=f"{row['connection']}:{row['relation']}",
            target=row["target"],
            cursor=row["cursor_column"],
            position=row["cursor_value"],
            rows=seen["rows"] + row["rows_read"],
            aside=seen["aside"] + row["rows_quarantined"],
            without_cursor=_or(row["rows_without_cursor"], seen.get("without_cursor")),
            ahead=_or(row["rows_ahead"], seen.get("ahead")),
            state=row["state"],
            last=row["pulled_at"].isoformat(sep=" ", timespec="seconds"),
        )
    order = ("recipe", "source", "table", "target", "cursor", "position", "rows", "aside",
             "without_cursor", "ahead", "state", "last")  # fmt: skip
    return [{name: row[name] for name in order} for _, row in sorted(found.items())]


def reset_pull(
    warehouse: Warehouse, clock: Clock, *, recipe: str, source: str | None = None
) -> list[str]:
    """Let the next pull begin at the first row again; return the sources that were reset.

    Raises
    ------
    NotFound
        If nothing was ever pulled for them.
    """
    at = naive_utc(clock.now())
    pulls = warehouse.read(PULLS)
    rows = warehouse.to_arrow(pulls.filter(pulls.recipe == recipe).order_by("load_id")).to_pylist()
    last = {row["source_name"]: row for row in rows}
    chosen = [name for name in last if source in (None, name)]
    if not chosen:
        known = sorted({f"{row['recipe']} {row['source']}" for row in pull_status(warehouse)})
        raise unknown("pull", f"{recipe} {source or ''}".strip(), known)
    with warehouse.transaction():
        for name in chosen:
            load_id = next_load_id(warehouse)
            write_batch(warehouse, last[name] | _NOTHING | {"load_id": load_id, "pulled_at": at})
            forget(warehouse, recipe, name, before_load=None)
    return chosen


_NOTHING = {
    **dict.fromkeys(("rows_read", "rows_kept", "rows_quarantined", "rows_repeated"), 0),
    **dict.fromkeys(("total_read", "total_kept", "total_quarantined")),
    **dict.fromkeys(("cursor_value", "known_from", "key_value")),
    "seconds": 0.0,
    "state": "reset",
}


def _of(rows: ir.Table, recipe: str, source: str) -> ir.Table:
    return rows.filter((rows.recipe == recipe) & (rows.source_name == source))


def _or(value: int | None, former: int | None) -> int | None:
    return former if value is None else value


def _table(spec: TableSpec, rows: Sequence[dict[str, Any]]) -> pa.Table:
    schema = spec.schema().to_pyarrow()
    columns = {f.name: pa.array([row[f.name] for row in rows], f.type) for f in schema}
    return in_order(columns, spec, len(rows))
