"""One contract for all places that take lineage events; and what one that is away does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from zhiyin.adapters.lineage.file import FileLineage
from zhiyin.adapters.lineage.http import HttpLineage
from zhiyin.core.errors import InvalidInput

SETTLED = 10.0


class EndPoint:
    """An HTTP server that notes what it is sent and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[dict] = []
        self.status = 201
        self.headers: list[dict] = []
        point = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                point.headers.append(dict(self.headers))
                if point.status < 300:
                    point.taken.append(body)
                self.send_response(point.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api/v1/lineage"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def point() -> Iterator[EndPoint]:
    opened = EndPoint()
    yield opened
    opened.stop()


def numbered(first: int, last: int) -> list[dict]:
    return [{"number": number, "name": "订单"} for number in range(first, last)]


@pytest.fixture(params=["file", "http"])
def sink(request, tmp_path, point):
    """A sink, and what tells which events have arrived."""
    if request.param == "file":
        path = tmp_path / "deep" / "events.jsonl"
        opened = FileLineage(path)

        def arrived() -> list[dict]:
            return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    else:
        opened = HttpLineage(point.url, tmp_path / "spool.jsonl")

        def arrived() -> list[dict]:
            return point.taken

    yield opened, arrived
    opened.close()


def test_events_arrive_whole_and_in_order(sink):
    opened, arrived = sink
    opened.emit([])
    opened.emit(numbered(0, 3))
    opened.emit(numbered(3, 5))
    assert opened.settle(SETTLED) is None
    assert arrived() == numbered(0, 5)


def test_many_threads_may_tell_at_once(sink):
    opened, arrived = sink
    threads = [
        threading.Thread(target=opened.emit, args=(numbered(10 * n, 10 * n + 10),))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened.settle(SETTLED) is None
    assert sorted(event["number"] for event in arrived()) == list(range(40))


def test_a_folder_in_place_of_the_file_is_told_once_and_stops_nothing(tmp_path):
    (tmp_path / "events.jsonl").mkdir()
    sink = FileLineage(tmp_path / "events.jsonl")
    sink.emit(numbered(0, 1))
    assert "events.jsonl" in (sink.settle(1) or "")
    assert sink.settle(1) is None


def test_an_end_point_that_is_away_gets_everything_later_and_in_order(tmp_path, point):
    spool = tmp_path / "data" / "spool.jsonl"
    point.status = 503
    sink = HttpLineage(point.url, spool)
    sink.emit(numbered(0, 3))
    problem = sink.settle(SETTLED) or ""
    assert "answers 503" in problem
    assert "3 events wait" in problem
    sink.emit(numbered(3, 5))
    sink.close()
    assert len(spool.read_text("utf-8").splitlines()) == 5
    assert point.taken == []
    point.status = 200
    again = HttpLineage(point.url, spool)
    again.emit(numbered(5, 6))
    assert again.settle(SETTLED) is None
    again.close()
    assert point.taken == numbered(0, 6)
    assert not spool.exists()


def test_nobody_listening_is_told_in_one_sentence(tmp_path):
    sink = HttpLineage("http://127.0.0.1:9/lineage", tmp_path / "spool.jsonl")
    sink.emit(numbered(0, 1))
    assert "cannot be reached" in (sink.settle(SETTLED) or "")
    sink.close()


def test_what_waits_is_bounded_and_the_oldest_go_first(tmp_path, point):
    point.status = 500
    sink = HttpLineage(point.url, tmp_path / "spool.jsonl", most=3)
    sink.emit(numbered(0, 5))
    assert "oldest 2 were dropped" in (sink.settle(SETTLED) or "")
    sink.close()
    kept = [json.loads(line) for line in (tmp_path / "spool.jsonl").read_text().splitlines()]
    assert kept == numbered(2, 5)


def test_an_event_that_is_refused_for_good_does_not_hold_the_others(tmp_path, point):
    point.status = 400
    sink = HttpLineage(point.url, tmp_path / "spool.jsonl", headers={"Authorization": "Bearer k"})
    sink.emit(numbered(0, 2))
    assert "refuses events with 400" in (sink.settle(SETTLED) or "")
    assert point.headers[0]["Authorization"] == "Bearer k"
    sink.close()
    assert not (tmp_path / "spool.jsonl").exists()


def test_a_wrong_address_is_refused_at_once():
    with pytest.raises(InvalidInput, match="must start with https"):
        HttpLineage("marquez:5000", Path("spool"))
