"""Which events are there already: answered from memory, certain only from the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.tables import EVENTS
from zhiyin.ports.functions import fingerprint
from zhiyin.ports.warehouse import Warehouse

KEY = ["source_id", "event_id"]
# The window is forgotten in so many pieces; more would mean more runs to search.
PERIODS = 4
DAY = 86_400_000_000  # in microseconds
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Run:
    """Sorted fingerprints of events that arrived in one period, and the loads that brought them."""

    period: int
    keys: np.ndarray
    first_load: int
    last_load: int

    def holds(self, keys: np.ndarray) -> np.ndarray:
        """Return which of the sorted keys are in the run."""
        places = np.searchsorted(self.keys, keys)
        places[places == len(self.keys)] = 0
        return self.keys[places] == keys

    def merged(self, other: Run) -> Run:
        keys = np.concatenate((self.keys, other.keys))
        keys.sort(kind="stable")  # merges what is sorted already
        first = min(self.first_load, other.first_load)
        return Run(self.period, keys, first, max(self.last_load, other.last_load))


@dataclass
class KnownEvents:
    """The events of the last `days` days by their fingerprints, eight bytes each.

    A fingerprint that was not seen is a new event. One that was seen is looked up in the warehouse,
    in the loads that may hold it, so equal fingerprints of different events lose nothing. What is
    remembered is read from the warehouse when the second chunk comes; the first one, which is all
    that most commands have, is looked up entirely.

    What `keep` is told counts from `settle` on, for until the transaction ends it may be undone.
    """

    days: int = 30
    _runs: list[Run] = field(default_factory=list)
    _since: datetime | None = None  # arrival of the oldest event remembered
    _load: int = 0  # the last load whose events are remembered
    _version: str | None = None
    _calls: int = 0
    _pending: tuple[list[Run], int, str] | None = None

    def among(
        self, keys: np.ndarray, named: pa.Table, warehouse: Warehouse, earliest: datetime
    ) -> np.ndarray:
        """Return which events the warehouse has.

        Parameters
        ----------
        keys
            Their fingerprints.
        named
            `source_id` and `event_id`, in parallel.
        earliest
            When the first of them arrived, naive UTC.
        """
        self._pending = None
        self._calls += 1
        since = earliest - timedelta(days=self.days)
        if self._calls > 1 and self._since is None:
            self._remember(warehouse, since)
        if self._since is None or since < self._since:
            return _stored(named, warehouse, since, None)
        self._catch_up(warehouse)
        self._forget(since)
        return self._looked_up(keys, named, warehouse, since)

    def keep(self, keys: np.ndarray, received: np.ndarray, load: int, version: str) -> None:
        """Note what was just written: fingerprints, arrival (microseconds), load, version."""
        periods = received // (self._period * DAY)
        runs = [
            Run(int(one), np.sort(keys[periods == one]), load, load) for one in np.unique(periods)
        ]
        self._pending = (runs, load, version)

    def settle(self) -> None:
        """Take for certain what was noted: the transaction has ended well."""
        if self._pending is None:
            return
        runs, self._load, self._version = self._pending
        self._pending = None
        if self._since is not None:
            for run in runs:
                self._add(run)

    @property
    def _period(self) -> int:
        """Length of a period in days."""
        return -(-self.days // PERIODS)

    def _looked_up(
        self, keys: np.ndarray, named: pa.Table, warehouse: Warehouse, since: datetime
    ) -> np.ndarray:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        known = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            suspects = order[run.holds(ordered)]
            if len(suspects):
                some = named.take(pa.array(suspects))
                loads = (run.first_load, run.last_load)
                known[suspects] |= _stored(some, warehouse, since, loads)
        return known

    def _remember(self, warehouse: Warehouse, since: datetime) -> None:
        self._version, self._since, self._load = warehouse.version(EVENTS), since, 0
        self._catch_up(warehouse, is_changed=True)

    def _catch_up(self, warehouse: Warehouse, is_changed: bool = False) -> None:
        """Learn of the loads of others: imports, replays, another process before this one."""
        version = warehouse.version(EVENTS)
        if version == self._version and not is_changed:
            return
        events = warehouse.read(EVENTS)
        later = events.filter(events.load_id > self._load, events.received_at >= self._since)
        dates = warehouse.to_arrow(later.select(date=later.received_at.date()).distinct())
        days = [(date - EPOCH).days for date in dates["date"].to_pylist()]
        for period in sorted({day // self._period for day in days}):
            self._learn(period, later, warehouse)
        self._load = max((run.last_load for run in self._runs), default=self._load)
        self._version = version

    def _learn(self, period: int, later: ir.Table, warehouse: Warehouse) -> None:
        start = EPOCH + timedelta(days=period * self._period)
        end = start + timedelta(days=self._period)
        part = later.filter(later.received_at >= start, later.received_at < end)
        key = fingerprint(part.source_id, part.event_id)
        rows = warehouse.to_arrow(part.select(key=key, load="load_id"))
        loads = pc.min_max(rows["load"]).as_py()
        self._add(Run(period, np.sort(rows["key"].to_numpy()), loads["min"], loads["max"]))

    def _add(self, run: Run) -> None:
        """Add a run; runs of a period are merged so that each is twice as long as the next."""
        others = [other for other in self._runs if other.period != run.period]
        own = [other for other in self._runs if other.period == run.period]
        while own and len(own[-1].keys) < 2 * len(run.keys):
            run = own.pop().merged(run)
        self._runs = [*others, *own, run]

    def _forget(self, since: datetime) -> None:
        oldest = (since.date() - EPOCH).days // self._period
        self._runs = [run for run in self._runs if run.period >= oldest]
        self._since = max(self._since or since, since)


def _stored(
    named: pa.Table, warehouse: Warehouse, since: datetime, loads: tuple[int, int] | None
) -> np.ndarray:
    """Return which of the events are in the table, in these loads if they are known."""
    if not named.num_rows or not warehouse.exists(EVENTS):
        return np.zeros(named.num_rows, dtype=bool)
    events = warehouse.read(EVENTS)
    stored = events.filter(events.received_at >= since)
    if loads is not None:
        stored = stored.filter(stored.load_id.between(*loads))
    place = pa.array(np.arange(named.num_rows))
    asked = ibis.memtable(named.select(KEY).append_column("place", place))
    found = warehouse.to_arrow(asked.semi_join(stored.select(KEY), KEY).select("place"))
    known = np.zeros(named.num_rows, dtype=bool)
    known[found["place"].to_numpy()] = True
    return known
