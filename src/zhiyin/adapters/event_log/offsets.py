"""What the consumers of a log in files committed: one small JSON file, replaced as a whole."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from zhiyin.adapters.event_log.segments import opened, sync_directory
from zhiyin.ports.event_log import MAIN


class OffsetsFile:
    """`offsets.json` in a log's directory; several processes may commit to it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "offsets.json"
        self._lock = threading.Lock()

    def committed(self, consumer: str) -> dict[str, int]:
        """Return the consumer's offset for each partition that it committed."""
        return dict(self._read().get(consumer, {}))

    def commit(self, consumer: str, offsets: Mapping[str, int]) -> None:
        """Remember the offsets; others, and other consumers', stay."""
        with self._lock, self._alone():
            found = self._read()
            found[consumer] = {**found.get(consumer, {}), **offsets}
            self._write(found)

    def _read(self) -> dict[str, dict[str, int]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        # A log of the first release has one partition and notes the bare offset.
        return {name: at if isinstance(at, dict) else {MAIN: at} for name, at in found.items()}

    def _write(self, offsets: Mapping[str, Mapping[str, int]]) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as stream:
            json.dump(offsets, stream)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._path)
        sync_directory(self._path.parent)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock that keeps two processes from overwriting each other's offsets."""
        with opened(self._path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
