"""The edge on a real socket, beside an app on the same port."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import uvicorn
from tests.collect.edge_client import EdgeClient

from zhiyin.app.collector import http_config, listen
from zhiyin.collect.edge.api import Limits
from zhiyin.core.clock import FixedClock

CLOCK = FixedClock()
QUICK = Limits(head_seconds=0.6, body_seconds=0.6, connections=4, request=200_000, head_bytes=8_192)


async def app(scope, receive, send):
    """Stand for the console and the API: say which path was asked for, and what was sent."""
    message = await receive()
    body = scope["path"].encode() + b"|" + message.get("body", b"")
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(edge: EdgeClient) -> Iterator[int]:
    """Serve the edge and the app until the block ends; gives the port."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(http_config(app, edge.collector))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        edge.collector.close()


@pytest.fixture(scope="module")
def edge() -> EdgeClient:
    return EdgeClient(CLOCK, limits=QUICK)


@pytest.fixture(scope="module")
def port(edge: EdgeClient) -> Iterator[int]:
    with serving(edge) as port:
        yield port


def request(edge: EdgeClient, message_id: str = "m", *lines: str, path="/v1/track") -> bytes:
    item = {"userId": "u", "event": "Seen", "messageId": message_id, "writeKey": edge.key}
    body = json.dumps(item).encode()
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


class Wire:
    """A connection, read answer by answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.stream = self.socket.makefile("rb")

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def answer(self) -> tuple[int, bytes]:
        """Return the next answer's status and body; 0 if the other side hung up."""
        status = self.stream.readline()
        if not status:
            return 0, b""
        length = 0
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(status.split()[1]), self.stream.read(length)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self.socket.close()


TAKEN = (200, b'{"success":true}')


def test_edge_and_app_take_turns_on_one_connection(edge, port):
    with Wire(port) as wire:
        for _ in range(3):
            wire.send(request(edge))
            assert wire.answer() == TAKEN
            wire.send(b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
            assert wire.answer() == (200, b"/api/x|hi")


def test_requests_sent_ahead_are_answered_in_their_order(edge, port):
    get = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    with Wire(port) as wire:
        wire.send(get + request(edge) + request(edge, "n") + get + request(edge) + get)
        answers = [wire.answer() for _ in range(6)]
    shown = (200, b"/a|")
    assert answers == [shown, TAKEN, TAKEN, shown, TAKEN, shown]


def test_a_request_in_single_bytes_is_taken(edge, port):
    with Wire(port) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.send(*(bytes([byte]) for byte in request(edge)))
        assert wire.answer() == TAKEN


def test_a_chunked_body_is_taken(edge, port):
    whole = request(edge)
    body = whole.partition(b"\r\n\r\n")[2]
    head = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Wire(port) as wire:
        for part in (body[:10], body[10:]):
            wire.send(head, b"%x\r\n%b\r\n" % (len(part), part))
            head = b""
        wire.send(b"0\r\n\r\n")
        assert wire.answer() == TAKEN


def test_a_client_that_asks_first_is_told_to_go_on(edge, port):
    head, _, body = request(edge, "m", "Expect: 100-continue").partition(b"\r\n\r\n")
    with Wire(port) as wire:
        wire.send(head + b"\r\n\r\n")
        assert wire.answer() == (100, b"")
        wire.send(body)
        assert wire.answer() == TAKEN


@pytest.mark.parametrize(
    "change", [(b"HTTP/1.1", b"HTTP/1.0"), (b"Host: x", b"Host: x\r\nConnection: close")]
)
def test_a_client_that_wants_no_more_is_hung_up_on_after_its_answer(edge, port, change):
    with Wire(port) as wire:
        wire.send(request(edge).replace(*change, 1))
        assert wire.answer() == TAKEN
        assert wire.answer() == (0, b"")


def test_a_body_that_is_too_large_is_read_to_its_end_and_refused(edge, port):
    before = len(edge.logged())
    size = 300_000
    head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
    with Wire(port) as wire:
        wire.send(head, b" " * size)
        status, body = wire.answer()
        assert (status, json.loads(body)["code"]) == (400, "too_large")
        wire.send(request(edge))
        assert wire.answer() == TAKEN
    assert len(edge.logged()) == before + 1


def is_hung_up(wire: Wire, part: bytes, pause: float, seconds: float = 8.0) -> bool:
    """Send a part again and again, and return whether the server had enough in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            wire.socket.send(part)
        except ConnectionError:
            return True
        time.sleep(pause)
    return False


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST /v1/tr",
        b"POST /v1/track HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    ],
)
def test_a_client_that_dawdles_is_cut_off(port, beginning):
    began = time.monotonic()
    with Wire(port) as wire:
        wire.send(beginning)
        assert is_hung_up(wire, b"x", 0.1)
    assert 0.6 < time.monotonic() - began < 5


def test_a_client_that_says_nothing_is_told_and_cut_off(port):
    with Wire(port) as wire:
        assert wire.answer()[0] == 408
        assert wire.answer() == (0, b"")


def test_headers_without_end_are_refused():
    # Patient, so that only their size can be why it hangs up.
    patient = replace(QUICK, head_seconds=60, body_seconds=60)
    with serving(EdgeClient(CLOCK, limits=patient)) as port, Wire(port) as wire:
        wire.send(b"GET /v1/track HTTP/1.1\r\n")
        assert is_hung_up(wire, b"X-A: " + b"a" * 1_000 + b"\r\n", 0.001)


def test_one_connection_too_many_is_sent_away(edge, port):
    wires = [Wire(port) for _ in range(4)]
    for wire in wires:
        wire.send(request(edge))
        assert wire.answer() == TAKEN
    with Wire(port) as late:
        assert late.answer()[0] == 503
    for wire in wires:
        wire.__exit__()
    deadline = time.monotonic() + 5
    status = 0
    while status != 200 and time.monotonic() < deadline:
        with Wire(port) as again:
            again.send(request(edge))
            status = again.answer()[0]
    assert status == 200


def test_a_client_that_leaves_before_the_answer_loses_nothing(edge, port):
    before = len(edge.logged())
    for number in range(20):
        with Wire(port) as wire:
            wire.send(request(edge, str(number)))
        deadline = time.monotonic() + 5
        while len(edge.logged()) == before + number and time.monotonic() < deadline:
            time.sleep(0.005)
    assert len(edge.logged()) == before + 20


def test_a_stop_answers_what_was_received():
    edge = EdgeClient(CLOCK)
    go, append = threading.Event(), edge.event_log.append

    def slow(bodies, keys):
        assert go.wait(10)
        append(bodies, keys)

    edge.event_log.append = slow
    with serving(edge) as port:
        wire = Wire(port)
        wire.send(request(edge))
        while not edge.collector.waiting_bytes:
            time.sleep(0.005)
        threading.Timer(0.3, go.set).start()
    assert wire.answer() == TAKEN
    assert len(edge.logged()) == 1
    wire.__exit__()
