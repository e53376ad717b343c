"""The terms on which a source sends: keys, rates, origins, consent, addresses."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.collect.edge_client import EdgeClient, reasons, track

from zhiyin.collect.write_keys import hash_write_key, new_write_key
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import Transient
from zhiyin.testing.event_log import MemoryEventLog

CLOCK = FixedClock()
NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def edge():
    client = EdgeClient(CLOCK)
    yield client
    client.collector.close()


# keys and sources


def test_a_disabled_key_is_taken_no_longer_than_five_seconds(edge, monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr("zhiyin.collect.edge.key_ring.time.monotonic", lambda: seconds[0])
    item = track() | {"writeKey": edge.key}
    assert edge.post("/v1/track", item).status_code == 200
    edge.operational.disable_write_key("web-shop")
    assert edge.post("/v1/track", item).status_code == 200
    seconds[0] += 4.9
    assert edge.post("/v1/track", item).status_code == 401


def test_a_key_that_appears_is_taken_soon_after_it_was_refused(edge, monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr("zhiyin.collect.edge.key_ring.time.monotonic", lambda: seconds[0])
    key = "zyw_later"
    assert edge.post("/v1/track", track() | {"writeKey": key}).status_code == 401

    _, record = new_write_key("later", CLOCK)
    edge.operational.add_write_key(record)
    edge.operational.rotate_write_key("later", hash_write_key(key), CLOCK.now())
    seconds[0] += 1.1
    assert edge.post("/v1/track", track() | {"writeKey": key}).status_code == 200


def test_a_replaced_key_is_taken_until_its_grace_ends(monkeypatch):
    clock = FixedClock()
    edge = EdgeClient(clock)
    seconds = [100.0]
    monkeypatch.setattr("zhiyin.collect.edge.key_ring.time.monotonic", lambda: seconds[0])
    edge.operational.rotate_write_key("web-shop", "new", clock.now() + timedelta(days=7))
    assert edge.post("/v1/track", track() | {"writeKey": edge.key}).status_code == 200
    clock.advance(timedelta(days=7))
    answer = edge.post("/v1/track", track() | {"writeKey": edge.key})
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_write_key")
    edge.collector.close()


def test_known_keys_stay_known_while_their_store_is_away(edge, monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr("zhiyin.collect.edge.key_ring.time.monotonic", lambda: seconds[0])
    assert edge.post("/v1/track", track() | {"writeKey": edge.key}).status_code == 200

    def away(key_hash):
        raise Transient("the database is away; start it")

    monkeypatch.setattr(edge.operational, "write_key", away)
    seconds[0] += 60
    assert edge.post("/v1/track", track() | {"writeKey": edge.key}).status_code == 200
    answer = edge.post("/v1/track", track() | {"writeKey": "another"})
    assert (answer.status_code, answer.json()["code"]) == (503, "try_again")


def test_a_source_s_rate_is_kept_on_average(edge, monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr("zhiyin.collect.edge.rates.time.monotonic", lambda: seconds[0])
    key = edge.add_source("limited", events_per_second=10)

    def send(count: int):
        return edge.post("/v1/batch", {"writeKey": key, "batch": [track()] * count})

    assert send(15).status_code == 200
    assert send(30).status_code == 200  # five tokens were left; now it is 25 in debt
    refused = send(1)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limit")
    assert refused.headers["retry-after"] == "3"
    seconds[0] += 2.6
    assert send(1).status_code == 200
    assert len(edge.logged()) == 46


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        (["https://shop.cn"], "https://shop.cn", 200),
        (["https://shop.cn"], "https://SHOP.cn", 200),
        (["https://shop.cn"], "https://shop.cn.evil.com", 403),
        (["https://shop.cn"], "http://shop.cn", 403),
        (["https://*.shop.cn"], "https://m.shop.cn", 200),
        (["https://*.shop.cn"], "https://shop.cn", 403),
        (["https://*.shop.cn"], "https://evilshop.cn", 403),
        (["https://shop.cn"], None, 200),
        ([], "https://any.com", 200),
    ],
)
def test_pages_of_allowed_origins_may_send(edge, allowed, origin, status):
    key = edge.add_source("pages", source_type="web", allowed_origins=allowed)
    headers = {"origin": origin} if origin else {}
    answer = edge.post("/v1/track", track() | {"writeKey": key}, **headers)
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == origin
    assert len(edge.logged()) == (status == 200)
    if status == 403:
        assert answer.json()["code"] == "origin_not_allowed"
        assert origin in answer.json()["message"]


# consent

YES = {"consent": {"categoryPreferences": {"analytics": True, "ads": True}}}
NO = {"consent": {"categoryPreferences": {"analytics": True, "ads": False}}}


def test_without_consent_nothing_personal_is_kept(edge):
    key = edge.add_source("pages", source_type="web", required_consents=["analytics", "ads"])
    items = [
        track(messageId="1", context=YES),
        track(messageId="2", context=NO, properties={"phone": "139"}),
        track(messageId="3", email="a@b.c"),
        track(messageId="4", context={"consent": {"categoryPreferences": {"ads": "true"}}}),
        track(messageId="5", context={"consent": "yes"}),
    ]
    edge.post("/v1/batch", {"writeKey": key, "batch": items})
    logged = edge.logged()
    assert reasons(logged) == [None, *["no_consent"] * 4]
    record = json.loads(logged[1]["record"])
    assert record == {"messageId": "2", "type": "track", "event": "Seen"}
    assert not {"139", "a@b.c", "u1", "192.0.2.1"} & set(json.dumps(logged[1:]).split('"'))
    assert logged[1]["detail"] == "consent to ads was not given"


@pytest.mark.parametrize(
    ("item", "reason"),
    [(track(event=None, email="a@b.c"), "no_consent"), (track(type=7, email="a@b.c"), "wrong_type"),
     (track(email="a@b.c" * 8_000), "too_large")],
)  # fmt: skip
def test_where_consent_is_required_no_refused_record_is_kept_without_it(edge, item, reason):
    key = edge.add_source("pages", required_consents=["ads"])
    edge.post("/v1/batch", {"writeKey": key, "batch": [item]})
    (logged,) = edge.logged()
    assert logged["rejected"] == reason
    assert "a@b.c" not in json.dumps(logged)


def test_a_batch_s_consent_counts_for_items_that_say_nothing_of_it(edge):
    key = edge.add_source("pages", required_consents=["ads"])
    items = [track(), track(context={"locale": "en"}), track(context=NO)]
    edge.post("/v1/batch", {"writeKey": key, "batch": items, "context": YES})
    logged = edge.logged()
    assert reasons(logged) == [None, None, "no_consent"]
    assert logged[1]["context"] == {**YES, "locale": "en"}


# addresses


@pytest.mark.parametrize(
    ("kind", "context", "has_address"),
    [("web", {}, True), ("app", {}, True), ("mini_program", {}, True), ("server", {}, False),
     ("server", {"direct": True}, True), ("server", {"direct": "true"}, False)],
)  # fmt: skip
def test_the_request_s_address_is_the_customer_s_only_if_it_comes_from_there(
    edge, kind, context, has_address
):
    key = edge.add_source("source", source_type=kind)
    edge.post("/v1/track", track(context=context) | {"writeKey": key}, user_agent="Phone/1")
    (item,) = edge.logged()
    expected = ("192.0.2.1", "Phone/1") if has_address else (None, None)
    assert (item.get("ip"), item.get("user_agent")) == expected
    assert item["source_type"] == kind


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [((), "203.0.113.9", "192.0.2.1"), (("192.0.2.0/24",), "203.0.113.9", "203.0.113.9"),
     (("192.0.2.0/24",), "6.6.6.6, 203.0.113.9", "203.0.113.9"),
     (("192.0.2.0/24", "10.0.0.0/8"), "203.0.113.9, 10.1.1.1", "203.0.113.9"),
     (("192.0.2.0/24",), "203.0.113.9:4711", "203.0.113.9"),
     (("192.0.2.0/24",), "[2001:db8::1]:4711", "2001:db8::1"),
     (("198.51.100.1",), "203.0.113.9", "192.0.2.1")],
)  # fmt: skip
def test_a_forwarded_address_is_believed_from_trusted_proxies_only(trusted, forwarded, expected):
    edge = EdgeClient(CLOCK, trusted_proxies=trusted)
    key = edge.add_source("page", source_type="web")
    edge.post("/v1/track", track() | {"writeKey": key}, x_forwarded_for=forwarded)
    edge.collector.close()
    assert edge.logged()[0]["ip"] == expected


def test_the_customer_s_key_goes_with_each_item(monkeypatch):
    log = MemoryEventLog(partitions=4)
    edge = EdgeClient(CLOCK, event_log=log)
    items = [track(userId=f"u{n % 9}", anonymousId=f"a{n}", messageId=str(n)) for n in range(90)]
    edge.post("/v1/batch", {"writeKey": edge.key, "batch": items})
    edge.collector.close()
    places: dict[str, set[str]] = {}
    for partition in log.partitions():
        for body in log.read(partition, 0, 100).bodies:
            places.setdefault(json.loads(body)["event"]["userId"], set()).add(partition)
    assert len(places) == 9
    assert all(len(where) == 1 for where in places.values())
