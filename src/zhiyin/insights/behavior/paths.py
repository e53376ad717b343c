"""Paths: from which event people go on to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import unknown
from zhiyin.insights.behavior.funnel_query import found_chains
from zhiyin.insights.behavior.funnel_rows import entry_of
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.paths_spec import PathsSpec, renamed
from zhiyin.insights.behavior.people_behind import person_ids
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.sequences import coded, column, in_order, portions
from zhiyin.insights.behavior.visit_kernels import link_paths
from zhiyin.insights.behavior.vocabulary import mapping, whole, window_of
from zhiyin.stats.loops import fitting

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

# The most frequent items keep their names; links between so many are counted in arrays.
MOST_ITEMS = 400
REST = "…"
VIEWS = ("Page Viewed", "Screen Viewed")


@dataclass
class Counts:
    """What is counted of links and items, over all portions."""

    names: list[str]
    steps: int
    paths: int = 0

    def __post_init__(self) -> None:
        size, items = self.steps * len(self.names) ** 2, len(self.names)
        self.times, self.people, self.spent = (np.zeros(size, dtype=np.int64) for _ in range(3))
        self.newest = np.full(size, -1, dtype=np.int64)
        self.entered = np.zeros(items, dtype=np.int64)


def paths(scope: Scope, spec: PathsSpec) -> dict[str, Any]:
    """Return the links that people went most, at each place of their paths.

    A path is what a person did in one visit, of equal neighbors the first, from its start to its
    end or to so many items. Only the events asked for count, also for when a visit ends. Nothing is
    sampled; items beyond the 400 most frequent are told together as `…`.

    Returns
    -------
    `paths`, `links` [{place, source, target, times, people, share, average_seconds}] (place 1 leads
    from the first to the second item; share is of the paths), most gone first; `starts` [{item,
    paths}]; `left_out` {links, times} beyond what was asked for.
    """
    counts, _ = counted(scope, spec)
    times, items = counts.times, len(counts.names)
    allowed = (times >= spec.at_least) & (times > 0)
    if spec.at_most is not None:
        allowed &= times <= spec.at_most
    links = np.flatnonzero(allowed)
    order = links[np.lexsort((links, -times[links]))]
    shown, beyond = order[: spec.links], order[spec.links :]
    first = np.lexsort((np.arange(items), -counts.entered))[: spec.links]
    return {
        "paths": counts.paths,
        "links": [link_row(int(link), counts) for link in shown],
        "starts": [
            {"item": counts.names[one], "paths": int(counts.entered[one])}
            for one in first
            if counts.entered[one]
        ],
        "left_out": {"links": len(beyond), "times": int(times[beyond].sum())},
        "is_sampled": False,
    }


def link_row(link: int, counts: Counts) -> dict[str, Any]:
    """Return one link."""
    items, times = len(counts.names), int(counts.times[link])
    place, source, target = link // items**2, link // items % items, link % items
    return {
        "place": place + 1,
        "source": counts.names[source],
        "target": counts.names[target],
        "times": times,
        "people": int(counts.people[link]),
        "share": times / counts.paths,
        "average_seconds": int(counts.spent[link]) / times / 1000,
    }


def paths_people(scope: Scope, spec: PathsSpec, point: Mapping[str, Any]) -> ir.Table:
    """Return the people behind a link: {place, source, target}.

    Returns
    -------
    One column, person_id, each person once.
    """
    body = mapping(point, "point", ("place", "source", "target"))
    place = whole(body.get("place", 1), "point.place", lowest=1, highest=spec.steps - 1)
    ends = (body.get("source"), body.get("target"))
    _, people = counted(scope, spec, wanted=(place - 1, *ends))
    return person_ids(scope.activity, people)


def counted(
    scope: Scope, spec: PathsSpec, wanted: tuple[int, Any, Any] | None = None
) -> tuple[Counts, np.ndarray]:
    """Return the counts, and the numbers of the people on the wanted link."""
    rows = path_rows(scope, spec)
    names, of_item = item_names(rows, scope, spec)
    counts, link = Counts(names, spec.steps), -1
    if wanted is not None:
        link = link_of(names, *wanted)
    bounds = None if spec.funnel is None else bounds_of(scope, spec, spec.funnel)
    ends = tuple(-1 if one is None else place_of(names, one) for one in (spec.start, spec.end))
    if (spec.start is not None and ends[0] < 0) or (spec.end is not None and ends[1] < 0):
        return counts, np.zeros(0, dtype=np.int64)
    found = [
        walked(one, of_item, counts, spec, ends=ends, bounds=bounds, wanted=link)
        for one in portions(rows)
    ]
    return counts, np.unique(np.concatenate(found or [np.zeros(0, dtype=np.int64)]))


def path_rows(scope: Scope, spec: PathsSpec) -> ir.Table:
    """Return person_number, ts_ms and `item` of the events that count."""
    window = window_of(spec.days, scope.as_of, scope.timezone)
    start, end = epoch_milliseconds(window.start), epoch_milliseconds(window.end)
    if spec.funnel is not None:
        reach, seen = spec.funnel.window.milliseconds, epoch_milliseconds(scope.as_of)
        entry = entry_of(spec.funnel, scope.as_of, scope.timezone)
        start, end = entry.start - reach, min(entry.unseen + reach, seen)
    rows = scope.activity.filter(scope.activity.ts_ms >= start, scope.activity.ts_ms < end)
    for names, is_wanted in ((spec.include, True), (spec.exclude, False)):
        if names:
            is_one = rows.event.isin(list(names))
            rows = rows.filter(is_one if is_wanted else ~is_one)
    if spec.item == "event" and scope.numbers is not None:
        return rows.select("person_number", "ts_ms", item=rows.event_number)
    if spec.item == "event":
        return rows.select("person_number", "ts_ms", item=rows.event)
    item = rows[spec.item] if spec.item != "page" else page_of(rows)
    rows = rows.select("person_number", "ts_ms", item=item)
    return rows.filter(rows.item.notnull())


def page_of(rows: ir.Table) -> ir.StringValue:
    """Return the path of a page that was viewed, the name of any other event."""
    path = ibis.ifelse(rows.event.isin(list(VIEWS)), rows.page_path, ibis.null("string"))
    return ibis.coalesce(path, rows.event)  # pyright: ignore[reportReturnType]


def item_names(
    rows: ir.Table, scope: Scope, spec: PathsSpec
) -> tuple[list[str], dict[str | int, int]]:
    """Return the names of items, most frequent first, and the place of each raw item among them."""
    called = {number: name for name, number in (scope.numbers or {}).items()}
    found = rows.group_by("item").agg(times=rows.count()).to_pyarrow().to_pylist()
    of_raw = {row["item"]: renamed(called.get(row["item"], row["item"]), spec) for row in found}
    times: dict[str, int] = dict.fromkeys(of_raw.values(), 0)
    for row in found:
        times[of_raw[row["item"]]] += row["times"]
    asked = {spec.start, spec.end}
    ranked = sorted(times, key=lambda name: (name not in asked, -times[name], name))
    kept = ranked[:MOST_ITEMS]
    names = [*kept, REST] if len(ranked) > len(kept) else kept
    place = {name: n for n, name in enumerate(kept)}
    return names, {raw: place.get(name, len(kept)) for raw, name in of_raw.items()}


def items_of(rows: pa.Table, of_item: Mapping[str | int, int]) -> np.ndarray:
    """Return the place of each row's item among the names."""
    import pyarrow as pa

    if not pa.types.is_integer(rows.schema.field("item").type):
        places: dict[str, int] = {}
        codes = coded(rows, "item", places)
        return np.array([of_item[name] for name in places], dtype=np.int32)[codes]
    numbers = np.zeros(max((int(raw) for raw in of_item), default=0) + 1, dtype=np.int32)
    for raw, place in of_item.items():
        numbers[int(raw)] = place
    return numbers[column(rows, "item")]


