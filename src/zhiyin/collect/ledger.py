"""What was loaded before, and under which number the next load goes."""

from __future__ import annotations

from zhiyin.collect.tables import IMPORTS, LOG_LOADS, PULLS
from zhiyin.ports.event_log import MAIN
from zhiyin.ports.warehouse import Warehouse


def imported_files(warehouse: Warehouse, recipe: str) -> set[tuple[str, str]]:
    """Return pairs of source name and sha256 of all files imported through the recipe."""
    imports = warehouse.read(IMPORTS)
    rows = warehouse.to_arrow(
        imports.filter(imports.recipe == recipe).select("source_name", "file_sha256").distinct()
    )
    return {(row["source_name"], row["file_sha256"]) for row in rows.to_pylist()}


def next_load_id(warehouse: Warehouse) -> int:
    """Return one more than the greatest number of any load of files or of the log."""
    loads = [warehouse.read(spec).select("load_id") for spec in (IMPORTS, LOG_LOADS, PULLS)]
    greatest = warehouse.to_arrow(
        loads[0].union(*loads[1:]).aggregate(greatest=lambda t: t.load_id.max())
    )
    return (greatest["greatest"][0].as_py() or 0) + 1


def log_position(warehouse: Warehouse, partition: str) -> int:
    """Return the offset of the partition's first item that the warehouse has not got yet."""
    every = warehouse.read(LOG_LOADS)
    # Loads of an earlier release name no partition; there was only one.
    loads = every.filter(every.partition.fill_null(MAIN) == partition)
    position = warehouse.to_arrow(loads.aggregate(position=loads.next_offset.max()))
    return position["position"][0].as_py() or 0
