"""Loops over arrays, compiled where it pays.

A loop that no array operation can do is written as plain Python over numpy arrays. For large inputs
numba compiles it, once per machine and kinds of arrays; small ones are worked out by Python itself,
because loading compiled code takes longer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

# Below this many turns Python is done before numba is loaded.
COMPILED_FROM = 20_000


def fitting(
    function: Callable[..., Any], turns: int, compiled_from: int | None = None
) -> Callable[..., Any]:
    """Return the function, compiled if it has so many turns to do that it pays."""
    least = COMPILED_FROM if compiled_from is None else compiled_from
    return compiled(function) if turns >= least else function


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function compiled by numba; machine code is kept on disk between processes.

    It runs without Python's lock, so several threads may walk through arrays at once.
    """
    import numba

    return numba.njit(cache=True, nogil=True)(function)
