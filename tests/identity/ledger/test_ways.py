"""Ways through links, against every way there is."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.identity.ledger.records import Link
from zhiyin.identity.ledger.ways import chain, parted

names = st.sampled_from("abcdefg")
ends = st.tuples(names, names).filter(lambda pair: pair[0] < pair[1])
graphs = st.dictionaries(ends, st.integers(1, 4), max_size=12)


def links_of(graph: dict[tuple[str, str], int]) -> list[Link]:
    return [
        Link(left, right, ("login",), ("web",), strength, 1, None, None, "linked", None)
        for (left, right), strength in graph.items()
    ]


def drawn(graph: dict[tuple[str, str], int]) -> nx.Graph:
    made = nx.Graph()
    for (left, right), strength in graph.items():
        made.add_edge(left, right, strength=strength)
    return made


def best(graph: nx.Graph, start: str, end: str) -> tuple[int, int] | None:
    """Return strength of the weakest link and length of the best of all ways."""
    if start not in graph or end not in graph or start == end:
        return None
    told = [
        (min(graph.edges[step]["strength"] for step in pairwise(way)), -(len(way) - 1))
        for way in nx.all_simple_paths(graph, start, end)
    ]
    return max(told, default=None)


@settings(max_examples=60, deadline=None)
@given(graphs, names, names)
def test_the_chain_is_the_best_of_all_ways(graph, start, end):
    found = chain(links_of(graph), start, end)
    expected = best(drawn(graph), start, end)
    if expected is None:
        assert found == ()
        return
    assert (min(link.strength for link in found), -len(found)) == expected
    place = start
    for link in found:
        place = link.other(place)
    assert place == end


@settings(max_examples=60, deadline=None)
@given(graphs)
def test_two_sides_fall_apart_by_the_weakest_links(graph):
    graph.setdefault(("a", "b"), 1)
    cut, mine = parted(links_of(graph), {"a"}, {"b"})
    left = drawn({pair: s for pair, s in graph.items() if pair not in {c.ends for c in cut}})
    left.add_nodes_from("ab")
    assert not nx.has_path(left, "a", "b")
    assert mine == nx.node_connected_component(left, "a")
    # No cut could have been spared: each would bring the two together again.
    for link in cut:
        left.add_edge(*link.ends)
        assert nx.has_path(left, "a", "b")
        left.remove_edge(*link.ends)


def test_ids_that_belong_to_a_side_stay_with_it():
    graph = {("a", "b"): 9, ("b", "c"): 1, ("c", "d"): 5}
    cut, mine = parted(links_of(graph), {"a", "d"}, {"b"})
    assert {link.ends for link in cut} == {("a", "b"), ("b", "c")}
    assert mine == {"a", "c", "d"}
