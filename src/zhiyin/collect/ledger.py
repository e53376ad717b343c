"""What was loaded before, and under which number the next load goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhiyin.collect.tables import IMPORTS, LOG_LOADS, PULLS, QUARANTINE
from zhiyin.ports.event_log import MAIN
from zhiyin.ports.sources import Digests
from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How, Warehouse

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Earlier:
    """What was imported through a recipe before, by source.

    Digests are those of files as they were stored and of what was in them, so a table is known
    again when it comes packed in another way.
    """

    digests: frozenset[tuple[str, str]] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    may_replace: bool = False

    def has(self, source: str, digests: Digests) -> bool:
        """Return whether the source had a file of this content."""
        return any(
            (source, one) in self.digests for one in (digests.sha256, digests.content_sha256)
        )


def earlier_imports(warehouse: Warehouse, recipe: str, *, may_replace: bool = False) -> Earlier:
    """Return what the ledger holds of a recipe."""
    imports = warehouse.read(IMPORTS)
    columns = ("source_name", "file_name", "file_sha256", "content_sha256")
    own = imports.filter(imports.recipe == recipe).select(*columns).distinct()
    rows = warehouse.to_arrow(own).to_pylist()
    digests = {
        (row["source_name"], digest)
        for row in rows
        for digest in (row["file_sha256"], row["content_sha256"])
        if digest
    }
    names = {(row["source_name"], row["file_name"]) for row in rows}
    return Earlier(frozenset(digests), frozenset(names), may_replace)


def forget_files(warehouse: Warehouse, recipe: str, spec: TableSpec, names: Sequence[str]) -> None:
    """Take the rows of imported files out of a table, the quarantine and the ledger."""
    rows = warehouse.read(spec)
    is_own = (rows.source_id == recipe) & _is_of(rows.origin, names)
    warehouse.write(spec, rows.filter(~is_own), How.REPLACE)
    aside = warehouse.read(QUARANTINE)
    is_own = (aside.recipe == recipe) & (aside.target == spec.table) & _is_of(aside.origin, names)
    warehouse.write(QUARANTINE, aside.filter(~is_own), How.REPLACE)
    imports = warehouse.read(IMPORTS)
    is_own = (imports.recipe == recipe) & imports.file_name.isin(list(names))
    is_own = is_own & (imports.target == spec.table)
    warehouse.write(IMPORTS, imports.filter(~is_own), How.REPLACE)


def _is_of(origin: ir.Value, names: Sequence[str]) -> ir.BooleanValue:
    """Return where a row is of one of the files, or of a part that was made of its record."""
    whole: ir.BooleanValue = origin.isin(list(names))  # type: ignore[attr-defined]
    for name in names:
        whole = whole | origin.startswith(f"{name}#")  # type: ignore[attr-defined]
    return whole


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
