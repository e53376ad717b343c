"""Mailboxes on the network: where the product's messages arrive."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from zhiyin.simulation.messages import ReceivedMessage, received
from zhiyin.simulation.visitor import Visitor, VisitReport

__all__ = ["HookSink", "SmtpSink", "VisitReport", "Visitor", "read_mail"]

_LOCALHOST = "127.0.0.1"


class SmtpSink:
    """A mail server for everybody in the world; keeps what arrives until `drain` takes it.

    Parameters
    ----------
    port
        TCP port on 127.0.0.1; 0 takes a free one, found in `port` afterwards.
    knows
        Tells whether an address exists, such as `lambda a: world.person(a) is not None`; others are
        refused with 550. None accepts everything.

    Examples
    --------
    >>> with SmtpSink() as sink:
    ...     sink.drain()
    []
    """

    def __init__(self, port: int = 0, *, knows: Callable[[str], bool] | None = None):
        self.knows = knows
        self.accepted = 0
        self.refused = 0
        self._arrived: deque[tuple[str, bytes]] = deque()
        self._controller = _Door(self, hostname=_LOCALHOST, port=port or _free_port())
        self._controller.start()
        self.port = self._controller.port

    def drain(self) -> list[ReceivedMessage]:
        """Take out the messages that have arrived, in the order of arrival."""
        taken = []
        while self._arrived:
            taken.append(read_mail(*self._arrived.popleft()))
        return taken

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()

    def __enter__(self) -> SmtpSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a receiver, or say that nobody has the address."""
        if self.knows is not None and not self.knows(address):
            self.refused += 1
            return f"550 5.1.1 {address}: no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message; it is read later, so that the sender never waits for that."""
        body = envelope.content if isinstance(envelope.content, bytes) else b""
        self._arrived.extend((address, body) for address in envelope.rcpt_tos)
        self.accepted += 1
        return "250 2.0.0 OK"


class _Door(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="mail.example", ident="simulated mailboxes")


class HookSink:
    """A receiver of web hooks; keeps what is posted until `drain` takes it."""

    def __init__(self, port: int = 0):
        self._arrived: deque[dict[str, Any]] = deque()
        sink = self

        class Receiver(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._answer(sink.take(raw))

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer((_LOCALHOST, port), Receiver)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]

    def take(self, raw: bytes) -> int:
        """Keep a posted document; return the HTTP status it deserves."""
        try:
            document = json.loads(raw)
        except ValueError:
            return 400
        if not isinstance(document, dict) or not document.get("address"):
            return 422
        self._arrived.append(document)
        return 200

    def drain(self) -> list[ReceivedMessage]:
        """Take out the messages that have arrived, in the order of arrival."""
        taken = []
        while self._arrived:
            taken.append(_read_hook(self._arrived.popleft()))
        return taken

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> HookSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_mail(address: str, raw: bytes) -> ReceivedMessage:
    """Return an e-mail as its receiver sees it."""
    # The old policy reads several times as fast, because it parses no header that is not asked for.
    mail = message_from_bytes(raw, policy=policy.compat32)
    parts = {part.get_content_type(): part for part in reversed(list(mail.walk()))}
    body = parts.get("text/html", parts.get("text/plain"))
    return received(
        address=address,
        html=_content(body) if body is not None else "",
        subject=str(make_header(decode_header(mail["subject"] or ""))),
        headers={name: " ".join(str(value).split()) for name, value in mail.items()},
    )


def _content(part: Message) -> str:
    raw = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    return raw.decode(charset, errors="replace") if isinstance(raw, bytes) else ""


def _read_hook(document: dict[str, Any]) -> ReceivedMessage:
    """Return a posted message; its facts stand in for an e-mail's headers."""
    facts = document.get("facts") or {}
    headers = {
        "x-campaign-id": str(facts.get("campaign_id") or ""),
        "x-offer-id": str(facts.get("offer_id") or ""),
        "message-id": str(document.get("message_id") or ""),
    }
    return received(
        address=str(document["address"]),
        html=str(document.get("body_html") or document.get("body_text") or ""),
        subject=str(document.get("subject") or ""),
        headers=headers,
        channel="sms" if document.get("channel") == "sms" else "email",
    )


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((_LOCALHOST, 0))
        return probe.getsockname()[1]
