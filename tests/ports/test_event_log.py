"""One suite for everything that claims to be an event log."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.ports.event_logs import KINDS, Subject, in_kafka, made

from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.ports.event_log import waiting
from zhiyin.testing.event_log import MemoryEventLog

ALL = [*KINDS, pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture(params=ALL)
def subject(request, tmp_path: Path):
    if request.param == "kafka":
        address = request.getfixturevalue("broker").address
        found = Subject(in_kafka(address, partitions=1), None)
    else:
        found = made(request.param, tmp_path)
    yield found
    found.log.close()


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
def wide_log(request):
    """A log that spreads items over several partitions by their keys."""
    if request.param == "memory":
        yield MemoryEventLog(partitions=3)
        return
    log = in_kafka(request.getfixturevalue("broker").address, partitions=3)
    yield log
    log.close()


def test_items_come_back_in_order_with_offsets_that_grow_by_one(subject):
    subject.log.append([b"a", b"b"])
    subject.log.append([b"c"])
    chunk = subject.log.read(subject.name, 0, 10)
    assert (list(chunk.offsets), list(chunk.bodies)) == ([0, 1, 2], [b"a", b"b", b"c"])
    assert chunk.next_offset == subject.log.end(subject.name) == 3
    assert (chunk.partition, subject.log.begin(subject.name)) == (subject.name, 0)


def test_appending_nothing_changes_nothing(subject):
    subject.log.append([b"a"])
    subject.log.append([])
    assert subject.log.end(subject.name) == 1


def test_reading_starts_in_the_middle_of_an_append_and_stops_at_the_limit(subject):
    subject.log.append([b"0", b"1", b"2", b"3"])
    subject.log.append([b"4", b"5"])
    assert subject.bodies(2, 3) == [b"2", b"3", b"4"]
    assert subject.bodies(5, 3) == [b"5"]
    assert subject.bodies(0, 3) == [b"0", b"1", b"2"]


@pytest.mark.parametrize(("start", "limit"), [(0, 10), (1, 4), (3, 1), (6, 10)])
def test_items_are_the_same_one_by_one_by_place_and_as_one_array(subject, start, limit):
    appended = [b"0", "龙井".encode(), b"", b"\xff", b"4", b"5"]
    subject.log.append(appended[:4])
    subject.log.append(appended[4:])
    chunk = subject.log.read(subject.name, start, limit)
    expected = appended[start : start + limit]
    assert list(chunk.bodies) == chunk.to_arrow().to_pylist() == expected
    places = range(-len(expected), len(expected))
    assert [chunk.bodies[place] for place in places] == expected * 2
    assert list(chunk.bodies[1:3]) == expected[1:3]
    for place in (len(expected), -len(expected) - 1):
        with pytest.raises(IndexError):
            chunk.bodies[place]


def test_there_is_nothing_at_the_end_and_beyond(subject):
    subject.log.append([b"0"])
    for start in (1, 99):
        chunk = subject.log.read(subject.name, start, 3)
        assert (list(chunk.bodies), chunk.next_offset, chunk.appended_at) == ([], start, None)


def test_an_item_may_be_empty_or_hold_any_byte(subject):
    odd = [b"", bytes(range(256)), b"\n" * 10, b"x" * 70_000]
    subject.log.append(odd)
    assert subject.bodies() == odd


def test_many_items_in_one_append_come_back_over_several_readings(subject):
    items = [b"%d" % n for n in range(6_400)]
    subject.log.append(items)
    found, start = [], 0
    while chunk := subject.log.read(subject.name, start, 1_000).bodies:
        found += chunk
        start += len(chunk)
    assert found == items


def test_a_partition_that_is_not_there_is_named(subject):
    for look in (subject.log.begin, subject.log.end, subject.log.stored_bytes):
        with pytest.raises(NotFound, match="moon"):
            look("moon")
    with pytest.raises(NotFound, match="99"):
        subject.log.read("99", 0, 1)


def test_a_consumer_finds_what_it_committed(subject):
    log, name = subject.log, subject.name
    log.append([b"a", b"b"])
    assert log.committed("warehouse") == {}
    log.commit("warehouse", {name: 1})
    log.commit("warehouse", {name: 2})
    log.commit("other", {name: 1})
    assert (log.committed("warehouse"), log.committed("other")) == ({name: 2}, {name: 1})
    assert [waiting(log, who) for who in ("warehouse", "other", "nobody")] == [0, 1, 2]


def test_an_offset_beyond_the_end_cannot_be_committed(subject):
    with pytest.raises(InvalidInput, match="3"):
        subject.log.commit("warehouse", {subject.name: 3})
    with pytest.raises(InvalidInput, match="-1"):
        subject.log.commit("warehouse", {subject.name: -1})


def test_the_only_process_of_a_consumer_reads_all_partitions(subject):
    assert subject.log.assigned("warehouse") == subject.log.partitions() == [subject.name]


def test_an_offset_is_found_by_its_time(subject):
    log, name = subject.log, subject.name
    before = subject.later()
    assert log.offset_at(name, before) == 0
    log.append([b"a", b"b"])
    between = subject.later()
    log.append([b"c"])
    after = subject.later()
    log.append([b"d"])
    offsets = [log.offset_at(name, at) for at in (before, between, after, subject.later())]
    assert offsets == [0, 2, 3, 4]
    told = [log.read(name, at, 1).appended_at for at in (0, 2, 3)]
    assert all(at is not None and at.tzinfo is UTC for at in told)
    assert before < told[0] < between < told[1] < after < told[2]


def test_a_clock_that_is_set_back_does_not_change_the_order_of_times(subject):
    if subject.clock is None:
        pytest.skip("the broker's clock cannot be moved")
    subject.log.append([b"a"])
    subject.clock.advance(-timedelta(hours=1))
    subject.log.append([b"b"])
    times = [subject.log.read(subject.name, at, 1).appended_at for at in (0, 1)]
    assert times == sorted(times)
    assert subject.log.offset_at(subject.name, times[0]) == 0


def test_a_purge_drops_what_is_old_and_read_and_leaves_the_offsets(subject):
    log, name = subject.log, subject.name
    log.append([b"0", b"1"])
    log.append([b"2"])
    old = subject.later()
    log.append([b"3"])
    assert log.purge(old, {name: 0}) == 0
    dropped = log.purge(old, {name: 3})
    begin = log.begin(name)
    assert dropped == begin
    assert begin in ((0, 3) if isinstance(log, MemoryEventLog) else range(4))
    assert log.end(name) == 4
    chunk = log.read(name, 0, 10)
    assert list(chunk.offsets) == list(range(begin, 4))
    assert list(chunk.bodies) == [b"0", b"1", b"2", b"3"][begin:]
    assert chunk.next_offset == 4


def test_a_purge_of_all_that_is_loaded_leaves_an_empty_log_that_goes_on(subject):
    log, name = subject.log, subject.name
    log.append([b"0", b"1"])
    log.append([b"2"])
    now = subject.later()
    assert log.purge(now, {name: 3}) == 3
    assert (log.begin(name), log.end(name), subject.bodies()) == (3, 3, [])
    assert log.read(name, 0, 10).next_offset == 3
    log.append([b"3"])
    chunk = log.read(name, 1, 10)
    assert (list(chunk.offsets), list(chunk.bodies), chunk.next_offset) == ([3], [b"3"], 4)
    assert log.offset_at(name, datetime(1970, 1, 2, tzinfo=UTC)) == 3


def test_a_purge_never_drops_what_a_consumer_still_needs(subject):
    log, name = subject.log, subject.name
    for n in range(6):
        log.append([b"%d" % n])
    now = subject.later()
    log.purge(now, {name: 2})
    assert log.begin(name) <= 2
    assert subject.bodies(2) == [b"2", b"3", b"4", b"5"]
    begin = log.begin(name)
    assert log.purge(now, {}) == 0
    assert log.begin(name) == begin


def test_appends_from_many_threads_are_all_there_each_threads_in_order(subject):
    def work(worker: int) -> None:
        for n in range(20):
            subject.log.append([f"{worker}-{n}-{part}".encode() for part in range(3)])

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [body.decode() for body in subject.bodies()]
    assert subject.log.end(subject.name) == len(found) == 8 * 20 * 3
    for worker in range(8):
        mine = [item for item in found if item.startswith(f"{worker}-")]
        assert mine == [f"{worker}-{n}-{part}" for n in range(20) for part in range(3)]


def test_what_was_appended_last_is_read_by_another_thread_at_once(subject):
    """A reader and a writer at the same time: no item is missed, and none comes twice."""
    seen: list[bytes] = []

    def read() -> None:
        while len(seen) < 300:
            seen.extend(subject.bodies(len(seen), 7))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(100):
        subject.log.append([b"%d" % (3 * n + part) for part in range(3)])
    reader.join(60)
    assert seen == [b"%d" % n for n in range(300)]


def test_items_of_one_key_stay_in_one_partition_and_in_order(wide_log):
    keys = [b"customer-%d" % (n % 10) for n in range(200)]
    wide_log.append([b"%d" % n for n in range(100)], keys[:100])
    wide_log.append([b"%d" % n for n in range(100, 200)], keys[100:])
    chunks = {name: wide_log.read(name, 0, 1_000) for name in wide_log.partitions()}
    assert wide_log.partitions() == ["0", "1", "2"]
    assert sum(len(chunk.bodies) for chunk in chunks.values()) == 200
    assert sum(bool(chunk.bodies) for chunk in chunks.values()) > 1
    homes: dict[int, set[str]] = {}
    for name, chunk in chunks.items():
        numbers = [int(body) for body in chunk.bodies]
        for n in numbers:
            homes.setdefault(n % 10, set()).add(name)
        for customer in range(10):
            mine = [n for n in numbers if n % 10 == customer]
            assert mine == sorted(mine)
    assert all(len(home) == 1 for home in homes.values())


def test_each_partition_has_its_own_offsets(wide_log):
    wide_log.append([b"a"] * 50, [b"k%d" % n for n in range(50)])
    ends = {name: wide_log.end(name) for name in wide_log.partitions()}
    wide_log.commit("warehouse", {"1": ends["1"]})
    assert wide_log.committed("warehouse") == {"1": ends["1"]}
    assert waiting(wide_log, "warehouse") == 50 - ends["1"]
