"""Channels and receiving ends for tests: in memory, and real ones on 127.0.0.1."""

from __future__ import annotations

import json
import socket
import threading
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from zhiyin.core.errors import Transient
from zhiyin.ports.channels import Deferred, Message, Outcome, Refused, Sent, Unclear


class MemoryChannel:
    """Keeps what it was given; the local part of the address decides the outcome.

    `later@` is deferred, `never@` refused, `lost@` taken without an answer; while `is_down`, nobody
    can be reached.
    """

    def __init__(self, name: str = "email") -> None:
        self.name = name
        self.handed: list[Message] = []
        self.tried: list[str] = []
        self.is_down = False
        self.is_closed = False

    def send(self, message: Message, now: datetime) -> Outcome:
        self.tried.append(message.message_id)
        if self.is_down:
            raise Transient("The memory channel is down; bring it up again.")
        who = message.address.partition("@")[0]
        if who == "later":
            return Deferred(now + timedelta(minutes=5), "451 later")
        if who == "never":
            return Refused("550 no such mailbox", is_address_bad=True)
        self.handed.append(message)
        return Unclear("the answer got lost") if who == "lost" else Sent("250 taken")

    def close(self) -> None:
        self.is_closed = True


class SmtpSink:
    """A real SMTP server that keeps what it takes; addresses behave as in `MemoryChannel`."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        self.mails: list[EmailMessage] = []
        self.connections = 0
        self.port = _free_port()
        self.controller = Controller(_Mailbox(self), hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> SmtpSink:
        self.controller.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.controller.stop()

    def message_ids(self) -> list[str]:
        """Return the ids of the mails taken, in order, without the domain."""
        return [str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.mails]


class _Mailbox:
    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sink.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        who = address.partition("@")[0]
        if who == "later":
            return "451 4.7.1 greylisted, come later"
        if who == "never":
            return "550 5.1.1 no such mailbox"
        if who == "blocked":
            return "550 5.7.1 your server is on a block list"
        if who == "leave":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.sink.mails.append(message_from_bytes(envelope.content, policy=default))
        if envelope.rcpt_tos[0].startswith("lost@"):
            server.transport.abort()
        if envelope.rcpt_tos[0].startswith("spam@"):
            self.sink.mails.pop()
            return "554 5.7.1 content not wanted"
        return "250 2.0.0 taken"


class HttpSink:
    """A real HTTP server that keeps what is posted; addresses behave as in `MemoryChannel`.

    `answers` maps the local part of an address to (status, headers) for further cases.
    """

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.answers: dict[str, tuple[int, dict[str, str]]] = {
            "later": (429, {"Retry-After": "300"}),
            "never": (410, {}),
        }
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink._take(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/messages"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> HttpSink:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def message_ids(self) -> list[str]:
        """Return the ids of the messages taken, in order."""
        return [post["message_id"] for post in self.posts]

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        post = json.loads(body)
        who = post["address"].partition("@")[0]
        status, headers = self.answers.get(who, (200, {}))
        if status < 300:
            self.posts.append(post)
            self.heads.append(dict(request.headers.items()))
            self.bodies.append(body)
        if who == "lost":
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
