"""A Kafka broker that dies, stays away and comes back; loaders that share its partitions."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from tests.kafka.broker import Broker
from tests.ports.event_logs import in_kafka

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import load_log
from zhiyin.collect.tables import EVENTS
from zhiyin.core.clock import SystemClock
from zhiyin.core.errors import InvalidInput, Transient
from zhiyin.ports.event_log import waiting

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(280)]


@pytest.fixture
def mortal(tmp_path):
    """A broker of its own for a test that kills it."""
    running = Broker(tmp_path / "kafka").start()
    yield running
    running.stop()


def body(message_id: str) -> bytes:
    event = {"type": "track", "event": "Product Viewed", "userId": "u", "messageId": message_id}
    return json.dumps(
        {"source_id": "web", "received_at": "2026-03-01T08:00:00Z", "event": event}
    ).encode()


class Producer:
    """Appends batches of ten until it is stopped; a refused batch is sent again, as clients do."""

    def __init__(self, log, name: str) -> None:
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self._log, self._name = log, name
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._produce)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(60)

    def _produce(self) -> None:
        for turn in range(1_000_000):
            ids = [f"{self._name}-{turn}-{part}" for part in range(10)]
            while not self._stored(ids):
                if self._stopping.is_set():
                    return
            self.acknowledged += ids
            if self._stopping.is_set():
                return

    def _stored(self, ids: list[str]) -> bool:
        try:
            self._log.append([body(one) for one in ids], [one.encode() for one in ids])
        except Transient as error:
            self.refused.append(str(error))
            return False
        return True


def wait_until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def loaded_ids(warehouse) -> list[str]:
    return warehouse.to_arrow(warehouse.read(EVENTS).select("event_id"))["event_id"].to_pylist()


def load_all(log, warehouse) -> None:
    def is_empty() -> bool:
        try:
            load_log(log, warehouse, SystemClock())
            return waiting(log, "warehouse") == 0
        except Transient:
            return False

    wait_until(is_empty)


def test_acknowledged_events_are_loaded_once_though_the_broker_is_killed_twice(mortal, tmp_path):
    log = in_kafka(mortal.address, partitions=3, seconds=5)
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    producers = [Producer(log, f"p{n}") for n in range(3)]
    stopping = threading.Event()
    loads: Counter[str] = Counter()

    def load() -> None:
        while not stopping.is_set():
            try:
                loads["rows"] += load_log(log, warehouse, SystemClock()).rows_kept
            except Transient:
                loads["failed"] += 1

    loader = threading.Thread(target=load)
    loader.start()
    try:
        for _ in range(2):
            before = loads["rows"]
            wait_until(lambda before=before: loads["rows"] > before + 200)
            mortal.kill()
            time.sleep(2)
            mortal.start()
        before = loads["rows"]
        wait_until(lambda: loads["rows"] > before + 200)
    finally:
        for producer in producers:
            producer.stop()
        stopping.set()
        loader.join(60)
    load_all(log, warehouse)
    acknowledged = [one for producer in producers for one in producer.acknowledged]
    found = loaded_ids(warehouse)
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    # Beyond those: batches that were stored, but whose confirmation was lost.
    assert len(found) - len(acknowledged) <= 10 * len(producers)
    assert len(acknowledged) > 600
    warehouse.close()
    log.close()


def test_while_the_broker_is_away_appends_fail_by_their_time_and_later_everything_arrives(
    mortal, tmp_path
):
    log = in_kafka(mortal.address, partitions=1, seconds=2)
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    log.append([body("before")])
    producer = Producer(log, "p")
    wait_until(lambda: len(producer.acknowledged) > 100)
    mortal.kill()
    gone = time.monotonic()
    while time.monotonic() < gone + 60:
        begun = time.monotonic()
        with pytest.raises(Transient, match="did not store"):
            log.append([body("lost")])
        assert time.monotonic() - begun < 4
    with pytest.raises(Transient, match="did not answer"):
        log.end("0")
    assert len(producer.refused) >= 4
    assert all(mortal.address in why for why in producer.refused)
    mortal.start()
    before = len(producer.acknowledged)
    wait_until(lambda: len(producer.acknowledged) > before + 100)
    producer.stop()
    load_all(log, warehouse)
    found = loaded_ids(warehouse)
    assert len(found) == len(set(found))
    assert {"before", *producer.acknowledged} <= set(found)
    warehouse.close()
    log.close()


def test_a_log_may_be_opened_while_the_broker_is_away(tmp_path):
    from zhiyin.adapters.event_log.kafka import KafkaEventLog

    log = KafkaEventLog("127.0.0.1:9", "events", seconds=1)
    with pytest.raises(Transient, match=r"127\.0\.0\.1:9"):
        log.append([b"a"])
    with pytest.raises(Transient, match=r"127\.0\.0\.1:9"):
        log.partitions()
    log.close()


def test_a_setting_that_the_client_does_not_know_is_named():
    from zhiyin.adapters.event_log.kafka import KafkaEventLog

    log = KafkaEventLog("127.0.0.1:9", "events", options={"color": "red"})
    with pytest.raises(InvalidInput, match="color"):
        log.append([b"a"])
    log.close()


def test_an_item_that_is_too_large_for_the_broker_is_refused_for_good(broker):
    log = in_kafka(broker.address, partitions=1)
    log.append([b"a"])
    with pytest.raises(InvalidInput, match=r"message\.max\.bytes"):
        log.append([bytes(2_000_000)])
    log.append([b"b"])
    assert list(log.read("0", 0, 10).bodies) == [b"a", b"b"]
    log.close()


MEMBER = """
import sys
from zhiyin.adapters.event_log.kafka import KafkaEventLog
address, topic = sys.argv[1:]
log = KafkaEventLog(address, topic, partitions=4, options={"session.timeout.ms": 6000})
while True:
    names = log.assigned("warehouse")
    at = log.committed("warehouse")
    print("has", *names, flush=True)
    for name in names:
        chunk = log.read(name, at.get(name, 0), 20)
        if chunk.bodies:
            log.commit("warehouse", {name: chunk.next_offset})
            for body in chunk.bodies:
                print("item", body.decode(), flush=True)
