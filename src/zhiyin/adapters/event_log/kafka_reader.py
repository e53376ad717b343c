"""Read a Kafka topic by partition and offset."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from zhiyin.ports.event_log import Chunk

log = logging.getLogger("zhiyin.kafka")
_AT_ONCE = 20_000
# Only names the reader in the brokers' logs; nothing is committed under it.
_GROUP = "zhiyin-reader"


class Reader:
    """A consumer outside any group that is put where the caller wants to read.

    Reading on from where the last chunk ended needs no seeking, so what the client fetched ahead
    is used.
    """

    def __init__(self, config: Mapping[str, Any], topic: str, seconds: float) -> None:
        self._topic, self._seconds = topic, seconds
        settings = {
            **config,
            "group.id": _GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 50,
            "queued.max.messages.kbytes": 16_384,
        }
        self._consumer = Consumer(settings, logger=log)
        self._lock = threading.Lock()
        self._place: tuple[str, int] | None = None

    def partitions(self) -> list[str]:
        """Return the topic's partitions; none if there is no such topic."""
        found = self._consumer.list_topics(self._topic, timeout=self._seconds).topics[self._topic]
        if found.error is not None and found.error.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise KafkaException(found.error)
        return sorted(str(number) for number in found.partitions)

    def bounds(self, partition: str) -> tuple[int, int]:
        """Return the oldest kept offset, and that of the next item."""
        asked = TopicPartition(self._topic, int(partition))
        found = self._consumer.get_watermark_offsets(asked, timeout=self._seconds)
        if found is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return found

    def offset_at(self, partition: str, instant: datetime) -> int | None:
        """Return the first offset that was appended at or after the instant, if there is one."""
        # Kafka counts whole milliseconds: what came within the same one counts as after.
        milliseconds = int(instant.timestamp() * 1000)
        asked = TopicPartition(self._topic, int(partition), milliseconds)
        (found,) = self._consumer.offsets_for_times([asked], timeout=self._seconds)
        if found.error is not None:
            raise KafkaException(found.error)
        return found.offset if found.offset >= 0 else None

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        """Return up to `limit` items from the offset on, as far as the partition goes now."""
        begin, end = self.bounds(partition)
        start = max(start, begin)
        stop = min(end, start + limit)
        if stop <= start:
            return Chunk(partition, [], [], start)
        with self._lock:
            self._go_to(partition, start)
            offsets, messages = self._consume(start, stop)
            self._place = (partition, stop)
        bodies = [message.value() or b"" for message in messages]
        at = _appended_at(messages[0]) if messages else None
        return Chunk(partition, offsets, bodies, stop, at)

    def close(self) -> None:
        """Release the connection."""
        with self._lock:
            self._consumer.close()

    def _go_to(self, partition: str, start: int) -> None:
        is_there, self._place = self._place == (partition, start), None
        if not is_there:
            self._consumer.assign([TopicPartition(self._topic, int(partition), start)])

    def _consume(self, start: int, stop: int) -> tuple[list[int], list[Message]]:
        """Return the items from `start` up to `stop`, with their offsets."""
        offsets: list[int] = []
        found: list[Message] = []
        at, deadline = start, time.monotonic() + self._seconds
        while at < stop:
            batch = self._consumer.consume(min(stop - at, _AT_ONCE), timeout=0.2)
            for message in batch:
                offset, error = message.offset() or 0, message.error()
                if error is None:
                    offsets.append(offset)
                    found.append(message)
                    at = offset + 1
                elif error.code() == KafkaError._PARTITION_EOF:
                    at = max(at, offset)  # what lies before the end may hold gaps
                else:
                    raise KafkaException(error)
            if not batch and time.monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            if batch:
                deadline = time.monotonic() + self._seconds
        return offsets, found


def _appended_at(message: Message) -> datetime:
    _, milliseconds = message.timestamp()
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
