"""Every event log that there is, for the one suite that all of them must pass."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.core.clock import FixedClock
from zhiyin.core.ids import new_id
from zhiyin.ports.event_log import EventLog
from zhiyin.testing.event_log import MemoryEventLog

KINDS = ("memory", "files", "files-tiny-segments")


@dataclass
class Subject:
    """A log under test; `name` is its only partition, `clock` is None where it has its own."""

    log: EventLog
    clock: FixedClock | None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        (self.name,) = self.log.partitions()

    def bodies(self, start: int = 0, limit: int = 100_000) -> list[bytes]:
        return list(self.log.read(self.name, start, limit).bodies)

    def later(self) -> datetime:
        """Return an instant after all that was appended, and before all that follows."""
        if self.clock is None:
            time.sleep(0.02)  # the broker's clock cannot be moved
            instant = datetime.now(UTC)
            time.sleep(0.02)
            return instant
        self.clock.advance(timedelta(seconds=1))
        instant = self.clock.now()
        self.clock.advance(timedelta(seconds=1))
        return instant


def made(kind: str, directory: Path) -> Subject:
    clock = FixedClock()
    if kind == "memory":
        return Subject(MemoryEventLog(clock=clock), clock)
    size = 64 if "tiny" in kind else 1 << 20
    return Subject(FileEventLog(directory, size, clock=clock), clock)


def in_kafka(address: str, **options) -> EventLog:
    """Return a log in a topic of its own."""
    from zhiyin.adapters.event_log.kafka import KafkaEventLog

    return KafkaEventLog(address, new_id("topic"), **options)
