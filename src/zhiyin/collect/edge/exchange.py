"""One request and its answer, apart from any web framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec

from zhiyin.core.errors import ZhiyinError

JSON = b"application/json"


class Request(msgspec.Struct, gc=False):
    """What a client asked; header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: dict[bytes, bytes] = {}
    body: bytes = b""
    peer: str | None = None  # address of the other end of the connection

    def header(self, name: bytes) -> str:
        """Return a header as text; empty if it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    def arguments(self) -> dict[str, str]:
        """Return the query's fields; of a field that is there twice, the first."""
        found: dict[str, str] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            found.setdefault(name, value)
        return found


@dataclass(frozen=True)
class Answer:
    """A status, a body, and headers beside its type and length."""

    status: int
    body: bytes
    kind: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Refused(ZhiyinError):
    """A request of which nothing is taken: a status, a stable code and a sentence.

    `retry_after` is given where the same request may succeed later.
    """

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.retry_after = retry_after

    def answer(self) -> Answer:
        """Return how the client is told."""
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if self.retry_after is not None:
            seconds = str(self.retry_after).encode()
            headers = ((b"retry-after", seconds), (b"x-ratelimit-reset", seconds))
        return Answer(self.status, _told(self.code, self.message), headers=headers)


def json_answer(value: Mapping[str, object], status: int = 200) -> Answer:
    """Return an answer whose body is a JSON object."""
    return Answer(status, msgspec.json.encode(value))


def too_large(limit: int) -> Refused:
    """Return the refusal of a body that is larger than `limit` bytes."""
    return Refused(400, "too_large", f"The body is larger than {limit} bytes; split it.")


def _told(code: str, message: str) -> bytes:
    return msgspec.json.encode({"code": code, "message": message})
