"""Defects as real exports have them; every one is counted.

Duplicates, rows without ids and rows from the future are added to the clean rows, so that the
clean rows stay complete; malformed e-mails and birth dates replace good ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.simulation.randomness import Streams
from zhiyin.simulation.rows import TEXT, constant

Soiling = Callable[[pa.Table, np.ndarray], pa.Table]

_MALFORMED = pa.array(["无", "abc@", "@qq.example", "test.example", "a b@c", "--"])


class Dirt:
    """Adds defects to tables and counts them by `file.defect`."""

    def __init__(self, streams: Streams, scale: float):
        self.streams = streams
        self.scale = scale
        self.counts: Counter[str] = Counter()

    def soil(self, name: str, label: str, table: pa.Table) -> pa.Table:
        """Return the file's rows with its defects; `label` tells files of one kind apart."""
        rng = self.streams.generator(f"dirt {name} {label}")
        extra = [table]
        for defect, share, make in _ADDED.get(name, ()):
            rows = self._chosen(table, share, rng)
            if len(rows):
                extra.append(make(table.take(pa.array(rows)), rows))
                self.counts[f"{name}.{defect}"] += len(rows)
        for defect, share, make in _REPLACED.get(name, ()):
            rows = self._chosen(table, share, rng)
            if len(rows):
                extra[0] = make(extra[0], rows)
                self.counts[f"{name}.{defect}"] += len(rows)
        return pa.concat_tables(extra)

    def _chosen(self, table: pa.Table, share: float, rng: np.random.Generator) -> np.ndarray:
        wanted = rng.poisson(table.num_rows * share * self.scale) if table.num_rows else 0
        return np.sort(rng.choice(table.num_rows, min(wanted, table.num_rows), replace=False))


def _set(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), values)
    return table


def _again(table: pa.Table, rows: np.ndarray) -> pa.Table:
    return table


def _nobody(table: pa.Table, rows: np.ndarray) -> pa.Table:
    empty = pa.nulls(len(table), TEXT)
    fresh = pc.binary_join_element_wise(table["message_id"], "-nobody", "")
    return _set(table, message_id=fresh, user_id=empty, anonymous_id=empty, email=empty)


def _future_events(table: pa.Table, rows: np.ndarray) -> pa.Table:
    fresh = pc.binary_join_element_wise(table["message_id"], "-future", "")
    moved = pc.add(table["timestamp"], pa.scalar(70 * 365 * 86_400 * 10**6, pa.duration("us")))
    # Only views, so that no order exists twice.
    views = constant("Product Viewed", len(table))
    track = constant("track", len(table))
    void = {
        name: pa.nulls(len(table), table.schema.field(name).type)
        for name in ("order_id", "revenue", "email")
    }
    return _set(table, message_id=fresh, timestamp=moved, type=track, event=views, **void)


def _future_lines(key: str, time: str) -> Soiling:
    def make(table: pa.Table, rows: np.ndarray) -> pa.Table:
        moved = pc.utf8_replace_slice(table[time], 0, 4, "2096")
        number = pc.binary_join_element_wise(table[key], "F", "")
        return _set(table, **{key: number, time: moved})

    return make


def _without(column: str) -> Soiling:
    def make(table: pa.Table, rows: np.ndarray) -> pa.Table:
        return _set(table, **{column: pa.nulls(len(table), TEXT)})

    return make


def _bad_email(table: pa.Table, rows: np.ndarray) -> pa.Table:
    mask = np.zeros(len(table), bool)
    mask[rows] = True
    bad = _MALFORMED.take(pa.array(rows % len(_MALFORMED)))
    emails = table["email"].combine_chunks()
    return _set(table, email=pc.replace_with_mask(emails, pa.array(mask), bad))


def _bad_birth_date(table: pa.Table, rows: np.ndarray) -> pa.Table:
    mask = np.zeros(len(table), bool)
    mask[rows] = True
    dates = table["birth_date"].combine_chunks()
    return _set(
        table,
        birth_date=pc.replace_with_mask(dates, pa.array(mask), constant("1900-00-00", len(rows))),
    )


_Row = tuple[str, float, Soiling]
_ADDED: dict[str, tuple[_Row, ...]] = {
    "web_events": (
        ("duplicate", 5e-4, _again),
        ("missing_ids", 1e-4, _nobody),
        ("future_time", 5e-5, _future_events),
    ),
    "web_order_lines": (
        ("duplicate", 1e-3, _again),
        ("missing_order_no", 4e-4, _without("order_no")),
        ("future_time", 3e-4, _future_lines("order_no", "placed_at")),
    ),
    "pos_lines": (
        ("duplicate", 1e-3, _again),
        ("missing_receipt_no", 4e-4, _without("receipt_no")),
        ("future_time", 3e-4, _future_lines("receipt_no", "sold_at")),
    ),
    "crm_members": (
        ("duplicate", 5e-4, _again),
        ("missing_member_no", 2e-4, _without("member_no")),
    ),
    "reviews": (("duplicate", 2e-3, _again),),
}
_REPLACED: dict[str, tuple[_Row, ...]] = {
    "crm_members": (
        ("malformed_email", 8e-3, _bad_email),
        ("malformed_birth_date", 2e-3, _bad_birth_date),
    ),
}
