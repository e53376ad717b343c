"""Lineage events as lines of a file."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from zhiyin.ports.lineage import Event


class FileLineage:
    """Appends each event as one line of JSON; events of one call stand together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._problem: str | None = None

    def emit(self, events: Sequence[Event]) -> None:
        if not events:
            return
        text = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
        with self._writing:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                self._problem = (
                    f"Lineage events cannot be written to {self.path} ({error.strerror}); "
                    "make room or correct lineage.path."
                )

    def settle(self, seconds: float) -> str | None:
        problem, self._problem = self._problem, None
        return problem

    def close(self) -> None:
        """Nothing is open between two calls."""
