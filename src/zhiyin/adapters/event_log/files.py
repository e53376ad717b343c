"""The event log in segment files on local disk."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from zhiyin.adapters.event_log.offsets import OffsetsFile
from zhiyin.adapters.event_log.partitions import Partition
from zhiyin.adapters.event_log.segments import firsts_in
from zhiyin.adapters.event_log.writer import PartitionWriter
from zhiyin.core.clock import Clock, SystemClock
from zhiyin.core.errors import InvalidInput, Transient, Unsupported, unknown
from zhiyin.ports.event_log import MAIN, Chunk

SEGMENT_BYTES = 128 * 1024 * 1024
SEGMENT_AGE = timedelta(days=1)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class FileEventLog:
    """Segment files below a directory: one partition for each process that writes.

    The partition `main` lies in the directory itself, any other in `<directory>/<partition>/`.
    Every log reads all partitions, also while other processes write them, and appends to its own
    only; keys therefore change nothing.

    Parameters
    ----------
    directory
        Made if absent.
    partition
        The partition that this process writes; None to read only.
    segment_bytes, segment_age
        A segment that has reached this size, or was begun so long ago, is followed by a new one.
    clock
        Tells when an item was appended.

    Raises
    ------
    Conflict
        If another process writes the partition.
    """

    def __init__(
        self,
        directory: Path,
        segment_bytes: int = SEGMENT_BYTES,
        *,
        partition: str | None = MAIN,
        segment_age: timedelta = SEGMENT_AGE,
        clock: Clock | None = None,
    ) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._offsets = OffsetsFile(self.directory)
        self._partitions = {MAIN: Partition(self.directory, MAIN)}
        self._own = partition
        self._writer: PartitionWriter | None = None
        if partition is not None:
            self._writer = PartitionWriter(
                self._partition_called(partition),
                clock or SystemClock(),
                segment_bytes=segment_bytes,
                segment_age=segment_age,
            )

    def append(self, bodies: Sequence[bytes], keys: Sequence[bytes] | None = None) -> None:
        if self._writer is None:
            raise Unsupported(f"The event log {self.directory} was opened for reading only.")
        if bodies:
            self._writer.append(bodies)

    def partitions(self) -> list[str]:
        for entry in os.scandir(self.directory):
            if entry.name in self._partitions or not _NAME.fullmatch(entry.name):
                continue
            if entry.is_dir() and firsts_in(Path(entry.path)):
                self._partition_called(entry.name)
        return sorted(self._partitions)

    def assigned(self, consumer: str) -> list[str]:
        return self.partitions()

    def begin(self, partition: str) -> int:
        return self._refreshed(partition).begin

    def end(self, partition: str) -> int:
        return self._current(partition).end

    def offset_at(self, partition: str, instant: datetime) -> int:
        return self._refreshed(partition).offset_at(instant)

    def stored_bytes(self, partition: str) -> int | None:
        return self._refreshed(partition).stored_bytes()

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        return self._current(partition).read(start, limit)

    def purge(self, before: datetime, keep: Mapping[str, int]) -> int:
        """Drop whole segments; the last one of a partition goes only if this process writes it."""
        try:
            return sum(self._purge(name, before, keep.get(name, 0)) for name in self.partitions())
        except OSError as error:
            raise Transient(
                f"The event log {self.directory} cannot be purged ({error}); "
                "see that its files may be written, and try again."
            ) from error

    def commit(self, consumer: str, offsets: Mapping[str, int]) -> None:
        for partition, offset in offsets.items():
            if not 0 <= offset <= self.end(partition):
                raise InvalidInput(
                    f"{consumer} cannot want offset {offset} of {partition}; it holds "
                    f"0 to {self.end(partition)}."
                )
        self._offsets.commit(consumer, offsets)

    def committed(self, consumer: str) -> dict[str, int]:
        return self._offsets.committed(consumer)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _purge(self, partition: str, before: datetime, needed: int) -> int:
        found = self._refreshed(partition)
        if self._writer and partition == self._own and found.is_older_than(before, needed):
            self._writer.rotate()
        return found.purge(before, needed)

    def _partition_called(self, name: str) -> Partition:
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"A partition cannot be called {name!r}; use up to 100 letters, digits, "
                "and . _ - after the first."
            )
        if name not in self._partitions:
            self._partitions[name] = Partition(self.directory / name, name)
        return self._partitions[name]

    def _found(self, partition: str) -> Partition:
        if partition not in self._partitions and partition not in self.partitions():
            raise unknown("partition", partition, self.partitions())
        return self._partitions[partition]

    def _refreshed(self, partition: str) -> Partition:
        """Return the partition as it is on disk now."""
        found = self._found(partition)
        found.refresh()
        return found

    def _current(self, partition: str) -> Partition:
        """Return the partition with all its items; its writer knows them without looking."""
        found = self._found(partition)
        return found if found.is_own else self._refreshed(partition)
