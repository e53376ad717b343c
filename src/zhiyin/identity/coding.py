"""Typed ids as integers, and the order in which they name a person or a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.kernels import components
from zhiyin.stats.loops import fitting


@dataclass(frozen=True)
class Graph:
    """Links between coded ids: `names[left[i]]` and `names[right[i]]` are the ends of link i."""

    names: pa.Array
    left: np.ndarray
    right: np.ndarray

    @property
    def size(self) -> int:
        """Return the number of nodes."""
        return len(self.names)


def coded(left: pa.ChunkedArray, right: pa.ChunkedArray) -> Graph:
    """Return the graph with these links, each id once."""
    # 64-bit offsets, because ten million ids may hold more than two gigabytes of text.
    both = pa.chunked_array([*left.chunks, *right.chunks], pa.string()).cast(pa.large_string())
    chunk = both.combine_chunks()
    if isinstance(chunk, pa.ChunkedArray):
        chunk = pa.concat_arrays(chunk.chunks) if chunk.num_chunks else pa.array([], chunk.type)
    words = chunk.dictionary_encode()
    codes = words.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return Graph(words.dictionary, codes[: len(left)], codes[len(left) :])


def kind_places(names: pa.Array, kinds: Sequence[str]) -> np.ndarray:
    """Return the place of each id's kind among `kinds`; `len(kinds)` for any other."""
    places = np.full(len(names), len(kinds), np.int8)
    for place, kind in enumerate(kinds):
        places[pc.starts_with(names, f"{kind}:").to_numpy(zero_copy_only=False)] = place
    return places


def component_labels(left: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """Return, for each of `size` nodes, the least node of its connected component.

    Parameters
    ----------
    left, right : nodes as 32-bit integers, the ends of each link.
    """
    return fitting(components, len(left))(left, right, size)


def clusters(graph: Graph, keep: np.ndarray | None = None) -> np.ndarray:
    """Return a label for each node: equal where links lead from one to the other."""
    left, right = graph.left, graph.right
    if keep is not None:
        left, right = left[keep], right[keep]
    return component_labels(left, right, graph.size)


def firsts(names: pa.Array, places: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return, for each node, the node that names its label: least by kind, then by text.

    Labels are nodes themselves. Text is compared only where the best kind has several ids, for
    sorting millions of texts takes longer than all the rest.
    """
    size = len(names)
    best = np.full(size, 127, np.int8)
    np.minimum.at(best, label, places)
    nodes = np.flatnonzero(places == best[label])
    first = np.zeros(size, np.int64)
    first[label[nodes]] = nodes
    rivals = np.bincount(label[nodes], minlength=size)
    contested = nodes[rivals[label[nodes]] > 1]
    if len(contested):
        ranked = contested[text_order(names, contested)]
        # Of several assignments to one place numpy keeps the last, hence backwards.
        first[label[ranked][::-1]] = ranked[::-1]
    return first[label]


def text_order(names: pa.Array, nodes: np.ndarray) -> np.ndarray:
    """Return positions in `nodes` in the order of their names' text."""
    return pc.sort_indices(names.take(pa.array(nodes))).to_numpy()


def found_in(names: pa.Array, wanted: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Return whether each name is among the wanted ones."""
    if len(wanted) == 0:
        return np.zeros(len(names), bool)
    given = wanted.combine_chunks() if isinstance(wanted, pa.ChunkedArray) else wanted
    return pc.is_in(names, given.cast(names.type)).to_numpy(zero_copy_only=False)


def places_of(names: pa.Array, wanted: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Return the node of each wanted id, -1 where the graph has none."""
    if len(wanted) == 0:
        return np.zeros(0, np.int64)
    given = wanted.combine_chunks() if isinstance(wanted, pa.ChunkedArray) else wanted
    found = pc.index_in(given.cast(names.type), names)
    return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
