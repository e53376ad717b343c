"""How far each person gets: as one query that any engine runs, and spills where it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from zhiyin.insights.behavior.funnel_chains import Chains, chains
from zhiyin.insights.behavior.funnel_rows import Entry, funnel_rows
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.kernels import EXCLUSIONS_FROM
from zhiyin.insights.behavior.scope import Scope

if TYPE_CHECKING:
    import ibis.expr.types as ir

STEP_BITS = 2**EXCLUSIONS_FROM - 1


def can_query(spec: FunnelSpec) -> bool:
    """Return whether the question can be asked as one query."""
    by_event = spec.breakdown is not None and spec.breakdown.kind == "event"
    return spec.order == "ordered" and spec.hold is None and not by_event


def found_chains(scope: Scope, spec: FunnelSpec, entry: Entry) -> Chains:
    """Return how far people get, found where the rows are."""
    if not scope.is_embedded and can_query(spec):
        return queried_chains(scope.activity, spec, entry)
    return chains(scope.activity, spec, entry, scope.numbers)


def queried_chains(activity: ir.Table, spec: FunnelSpec, entry: Entry) -> Chains:
    """Return what `chains` does, worked out by the engine."""
    rows = funnel_levels(activity, spec, entry).order_by("person_number").to_pyarrow()
    at = [rows.column(f"at_{n}").fill_null(-1).to_numpy() for n in range(len(spec.steps))]
    times = np.stack(at, axis=1) if at else np.zeros((0, 0))
    return Chains(
        person=rows.column("person_number").to_numpy(),
        level=rows.column("level").to_numpy().astype(np.int8),
        at=times,
        codes=np.full(times.shape, -1, dtype=np.int32),
    )


def funnel_levels(activity: ir.Table, spec: FunnelSpec, entry: Entry) -> ir.Table:
    """Return the best attempt of each person who entered an ordered funnel.

    Returns
    -------
    person_number, level (steps done), at_0, at_1, … (when each was done, in milliseconds; null
    where it was not).

    Notes
    -----
    The latest attempt at each step only grows later in all its parts, so a running maximum carries
    it from event to event, and each stage drops the rows that can no longer take part.
    """
    rows = parted(funnel_rows(activity, spec, entry), bool(spec.exclusions))
    opens = (rows.mask & 1 != 0) & rows.ts_ms.between(entry.start, entry.end - 1)
    stage = rows.mutate(at_0=ibis.ifelse(opens, rows.ts_ms, ibis.null("int64")))
    found = [best_of(stage, 0, len(spec.steps))]
    for step in range(1, len(spec.steps)):
        stage = advanced(stage, step, spec)
        found.append(best_of(stage, step, len(spec.steps)))
    every = ibis.union(*found)
    order = ibis.window(group_by="person_number", order_by=ibis.desc("level"))
    ranked = every.mutate(rank=ibis.row_number().over(order))
    return ranked.filter(ranked.rank == 0).drop("rank")


def parted(rows: ir.Table, has_exclusions: bool) -> ir.Table:
    """Return rows of steps and rows of exclusions apart, each with its place in an instant."""
    columns = {"person_number": rows.person_number, "ts_ms": rows.ts_ms}
    steps = rows.mask & STEP_BITS
    of_steps = rows.filter(steps != 0).select(**columns, mask=steps.cast("int64"))
    if not has_exclusions:
        return of_steps
    others = rows.mask - steps
    of_others = rows.filter(others != 0).select(**columns, mask=others.cast("int64"))
    return of_steps.union(of_others)


def advanced(stage: ir.Table, step: int, spec: FunnelSpec) -> ir.Table:
    """Return the rows that may take part after a step, with the attempts that end in it.

    Those before it are carried by a running maximum over the rows before each row, since one event
    is one step of an attempt only.
    """
    first = stage.mask & (0 - stage.mask)
    order = [stage.ts_ms, first, stage.mask]
    before = ibis.rows_window(preceding=(None, 1), group_by=stage.person_number, order_by=order)
    names = [f"at_{n}" for n in range(step)]
    carried = {f"from_{name}": stage[name].max().over(before) for name in names}
    ended = {}
    for place, one in enumerate(spec.exclusions):
        if one.after - 1 < step <= one.before - 1:
            is_one = stage.mask & 2 ** (EXCLUSIONS_FROM + place) != 0
            when = ibis.ifelse(is_one, stage.ts_ms, ibis.null("int64"))
            ended[f"ended_{place}"] = when.max().over(before)
    table = stage.mutate(**carried, **ended)
    fits = (table.mask & 2**step != 0) & table.from_at_0.notnull()
    fits &= table.ts_ms - table.from_at_0 <= spec.window.milliseconds
    for name in ended:
        one = spec.exclusions[int(name.removeprefix("ended_"))]
        fits &= ~(table[name] > table[f"from_at_{one.after - 1}"]).fill_null(False)
    fits = fits.fill_null(False)
    nothing = ibis.null("int64")
    reached = {name: ibis.ifelse(fits, table[f"from_{name}"], nothing) for name in names}
    reached[f"at_{step}"] = ibis.ifelse(fits, table.ts_ms, nothing)
    after = table.select("person_number", "ts_ms", "mask", **reached)
    later = after.mask >= 2 ** (step + 1)
    return after.filter(later | after[f"at_{step}"].notnull())


def best_of(stage: ir.Table, step: int, steps: int) -> ir.Table:
    """Return each person's first attempt that reached a step."""
    done = stage.filter(stage[f"at_{step}"].notnull())
    first = done.group_by("person_number").agg(
        **{f"at_{n}": done[f"at_{n}"].min() for n in range(step + 1)}
    )
    unreached = {f"at_{n}": ibis.null("int64") for n in range(step + 1, steps)}
    whole = first.mutate(level=ibis.literal(step + 1, "int64"), **unreached)
    return whole.select("person_number", "level", *(f"at_{n}" for n in range(steps)))
