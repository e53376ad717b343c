"""The plan in force, asked about a chunk of events."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.plan.schemas import EventSchema, Violation, told
from zhiyin.collect.plan.tracking_plan import OF_TRAITS, PlannedEvent, TrackingPlan

VIOLATION = "plan_violation"
UNKNOWN = "unknown_event"
BLOCK = "block"

_DECODE = msgspec.json.Decoder().decode
VIOLATIONS = pa.schema(
    [
        ("row", pa.int64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("is_blocked", pa.bool_()),
    ]
)


class PlanInForce:
    """A plan as the loader knows it.

    Parameters
    ----------
    own_sources
        Sources of ours, such as receipts of messages: their events need no plan.
    """

    def __init__(self, plan: TrackingPlan, own_sources: Collection[str] = ()) -> None:
        self.plan = plan
        self._planned = plan.by_key()
        self._own_sources = frozenset(own_sources)
        self._own = pa.array(sorted(own_sources), pa.string())

    def blocks(self, source_id: str, kind: str, event: str | None, content: Any) -> bool:
        """Return whether one event is to be set aside, by the rules of `violations`.

        `content` is the object that `content_column` names.
        """
        if source_id in self._own_sources:
            return False
        planned = self._planned.get((kind, event if kind == "track" else None))
        if planned is None:
            return kind == "track" and self.plan.unknown_events == BLOCK
        return planned.enforce == BLOCK and not planned.schema.validator.is_valid(content)

    def violations(self, events: pa.Table) -> pa.Table:
        """Return the events that break the plan, by `row`, with `reason`, `detail`, `is_blocked`.

        Parameters
        ----------
        events
            `source_id`, `kind`, `event`, and `properties` and `traits` as JSON text or null.
        """
        if not self._planned and self.plan.unknown_events == "allow":
            return VIOLATIONS.empty_table()
        found = [
            breach
            for kind, event, rows in _groups(events, self._own)
            for breach in self._broken(kind, event, rows, events)
        ]
        found.sort()
        columns = list(zip(*found, strict=True)) or [()] * len(VIOLATIONS)
        return pa.table(
            [pa.array(cells, one.type) for cells, one in zip(columns, VIOLATIONS, strict=True)],
            schema=VIOLATIONS,
        )

    def _broken(
        self, kind: str, event: str | None, rows: np.ndarray, events: pa.Table
    ) -> Iterator[tuple[int, str, str, bool]]:
        planned = self._planned.get((kind, event if kind == "track" else None))
        if planned is None:
            yield from self._unplanned(kind, event, rows)
        elif planned.enforce != "off":
            blocks = planned.enforce == BLOCK
            texts = events[content_column(kind)].take(pa.array(rows)).to_pylist()
            is_kept = planned.schema.validator.is_valid
            for row, text in zip(rows.tolist(), texts, strict=True):
                item = _DECODE(text) if text else {}
                if not is_kept(item):
                    yield row, VIOLATION, told(planned.schema.violations(item)), blocks

    def _unplanned(
        self, kind: str, event: str | None, rows: np.ndarray
    ) -> Iterator[tuple[int, str, str, bool]]:
        policy = self.plan.unknown_events
        if kind == "track" and policy != "allow":
            detail = f"the event {event!r} is not in the tracking plan"
            for row in rows.tolist():
                yield row, UNKNOWN, detail, policy == BLOCK


def content_column(kind: str) -> str:
    """Return the column of `ods.events` that an event's schema is about."""
    return "traits" if kind in OF_TRAITS else "properties"


def violations_of(planned: PlannedEvent | EventSchema, item: Any) -> list[Violation]:
    """Return what one item breaks, rule by rule."""
    schema = planned.schema if isinstance(planned, PlannedEvent) else planned
    return schema.violations(item)


def _groups(events: pa.Table, own: pa.Array) -> Iterator[tuple[str, str | None, np.ndarray]]:
    """Return the places of the events of each kind and name, own sources left out."""
    kinds, names = _codes(events["kind"]), _codes(events["event"])
    both = kinds[0] * (len(names[1]) + 1) + names[0]
    is_own = pc.is_in(events["source_id"], value_set=own).to_numpy(zero_copy_only=False)
    order = np.argsort(both, kind="stable")
    order = order[~is_own.astype(bool)[order]]
    firsts = np.flatnonzero(np.diff(both[order], prepend=-1))
    for rows in np.split(order, firsts[1:]) if len(order) else ():
        kind, name = divmod(int(both[rows[0]]), len(names[1]) + 1)
        yield kinds[1][kind - 1], names[1][name - 1] if name else None, rows


def _codes(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, list[str]]:
    """Return a column as numbers from 1 on, 0 for null, and what they stand for."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = flat.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy().astype(np.int64) + 1
    return codes, encoded.dictionary.to_pylist()
