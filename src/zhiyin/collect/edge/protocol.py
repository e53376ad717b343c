"""The edge's requests answered where they are parsed, beside the app on the same port.

A task, a scope and a chain of middlewares for each request would cost four times what the request
itself does. So this protocol, which is uvicorn's, answers the collector's paths itself and leaves
all others to the app; both take their turn on one connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from zhiyin.collect.edge.collector import Collector
from zhiyin.collect.edge.commits import queue_full
from zhiyin.collect.edge.exchange import Answer, Refused, Request, too_large
from zhiyin.collect.edge.watch import Watch


class _Nobody:
    """Stands where uvicorn's own requests have an event that wakes their task."""

    def set(self) -> None:
        """Wake nobody."""


_NOBODY = _Nobody()


class EdgeTurn:
    """One request of the edge in its connection's order; uvicorn sees it as one of its own."""

    message_event = _NOBODY

    def __init__(self, request: Request, keep_alive: bool) -> None:
        self.request = request
        self.keep_alive = keep_alive
        self.parts: list[bytes] = []
        self.size = 0
        self.more_body = True
        self.is_its_turn = False
        self.disconnected = False
        self.response_complete = False
        self.refused: Refused | None = None


class EdgeProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, with the collector's paths answered on the spot."""

    def __init__(self, collector: Collector, watch: Watch, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.collector, self.watch = collector, watch
        self.head_size = 0
        self.is_in_head = True
        # When the present request's first byte came; None between requests.
        self.began_at: float | None = self.loop.time()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.watch.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.closed(self)
        for turn in (self.cycle, *(waiting for waiting, _ in self.pipeline)):
            if isinstance(turn, EdgeTurn):
                self.watch.received(-turn.size)
                turn.size = 0
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.is_in_head:
            self.head_size += len(data)
            if self.head_size > self.collector.limits.head_bytes + len(data):
                self.refuse_connection(431, "The headers are too large.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.is_in_head, self.head_size = True, 0
        self.began_at = self.loop.time()

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        path, _, query = self.url.partition(b"?")
        parser: Any = self.parser
        method = parser.get_method().decode("ascii")
        plain = path.decode("latin-1")
        if not self.collector.takes(method, plain):
            super().on_headers_complete()
            return
        headers = dict(self.headers)
        peer = self.client[0] if self.client else None
        request = Request(method, plain, query.decode("latin-1"), headers, peer=peer)
        keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
        before, self.cycle = self.cycle, EdgeTurn(request, keep_alive)
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, None)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, None))

    def on_body(self, body: bytes) -> None:
        turn = self.cycle
        if not isinstance(turn, EdgeTurn):
            super().on_body(body)
        elif turn.refused is None:
            turn.parts.append(body)
            turn.size += len(body)
            self.watch.received(len(body))
            if turn.size > self.collector.limits.request:
                self.discard(turn, too_large(self.collector.limits.request))
            elif self.watch.is_full(self.collector.waiting_bytes):
                self.discard(turn, queue_full())

    def on_message_complete(self) -> None:
        self.began_at = None
        turn = self.cycle
        if not isinstance(turn, EdgeTurn):
            super().on_message_complete()
            return
        turn.more_body = False
        turn.request.body = turn.parts[0] if len(turn.parts) == 1 else b"".join(turn.parts)
        turn.parts = []
        if turn.is_its_turn:
            self.begin(turn)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Begin with the request whose turn it is: uvicorn calls this in order of arrival."""
        if not isinstance(cycle, EdgeTurn):
            super()._start_asgi_task(cycle, app)
            return
        cycle.is_its_turn = True
        if self.expect_100_continue and cycle.more_body:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not cycle.more_body:
            self.begin(cycle)

    def discard(self, turn: EdgeTurn, refused: Refused) -> None:
        """Keep no more of a body; the client is told when it has sent all of it."""
        turn.refused = refused
        turn.parts = []
        self.watch.received(-turn.size)
        turn.size = 0

    def begin(self, turn: EdgeTurn) -> None:
        """Let the collector answer a request that is there as a whole."""
        self.watch.received(-turn.size)
        turn.size = 0
        if turn.refused is not None:
            self.write_answer(turn, turn.refused.answer())
        else:
            self.collector.answer(turn.request, lambda answer: self.write_answer(turn, answer))

    def write_answer(self, turn: EdgeTurn, answer: Answer) -> None:
        """Send the answer, and go on with what the client sent meanwhile."""
        if turn.disconnected or self.transport.is_closing():
            return
        turn.response_complete = True
        turn.request.body = b""
        self.transport.write(rendered(answer, turn.keep_alive))
        if not turn.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def refuse_connection(self, status: int, message: str) -> None:
        """Tell a client that is not served at all, and hang up."""
        answer = Refused(status, "refused", message, retry_after=5).answer()
        self.transport.write(rendered(answer, False))
        self.transport.close()


def rendered(answer: Answer, keep_alive: bool) -> bytes:
    """Return the answer as it goes over the wire."""
    head = [
        STATUS_LINE[answer.status],
        b"content-type: ",
        answer.kind,
        b"\r\ncontent-length: ",
        str(len(answer.body)).encode(),
        b"\r\nx-content-type-options: nosniff\r\n",
    ]
    for name, value in answer.headers:
        head += (name, b": ", value, b"\r\n")
    if not keep_alive:
        head.append(b"connection: close\r\n")
    head += (b"\r\n", answer.body)
    return b"".join(head)


def edge_protocol(collector: Collector) -> Callable[..., EdgeProtocol]:
    """Return what uvicorn makes its protocols with: give it as `Config(http=…)`."""
    watch = Watch(collector.limits)

    def protocol(**uvicorn: Any) -> EdgeProtocol:
        made = EdgeProtocol(collector, watch, **uvicorn)
        watch.begin(made.loop, collector)
        return made

    return protocol
