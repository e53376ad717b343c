"""What an event log in files must withstand: crashes, damage, full disks, other processes."""

from __future__ import annotations

import json
import os
import resource
import struct
import subprocess
import sys
import tracemalloc
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.event_log import writer as log_writer
from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import Conflict, InvalidInput, NotFound, Permanent, Transient, Unsupported
from zhiyin.ports.event_log import MAIN

GROUPS = st.lists(st.lists(st.binary(max_size=40), max_size=5), max_size=8)


def bodies(log, start: int = 0, limit: int = 1_000_000, partition: str = MAIN) -> list[bytes]:
    return list(log.read(partition, start, limit).bodies)


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.seg"))


@settings(max_examples=20, deadline=None)
@given(GROUPS, st.integers(1, 200))
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


def torn_logs(directory: Path) -> list[bytes]:
    """Return every content that a crash may leave of a file whose last frame was not synced."""
    log = FileEventLog(directory)
    log.append([b"kept", b"too"])
    whole = segments(directory)[0].stat().st_size
    log.append([b"never acknowledged"])
    log.close()
    content = segments(directory)[0].read_bytes()
    last = content[whole:]
    kept = content[:whole]
    cut = [kept + last[:n] for n in range(len(last))]
    flipped = [kept + last[:n] + bytes([last[n] ^ 0x55]) + last[n + 1 :] for n in range(len(last))]
    # A file that has grown, but whose new blocks never reached the disk, reads as zero bytes.
    zeros = [kept + last[:n] + bytes(len(last) - n) for n in range(len(last))]
    return cut + flipped + zeros + [kept + bytes(4096), kept + os.urandom(4096)]


def test_whatever_a_crash_leaves_of_the_last_append_is_cut_off(tmp_path):
    torn = torn_logs(tmp_path / "made")
    whole = min(map(len, torn))
    assert len(torn) > 150
    for place, content in enumerate(torn):
        directory = tmp_path / str(place)
        directory.mkdir()
        path = directory / f"{0:020d}.seg"
        path.write_bytes(content)
        log = FileEventLog(directory)
        assert bodies(log) == [b"kept", b"too"]
        assert path.stat().st_size == whole
        log.append([b"next"])
        log.close()
        again = FileEventLog(directory)
        assert bodies(again) == [b"kept", b"too", b"next"]
        again.close()


def test_a_reader_sees_no_torn_end_and_leaves_it_alone(tmp_path):
    for place, content in enumerate(torn_logs(tmp_path / "made")):
        directory = tmp_path / str(place)
        directory.mkdir()
        path = directory / f"{0:020d}.seg"
        path.write_bytes(content)
        log = FileEventLog(directory, partition=None)
        assert bodies(log) == [b"kept", b"too"]
        assert path.read_bytes() == content


