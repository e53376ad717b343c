"""Retention: of those who did one thing, how many did another so many periods later."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.windows import Window
from zhiyin.insights.behavior.doings import ORDER, done, in_group, named_groups, with_group
from zhiyin.insights.behavior.periods import Periods, more_periods, periods_of, place
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.vocabulary import (
    UNITS,
    Breakdown,
    Days,
    Step,
    window_of,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

SIZE = -1


@dataclass(frozen=True)
class RetentionSpec:
    """A question about who comes back.

    target, returning
        What makes people members of a cohort, and what counts as coming back; unless it is said,
        the same.
    kind
        `first_time`: each person belongs to the one period in which they did the target for the
        first time ever. `recurring`: to each period in which they did it.
    intervals
        How many periods are told, the cohort's own (0) included.
    mode
        `calendar`: hours, days, weeks, months of the calendar. `elapsed`: periods of exactly that
        length (a day is 24 hours, a month not possible) from the moment of the target.
    brackets
        How many periods each column after the first joins: (1, 2, 4) tells period 1, 2 to 3, and
        4 to 7.
    cumulative
        Somebody who comes back later counts as having stayed until then.
    at_least
        How often the returning event must happen within a column.
    measure
        `people`, or of a property of the returning events the `sum` or the `average` per event.
    mean
        `simple` (each cohort weighs the same), `weighted` (each person does).
    """

    target: Step
    returning: Step
    kind: str = "first_time"
    days: Days = field(default_factory=Days)
    interval: str = "week"
    intervals: int = 8
    mode: str = "calendar"
    brackets: tuple[int, ...] = ()
    cumulative: bool = False
    at_least: int = 1
    measure: str = "people"
    of_property: str | None = None
    mean: str = "weighted"
    breakdown: Breakdown | None = None

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The periods of each column, from the first to the one before the second."""
        if not self.brackets:
            return tuple((n, n + 1) for n in range(self.intervals))
        found = [(0, 1)]
        for length in self.brackets:
            found.append((found[-1][1], found[-1][1] + length))
        return tuple(found)


@dataclass(frozen=True)
class RetentionPoint:
    """A cell: a cohort (all if None), one of its columns (all of the cohort if None), a group.

    With `returned` false those of the cohort are meant who did not come back.
    """

    cohort: str | None = None
    column: int | None = None
    returned: bool = True
    group: str | None = None
    is_other: bool = False
    has_group: bool = False


