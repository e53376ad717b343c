"""Lineage events posted to an HTTP end point, such as Marquez has one."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.lineage import Event

MOST_WAITING = 10_000
RETRY_SECONDS = 30.0
CLOSE_SECONDS = 5.0
# Answers after which the same event may be sent again; any other refusal is for good.
_LATER = (408, 425, 429)


class HttpLineage:
    """Posts events one by one, in a thread of its own, so that nothing waits for the far end.

    While the end point is away, events wait in `spool`, a file of JSON lines, and are sent first
    the next time. An event that is refused for good is dropped and told of.
    """

    def __init__(
        self,
        url: str,
        spool: Path,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 5.0,
        most: int = MOST_WAITING,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidInput(f"The lineage URL {url!r} must start with https:// or http://.")
        self.url, self._spool = url, spool
        self._client = httpx.Client(timeout=timeout, trust_env=False, headers=dict(headers or {}))
        self._waiting: deque[str] = deque(_lines(spool), maxlen=most)
        self._changed = threading.Condition()
        self._problem: str | None = None
        self._is_away = self._is_closing = self._is_sending = False
        self._dropped = 0
        self._thread = threading.Thread(target=self._work, name="lineage", daemon=True)
        self._thread.start()

    def emit(self, events: Sequence[Event]) -> None:
        lines = [json.dumps(event, ensure_ascii=False) for event in events]
        with self._changed:
            room = (self._waiting.maxlen or MOST_WAITING) - len(self._waiting)
            self._dropped += max(len(lines) - room, 0)
            self._waiting.extend(lines)
            if self._is_away and lines:
                self._keep()
            self._changed.notify_all()

    def settle(self, seconds: float) -> str | None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_away or not (self._waiting or self._is_sending), seconds
            )
            problem, self._problem = self._problem, None
            if problem and self._waiting:
                problem += f" {len(self._waiting):,} events wait in {self._spool.name}."
            if self._dropped:
                problem = f"{problem or ''} The oldest {self._dropped:,} were dropped.".strip()
                self._dropped = 0
            return problem

    def close(self) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(CLOSE_SECONDS)
        with self._changed:
            self._keep()
        self._client.close()

    def _work(self) -> None:
        while (line := self._next()) is not None:
            is_done = self._post(line)
            with self._changed:
                self._is_sending = False
                was_away, self._is_away = self._is_away, not is_done
                if is_done:
                    # Not popleft: while the line was under way, a full queue may have lost it.
                    if self._waiting and self._waiting[0] == line:
                        self._waiting.popleft()
                    if was_away:
                        self._keep()
                elif not was_away:
                    self._keep()
                self._changed.notify_all()

    def _next(self) -> str | None:
        """Return the oldest event as soon as it is time to send it; None when closing."""
        with self._changed:
            if self._is_away:
                self._changed.wait_for(lambda: self._is_closing, RETRY_SECONDS)
            else:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
            if not self._waiting or (self._is_closing and self._is_away):
                return None
            self._is_sending = True
            return self._waiting[0]

    def _post(self, line: str) -> bool:
        """Send an event and return whether it is done with, taken or refused for good."""
        try:
            answer = self._client.post(
                self.url, content=line.encode(), headers={"Content-Type": "application/json"}
            )
        except httpx.HTTPError as error:
            self._problem = f"The lineage end point {self.url} cannot be reached ({error})."
            return False
        if answer.status_code >= 500 or answer.status_code in _LATER:
            self._problem = f"The lineage end point {self.url} answers {answer.status_code}."
            return False
        if answer.status_code >= 300:
            self._problem = (
                f"The lineage end point {self.url} refuses events with {answer.status_code}; "
                "check lineage.url and the key."
            )
        return True

    def _keep(self) -> None:
        """Write what waits into the spool; remove it when nothing does."""
        try:
            if self._waiting:
                self._spool.parent.mkdir(parents=True, exist_ok=True)
                draft = self._spool.with_name(f".{self._spool.name}.draft")
                draft.write_text("".join(f"{line}\n" for line in self._waiting), encoding="utf-8")
                draft.replace(self._spool)
            else:
                self._spool.unlink(missing_ok=True)
        except OSError as error:
            self._problem = f"Lineage events cannot be kept in {self._spool} ({error.strerror})."


def _lines(spool: Path) -> list[str]:
    try:
        return [line for line in spool.read_text(encoding="utf-8").splitlines() if line]
    except FileNotFoundError:
        return []
