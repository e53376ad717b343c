"""Write keys at hand: looked up once, believed for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from zhiyin.collect.edge.commits import Deliver, at_once
from zhiyin.collect.edge.exchange import Refused
from zhiyin.collect.write_keys import hash_write_key
from zhiyin.core.clock import Clock
from zhiyin.core.errors import ZhiyinError
from zhiyin.ports.operational import WriteKey, WriteKeys

BELIEVED_SECONDS = 3.0
UNKNOWN_SECONDS = 1.0
MOST_UNKNOWN = 10_000

Found = Callable[[WriteKey | Refused], None]


class KeyRing:
    """Finds the source of a write key without asking the store for each request.

    A key that was disabled is taken for at most `BELIEVED_SECONDS` longer. While the store cannot
    be reached, the keys that were known stay known: events are not lost for its sake.
    """

    def __init__(self, keys: WriteKeys, clock: Clock, deliver: Deliver = at_once) -> None:
        self._keys, self._clock = keys, clock
        self.deliver = deliver
        self._asker = ThreadPoolExecutor(1, "write-keys")
        self._known: dict[str, tuple[float, WriteKey | None]] = {}
        self._asked: dict[str, list[Found]] = {}

    def find(self, presented: str, found: Found) -> None:
        """Call `found` with the key's source, or with why there is none: at once, or soon."""
        known = self._known.get(presented)
        if known is not None and known[0] > time.monotonic():
            found(self._usable(known[1]))
            return
        waiting = self._asked.get(presented)
        if waiting is not None:
            waiting.append(found)
            return
        self._asked[presented] = [found]
        answer = self._asker.submit(self._keys.write_key, hash_write_key(presented))
        answer.add_done_callback(partial(self.deliver_answer, presented))

    def deliver_answer(self, presented: str, answer: Future[WriteKey | None]) -> None:
        """Take the store's answer to where requests are answered."""
        self.deliver(self._answered, presented, answer)

    def close(self) -> None:
        """End the thread that asks the store."""
        self._asker.shutdown()

    def _answered(self, presented: str, answer: Future[WriteKey | None]) -> None:
        error = answer.exception()
        if error is None:
            result = self._usable(self._remember(presented, answer.result()))
        else:
            result = self._despite(error, presented)
        for found in self._asked.pop(presented, ()):
            found(result)

    def _remember(self, presented: str, key: WriteKey | None) -> WriteKey | None:
        if len(self._known) > MOST_UNKNOWN:
            self._known = {p: known for p, known in self._known.items() if known[1] is not None}
        seconds = UNKNOWN_SECONDS if key is None else BELIEVED_SECONDS
        self._known[presented] = (time.monotonic() + seconds, key)
        return key

    def _despite(self, error: BaseException, presented: str) -> WriteKey | Refused:
        known = self._known.get(presented)
        if known is not None and known[1] is not None:
            return self._usable(self._remember(presented, known[1]))
        why = error if isinstance(error, ZhiyinError) else type(error).__name__
        return Refused(503, "try_again", f"Write keys cannot be read now: {why}.", retry_after=5)

    def _usable(self, key: WriteKey | None) -> WriteKey | Refused:
        is_over = key is not None and key.valid_until and key.valid_until <= self._clock.now()
        if key is None or not key.is_active or is_over:
            return Refused(
                401,
                "unknown_write_key",
                "The write key is not known, was disabled or was replaced; use a valid one.",
            )
        return key
