"""What consumers committed, and which partitions each process of a consumer reads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, TopicPartition

log = logging.getLogger("zhiyin.kafka")


class Membership:
    """This process in the consumer group called like the consumer.

    Partitions are given and taken only within `assigned`, so between two calls of it they are this
    process's alone, as long as it calls again within Kafka's `max.poll.interval.ms`.
    """

    def __init__(self, config: Mapping[str, Any], topic: str, consumer: str) -> None:
        settings = {
            "max.poll.interval.ms": 600_000,
            "session.timeout.ms": 15_000,
            "heartbeat.interval.ms": 1_000,  # how soon a member hears that another one came or went
            **config,
            "group.id": consumer,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
        self._member = Consumer(settings, logger=log)
        self._topic = topic
        self._lock = threading.Lock()
        self._is_subscribed = False
        self._has_answer = False
        self._names: list[str] = []

    def assigned(self, seconds: float) -> list[str]:
        """Return this process's partitions, joining the group with the first call."""
        with self._lock:
            if not self._is_subscribed:
                self._member.subscribe(
                    [self._topic], on_assign=self._given, on_revoke=self._taken, on_lost=self._taken
                )
                self._is_subscribed = True
            deadline = time.monotonic() + seconds
            self._member.poll(0)
            while not self._has_answer and time.monotonic() < deadline:
                self._member.poll(0.1)
            return sorted(self._names)

    def committed(self, partitions: list[str], seconds: float) -> dict[str, int]:
        """Return the offsets of those partitions that the group committed."""
        wanted = [TopicPartition(self._topic, int(name)) for name in partitions]
        with self._lock:
            found = self._member.committed(wanted, timeout=seconds)
        return {str(at.partition): at.offset for at in found if at.offset >= 0}

    def commit(self, offsets: Mapping[str, int]) -> None:
        """Commit, and wait for the broker's answer."""
        wanted = [TopicPartition(self._topic, int(name), at) for name, at in offsets.items()]
        with self._lock:
            for answer in self._member.commit(offsets=wanted, asynchronous=False) or ():
                if answer.error is not None:
                    raise RefusedCommit(str(answer.error))

    def close(self) -> None:
        """Leave the group, so that its partitions go to others at once."""
        with self._lock:
            self._member.close()

    def _given(self, member: Consumer, partitions: list[TopicPartition]) -> None:
        member.assign(partitions)
        # Items are read by offset elsewhere; a member only holds its place.
        member.pause(partitions)
        self._names = [str(one.partition) for one in partitions]
        self._has_answer = True

    def _taken(self, member: Consumer, _: list[TopicPartition]) -> None:
        member.unassign()
        self._names, self._has_answer = [], False


class RefusedCommit(Exception):
    """The broker did not take a commit, such as one from a member that lost its partitions."""
