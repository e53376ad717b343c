"""One suite for everything that claims to be an event log, and what only files must withstand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.event_log import files as log_files
from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.core.errors import Conflict, InvalidInput, Permanent, Transient
from zhiyin.ports.event_log import MAIN, waiting
from zhiyin.testing.event_log import MemoryEventLog


@pytest.fixture(params=["memory", "files", "files-tiny-segments"])
def log(request, tmp_path: Path):
    made = (
        MemoryEventLog()
        if request.param == "memory"
        else FileEventLog(tmp_path, segment_bytes=64 if "tiny" in request.param else 1 << 20)
    )
    yield made
    made.close()


def bodies(log, start: int = 0, limit: int = 1000) -> list[bytes]:
    return list(log.read(MAIN, start, limit).bodies)


def test_items_come_back_in_order_with_offsets_that_grow_by_one(log):
    log.append([b"a", b"b"])
    log.append([b"c"])
    chunk = log.read(MAIN, 0, 10)
    assert (list(chunk.offsets), list(chunk.bodies)) == ([0, 1, 2], [b"a", b"b", b"c"])
    assert chunk.next_offset == log.end(MAIN) == 3


def test_appending_nothing_changes_nothing(log):
    log.append([b"a"])
    log.append([])
    assert log.end(MAIN) == 1


def test_reading_starts_in_the_middle_of_an_append_and_stops_at_the_limit(log):
    log.append([b"0", b"1", b"2", b"3"])
    log.append([b"4", b"5"])
    assert bodies(log, 2, 3) == [b"2", b"3", b"4"]
    assert bodies(log, 6, 3) == []
    assert bodies(log, 99, 3) == []


def test_an_item_may_be_empty_or_hold_any_byte(log):
    odd = [b"", bytes(range(256)), b"\n" * 10]
    log.append(odd)
    assert bodies(log) == odd


def test_a_consumer_finds_what_it_committed(log):
    log.append([b"a", b"b"])
    assert log.committed("warehouse") == {}
    log.commit("warehouse", {MAIN: 2})
    log.commit("other", {MAIN: 1})
    assert (log.committed("warehouse"), log.committed("other")) == ({MAIN: 2}, {MAIN: 1})
    assert [waiting(log, who) for who in ("warehouse", "other", "nobody")] == [0, 1, 2]


def test_an_offset_beyond_the_end_cannot_be_committed(log):
    with pytest.raises(InvalidInput, match="3"):
        log.commit("warehouse", {MAIN: 3})


def test_appends_from_many_threads_stay_whole_and_are_all_there(log):
    def work(worker: int) -> None:
        for n in range(20):
            log.append([f"{worker}-{n}-{part}".encode() for part in range(3)])

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [body.decode() for body in bodies(log)]
    assert log.end(MAIN) == len(found) == 8 * 20 * 3
    triples = [found[i : i + 3] for i in range(0, len(found), 3)]
    assert all([item[:-2] for item in t] == [t[0][:-2]] * 3 for t in triples)
    assert [[item[-1] for item in t] for t in triples] == [["0", "1", "2"]] * 160
    for worker in range(8):
        mine = [t[0] for t in triples if t[0].startswith(f"{worker}-")]
        assert mine == [f"{worker}-{n}-0" for n in range(20)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.binary(max_size=40), max_size=5), max_size=8), st.integers(1, 200))
def test_a_reopened_log_holds_what_was_appended(tmp_path_factory, groups, segment_bytes):
    directory = tmp_path_factory.mktemp("log")
    log = FileEventLog(directory, segment_bytes)
    for group in groups:
        log.append(group)
    log.close()
    again = FileEventLog(directory, segment_bytes)
    flat = [body for group in groups for body in group]
    assert bodies(again) == flat
    again.append([b"x"])
    assert again.end(MAIN) == len(flat) + 1
    assert bodies(again, len(flat)) == [b"x"]
    again.close()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 200), st.booleans())
def test_whatever_a_crash_leaves_of_the_last_append_is_cut_off(tmp_path_factory, cut, garble):
    directory = tmp_path_factory.mktemp("log")
    log = FileEventLog(directory)
    log.append([b"kept", b"too"])
    whole = next(directory.glob("*.seg")).stat().st_size
    log.append([os.urandom(100)])
    log.close()
    path = next(directory.glob("*.seg"))
    content = path.read_bytes()
    torn = content[: min(whole + cut, len(content) - 1)]
    if garble and len(torn) > whole:
        torn = torn[:-1] + bytes([torn[-1] ^ 0xFF])
    path.write_bytes(torn)
    again = FileEventLog(directory)
    assert bodies(again) == [b"kept", b"too"]
    assert path.stat().st_size == whole
    again.append([b"next"])
    assert bodies(again, 2) == [b"next"]
    again.close()


def test_offsets_survive_a_restart(tmp_path):
    log = FileEventLog(tmp_path)
    log.append([b"a"])
    log.commit("warehouse", {MAIN: 1})
    log.close()
    again = FileEventLog(tmp_path)
    assert again.committed("warehouse") == {MAIN: 1}
    again.close()


def test_a_second_writer_is_turned_away_until_the_first_closes(tmp_path):
    first = FileEventLog(tmp_path)
    with pytest.raises(Conflict, match="open in another process"):
        FileEventLog(tmp_path)
    first.close()
    FileEventLog(tmp_path).close()


def test_a_damaged_old_segment_is_reported_and_not_skipped(tmp_path):
    log = FileEventLog(tmp_path, segment_bytes=1)
    log.append([b"a"])
    log.append([b"b"])
    log.close()
    first = sorted(tmp_path.glob("*.seg"))[0]
    first.write_bytes(first.read_bytes()[:-1])
    again = FileEventLog(tmp_path, segment_bytes=1)
    with pytest.raises(Permanent, match="offset 0"):
        again.read(MAIN, 0, 10)
    again.close()


def test_a_full_disk_fails_the_append_and_leaves_the_log_usable(tmp_path, monkeypatch):
    log = FileEventLog(tmp_path)
    log.append([b"a"])

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log_files.os, "fdatasync", full)
    with pytest.raises(Transient, match="No space left"):
        log.append([b"lost"])
    monkeypatch.undo()
    log.append([b"b"])
    assert bodies(log) == [b"a", b"b"]
    log.close()
    again = FileEventLog(tmp_path)
    assert bodies(again) == [b"a", b"b"]
    again.close()


WRITER = """
import sys, threading
from pathlib import Path
from zhiyin.adapters.event_log.files import FileEventLog
log = FileEventLog(Path(sys.argv[1]), segment_bytes=2_000)
lock = threading.Lock()
def work(worker):
    n = 0
    while True:
        log.append([f"{worker}:{n}:{part}".encode() for part in range(3)])
        with lock:
            print(worker, n, flush=True)
        n += 1
for worker in range(4):
    threading.Thread(target=work, args=(worker,)).start()
"""


def test_every_acknowledged_item_is_there_after_kill_9(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().split() for _ in range(300)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [line.split() for line in writer.stdout.read().splitlines()[:-1]]
    writer.wait()
    log = FileEventLog(tmp_path, segment_bytes=2_000)
    found = [body.decode() for body in bodies(log, limit=10**6)]
    log.close()
    assert len(list(tmp_path.glob("*.seg"))) > 1
    assert len(found) % 3 == 0
    for worker, n in acknowledged:
        at = found.index(f"{worker}:{n}:0")
        assert found[at : at + 3] == [f"{worker}:{n}:{part}" for part in range(3)]