def test_damage_before_whole_frames_is_reported_and_nothing_is_cut(tmp_path):
    log = FileEventLog(tmp_path)
    for n in range(3):
        log.append([b"%d" % n * 20])
    log.close()
    (path,) = segments(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(Permanent, match="damaged at offset 1"):
        FileEventLog(tmp_path)
    assert path.read_bytes() == content


def test_a_damaged_old_segment_is_reported_and_not_skipped(tmp_path):
    log = FileEventLog(tmp_path, segment_bytes=1)
    log.append([b"a"])
    log.append([b"b"])
    log.close()
    first = segments(tmp_path)[0]
    first.write_bytes(first.read_bytes()[:-1])
    again = FileEventLog(tmp_path, segment_bytes=1)
    with pytest.raises(Permanent, match="offset 0"):
        again.read(MAIN, 0, 10)
    assert bodies(again, 1) == [b"b"]
    again.close()


def test_offsets_survive_a_restart_and_two_processes_may_commit(tmp_path):
    log = FileEventLog(tmp_path)
    log.append([b"a", b"b"])
    log.commit("warehouse", {MAIN: 1})
    other = FileEventLog(tmp_path, partition=None)
    other.commit("other", {MAIN: 2})
    log.commit("third", {MAIN: 0})
    log.close()
    again = FileEventLog(tmp_path)
    found = [again.committed(name) for name in ("warehouse", "other", "third")]
    assert found == [{MAIN: 1}, {MAIN: 2}, {MAIN: 0}]
    again.close()


def test_a_second_writer_is_turned_away_until_the_first_closes(tmp_path):
    first = FileEventLog(tmp_path)
    with pytest.raises(Conflict, match="Another process writes this partition"):
        FileEventLog(tmp_path)
    first.close()
    FileEventLog(tmp_path).close()


# --- partitions that other processes write


def test_each_writer_has_a_partition_and_reads_all_of_them(tmp_path):
    main, edge = FileEventLog(tmp_path, 64), FileEventLog(tmp_path, 64, partition="edge-1")
    main.append([b"m"])
    assert main.partitions() == ["edge-1", MAIN]
    for n in range(20):
        edge.append([b"%d" % n])
        assert main.end("edge-1") == n + 1
        assert bodies(main, n, partition="edge-1") == [b"%d" % n]
    assert len(segments(tmp_path / "edge-1")) > 5
    assert bodies(main, partition="edge-1") == [b"%d" % n for n in range(20)]
    assert bodies(edge) == [b"m"]
    main.commit("warehouse", {MAIN: 1, "edge-1": 20})
    assert edge.committed("warehouse") == {MAIN: 1, "edge-1": 20}
    with pytest.raises(Conflict):
        FileEventLog(tmp_path, partition="edge-1")
    main.close()
    edge.close()


def test_a_partition_is_noticed_when_its_first_item_is_there(tmp_path):
    main = FileEventLog(tmp_path)
    with pytest.raises(NotFound, match="edge-1"):
        main.end("edge-1")
    edge = FileEventLog(tmp_path, partition="edge-1")
    edge.append([b"a"])
    assert main.end("edge-1") == 1
    main.close()
    edge.close()


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 101, "中文"])
def test_a_partition_has_a_name_that_is_safe_as_a_directory(tmp_path, name):
    with pytest.raises(InvalidInput, match="partition"):
        FileEventLog(tmp_path, partition=name)


def test_a_log_opened_for_reading_writes_nothing(tmp_path):
    log = FileEventLog(tmp_path, partition=None)
    assert (log.partitions(), log.begin(MAIN), log.end(MAIN), bodies(log)) == ([MAIN], 0, 0, [])
    with pytest.raises(Unsupported, match="reading only"):
        log.append([b"a"])
    assert list(tmp_path.iterdir()) == []


def test_a_frame_of_another_process_counts_only_when_all_of_it_is_there(tmp_path):
    edge = FileEventLog(tmp_path, partition="edge-1")
    edge.append([b"a"])
    main = FileEventLog(tmp_path)
    path = segments(tmp_path / "edge-1")[0]
    before = path.read_bytes()
    edge.append([b"b", b"c"])
    edge.close()
    after = path.read_bytes()
    for length in range(len(before), len(after)):
        path.write_bytes(after[:length])
        assert main.end("edge-1") == 1
    path.write_bytes(after)
    assert main.end("edge-1") == 3
    assert bodies(main, partition="edge-1") == [b"a", b"b", b"c"]
    main.close()


def test_a_reader_goes_on_behind_what_another_process_purged(tmp_path):
    clock = FixedClock()
    edge = FileEventLog(tmp_path, 1, partition="edge-1", clock=clock)
    for n in range(6):
        edge.append([b"%d" % n])
    main = FileEventLog(tmp_path, clock=clock)
    assert bodies(main, 0, 2, "edge-1") == [b"0", b"1"]
    clock.advance(timedelta(days=1))
    assert edge.purge(clock.now(), {"edge-1": 4}) == 4
    chunk = main.read("edge-1", 2, 10)
    assert (list(chunk.offsets), list(chunk.bodies)) == ([4, 5], [b"4", b"5"])
    assert main.begin("edge-1") == 4
    assert main.stored_bytes("edge-1") == edge.stored_bytes("edge-1") > 0
    main.close()
    edge.close()


def test_a_writer_goes_on_behind_what_another_process_purged_of_its_own(tmp_path):
    clock = FixedClock()
    main = FileEventLog(tmp_path, 1, clock=clock)
    for n in range(4):
        main.append([b"%d" % n])
    clock.advance(timedelta(days=1))
    assert FileEventLog(tmp_path, partition=None).purge(clock.now(), {MAIN: 2}) == 2
    chunk = main.read(MAIN, 0, 10)
    assert (list(chunk.offsets), list(chunk.bodies)) == ([2, 3], [b"2", b"3"])
    main.append([b"4"])
    assert bodies(main) == [b"2", b"3", b"4"]
    main.close()


