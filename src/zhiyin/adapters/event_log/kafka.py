"""The event log in a Kafka topic."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from zhiyin.adapters.event_log.kafka_groups import Membership, RefusedCommit
from zhiyin.adapters.event_log.kafka_producer import Appender
from zhiyin.adapters.event_log.kafka_reader import Reader
from zhiyin.core.errors import InvalidInput, Transient, unknown
from zhiyin.ports.event_log import Chunk

log = logging.getLogger("zhiyin.kafka")
Part = TypeVar("Part")
Answer = TypeVar("Answer")
# What brokers say shortly after a topic was made, or after one of them went.
_SETTLING = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}
# Nothing is dropped before the loader has it: `purge` decides, not the broker's clock. And times
# are the broker's, so that they never fall within a partition.
_TOPIC = {"retention.ms": "-1", "retention.bytes": "-1", "message.timestamp.type": "LogAppendTime"}


class KafkaEventLog:
    """One topic; its partitions are called `0`, `1`, …

    An append returns when all in-sync replicas have the items. Items without a key are spread over
    the partitions. A consumer's name is its group id; `assigned` joins the group, so that several
    processes share the partitions. The topic is made with the first use, if it is missing; then it
    keeps items until they are purged. For a topic that was there before, its own retention counts.

    Parameters
    ----------
    brokers
        Addresses to begin with, such as `kafka-1:9092,kafka-2:9092`.
    topic, partitions
        The topic, and how many partitions it gets if it is made.
    seconds
        How long a call may take; then it fails with `Transient`.
    options
        Further settings of librdkafka, such as `security.protocol`.
    """

    def __init__(
        self,
        brokers: str,
        topic: str,
        *,
        partitions: int = 6,
        seconds: float = 10.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._brokers, self._topic, self._seconds = brokers, topic, seconds
        self._count = partitions
        self._config = {
            "bootstrap.servers": brokers,
            "client.id": "zhiyin",
            "reconnect.backoff.max.ms": 1000,
            "socket.connection.setup.timeout.ms": 5000,
            **(options or {}),
        }
        self._lock = threading.RLock()
        self._parts: dict[str, Any] = {}
        self._appender = Appender(self._config, topic, seconds)
        self._is_made = False
        self._names: frozenset[str] = frozenset()

    def append(self, bodies: Sequence[bytes], keys: Sequence[bytes] | None = None) -> None:
        if not bodies:
            return
        self._make_topic()
        self._appender.append(bodies, keys)

    def partitions(self) -> list[str]:
        self._make_topic()
        found = self._asked(self._reader.partitions)
        if not found:
            raise self._away(f"the topic {self._topic} is not there now")
        self._names = frozenset(found)
        return found

    def assigned(self, consumer: str) -> list[str]:
        self._make_topic()
        return self._asked(lambda: self._member(consumer).assigned(self._seconds))

    def begin(self, partition: str) -> int:
        return self._bounds(partition)[0]

    def end(self, partition: str) -> int:
        return self._bounds(partition)[1]

    def offset_at(self, partition: str, instant: datetime) -> int:
        begin, end = self._bounds(partition)
        found = self._asked(lambda: self._reader.offset_at(partition, instant))
        return end if found is None else max(found, begin)

    def stored_bytes(self, partition: str) -> int | None:
        self._check(partition)
        return None

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        self._check(partition)
        # One for each partition: moving a reader to another place takes a tenth of a second.
        reader = self._part(f"reader {partition}", self._new_reader)
        return self._asked(lambda: reader.read(partition, start, limit))

    def purge(self, before: datetime, keep: Mapping[str, int]) -> int:
        dropped = 0
        for partition in self.partitions():
            begin = self.begin(partition)
            stop = min(self.offset_at(partition, before), keep.get(partition, 0))
            if stop > begin:
                self._delete_before(partition, stop)
                dropped += stop - begin
        return dropped

    def commit(self, consumer: str, offsets: Mapping[str, int]) -> None:
        for partition, offset in offsets.items():
            begin, end = self._bounds(partition)
            if not 0 <= offset <= end:
                raise InvalidInput(
                    f"{consumer} cannot want offset {offset} of {partition}; it holds "
                    f"{begin} to {end}."
                )
        if offsets:
            self._asked(lambda: self._member(consumer).commit(offsets))

    def committed(self, consumer: str) -> dict[str, int]:
        names = self.partitions()
        return self._asked(lambda: self._member(consumer).committed(names, self._seconds))

    def close(self) -> None:
        with self._lock:
            self._appender.close()
            for name, part in list(self._parts.items()):
                if name != "admin":
                    part.close()
            self._parts.clear()

    @property
    def _reader(self) -> Reader:
        return self._part("reader", self._new_reader)

    def _new_reader(self) -> Reader:
        return Reader(self._config, self._topic, self._seconds)

    @property
    def _admin(self) -> AdminClient:
        return self._part("admin", lambda: AdminClient(dict(self._config), logger=log))

    def _member(self, consumer: str) -> Membership:
        return self._part(
            f"member {consumer}", lambda: Membership(self._config, self._topic, consumer)
        )

    def _part(self, name: str, make: Callable[[], Part]) -> Part:
        """Return a client that is made with the first use: a broker may be away at the start."""
        with self._lock:
            try:
                return self._parts.get(name) or self._parts.setdefault(name, make())
            except KafkaException as error:
                raise InvalidInput(
                    f"Kafka's client does not take its settings ({error.args[0].str()}); "
                    "see [log] and [log.options]."
                ) from error

    def _bounds(self, partition: str) -> tuple[int, int]:
        self._check(partition)
        return self._asked(lambda: self._reader.bounds(partition))

    def _check(self, partition: str) -> None:
        # A client that has lost its broker does not know any partition; they are still there.
        if partition not in self._names and partition not in self.partitions():
            raise unknown("partition", partition, sorted(self._names))

    def _make_topic(self) -> None:
        with self._lock:
            if self._is_made:
                return
            if not self._asked(self._reader.partitions):
                topic = NewTopic(self._topic, self._count, config=_TOPIC)
                made = self._admin.create_topics([topic], operation_timeout=self._seconds)
                self._asked(lambda: _unless_there(made[self._topic].result))
                self._await_topic()
            self._is_made = True

    def _await_topic(self) -> None:
        """Wait until the broker that we ask has heard of the topic that was made."""
        deadline = time.monotonic() + self._seconds
        while not self._asked(self._reader.partitions):
            if time.monotonic() > deadline:
                raise self._away(f"the topic {self._topic} was made and is not there yet")
            time.sleep(0.02)

    def _delete_before(self, partition: str, offset: int) -> None:
        asked = TopicPartition(self._topic, int(partition), offset)
        (answer,) = self._admin.delete_records([asked]).values()
        self._asked(answer.result)

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        """Return the answer; ask again while the brokers are still settling who is responsible."""
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return ask()
            except KafkaException as error:
                told = error.args[0]
                if told.code() not in _SETTLING or time.monotonic() > deadline:
                    raise self._away(told.str()) from error
            except RefusedCommit as error:
                raise self._away(str(error)) from error
            time.sleep(0.05)

    def _away(self, why: str) -> Transient:
        return Transient(
            f"Kafka at {self._brokers} did not answer as needed ({why}); "
            "see that the broker runs and try again."
        )


def _unless_there(answer: Callable[[], None]) -> None:
    """Wait for the topic to be made; another process may have been faster."""
    try:
        answer()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
