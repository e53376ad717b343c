"""`kill -9` at random points: what was acknowledged is stored, once, and in order."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.ports.event_log import MAIN

WORKERS, PARTS = 4, 3
# Each process names its items after its turn, so that no two turns write the same item.
WRITER = f"""
import sys, threading
from pathlib import Path
from zhiyin.adapters.event_log.files import FileEventLog
turn = sys.argv[2]
log = FileEventLog(Path(sys.argv[1]), segment_bytes=2_000)
lock = threading.Lock()
def work(worker):
    n = 0
    while True:
        log.append([f"{{turn}}:{{worker}}:{{n}}:{{part}}".encode() for part in range({PARTS})])
        with lock:
            print(turn, worker, n, flush=True)
        n += 1
for worker in range({WORKERS}):
    threading.Thread(target=work, args=(worker,)).start()
"""


def killed_turn(directory: Path, turn: int, after: int) -> list[tuple[str, ...]]:
    """Let a process append until it has acknowledged `after` appends, kill it, return them."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), str(turn)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(after)]
    writer.send_signal(signal.SIGKILL)
    # The last line may be cut off where the process died.
    lines += [line for line in writer.stdout.read().splitlines(keepends=True) if line[-1] == "\n"]
    writer.wait()
    return [tuple(line.split()) for line in lines]


def check(items: list[str], acknowledged: list[tuple[str, ...]]) -> None:
    assert len(items) == len(set(items))
    assert len(items) % PARTS == 0
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for place in range(0, len(items), PARTS):
        turn, worker, n, _ = items[place].split(":")
        together = [f"{turn}:{worker}:{n}:{part}" for part in range(PARTS)]
        assert items[place : place + PARTS] == together
        assert int(n) == counts[turn, worker]
        counts[turn, worker] += 1
    missing = [a for a in acknowledged if int(a[2]) >= counts[a[0], a[1]]]
    assert missing == []
    # At most one append of each worker was on its way when the process died.
    said: dict[tuple[str, str], int] = defaultdict(int)
    for turn, worker, _ in acknowledged:
        said[turn, worker] += 1
    assert all(counts[key] - said[key] <= 2 for key in counts)


def run(directory: Path, kills: int) -> int:
    random = np.random.default_rng(20260301)
    acknowledged: list[tuple[str, ...]] = []
    followed: list[bytes] = []
    for turn in range(kills):
        acknowledged += killed_turn(directory, turn, int(random.integers(1, 400)))
        # A reader that was never restarted, and one that starts now, see the same.
        followed += FileEventLog(directory, partition=None).read(MAIN, len(followed), 10**7).bodies
    log = FileEventLog(directory, segment_bytes=2_000)
    found = list(log.read(MAIN, 0, 10**7).bodies)
    log.close()
    assert followed == found
    check([body.decode() for body in found], acknowledged)
    assert len(list(directory.glob("*.seg"))) > kills
    return len(acknowledged)


def test_every_acknowledged_item_is_there_once_after_kill_9(tmp_path):
    assert run(tmp_path, 3) >= 3


@pytest.mark.slow
def test_every_acknowledged_item_is_there_once_after_many_kills(tmp_path):
    assert run(tmp_path, 25) >= 1_000


def test_a_reader_beside_a_writer_that_dies_sees_every_acknowledged_item_in_order(tmp_path):
    FileEventLog(tmp_path).close()
    reader, seen = FileEventLog(tmp_path, partition=None), []
    stopping = threading.Event()

    def follow() -> None:
        while not stopping.wait(0.001):
            seen.extend(reader.read(MAIN, len(seen), 50).bodies)

    thread = threading.Thread(target=follow)
    thread.start()
    acknowledged = [a for turn in range(2) for a in killed_turn(tmp_path, turn, 200)]
    while len(seen) < reader.end(MAIN):
        stopping.wait(0.01)
    stopping.set()
    thread.join(30)
    check([body.decode() for body in seen], acknowledged)


def test_the_items_of_a_killed_writer_look_like_items():
    """The check itself must be able to fail."""
    whole = [f"0:1:0:{part}" for part in range(PARTS)]
    check(whole, [("0", "1", "0")])
    for items, acknowledged in (
        (whole, [("0", "1", "1")]),
        (whole + whole, [("0", "1", "0")]),
        (whole[:-1], []),
        ([re.sub("1:0", "1:1", item) for item in whole], []),
    ):
        with pytest.raises(AssertionError):
            check(items, acknowledged)
