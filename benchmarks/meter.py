"""Seconds and peak memory of a piece of work."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Stopwatch:
    """Wall seconds, known once the block has ended."""

    seconds: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Measure the wall time of a block."""
    watch, start = Stopwatch(), time.perf_counter()
    yield watch
    watch.seconds = round(time.perf_counter() - start, 3)


def peak_mib() -> int:
    """Return the highest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def child_peak_mib() -> int:
    """Return the highest resident memory among ended child processes, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def shared_data() -> Path:
    """Return the folder with the public data sets."""
    return Path(os.environ.get("ZHIYIN_DATA", ROOT.parent / "shared" / "data"))
