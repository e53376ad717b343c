"""Append to a Kafka topic and wait until the brokers have confirmed each item."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from zhiyin.core.errors import InvalidInput, Transient

log = logging.getLogger("zhiyin.kafka")

_IDEMPOTENT = {
    "acks": "all",
    "enable.idempotence": True,
    "compression.type": "zstd",
    # The same partition for a key as Java's clients choose.
    "partitioner": "murmur2_random",
    "linger.ms": 3,
    "batch.size": 1_000_000,
    "queue.buffering.max.messages": 2_000_000,
}


class Report:
    """What the brokers said about the items of one append.

    Only the producer's polling thread reports, hence counting needs no lock.
    """

    def __init__(self, items: int) -> None:
        self._missing = items
        self._is_done = threading.Event()
        self.error: KafkaError | None = None

    def note(self, error: KafkaError | None, _: Message) -> None:
        """Count one item, confirmed or given up."""
        self.error = self.error or error
        self._missing -= 1
        if not self._missing:
            self._is_done.set()

    def wait(self, seconds: float) -> bool:
        """Return whether all items were confirmed or given up within the time."""
        return self._is_done.wait(seconds)


class ConfirmedProducer:
    """An idempotent producer, and the thread that serves its delivery reports."""

    def __init__(self, config: Mapping[str, Any], topic: str, seconds: float) -> None:
        self._producer = Producer(
            {
                **config,
                **_IDEMPOTENT,
                "message.timeout.ms": int(seconds * 1000),
                "request.timeout.ms": max(int(seconds * 500), 500),
            },
            logger=log,
        )
        self._topic = topic
        self._stopping = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="kafka-reports", daemon=True)
        self._poller.start()

    def produce(
        self, bodies: Sequence[bytes], keys: Sequence[bytes] | None, deadline: float
    ) -> Report:
        """Queue the items; the report tells when they are stored.

        Raises `BufferError` if the queue stays full until the deadline.
        """
        report = Report(len(bodies))
        produce, topic, note = self._producer.produce, self._topic, report.note
        for place, body in enumerate(bodies):
            key = (keys[place] or None) if keys else None  # without a key: any partition
            while True:
                try:
                    produce(topic, body, key, on_delivery=note)
                    break
                except BufferError:
                    if time.monotonic() > deadline or self._stopping.wait(0.005):
                        raise
        return report

    def close(self, seconds: float) -> None:
        """Send what is queued, for so long at most, and end the thread."""
        self._producer.flush(seconds)
        self._stopping.set()
        self._poller.join()

    def abandon(self) -> None:
        """Give up what is queued: after a fatal error nothing can be sent any more."""
        self._producer.purge()
        self.close(1)

    def _poll(self) -> None:
        while not self._stopping.is_set():
            self._producer.poll(0.1)


class Appender:
    """Appends through a producer, and replaces one that cannot go on."""

    def __init__(self, config: Mapping[str, Any], topic: str, seconds: float) -> None:
        self._config, self._topic, self._seconds = config, topic, seconds
        self._brokers = config["bootstrap.servers"]
        self._lock = threading.Lock()
        self._producer: ConfirmedProducer | None = None

    def append(self, bodies: Sequence[bytes], keys: Sequence[bytes] | None) -> None:
        """Store the items; return when all in-sync replicas have them."""
        producer = self._current()
        deadline = time.monotonic() + self._seconds
        try:
            report = producer.produce(bodies, keys, deadline)
        except BufferError as error:
            raise self._failed("its queue of unconfirmed items is full") from error
        except KafkaException as error:
            raise self._judged(producer, error.args[0]) from error
        # The producer itself gives up at the deadline; the second is for its report to come.
        if not report.wait(max(deadline - time.monotonic(), 0) + 1):
            raise self._failed(f"no confirmation came within {self._seconds:g} s")
        if report.error is not None:
            raise self._judged(producer, report.error)

    def close(self) -> None:
        """Send what is queued and end."""
        with self._lock:
            if self._producer is not None:
                self._producer.close(self._seconds)
            self._producer = None

    def _current(self) -> ConfirmedProducer:
        with self._lock:
            if self._producer is None:
                self._producer = ConfirmedProducer(self._config, self._topic, self._seconds)
            return self._producer

    def _judged(self, producer: ConfirmedProducer, error: KafkaError) -> Exception:
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            return InvalidInput(
                f"An item is larger than Kafka at {self._brokers} takes ({error.str()}); "
                "raise message.max.bytes of the topic and in [log.options]."
            )
        if error.fatal() or error.code() == KafkaError._FATAL:
            with self._lock:
                if self._producer is producer:
                    self._producer = None
                    producer.abandon()
        return self._failed(error.str())

    def _failed(self, why: str) -> Transient:
        return Transient(
            f"Kafka at {self._brokers} did not store the items ({why}); "
            "see that the broker runs and send again."
        )