def cohort_periods(scope: Scope, spec: RetentionSpec) -> Periods:
    """Return the periods in which cohorts begin."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    return periods_of(window, spec.interval, scope.timezone)


def retention_table(scope: Scope, spec: RetentionSpec, periods: Periods) -> ir.Table:
    """Return cohorts and who of them came back.

    Returns
    -------
    cohort (number of the period), grp, is_other, col (number of the column; -1 for the cohort
    itself), people, amount and valued (sum of the property, and how many events have it). Cells
    without anybody are absent. If `cumulative`, people stand in the last column in which they came
    back, and in no other.
    """
    cohorts = grouped_cohorts(scope, spec, periods)
    sizes = cohorts.group_by(["cohort", "grp", "is_other"]).agg(people=cohorts.count())
    sizes = sizes.mutate(
        col=ibis.literal(SIZE, "int64"),
        amount=ibis.literal(0.0, "float64"),
        valued=ibis.literal(0, "int64"),
    )
    came = came_back(scope, spec, cohorts, periods)
    cells = came.group_by(["cohort", "grp", "is_other", "col"]).agg(
        people=came.count(), amount=came.amount.sum(), valued=came.valued.sum()
    )
    columns = ["cohort", "grp", "is_other", "col", "people", "amount", "valued"]
    return sizes.select(columns).union(cells.select(columns))


def grouped_cohorts(scope: Scope, spec: RetentionSpec, periods: Periods) -> ir.Table:
    """Return person_number, person_id, cohort, from_ms (the target's instant), grp, is_other.

    A person is in a cohort once, from the first target in it on, with what that event was.
    """
    step = replace(spec.target, first_ever=spec.target.first_ever or spec.kind == "first_time")
    rows = done(scope.activity, step, periods.window)
    rows = rows.mutate(cohort=place(rows.ts_ms, periods), from_ms=rows.ts_ms)
    kept = ["person_number", "person_id", "cohort", "from_ms"]
    if spec.breakdown is None:
        first = rows.group_by(["person_number", "person_id", "cohort"]).agg(
            from_ms=rows.from_ms.min()
        )
        return first.mutate(grp=ibis.null("string"), is_other=ibis.literal(False))
    in_cohort = ibis.window(
        group_by=["person_number", "cohort"], order_by=[rows[name] for name in ORDER]
    )
    ranked = rows.mutate(turn=ibis.row_number().over(in_cohort))
    grouped = with_group(ranked.filter(ranked.turn == 0), spec.breakdown, scope)
    return named_groups(grouped.select(*kept, "grp"), spec.breakdown.most)


def came_back(scope: Scope, spec: RetentionSpec, cohorts: ir.Table, periods: Periods) -> ir.Table:
    """Return person_id, cohort, grp, is_other, col, amount, valued: each cell's people, each once.

    If `cumulative`, only the last column in which somebody came back.
    """
    last = spec.spans[-1][1]
    all_periods = more_periods(periods, 0, last)
    window = Window(periods.starts[0], min(all_periods.starts[-1], scope.as_of))
    if spec.mode == "elapsed":
        window = Window(periods.window.start, scope.as_of)
    back = returning_rows(scope, spec, window, all_periods)
    pairs = cohorts.rename(owner="person_number").inner_join(back, [("owner", "person_number")])
    if spec.mode == "calendar":
        later = pairs.place - pairs.cohort
    else:
        length = UNITS[spec.interval].total_seconds() * 1000
        later = (pairs.ts_ms - pairs.from_ms) // int(length)
    pairs = pairs.mutate(later=later)
    pairs = pairs.filter(pairs.later >= 0, pairs.later < last)
    placed = pairs.mutate(col=column_of(pairs.later, spec))
    keys = ["owner", "person_id", "cohort", "grp", "is_other"]
    cells = placed.group_by([*keys, "col"]).agg(
        events=placed.events.sum(), amount=placed.amount.sum(), valued=placed.valued.sum()
    )
    cells = cells.filter(cells.events >= spec.at_least)
    if spec.cumulative:
        cells = cells.group_by(keys).agg(
            col=cells.col.max(), amount=cells.amount.sum(), valued=cells.valued.sum()
        )
    return cells.select("person_id", "cohort", "grp", "is_other", "col", "amount", "valued")


def returning_rows(scope: Scope, spec: RetentionSpec, window: Window, periods: Periods) -> ir.Table:
    """Return person_number, events, amount, valued per period, or per event if time elapses."""
    rows = done(scope.activity, spec.returning, window)
    amount = rows[spec.of_property].cast("float64") if spec.of_property else ibis.literal(0.0)
    valued = rows.mutate(amount=amount)
    valued = valued.mutate(
        valued=valued.amount.notnull().cast("int64"), amount=valued.amount.fill_null(0.0)
    )
    if spec.mode == "elapsed":
        one = ibis.literal(1, "int64")
        return valued.select("person_number", "ts_ms", "amount", "valued", events=one)
    placed = valued.mutate(place=place(valued.ts_ms, periods))
    return placed.group_by(["person_number", "place"]).agg(
        events=placed.count(), amount=placed.amount.sum(), valued=placed.valued.sum()
    )


def column_of(later: ir.IntegerValue, spec: RetentionSpec) -> ir.Value:
    """Return the column of a number of periods."""
    if not spec.brackets:
        return later
    return ibis.cases(
        *((later < end, ibis.literal(n, "int64")) for n, (_, end) in enumerate(spec.spans)),
        else_=ibis.null("int64"),
    )


def retention_members(scope: Scope, spec: RetentionSpec, chosen: RetentionPoint) -> ir.Table:
    """Return person_id, each once, of the people behind a cell, or of those missing there."""
    periods = cohort_periods(scope, spec)
    cohorts = grouped_cohorts(scope, spec, periods)
    came = came_back(scope, spec, cohorts, periods)
    if chosen.cohort is not None:
        wanted = periods.index(chosen.cohort)
        cohorts, came = (table.filter(table.cohort == wanted) for table in (cohorts, came))
    if chosen.has_group:
        cohorts, came = (
            in_group(table, chosen.group, is_other=chosen.is_other) for table in (cohorts, came)
        )
    members = cohorts.select("person_id").distinct()
    if chosen.column is None:
        return members
    column = came.col
    came = came.filter(column >= chosen.column if spec.cumulative else column == chosen.column)
    there = came.select("person_id").distinct()
    return there if chosen.returned else members.anti_join(there, "person_id")
