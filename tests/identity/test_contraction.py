"""Components by joins alone are those that are worked out in memory."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.identity.api import contracted
from zhiyin.identity.components import component_rows

ids = st.integers(0, 14).map(lambda n: f"anon:{n:02}")


def by_joins(pairs):
    left, right = zip(*pairs, strict=True)
    rows = contracted(ibis.memtable({"left_id": left, "right_id": right})).to_pyarrow().to_pylist()
    assert len({row["node_id"] for row in rows}) == len(rows)
    return {row["node_id"]: row["component_id"] for row in rows}


def in_memory(pairs):
    sides = ([pair[side] for pair in pairs] for side in (0, 1))
    rows = component_rows(*(pa.chunked_array([side], pa.string()) for side in sides)).to_pylist()
    return {row["visitor_id"]: row["person_id"] for row in rows}


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(ids, ids), min_size=1, max_size=30))
def test_components_by_joins_are_those_in_memory(pairs):
    assert by_joins(pairs) == in_memory(pairs)


def test_stars_cycles_and_loops_come_out_as_in_memory():
    star = [("anon:05", f"anon:{n:02}") for n in range(5)]
    cycle = [(f"anon:1{n}", f"anon:1{(n + 1) % 4}") for n in range(4)]
    assert by_joins([*star, *cycle, ("anon:20", "anon:20")]) == in_memory(
        [*star, *cycle, ("anon:20", "anon:20")]
    )


@pytest.mark.parametrize("length", [2, 40])
def test_a_chain_is_one_component(length):
    chain = [(f"anon:{n:03}", f"anon:{n + 1:03}") for n in range(length)]
    assert set(by_joins(chain).values()) == {"anon:000"}