def place_of(names: list[str], name: str) -> int:
    """Return the place of a name; -1 if nobody was there."""
    return names.index(name) if name in names else -1


def link_of(names: list[str], place: int, source: Any, target: Any) -> int:
    """Return the number of a link."""
    for name in (source, target):
        if name not in names:
            raise unknown("item", name, names)
    return (place * len(names) + names.index(source)) * len(names) + names.index(target)


def walked(
    portion: ir.Table,
    of_item: Mapping[str | int, int],
    counts: Counts,
    spec: PathsSpec,
    *,
    ends: tuple[int, ...],
    bounds: tuple[np.ndarray, np.ndarray] | None,
    wanted: int,
) -> np.ndarray:
    """Count the paths of some people; return the people on the wanted link."""
    rows = in_order(portion.to_pyarrow())
    person, ts = column(rows, "person_number"), column(rows, "ts_ms")
    item = items_of(rows, of_item)
    if bounds is not None:
        low, high = bounds
        kept = np.flatnonzero((ts >= low[person]) & (ts <= high[person]))
        person, ts, item = person[kept], ts[kept], item[kept]
    taken = np.zeros(len(person), dtype=bool)
    gap = spec.gap.milliseconds if spec.funnel is None else 0
    counts.paths += fitting(link_paths, len(person))(
        person, ts, item, gap, spec.steps, ends, len(counts.names), counts.times, counts.people,
        counts.spent, counts.newest, counts.entered, wanted, taken,
    )  # fmt: skip
    return person[taken]


def bounds_of(scope: Scope, spec: PathsSpec, funnel: FunnelSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return from when to when each person's events count, by person_number."""
    found = found_chains(scope, funnel, entry_of(funnel, scope.as_of, scope.timezone))
    size = scope.activity.agg(size=scope.activity.person_number.max()).to_pyarrow()
    people = (size["size"][0].as_py() or 0) + 1
    low, high = np.full(people, 1, dtype=np.int64), np.zeros(people, dtype=np.int64)
    reached = found.level >= spec.funnel_step
    person, at = found.person[reached], found.at[reached][:, spec.funnel_step - 1]
    reach = funnel.window.milliseconds
    if spec.funnel_place == "before":
        low[person], high[person] = at - reach, at
    elif spec.funnel_place == "between":
        low[person], high[person] = found.at[reached][:, spec.funnel_step - 2], at
    else:
        low[person], high[person] = at, at + reach
    return low, high