"""


class Member:
    """A process that reads its share, commits it, and then says what it has read."""

    def __init__(self, address: str, topic: str) -> None:
        self.items: list[str] = []
        self.partitions: set[str] = set()
        self.process = subprocess.Popen(
            [sys.executable, "-c", MEMBER, address, topic], stdout=subprocess.PIPE, text=True
        )
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)
        self._thread.join(30)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            what, *rest = line.split()
            if what == "has":
                self.partitions = set(rest)
            else:
                self.items += rest


def test_two_processes_share_the_partitions_and_a_change_of_members_loses_nothing(broker):
    log = in_kafka(broker.address, partitions=4)
    topic, every = log._topic, {"0", "1", "2", "3"}
    sent: list[str] = []

    def send(count: int) -> None:
        fresh = [f"i{len(sent) + n}" for n in range(count)]
        log.append([one.encode() for one in fresh], [one.encode() for one in fresh])
        sent.extend(fresh)

    send(400)
    first = Member(broker.address, topic)
    second = None
    try:
        wait_until(lambda: first.partitions == every)
        second = Member(broker.address, topic)

        def are_shared() -> bool:
            send(10)
            shares = (first.partitions, second.partitions)
            return all(shares) and not shares[0] & shares[1] and shares[0] | shares[1] == every

        wait_until(are_shared)
        send(400)
        wait_until(lambda: second.items)
        # Killed, it leaves the group when its session has run out; the other takes all.
        second.kill()
        send(400)
        wait_until(lambda: first.partitions == every)
        wait_until(lambda: waiting(log, "warehouse") == 0)
    finally:
        first.kill()
        if second is not None:
            second.kill()
    counts = Counter(first.items + second.items)
    assert set(counts) <= set(sent)
    assert max(counts.values()) == 1
    assert second.items
    # What a killed process had committed and not yet said is not lost: it was read, by itself.
    assert len(set(sent) - set(counts)) <= 2 * 20 * 4
    log.close()


def test_a_member_that_leaves_hands_its_partitions_over_at_once(broker):
    from zhiyin.adapters.event_log.kafka import KafkaEventLog

    one = in_kafka(broker.address, partitions=2)
    two = KafkaEventLog(broker.address, one._topic)
    assert one.assigned("warehouse") == ["0", "1"]
    shares: dict[str, list[str]] = {}
    joining = threading.Thread(target=lambda: shares.update(two=two.assigned("warehouse")))
    joining.start()
    wait_until(lambda: len(one.assigned("warehouse")) == 1)
    joining.join(30)
    assert sorted(shares["two"] + one.assigned("warehouse")) == ["0", "1"]
    one.close()
    wait_until(lambda: two.assigned("warehouse") == ["0", "1"], 12)
    two.close()


def test_the_topic_keeps_items_until_they_are_purged_and_stamps_them_itself(broker):
    from confluent_kafka.admin import AdminClient, ConfigResource

    log = in_kafka(broker.address, partitions=2)
    assert log.partitions() == ["0", "1"]
    resource = ConfigResource(ConfigResource.Type.TOPIC, log._topic)
    client = AdminClient({"bootstrap.servers": broker.address})
    (answer,) = client.describe_configs([resource]).values()
    found = {name: entry.value for name, entry in answer.result().items()}
    assert (found["retention.ms"], found["message.timestamp.type"]) == ("-1", "LogAppendTime")
    log.close()