def test_one_process_purges_the_partitions_of_others_but_for_their_last_segment(tmp_path):
    clock = FixedClock()
    edge = FileEventLog(tmp_path, 1, partition="edge-1", clock=clock)
    main = FileEventLog(tmp_path, 1, clock=clock)
    for log in (edge, main):
        log.append([b"0"])
        log.append([b"1"])
    clock.advance(timedelta(days=1))
    assert main.purge(clock.now(), {MAIN: 2, "edge-1": 2}) == 3
    assert (main.begin(MAIN), main.begin("edge-1"), edge.begin("edge-1")) == (2, 1, 1)
    edge.append([b"2"])
    assert bodies(edge, partition="edge-1") == [b"1", b"2"]
    assert bodies(main, partition="edge-1") == [b"1", b"2"]
    main.close()
    edge.close()


# --- index, age and memory


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=12),
    st.integers(1, 300),
    st.integers(-1, 40),
    st.booleans(),
)
def test_an_offset_is_found_by_time_as_by_counting(
    tmp_path_factory, appends, segment_bytes, asked, has_index
):
    directory, clock = tmp_path_factory.mktemp("log"), FixedClock()
    begun = clock.now()
    log = FileEventLog(directory, segment_bytes, clock=clock)
    times = []
    for seconds, items in appends:
        clock.advance(timedelta(seconds=seconds))
        log.append([b"x" * 30] * items)
        times += [clock.now()] * items
    log.close()
    if not has_index:
        for path in directory.glob("*.idx"):
            path.unlink()
    wanted = begun + timedelta(seconds=asked)
    expected = sum(at < wanted for at in times)
    again = FileEventLog(directory, segment_bytes, clock=clock)
    assert again.offset_at(MAIN, wanted) == expected
    assert [again.read(MAIN, at, 1).appended_at for at in range(len(times))] == times
    again.close()


def test_an_index_is_written_with_each_finished_segment_and_made_again_if_it_is_damaged(tmp_path):
    log = FileEventLog(tmp_path, segment_bytes=300)
    items = [b"%d" % n * 50 for n in range(30)]
    for item in items:
        log.append([item])
    log.close()
    paths = segments(tmp_path)
    indexes = [path.with_suffix(".idx") for path in paths[:-1]]
    assert len(indexes) > 3
    assert sorted(tmp_path.glob("*.idx")) == indexes
    whole = [path.read_bytes() for path in indexes]
    indexes[0].unlink()
    indexes[1].write_bytes(b"")
    indexes[2].write_bytes(whole[2][:-1] + bytes([whole[2][-1] ^ 1]))
    indexes[3].write_bytes(whole[2])
    again = FileEventLog(tmp_path, segment_bytes=300)
    assert bodies(again) == items
    assert [path.read_bytes() for path in indexes] == whole
    again.close()


def test_opening_reads_only_the_last_segment(tmp_path):
    log = FileEventLog(tmp_path, segment_bytes=1)
    for n in range(5):
        log.append([b"%d" % n])
    log.close()
    for path in segments(tmp_path)[:-1]:
        path.write_bytes(b"not even a frame")
    again = FileEventLog(tmp_path, segment_bytes=1)
    assert (again.begin(MAIN), again.end(MAIN), bodies(again, 4)) == (0, 5, [b"4"])
    again.close()


def test_an_old_segment_is_followed_by_a_new_one_with_the_next_append(tmp_path):
    clock = FixedClock()
    log = FileEventLog(tmp_path, segment_age=timedelta(hours=1), clock=clock)
    log.append([b"a"])
    clock.advance(timedelta(minutes=59))
    log.append([b"b"])
    assert len(segments(tmp_path)) == 1
    log.close()
    log = FileEventLog(tmp_path, segment_age=timedelta(hours=1), clock=clock)
    clock.advance(timedelta(minutes=1))
    log.append([b"c"])
    assert len(segments(tmp_path)) == 2
    assert bodies(log) == [b"a", b"b", b"c"]
    log.close()


