"""People's events cut into visits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np

from zhiyin.insights.behavior.sequences import coded, column, in_order, over_portions
from zhiyin.insights.behavior.visit_kernels import cut_visits
from zhiyin.stats.loops import fitting

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Visits:
    """One entry per visit, in the order of people and time.

    `entry` and `exit` are event numbers, `code` is the place of the first event's value among the
    values asked for, -1 where it has none. Those that were not asked for are empty.
    """

    person: np.ndarray
    start: np.ndarray
    end: np.ndarray
    events: np.ndarray
    entry: np.ndarray
    exit: np.ndarray
    code: np.ndarray


def visits(
    activity: ir.Table,
    gap: int,
    *,
    names: bool = False,
    split_by: str | None = None,
    values: dict[str, int] | None = None,
) -> Iterator[Visits]:
    """Return the visits of portions of people, one after the other.

    Parameters
    ----------
    activity : rows of `dm.activity` that are parts of visits.
    gap : milliseconds of silence that a visit still spans.
    names : whether first and last events are wanted.
    split_by : property of the first event that is wanted.
    values : in and out; the places of the values met so far.
    """
    wanted = ["person_number", "ts_ms", *(["event_number"] if names else [])]
    places = {} if values is None else values

    def work(portion: ir.Table) -> Visits:
        rows = in_order(portion.select(*wanted, *([split_by] if split_by else [])).to_pyarrow())
        person, ts = column(rows, "person_number"), column(rows, "ts_ms")
        first, last = (np.empty(len(ts), dtype=np.int32) for _ in range(2))
        found = fitting(cut_visits, len(ts))(person, ts, gap, first, last)
        first, last = first[:found], last[:found]
        nothing = np.zeros(0, dtype=np.int32)
        event = column(rows, "event_number") if names else nothing
        codes = coded(rows, split_by, places)
        return Visits(
            person=person[first],
            start=ts[first],
            end=ts[last],
            events=last - first + 1,
            entry=event[first] if names else nothing,
            exit=event[last] if names else nothing,
            code=nothing if codes is None else codes[first],
        )

    return over_portions(activity, work)


def visit_table(activity: ir.Table, gap: int) -> ir.Table:
    """Return the visits as a query that any engine runs.

    Returns
    -------
    person_number, start_ms, end_ms, events.

    Notes
    -----
    Only events that open or close a visit go through the second window: the row after an opening
    one is the closing one of its visit.
    """
    order = ["ts_ms", "event", "fact_id"]
    stream = ibis.window(group_by="person_number", order_by=order)
    marked = activity.select(
        "person_number",
        "ts_ms",
        place=ibis.row_number().over(stream),
        before=activity.ts_ms.lag().over(stream),
        after=activity.ts_ms.lead().over(stream),
    )
    edged = marked.mutate(
        opens=(marked.ts_ms - marked.before > gap).fill_null(True),
        closes=(marked.after - marked.ts_ms > gap).fill_null(True),
    )
    edges = edged.filter(edged.opens | edged.closes)
    by_place = ibis.window(group_by="person_number", order_by="place")
    ends = edges.mutate(
        end_ms=ibis.ifelse(edges.closes, edges.ts_ms, edges.ts_ms.lead().over(by_place)),
        last_place=ibis.ifelse(edges.closes, edges.place, edges.place.lead().over(by_place)),
    )
    first = ends.filter(ends.opens)
    return first.select(
        "person_number",
        start_ms="ts_ms",
        end_ms="end_ms",
        events=(first.last_place - first.place + 1).cast("int64"),
    )
