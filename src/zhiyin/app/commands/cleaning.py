"""What cleaning did and what it keeps out; rules listed, checked, tried, put to use."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiyin.app.commands.data import plain_rows
from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import NotFound, unknown
from zhiyin.warehouse.cleaning import api as cleaning
from zhiyin.warehouse.cleaning import tables as told

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

FOLDER = "cleaning"


def rule_book(workspace: Workspace) -> cleaning.RuleBook:
    """Return the workspace's cleaning rules; the shipped ones where it has no such folder."""
    return cleaning.read_rules(workspace.root / FOLDER)


def explain(
    workspace: Workspace,
    *,
    table: str,
    column: str | None = None,
    rule: str | None = None,
) -> dict[str, Any]:
    """Return what rules changed in a raw table, or in those that a table of DW is made of."""
    names = _raw_tables(table)
    counts = _chosen(workspace, told.CHANGES, names, column=column, rule=rule)
    samples = _chosen(workspace, told.SAMPLES, names, column=column, rule=rule)
    order = {
        (rules.spec.name, one.name): number
        for rules in rule_book(workspace).ruled
        for number, one in enumerate(rules.rules)
    }
    return {
        "tables": names,
        "changes": sorted(counts, key=lambda row: _place(row, order)),
        "samples": sorted(samples, key=lambda row: (*_place(row, order), row["place"])),
    }


def rejects(
    workspace: Workspace, *, table: str | None = None, rule: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """Return how many rows each rule keeps out, and the first of them."""
    names = _raw_tables(table) if table else [spec.name for spec in cleaning.TABLES.values()]
    rows = _narrowed(workspace.warehouse.read(told.REJECTS), names, rule=rule)
    counted = rows.group_by("table_name", "rule", "column").aggregate(rows=rows.count())
    counts = plain_rows(workspace.warehouse.to_arrow(counted.order_by("table_name", "rule")))
    listed = rows.order_by("table_name", "load_id", "origin", "origin_line").limit(limit)
    shown = plain_rows(workspace.warehouse.to_arrow(listed))
    return {
        "total": sum(row["rows"] for row in counts),
        "counts": counts,
        "rejects": [{"id": _id(row), **row} for row in shown],
    }


def reject(workspace: Workspace, *, id: str) -> dict[str, Any]:
    """Return a row that is kept out: the rule, and the row as it was received."""
    parts = id.split(":", 3)
    specs = {spec.table: spec for spec in cleaning.TABLES.values()}
    if len(parts) < 4 or parts[0] not in specs or not (parts[1] + parts[2]).isdigit():
        raise NotFound(f"No rejected row has the id {id!r}; `zhiyin quality rejects list` has ids.")
    spec, load, line, origin = specs[parts[0]], int(parts[1]), int(parts[2]), parts[3]

    def here(rows: ir.Table) -> ir.Table:
        return rows.filter(rows.load_id == load, rows.origin_line == line, rows.origin == origin)

    warehouse = workspace.warehouse
    rejected = warehouse.read(told.REJECTS)
    found = plain_rows(warehouse.to_arrow(here(rejected.filter(rejected.table_name == spec.name))))
    if not found:
        raise NotFound(f"The row {id} is not kept out; `zhiyin quality rejects list` has ids.")
    [received] = plain_rows(warehouse.to_arrow(here(warehouse.read(spec)).limit(1)))
    return {**found[0], "row": {name: v for name, v in received.items() if v is not None}}


def rules(workspace: Workspace) -> list[dict[str, Any]]:
    """Return all rules, by table in the order in which they apply."""
    return [
        {
            "table": rules.spec.table,
            "rule": rule.name,
            "kind": rule.kind,
            "columns": list(rule.columns),
            "otherwise": rule.options.get("otherwise"),
        }
        for rules in rule_book(workspace).ruled
        for rule in rules.rules
    ]


def check_rules(workspace: Workspace, *, file: str) -> dict[str, Any]:
    """Return what a rule file holds; what is wrong with it is an error."""
    found = cleaning.read_file(Path(file))
    return {"table": found.spec.table, "rules": len(found.rules), "digest": found.digest}


def use_rules(workspace: Workspace, *, file: str, dry_run: bool = False) -> dict[str, Any]:
    """Count what a rule file changes in the rows that are there; unless dry, put it to use."""
    found = cleaning.read_file(Path(file))
    warehouse, settings = workspace.warehouse, workspace.settings
    setting = cleaning.Setting(
        naive_utc(workspace.clock.now()), settings.timezone, settings.currency
    )
    path = cleaning.trail(warehouse.read(found.spec), found, setting, is_kept=True)
    result: dict[str, Any] = {"table": found.spec.table, "written": None}
    for name, count in (("changes", cleaning.changes_of), ("samples", cleaning.samples_of)):
        rows = plain_rows(warehouse.to_arrow(count(path, found.spec.name)))
        order = {(found.spec.name, one.name): n for n, one in enumerate(found.rules)}
        result[name] = sorted(rows, key=lambda row: (*_place(row, order), row.get("place", 0)))
    if not dry_run:
        target = workspace.root / FOLDER / f"{found.spec.table}.yaml"
        target.parent.mkdir(exist_ok=True)
        if Path(file).resolve() != target.resolve():
            shutil.copyfile(file, target)
        result["written"] = str(target)
    return result


def _raw_tables(name: str) -> list[str]:
    """Return the raw tables that a name means; a table of DW means those that it reads."""
    from zhiyin.warehouse import api as warehouse

    raw = {spec.table: spec.name for spec in cleaning.TABLES.values()}
    if name.removeprefix("ods.") in raw:
        return [raw[name.removeprefix("ods.")]]
    read = {
        build.spec.name: [spec.name for spec in build.inputs if spec.name in raw.values()]
        for build in warehouse.builds()
        if not build.spec.name.startswith("dw.cleaning_")
    }
    if read.get(name):
        return read[name]
    known = [*raw.values(), *(table for table, inputs in read.items() if inputs)]
    raise unknown("table to clean", name, known)


def _chosen(
    workspace: Workspace, spec: Any, names: list[str], **which: Any
) -> list[dict[str, Any]]:
    rows = _narrowed(workspace.warehouse.read(spec), names, **which)
    return plain_rows(workspace.warehouse.to_arrow(rows))


def _narrowed(
    rows: ir.Table, names: list[str], *, column: str | None = None, rule: str | None = None
) -> ir.Table:
    rows = rows.filter(rows.table_name.isin(names))
    if column is not None:
        rows = rows.filter(rows.column == column)
    return rows if rule is None else rows.filter(rows.rule == rule)


def _place(row: Mapping[str, Any], order: Mapping[tuple[str, str], int]) -> tuple[Any, ...]:
    table, rule = row["table_name"], row["rule"]
    return (table, order.get((table, rule), len(order)), rule, row["column"], row["action"])


def _id(row: Mapping[str, Any]) -> str:
    table = row["table_name"].partition(".")[2]
    return f"{table}:{row['load_id']}:{row['origin_line']}:{row['origin']}"
