"""The person of each id, against a union-find loop."""

from __future__ import annotations

import ibis
import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.identity.api import component_labels, components, person_of
from zhiyin.identity.components import component_rows
from zhiyin.identity.policy import KINDS
from zhiyin.identity.tables import LINKS
from zhiyin.testing.rows import EPOCH, rows_of

ids = st.builds(lambda kind, n: f"{kind}:{n}", st.sampled_from(KINDS), st.integers(0, 12))
graphs = st.lists(st.tuples(ids, ids), max_size=40)


def edge_columns(pairs):
    left = pa.chunked_array([[a for a, _ in pairs]], pa.string())
    return left, pa.chunked_array([[b for _, b in pairs]], pa.string())


def place(name: str) -> tuple[int, str]:
    return KINDS.index(name.split(":", maxsplit=1)[0]), name


def union_find(pairs):
    parent = {name: name for pair in pairs for name in pair}

    def root(name):
        while parent[name] != name:
            name = parent[name]
        return name

    for left, right in pairs:
        first, second = sorted((root(left), root(right)), key=place)
        parent[second] = first
    people = {name: root(name) for name in parent}
    sizes = list(people.values())
    return {name: (person, sizes.count(person)) for name, person in people.items()}


def as_dict(table: pa.Table):
    rows = table.to_pylist()
    assert len({row["visitor_id"] for row in rows}) == len(rows)
    return {row["visitor_id"]: (row["person_id"], row["ids"]) for row in rows}


@settings(max_examples=100, deadline=None)
@given(graphs)
def test_components_are_those_of_union_find(pairs):
    assert as_dict(component_rows(*edge_columns(pairs))) == union_find(pairs)


@settings(max_examples=50, deadline=None)
@given(graphs, st.randoms(use_true_random=False))
def test_the_order_of_edges_changes_nothing(pairs, random):
    shuffled = [pair[::-1] for pair in pairs]
    random.shuffle(shuffled)
    assert as_dict(component_rows(*edge_columns(pairs))) == as_dict(
        component_rows(*edge_columns(shuffled))
    )


def test_a_chain_of_three_hundred_links_is_one_person():
    chain = [(f"anon:{n:03}", f"anon:{n + 1:03}") for n in range(300)]
    assert set(as_dict(component_rows(*edge_columns(chain))).values()) == {("anon:000", 301)}


def test_users_name_a_person_before_cards_emails_phones_and_devices():
    star = [("anon:1", other) for other in ("phone:1", "email:1", "card:1", "user:2", "user:10")]
    assert {person for person, _ in as_dict(component_rows(*edge_columns(star))).values()} == {
        "user:10"  # by text, not by number
    }


def test_every_visitor_of_the_facts_is_somebody():
    links = ibis.memtable(
        rows_of(
            LINKS,
            {
                "left_id": "anon:d",
                "right_id": "user:1",
                "verdict": "linked",
                "cluster_id": "user:1",
            },
        )
    )
    orders = ibis.memtable(pa.table({"visitor_id": ["user:1", "user:2", None, "user:2"]}))
    events = ibis.memtable(pa.table({"visitor_id": ["anon:d", "anon:e", "user: 1", "user:２"]}))
    people = person_of(links, orders, events, changed_at=EPOCH).to_pyarrow()
    assert as_dict(people) == {
        "anon:d": ("user:1", 2),
        "user:1": ("user:1", 2),
        "user:2": ("user:2", 1),
        "anon:e": ("anon:e", 1),
        "user: 1": ("user:1", 2),
        "user:２": ("user:2", 1),
    }


def test_no_edges_make_no_components():
    none = pa.table({"left_id": pa.array([], pa.string()), "right_id": pa.array([], pa.string())})
    assert components(ibis.memtable(none)).to_pyarrow().num_rows == 0


def shapes(rng, kind, size):
    """Return links of a chain, a star, a cycle with loops, or at random."""
    nodes = rng.permutation(size)
    if kind == "chain":
        return nodes[:-1], nodes[1:]
    if kind == "star":
        return np.repeat(nodes[:1], size - 1), nodes[1:]
    if kind == "cycle":
        return np.append(nodes, nodes), np.append(np.roll(nodes, 1), nodes)
    return rng.integers(0, size, (2, size // 2))


@pytest.mark.parametrize("kind", ["chain", "star", "cycle", "random"])
@pytest.mark.parametrize("size", [2, 50, 3000])
def test_components_are_those_of_networkx(kind, size):
    rng = np.random.default_rng(size)
    left, right = (side.astype(np.int32) for side in shapes(rng, kind, size))
    labels = component_labels(left, right, size)
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(zip(left.tolist(), right.tolist(), strict=True))
    for component in nx.connected_components(graph):
        assert {int(labels[node]) for node in component} == {min(component)}
