"""Retention from one number per person, whose bits are the periods in which they did something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.clock import epoch_milliseconds, naive_utc
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.doings import done
from zhiyin.insights.behavior.periods import Periods, more_periods, place
from zhiyin.insights.behavior.retention import SIZE, RetentionSpec
from zhiyin.insights.behavior.scope import Scope
from zhiyin.ports.functions import bit_or

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Powers of two up to here are exact also where an engine divides by floating point.
MOST_BITS = 52
BEGINNING = naive_utc(datetime(1900, 1, 1, tzinfo=UTC))


def has_masks(spec: RetentionSpec, periods: Periods) -> bool:
    """Return whether `mask_table` can answer: people, in periods of the calendar, not too many."""
    return (
        spec.mode == "calendar"
        and spec.measure == "people"
        and spec.at_least == 1
        and spec.breakdown is None
        and not spec.target.first_ever
        and not spec.returning.first_ever
        and len(periods) + spec.spans[-1][1] <= MOST_BITS
    )


def mask_table(scope: Scope, spec: RetentionSpec, periods: Periods) -> ir.Table:
    """Return cohorts and who of them came back, one row per cohort.

    Returns
    -------
    cohort (number of the period), size, and c0, c1, … (people who came back in each column, if
    `cumulative` in it or a later one).
    """
    members = first_members if spec.kind == "first_time" else recurring_members
    table = members(scope, spec, periods)
    last = spec.spans[-1][1]
    spans = [(low, last) for low, _ in spec.spans] if spec.cumulative else spec.spans
    columns = {f"c{n}": has_bit(table, span).sum() for n, span in enumerate(spans)}
    return table.group_by("cohort").agg(size=table.count(), **columns)


def first_members(scope: Scope, spec: RetentionSpec, periods: Periods) -> ir.Table:
    """Return the cohort and the mask of each person whose first target ever lies in the window."""
    target = done(scope.activity, spec.target, before(scope))
    if spec.target == spec.returning:
        # One pass: what lies before the first target cannot count, because it is the first.
        at = place(target.ts_ms, reach(spec, periods))
        is_here = (at >= 0) & (target.ts_ms < epoch_milliseconds(end(scope, spec, periods)))
        people = target.group_by("person_number").agg(
            first_ms=target.ts_ms.min(), mask=bit_or(ibis.ifelse(is_here, power(at), 0))
        )
    else:
        first = target.group_by("person_number").agg(first_ms=target.ts_ms.min())
        people = with_masks(first, scope, spec, periods)
    low, high = (epoch_milliseconds(at) for at in (periods.window.start, periods.window.end))
    within = people.filter(people.first_ms >= low, people.first_ms < high)
    return within.select("mask", cohort=place(within.first_ms, periods))


def recurring_members(scope: Scope, spec: RetentionSpec, periods: Periods) -> ir.Table:
    """Return each person's mask once for each period in which they did the target."""
    target = done(scope.activity, spec.target, periods.window)
    placed = target.mutate(cohort=place(target.ts_ms, periods))
    times = placed.select("person_number", "cohort").distinct()
    return with_masks(times, scope, spec, periods).select("mask", "cohort")


def with_masks(people: ir.Table, scope: Scope, spec: RetentionSpec, periods: Periods) -> ir.Table:
    """Add the mask of the returning event; 0 for whoever never did it."""
    window = Window(periods.starts[0], end(scope, spec, periods))
    back = done(scope.activity, spec.returning, window)
    masked = back.group_by("person_number").agg(
        mask=bit_or(power(place(back.ts_ms, reach(spec, periods))))
    )
    masked = masked.rename(returner="person_number")
    joined = people.left_join(masked, people.person_number == masked.returner)
    return joined.drop("returner").mutate(mask=joined.mask.fill_null(0))


def before(scope: Scope) -> Window:
    """Return all that happened before the instant from which one looks."""
    return Window(BEGINNING, scope.as_of)


def reach(spec: RetentionSpec, periods: Periods) -> Periods:
    """Return the periods of all cohorts and columns."""
    return more_periods(periods, 0, spec.spans[-1][1])


def end(scope: Scope, spec: RetentionSpec, periods: Periods) -> datetime:
    """Return the instant after the last column of the last cohort, or the one looked from."""
    return min(reach(spec, periods).starts[-1], scope.as_of)


def power(number: ir.IntegerValue) -> ir.IntegerValue:
    """Return two to the power of a period's number, below 0 and beyond the mask two to the 0."""
    is_bit = (number >= 0) & (number < MOST_BITS)
    # A column's one, because a bare one is 32 bits wide where it is shifted.
    one = (number * 0 + 1).cast("int64")
    return one << ibis.ifelse(is_bit, number, 0).cast("int32")  # pyright: ignore[reportReturnType]


def has_bit(table: ir.Table, span: tuple[int, int]) -> ir.IntegerValue:
    """Return 1 if a bit of the span's periods after the cohort is set, else 0."""
    first, after = span
    shifted = table.mask >> (table.cohort + first).cast("int32")
    return ((shifted & (2 ** (after - first) - 1)) != 0).cast("int64")  # pyright: ignore[reportReturnType]


def cells_of(rows: Iterable[Mapping[str, Any]], spec: RetentionSpec) -> list[dict[str, Any]]:
    """Return the rows of `mask_table` in the form of `retention_table`."""
    found = []
    for row in rows:
        shared = {"cohort": row["cohort"], "grp": None, "is_other": False, "amount": 0.0,
                  "valued": 0}  # fmt: skip
        found.append({**shared, "col": SIZE, "people": row["size"]})
        people = [row[f"c{n}"] for n in range(len(spec.spans))]
        if spec.cumulative:
            people = [more - fewer for more, fewer in zip(people, [*people[1:], 0], strict=True)]
        found += [{**shared, "col": n, "people": count} for n, count in enumerate(people)]
    return found