def test_the_memory_of_a_writer_does_not_grow_with_what_it_wrote(tmp_path, monkeypatch):
    monkeypatch.setattr(log_writer.os, "fdatasync", lambda _: None)  # it is memory we look at
    log = FileEventLog(tmp_path, segment_bytes=1 << 20)
    item = os.urandom(300)
    tracemalloc.start()
    try:
        for _ in range(1_000):
            log.append([item])
        early = tracemalloc.get_traced_memory()[0]
        for _ in range(10_000):
            log.append([item])
        grown = tracemalloc.get_traced_memory()[0] - early
    finally:
        tracemalloc.stop()
    assert log.end(MAIN) == 11_000
    # 10,000 frames; 20 bytes for each would already be more.
    assert grown < 100_000
    log.close()


# --- what the first release left


def first_release_frame(items: list[bytes]) -> bytes:
    raw = b"".join(struct.pack("<I", len(item)) + item for item in items)
    packed = zstandard.ZstdCompressor(level=1).compress(raw)
    return struct.pack("<IIII", 0x5A594C31, len(packed), len(raw), zlib.crc32(packed)) + packed


def test_a_log_of_the_first_release_is_read_and_continued(tmp_path):
    path = tmp_path / f"{0:020d}.seg"
    torn = first_release_frame([b"never acknowledged"])[:-3]
    path.write_bytes(first_release_frame([b"0"]) + first_release_frame([b"1", b"2"]) + torn)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (tmp_path / "offsets.json").write_text(json.dumps({"warehouse": 2}))
    log = FileEventLog(tmp_path)
    assert log.committed("warehouse") == {MAIN: 2}
    assert bodies(log) == [b"0", b"1", b"2"]
    log.append([b"3"])
    log.commit("warehouse", {MAIN: 3})
    assert [int(path.stem) for path in segments(tmp_path)] == [0, 3]
    assert bodies(log, 1) == [b"1", b"2", b"3"]
    log.close()
    again = FileEventLog(tmp_path)
    assert (bodies(again, 2), again.committed("warehouse")) == ([b"2", b"3"], {MAIN: 3})
    # Its frames tell no time: all of a segment counts as appended when the file was last written.
    told = again.read(MAIN, 0, 1).appended_at
    assert told is not None
    assert again.offset_at(MAIN, told) == 0
    assert again.offset_at(MAIN, told + timedelta(microseconds=1)) == 3
    again.close()


# --- disks that are full


def test_a_full_disk_fails_the_append_and_leaves_the_log_usable(tmp_path, monkeypatch):
    log = FileEventLog(tmp_path)
    log.append([b"a"])

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log_writer.os, "fdatasync", full)
    before = log.stored_bytes(MAIN)
    with pytest.raises(Transient, match="No space left"):
        log.append([b"lost"])
    assert log.stored_bytes(MAIN) == before
    monkeypatch.undo()
    log.append([b"b"])
    assert bodies(log) == [b"a", b"b"]
    log.close()
    again = FileEventLog(tmp_path)
    assert bodies(again) == [b"a", b"b"]
    again.close()


FILLED = """
import os, resource, signal, sys
from pathlib import Path
from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.core.errors import Transient
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = FileEventLog(Path(sys.argv[1]))
size = int(sys.argv[2])
if size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
stored = failed = 0
while failed < 5:
    try:
        log.append([b"%d:" % stored + os.urandom(3_000)])
        stored += 1
    except Transient:
        failed += 1
if size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
else:
    os.unlink(sys.argv[3])
log.append([b"%d:after" % stored])
print(stored)
"""


def fill(directory: Path, *arguments: str) -> tuple[int, list[bytes]]:
    """Append until nothing fits, make room, append once more; return what was acknowledged."""
    done = subprocess.run(
        [sys.executable, "-c", FILLED, str(directory), *arguments],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    log = FileEventLog(directory)
    found = bodies(log)
    log.close()
    return int(done.stdout), found


def test_a_file_that_may_not_grow_keeps_what_was_acknowledged_and_goes_on(tmp_path):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    stored, found = fill(tmp_path, "100000")
    assert stored > 20
    assert [int(body.split(b":")[0]) for body in found] == list(range(stored + 1))


def test_a_disk_that_is_really_full_keeps_what_was_acknowledged_and_goes_on(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "zhiyin-test", str(disk)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("this user may not mount a small file system")
    try:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(40_000))
        stored, found = fill(disk / "log", "0", str(ballast))
        assert stored > 20
        assert [int(body.split(b":")[0]) for body in found] == list(range(stored + 1))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
