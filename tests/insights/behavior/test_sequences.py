"""Rows put in the order of people and time, against a sort."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.insights.behavior import sequences
from zhiyin.insights.behavior.sequences import column, in_order
from zhiyin.stats import loops

# Few people and instants, so that ties are common, within batches and across them.
BATCHES = st.lists(
    st.tuples(st.booleans(), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)))),
    min_size=1,
    max_size=5,
)


def table_of(batches):
    """Return batches as a table, those that are to be sorted sorted, each row with its place."""
    parts, place = [], 0
    for is_sorted, given_rows in batches:
        rows = sorted(given_rows) if is_sorted else given_rows
        columns = {
            "person_number": pa.array([row[0] for row in rows], pa.int32()),
            "ts_ms": pa.array([row[1] for row in rows], pa.int64()),
            "place": pa.array(range(place, place + len(rows)), pa.int64()),
        }
        place += len(rows)
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def told(rows):
    return list(zip(*(rows.column(name).to_pylist() for name in rows.column_names), strict=True))


@settings(max_examples=40, deadline=None)
@given(BATCHES)
def test_stretches_are_merged_to_what_a_stable_sort_gives(batches):
    rows = table_of(batches)
    assert told(in_order(rows)) == sorted(told(rows), key=lambda row: row[:2])


@pytest.mark.parametrize("most", [0, 3])
def test_rows_in_too_many_stretches_are_sorted(most, monkeypatch):
    monkeypatch.setattr(sequences, "MOST_STRETCHES", most)
    monkeypatch.setattr(sequences, "SHORTEST", 10**9)
    merged = sequences.merged
    asked = []
    monkeypatch.setattr(sequences, "merged", lambda found: asked.append(found) or merged(found))
    ways = [(True, [(n % 3, n) for n in range(20)]), (True, [(n % 3, n) for n in range(1, 20)])]
    rows = table_of(ways)
    assert told(in_order(rows)) == sorted(told(rows), key=lambda row: row[:2])
    assert len(asked) == 1
    mixed = table_of([(False, [(2, 1), (1, 1), (0, 5), (0, 2), (1, 0), (0, 0)])])
    assert told(in_order(mixed)) == sorted(told(mixed), key=lambda row: row[:2])
    assert len(asked) == 1


def test_columns_may_be_written_to_whether_arrow_holds_them_in_one_part_or_several():
    whole = table_of([(True, [(0, 1), (0, 2)])])
    parts = table_of([(True, [(0, 1)]), (True, [(0, 2)])])
    for rows in (whole, parts):
        found = column(rows, "ts_ms")
        found[0] = 9
        assert found.tolist() == [9, 2]
        assert rows.column("ts_ms").to_pylist() == [1, 2]


def test_compiled_loops_merge_as_plain_ones_do(monkeypatch):
    rng = np.random.default_rng(3)
    ways = [
        (True, list(zip(rng.integers(0, 9, 40).tolist(), rng.integers(0, 9, 40).tolist(),
                        strict=True)))
        for _ in range(3)
    ]  # fmt: skip
    rows = table_of(ways)
    plain = told(in_order(rows))
    monkeypatch.setattr(loops, "COMPILED_FROM", 0)
    assert told(in_order(rows)) == plain
