"""A collector without a network: what a client sends, and what it is told."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from typing import Any

from zhiyin.collect.edge.api import Answer, Collector, Limits, Request
from zhiyin.collect.write_keys import new_write_key
from zhiyin.core.clock import Clock
from zhiyin.testing.event_log import MemoryEventLog
from zhiyin.testing.operational import MemoryOperationalStore


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@dataclass(frozen=True)
class Told:
    """An answer as a client library sees it."""

    answer: Answer

    @property
    def status_code(self) -> int:
        return self.answer.status

    @property
    def content(self) -> bytes:
        return self.answer.body

    @property
    def headers(self) -> dict[str, str]:
        found = {"content-type": self.answer.kind.decode()}
        return found | {n.decode(): v.decode("latin-1") for n, v in self.answer.headers}

    def json(self) -> Any:
        return json.loads(self.answer.body)


@dataclass
class EdgeClient:
    """A collector over a log and a store in memory, with one source."""

    clock: Clock
    event_log: Any = field(default_factory=MemoryEventLog)
    operational: MemoryOperationalStore = field(default_factory=MemoryOperationalStore)
    limits: Limits = field(default_factory=Limits)
    trusted_proxies: tuple[str, ...] = ()
    peer: str = "192.0.2.1"

    def __post_init__(self) -> None:
        self.key = self.add_source("web-shop")
        self.collector = Collector(
            self.event_log,
            self.operational,
            self.clock,
            limits=self.limits,
            trusted_proxies=self.trusted_proxies,
            is_alone=True,
        )

    def add_source(self, name: str, **terms: Any) -> str:
        key, record = new_write_key(name, self.clock, **terms)
        self.operational.add_write_key(record)
        return key

    def logged(self) -> list[dict]:
        return [json.loads(body) for body in self.event_log.read("main", 0, 100_000).bodies]

    def post(self, path: str, content: Any, **headers: str) -> Told:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.request("POST", path, body, **headers)

    def get(self, path: str, **headers: str) -> Told:
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Told:
        bare, _, query = path.partition("?")
        sent = {n.replace("_", "-").encode(): v.encode("latin-1") for n, v in headers.items()}
        answers: list[Answer] = []
        is_there = threading.Event()

        def done(answer: Answer) -> None:
            answers.append(answer)
            is_there.set()

        self.collector.answer(Request(method, bare, query, sent, body, self.peer), done)
        assert is_there.wait(10)
        assert len(answers) == 1
        return Told(answers[0])


def track(**fields) -> dict:
    """Return an event that is taken, with these fields."""
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": "m1", **fields}


def batch(edge: EdgeClient, items: list, **frame) -> list[dict]:
    """Send a batch that must be taken, and return what stands in the log."""
    answer = edge.post("/v1/batch", {"writeKey": edge.key, "batch": items, **frame})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    return edge.logged()


def reasons(logged: list[dict]) -> list[str | None]:
    """Return why each logged item was refused; None for those that were taken."""
    return [item.get("rejected") for item in logged]
