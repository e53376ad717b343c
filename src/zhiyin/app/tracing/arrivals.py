"""What arrived: files, tables of other databases and the event log, and what recipes made of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zhiyin.app.tracing.drafts import Drafts, column_id, object_id
from zhiyin.collect import api as collect
from zhiyin.collect import tables as ods
from zhiyin.core.errors import ZhiyinError
from zhiyin.ports.event_log import MAIN

if TYPE_CHECKING:
    from pathlib import Path

    from zhiyin.collect.recipe import ColumnRecipe, Source
    from zhiyin.ports.warehouse import Warehouse

# Beyond this many files the newest are objects of their own; the ledger still knows the others.
MOST_FILES = 5_000
# What an import works out by itself from a column that the recipe names.
WORKED_OUT = {(ods.EVENTS.name, "event_time"): ("ts_ms", "original_time")}
_NAME = re.compile(r"[A-Za-z_]\w*")


def add_arrivals(drafts: Drafts, warehouse: Warehouse, workspace: Path) -> None:
    """Note files, pulled tables, the log's partitions, and the sources they came through."""
    used = _add_files(drafts, warehouse) | _add_pulls(drafts, warehouse)
    for name in sorted({recipe for recipe, _ in used}):
        recipe = _recipe(name, workspace)
        for source in recipe.sources if recipe else ():
            if (name, source.name) in used:
                _add_fields(drafts, name, source)
    _add_log(drafts, warehouse)


def source_id(recipe: str, source: str) -> str:
    """Return the id of a recipe's source."""
    return object_id("source", f"{recipe}/{source}")


def _add_files(drafts: Drafts, warehouse: Warehouse) -> set[tuple[str, str]]:
    imports = warehouse.read(ods.IMPORTS)
    newest = imports.order_by(imports.load_id.desc(), imports.file_name.asc()).limit(MOST_FILES)
    used = set()
    for row in warehouse.to_arrow(newest).to_pylist():
        source = _add_source(drafts, row, imported=True)
        file = drafts.add(
            "file",
            row["file_name"],
            recipe=row["recipe"],
            sha256=row["file_sha256"],
            load_id=row["load_id"],
            rows_kept=row["rows_kept"],
            rows_quarantined=row["rows_quarantined"],
            imported_at=row["imported_at"].isoformat(),
        )
        drafts.join(file, source, "read")
        used.add((row["recipe"], row["source_name"]))
    return used


def _add_source(drafts: Drafts, row: dict[str, Any], **detail: object) -> str:
    name = f"{row['recipe']}/{row['source_name']}"
    return drafts.add("source", name, recipe=row["recipe"], target=row["target"], **detail)


def _add_pulls(drafts: Drafts, warehouse: Warehouse) -> set[tuple[str, str]]:
    pulls = warehouse.read(ods.PULLS)
    columns = ("recipe", "source_name", "target", "connection", "relation")
    used = set()
    for row in warehouse.to_arrow(pulls.select(*columns).distinct()).to_pylist():
        _add_source(drafts, row, connection=row["connection"], relation=row["relation"])
        used.add((row["recipe"], row["source_name"]))
    return used


def _recipe(name: str, workspace: Path) -> collect.Recipe | None:
    """Return a recipe; None for one that is not there any more, or is being rewritten."""
    try:
        return collect.find_recipe(name, workspace)
    except ZhiyinError:
        return None


def _add_fields(drafts: Drafts, recipe: str, source: Source) -> None:
    table = ods.TARGETS.get(source.target or "")
    if table is None:
        return
    for column in source.columns:
        if column.is_helper or column.name not in table.columns:
            continue
        made_too = WORKED_OUT.get((table.name, column.name), ())
        for field in sorted(_file_columns(source, column)):
            made = drafts.add(
                "field", f"{recipe}/{source.name}.{field}", parent=source_id(recipe, source.name)
            )
            drafts.join(source_id(recipe, source.name), made, "read")
            for name in (column.name, *made_too):
                drafts.join(made, column_id(table.name, name), "mapped")


def _file_columns(source: Source, column: ColumnRecipe) -> set[str]:
    """Return the columns of the file behind one of the table, through calculations."""
    by_name = {one.name: one for one in source.columns}
    found: set[str] = set()
    waiting, seen = [column], {column.name}
    while waiting:
        one = waiting.pop()
        found |= set(one.file_columns)
        for name in _NAME.findall(one.calculate or ""):
            if name in by_name and name not in seen:
                seen.add(name)
                waiting.append(by_name[name])
    return found


def _add_log(drafts: Drafts, warehouse: Warehouse) -> None:
    loads = warehouse.read(ods.LOG_LOADS)
    ranges = loads.group_by(partition=loads.partition.fill_null(MAIN)).aggregate(
        first=loads.first_offset.min(),
        following=loads.next_offset.max(),
        rows=loads.rows_kept.sum(),
    )
    partitions = warehouse.to_arrow(ranges).to_pylist()
    if not partitions:
        return
    events = warehouse.read(ods.EVENTS)
    live = events.filter(events.origin.startswith("log")).select("source_id").distinct()
    senders = [
        drafts.add("source", row["source_id"], live=True)
        for row in warehouse.to_arrow(live.order_by("source_id")).to_pylist()
    ]
    for row in partitions:
        log = drafts.add(
            "log",
            row["partition"],
            first_offset=row["first"],
            next_offset=row["following"],
            rows_kept=row["rows"],
        )
        for sender in senders:
            drafts.join(sender, log, "read")
        for column in ods.EVENTS.columns:
            drafts.join(log, column_id(ods.EVENTS.name, column), "mapped")
