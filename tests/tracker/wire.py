"""What lies between a page and its collector: passes on, notes, and fails on demand."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_PASSED_ON = ("content-", "cache-control", "access-control")


@dataclass
class Noted:
    """A request as it came over the wire."""

    path: str
    status: int
    items: list[dict[str, Any]]
    body: str


@dataclass
class Fault:
    """An answer instead of the collector's; status 0 hangs up.

    `is_taken` lets the collector have the request, so that only its answer is lost.
    """

    status: int
    retry_after: int | None = None
    is_taken: bool = False


@dataclass
class Wire:
    """An HTTP server in front of the collector."""

    collector: str
    noted: list[Noted] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def posts(self) -> list[Noted]:
        return [one for one in list(self.noted) if one.items]

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every item that the collector took, repeats included."""
        return [item for post in self.posts if post.status == 200 for item in post.items]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [item for item in self.items if item.get("event") == event]


def until(holds: Callable[[], Any], seconds: float = 15) -> Any:
    """Return what `holds` returns as soon as it is true; fail when that takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.05)
    return holds()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wire: Wire

    def do_GET(self) -> None:
        self._pass_on(b"")

    do_OPTIONS = do_GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.wire.faults:
            return self._pass_on(body)
        return self._fail(body, self.wire.faults.pop(0))

    def _pass_on(self, body: bytes) -> None:
        status, headers, content = self._ask(body)
        self._note(body, status)
        kept = {
            k: v
            for k, v in headers.items()
            if k.lower().startswith(_PASSED_ON) and k.lower() != "content-length"
        }
        self._answer(status, kept, content)

    def _fail(self, body: bytes, fault: Fault) -> None:
        if fault.is_taken:
            self._ask(body)
        self._note(body, fault.status)
        if fault.status == 0:
            self.close_connection = True
            self.connection.close()
            return
        headers = {  # as the collector tells a page of its own trouble
            "Access-Control-Allow-Origin": self.headers.get("Origin", "*"),
            "Access-Control-Expose-Headers": "retry-after",
        }
        if fault.retry_after is not None:
            headers["Retry-After"] = str(fault.retry_after)
        self._answer(fault.status, headers, b"{}")

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        asked = http.client.HTTPConnection(urlsplit(self.wire.collector).netloc, timeout=10)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
        asked.request(self.command, self.path, body or None, headers)
        answer = asked.getresponse()
        content = answer.read()
        asked.close()
        return answer.status, dict(answer.getheaders()), content

    def _note(self, body: bytes, status: int) -> None:
        text = body.decode()
        items = json.loads(text).get("batch", []) if text else []
        self.wire.noted.append(Noted(self.path, status, items, text))

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def _handler(wire: Wire) -> type[_Handler]:
    return type("Handler", (_Handler,), {"wire": wire})
