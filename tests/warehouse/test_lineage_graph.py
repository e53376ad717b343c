"""Walks over objects: nearest first, bounded, by columns or by tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.warehouse.api import LineageGraph, LineageObject, ObjectEdge


def graph_of(*edges: str, parents: dict[str, str] | None = None) -> LineageGraph:
    """Return a graph from texts such as `file:a>source:s`, an optional `|via` at the end."""
    found = []
    for text in edges:
        ends, _, via = text.partition("|")
        found.append(ObjectEdge(*ends.split(">"), via or "computed"))
    ids = {end for edge in found for end in (edge.from_id, edge.to_id)} | set(parents or {})
    objects = {
        key: LineageObject(key, *key.split(":", 1), parent_id=(parents or {}).get(key))
        for key in ids | set((parents or {}).values())
    }
    return LineageGraph(objects, tuple(found))


CHAIN = graph_of(
    "file:a>source:s", "file:b>source:s", "source:s>column:t.x", "column:t.x>tag:vip",
    "tag:vip>audience:best", "column:t.x>tag:old",
)  # fmt: skip


def test_a_walk_gives_every_object_with_its_distance():
    up = CHAIN.walk("audience:best", upward=True)
    assert dict(up.depths) == {
        "audience:best": 0, "tag:vip": 1, "column:t.x": 2, "source:s": 3, "file:a": 4, "file:b": 4,
    }  # fmt: skip
    assert len(up.edges) == 5
    assert up.hidden == {}
    assert set(CHAIN.walk("file:a", upward=False).depths) == {
        "file:a", "source:s", "column:t.x", "tag:vip", "tag:old", "audience:best",
    }  # fmt: skip


def test_what_depth_and_size_leave_out_is_counted_where_it_hangs():
    assert CHAIN.walk("audience:best", upward=True, depth=3).hidden == {"source:s": 2}
    few = CHAIN.walk("audience:best", upward=True, most=5)
    assert "file:a" in few.depths
    assert few.hidden == {"source:s": 1}


def test_at_tables_columns_are_their_tables_and_inputs_count():
    fine = graph_of(
        "column:o.x>column:d.y", "table:lookup>table:d|input", "field:s.q>column:o.x|mapped",
        "column:d.y>tag:vip|condition", "column:d.y>feature:f|feature",
        "feature:f>model:m|training",
        parents={
            "column:o.x": "table:o", "column:d.y": "table:d", "field:s.q": "source:s",
        },
    )  # fmt: skip
    coarse = fine.at_tables()
    assert {(edge.from_id, edge.to_id) for edge in coarse.edges} == {
        ("table:o", "table:d"), ("table:lookup", "table:d"), ("source:s", "table:o"),
        ("table:d", "tag:vip"), ("table:d", "model:m"),
    }  # fmt: skip
    assert not any(one.kind in ("column", "field", "feature") for one in coarse.objects.values())
    assert "table:lookup" not in fine.at_columns().walk("tag:vip", upward=True).depths


def test_names_are_found_bare_or_with_their_kind_and_near_ones_are_suggested():
    assert [one.object_id for one in CHAIN.named("VIP")] == ["tag:vip"]
    assert [one.object_id for one in CHAIN.named("t.x")] == ["column:t.x"]
    assert CHAIN.named("nothing") == []
    assert CHAIN.suggestions("tag:vib")[0] == "tag:vip"
    assert "did you mean tag:vip" in str(CHAIN.unknown("tag:vib"))
    assert "give layer.table.column" in str(CHAIN.unknown("qqqqqq"))


@settings(max_examples=30, deadline=None)
@given(
    pairs=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
    depth=st.none() | st.integers(1, 4),
)
def test_a_walk_reaches_what_stepping_by_hand_reaches(pairs, depth):
    graph = graph_of("n:0>n:0", *(f"n:{a}>n:{b}" for a, b in pairs))
    reached, frontier, steps = {0: 0}, {0}, 0
    while frontier and (depth is None or steps < depth):
        steps += 1
        frontier = {b for a, b in pairs if a in frontier} - set(reached)
        reached |= dict.fromkeys(frontier, steps)
    walk = graph.walk("n:0", upward=False, depth=depth)
    assert dict(walk.depths) == {f"n:{node}": far for node, far in reached.items()}


@pytest.mark.parametrize("upward", [True, False])
def test_a_circle_ends(upward):
    walk = graph_of("n:a>n:b", "n:b>n:a").walk("n:a", upward=upward)
    assert set(walk.depths) == {"n:a", "n:b"}
