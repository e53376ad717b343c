"""The collector over HTTP, as the tracking libraries really call it."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.collect.edge_client import EdgeClient, basic
from tests.collect.test_events import CLOCK, track

from zhiyin.collect.api import hash_write_key, load_log, new_write_key
from zhiyin.core.errors import InvalidInput, Transient


@pytest.fixture
def collector():
    client = EdgeClient(CLOCK)
    yield client
    client.collector.close()


def test_a_key_is_shown_once_and_only_its_digest_is_kept():
    key, record = new_write_key(" shop ", CLOCK)
    assert record.key_hash == hash_write_key(key)
    assert key not in repr(record)
    assert record.name == "shop"
    assert new_write_key("shop", CLOCK)[0] != key
    with pytest.raises(InvalidInput, match="needs a name"):
        new_write_key(" ", CLOCK)


@pytest.mark.parametrize("way", ["basic", "basic_bare", "body", "query", "bearer"])
def test_the_key_is_found_wherever_a_library_puts_it(collector, way):
    key = collector.key
    body = track() | ({"writeKey": key} if way in ("body", "bearer") else {})
    headers = {
        "basic": {"authorization": basic(f"{key}:")},
        "basic_bare": {"authorization": basic(key)},
        "bearer": {"authorization": "Bearer some.oauth.token"},
    }.get(way, {})
    path = "/v1/track" + (f"?writeKey={key}" if way == "query" else "")
    answer = collector.post(path, body, **headers)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert collector.logged()[0]["source_id"] == "web-shop"


@pytest.mark.parametrize("sent", [None, "wrong"])
def test_an_unknown_key_takes_nothing(collector, sent):
    answer = collector.post("/v1/track", track() | ({"writeKey": sent} if sent else {}))
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message"}
    assert collector.event_log.end("main") == 0


def test_a_disabled_key_takes_nothing(collector):
    collector.operational.disable_write_key("web-shop")
    answer = collector.post("/v1/track", track() | {"writeKey": collector.key})
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_write_key")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("identify", "identify"), ("i", "identify"), ("page", "page"), ("p", "page"),
     ("screen", "screen"), ("s", "screen"), ("group", "group"), ("g", "group"),
     ("alias", "alias"), ("a", "alias"), ("t", "track")],
)  # fmt: skip
def test_the_path_names_the_type(collector, path, kind):
    item = {"userId": "u", "groupId": "g", "previousId": "p", "event": "e"}
    answer = collector.post(f"/v1/{path}", item | {"writeKey": collector.key})
    assert answer.status_code == 200
    assert collector.logged()[0]["type"] == kind


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_a_gzipped_batch_of_any_content_type_arrives(collector, path, content_type):
    batch = {
        "batch": [track(messageId="1"), track(messageId="2")],
        "sentAt": "2026-01-01T11:00:00Z",
    }
    answer = collector.post(
        path,
        gzip.compress(json.dumps(batch).encode()),
        content_encoding="gzip",
        content_type=content_type,
        authorization=basic(collector.key + ":"),
    )
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [item["event"]["messageId"] for item in collector.logged()] == ["1", "2"]
    assert collector.logged()[0]["sent_at"] == "2026-01-01T11:00:00Z"


def test_a_batch_s_context_lies_under_the_items_own(collector, warehouse):
    batch = {
        "writeKey": collector.key,
        "context": {"campaign": {"source": "weibo"}},
        "batch": [track(messageId="1"), track(messageId="2", context={"page": {"path": "/x"}})],
    }
    collector.post("/v1/batch", batch)
    load_log(collector.event_log, warehouse, CLOCK)
    found = warehouse.sql("SELECT utm_source, page_path FROM ods.events ORDER BY event_id")
    assert [tuple(row.values()) for row in found.to_pylist()] == [("weibo", None), ("weibo", "/x")]


def test_a_bad_item_does_not_sink_its_batch(collector, warehouse):
    batch = [track(messageId="1"), {"type": "track"}, 7, track(messageId="2")]
    answer = collector.post("/v1/batch", {"writeKey": collector.key, "batch": batch})
    assert answer.status_code == 200
    report = load_log(collector.event_log, warehouse, CLOCK)
    assert (report.rows_kept, dict(report.rows_quarantined)) == (
        2,
        {"no_user_anon_id": 1, "wrong_type": 1},
    )


def test_a_single_call_that_is_not_acceptable_is_told_so_and_kept_aside(collector, warehouse):
    answer = collector.post("/v1/track", {"event": "x", "writeKey": collector.key})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_user_anon_id")
    assert load_log(collector.event_log, warehouse, CLOCK).rows_quarantined == {
        "no_user_anon_id": 1
    }


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/track", b"{", "invalid_json"),
        ("/v1/batch", b'{"batch": 3}', "invalid_json"),
        ("/v1/batch", b"{}", "no_batch"),
        ("/v1/track", b'{"x":"' + b"x" * 33_000 + b'"}', "too_large"),
        ("/v1/batch", b'{"batch":["' + b"x" * 520_000 + b'"]}', "too_large"),
        ("/v1/batch", b"x" * (4 * 1024 * 1024 + 1), "too_large"),
        ("/v1/batch", gzip.compress(b" " * (5 * 1024 * 1024), mtime=0), "too_large"),
        ("/v1/batch", gzip.compress(b'{"batch": []}', mtime=0)[:-9], "bad_gzip"),
        ("/v1/batch", b"\x1f\x8bgarbage", "bad_gzip"),
    ],
)
def test_a_request_that_is_refused_says_why_in_code_and_words(collector, path, body, code):
    answer = collector.post(path, body, authorization=basic(collector.key + ":"))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["message"]
    assert collector.event_log.end("main") == 0


def test_a_browser_s_preflight_is_allowed_and_answers_carry_the_origin(collector):
    answer = collector.request("OPTIONS", "/v1/t", origin="https://shop.test")
    assert answer.status_code == 200
    allowed = answer.headers["access-control-allow-headers"]
    assert all(name in allowed for name in ("authorization", "content-type", "x-retry-count"))
    posted = collector.post("/v1/t", track() | {"writeKey": "no"}, origin="https://shop.test")
    assert posted.headers["access-control-allow-origin"] == "https://shop.test"


def test_the_browser_library_finds_its_settings(collector):
    answer = collector.get("/v1/projects/abc/settings")
    assert answer.json()["integrations"]["Segment.io"]["apiKey"] == "abc"


def test_a_log_that_cannot_be_written_asks_for_another_try(collector, monkeypatch):
    def full(bodies, keys):
        raise Transient("the disk is full; free space")

    monkeypatch.setattr(collector.event_log, "append", full)
    answer = collector.post("/v1/track", track() | {"writeKey": collector.key})
    assert (answer.status_code, answer.json()["code"]) == (503, "try_again")
    assert answer.headers["retry-after"] == "5"
