"""What rules do, counted, sampled and listed over the raw rows."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.warehouse.cleaning.engine import REJECTED, STEP, Step, Trail
from zhiyin.warehouse.cleaning.tables import CHANGES, REJECTS, SAMPLES

SAMPLED = 5
PARTS = ("action", "before", "after")


def changes_of(path: Trail, table: str) -> ir.Table:
    """Return one row per step and action: rows looked at, rows changed.

    A step that changed nothing has one row, so that a rule without effect is seen too.
    """
    if not path.steps:
        return _nothing(path.table, CHANGES.schema())
    counts = {
        name: value for step in path.steps for name, value in _counts(path.table, step).items()
    }
    counted = path.table.aggregate(**counts)
    listed = [
        ibis.struct(
            {
                "column": ibis.literal(step.column),
                "rule": ibis.literal(step.rule.name),
                "action": ibis.literal(action),
                "rows": counted[f"looked_{step.number}"],
                "changed": counted[f"{action}_{step.number}"],
                "is_usual": ibis.literal(action == step.actions[0]),
            }
        )
        for step in path.steps
        for action in step.actions
    ]
    rows = _unpacked(counted, listed)
    total = rows.changed.sum().over(ibis.window(group_by=["column", "rule"]))
    rows = rows.mutate(total=total)
    told = rows.filter((rows.changed > 0) | ((rows.total == 0) & rows.is_usual))
    return told.select(table_name=ibis.literal(table), **{n: told[n] for n in _named(CHANGES)})


def _counts(table: ir.Table, step: Step) -> dict[str, ir.Value]:
    found = table[f"{STEP}{step.number}"]
    before, action = found["before"], found["action"]
    looked = table.count() if step.rule.kind == "fill" else before.count()
    counts: dict[str, ir.Value] = {f"looked_{step.number}": looked.cast("int64")}
    for word in step.actions:
        counts[f"{word}_{step.number}"] = action.count(where=action == word)
    return counts


def samples_of(path: Trail, table: str) -> ir.Table:
    """Return up to `SAMPLED` changed values per step, the same ones at every run."""
    if not path.steps:
        return _nothing(path.table, SAMPLES.schema())
    trail = path.table
    touched = ibis.coalesce(*(trail[f"{STEP}{step.number}"]["action"] for step in path.steps))
    changed = trail.filter(touched.notnull())
    listed = [
        ibis.struct(
            {
                "column": ibis.literal(step.column),
                "rule": ibis.literal(step.rule.name),
                **{part: changed[f"{STEP}{step.number}"][part] for part in PARTS},
            }
        )
        for step in path.steps
    ]
    rows = _unpacked(changed, listed, "load_id", "origin", "origin_line")
    rows = rows.filter(rows.action.notnull())
    line = rows.load_id.cast("string") + ":" + rows.origin_line.cast("string") + ":" + rows.origin
    drawn = rows.mutate(draw=line.hexdigest("sha256"))
    order = ibis.window(
        group_by=["column", "rule", "action"], order_by=["draw", "origin_line", "before"]
    )
    ranked = drawn.mutate(rank=ibis.row_number().over(order)).filter(lambda t: t.rank < SAMPLED)
    within = ibis.window(group_by=["column", "rule"], order_by=["action", "rank"])
    placed = ranked.mutate(place=(ibis.row_number().over(within) + 1).cast("int64"))
    return placed.select(
        table_name=ibis.literal(table), **{name: placed[name] for name in _named(SAMPLES)}
    )


def rejects_of(path: Trail, table: str, rejected_at: ir.Value) -> ir.Table:
    """Return the rows that a rule keeps out, with the first rule that does."""
    out = path.table.filter(path.table[REJECTED].notnull())
    # Split from the left twice: the value itself may hold anything.
    name = out[REJECTED].split("\x1f")
    rest = out[REJECTED].substr(name[0].length() + name[1].length() + 2)
    rejected = out.select(
        "load_id",
        "origin",
        "origin_line",
        "source_id",
        table_name=ibis.literal(table),
        rule=name[0],
        column=name[1],
        value=rest.nullif(""),
        rejected_at=rejected_at,
    )
    # A record that a recipe split in two may bring two rows of one line.
    line = ibis.window(group_by=list(REJECTS.grain), order_by=["rule", "column", "value"])
    first = rejected.mutate(turn=ibis.row_number().over(line)).filter(lambda t: t.turn == 0)
    return first.select(*REJECTS.columns)


def _unpacked(table: ir.Table, listed: list[ir.Value], *beside: str) -> ir.Table:
    packed = table.select(*beside, one=ibis.array(listed))
    rows = packed.unnest("one")
    names = rows.one.type().names
    return rows.select(*beside, **{name: rows.one[name] for name in names})


def _named(spec: object) -> list[str]:
    return [name for name in spec.columns if name != "table_name"]  # pyright: ignore


def _nothing(table: ir.Table, schema: ibis.Schema) -> ir.Table:
    nulls = {name: ibis.null(kind.copy(nullable=True)) for name, kind in schema.items()}
    return table.select(**nulls).limit(0)
