"""One writer per workspace: a lock that the operating system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO

from zhiyin.core.errors import Conflict


class WorkspaceLock:
    """An exclusive lock on a workspace's data directory."""

    def __init__(self, data: Path, *, doing: str) -> None:
        self._path = data / "lock"
        self._doing = doing
        self._file = None

    def acquire(self) -> None:
        """Take the lock, or raise `Conflict` with who holds it."""
        file = self._path.open("a+", encoding="utf-8")
        if not _taken(file, tries=5):
            holder = holder_of(self._path)
            file.close()
            raise Conflict(
                f"The workspace {self._path.parent.parent} is in use by process "
                f"{holder.get('pid', '?')} (zhiyin {holder.get('doing', '?')}); wait until it has "
                "finished, or stop it."
            )
        file.seek(0)
        file.truncate()
        json.dump({"pid": os.getpid(), "doing": self._doing}, file)
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let go of the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None


def holder_of(path: Path) -> dict[str, object]:
    """Return what the lock's holder wrote about itself; empty if unreadable."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def is_locked(data: Path) -> bool:
    """Return whether some living process holds the lock."""
    path = data / "lock"
    if not path.exists():
        return False
    with path.open("a+", encoding="utf-8") as file:
        return not _taken(file, tries=1)


def _taken(file: IO[str], *, tries: int) -> bool:
    """Take the lock if it is free, and return whether it was.

    `is_locked` holds the lock for the blink of an eye to find out, hence several tries.
    """
    for attempt in range(tries):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < tries:
                time.sleep(0.02)
        else:
            return True
    return False
