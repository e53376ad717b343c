"""Which path is whose dialect."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from zhiyin.collect.edge.calls import Way
from zhiyin.collect.edge.exchange import json_answer
from zhiyin.collect.edge.segment import BATCHES, SINGLE, read_batch, read_single

SUCCESS = json_answer({"success": True})


def ways() -> Mapping[str, Way]:
    """Return how the requests of each path are read; paths have no slash at the end."""
    return _segment()


def _segment() -> dict[str, Way]:
    found = {
        f"/v1/{name}": Way(partial(read_single, kind), SUCCESS) for name, kind in SINGLE.items()
    }
    found |= {f"/v1/{name}": Way(read_batch, SUCCESS) for name in BATCHES}
    found["/beacon/v1/batch"] = Way(read_batch, SUCCESS)
    return found
