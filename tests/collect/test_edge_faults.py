"""What goes wrong at the edge, and that nobody loses anything by it unknowingly."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collect.edge_client import EdgeClient, basic

from zhiyin.collect.edge.api import Limits
from zhiyin.collect.edge.batches import accepted
from zhiyin.collect.edge.calls import Call
from zhiyin.collect.events import LARGEST_ITEM, Arrival, Rejected, accept_raw
from zhiyin.collect.write_keys import hash_write_key, new_write_key
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import Transient
from zhiyin.testing.event_log import MemoryEventLog

CLOCK = FixedClock()
NOW = "2026-01-01T00:00:00Z"


def track(**fields) -> dict:
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": "m1", **fields}


@pytest.fixture
def edge():
    client = EdgeClient(CLOCK)
    yield client
    client.collector.close()


def batch(edge: EdgeClient, items: list, **frame) -> list[dict]:
    """Send a batch that must be taken, and return what stands in the log."""
    answer = edge.post("/v1/batch", {"writeKey": edge.key, "batch": items, **frame})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    return edge.logged()


def reasons(logged: list[dict]) -> list[str | None]:
    return [item.get("rejected") for item in logged]


GOOD = track(messageId="good")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({}, "unknown_type"),
        ({"type": "track", "event": "Seen"}, "no_user_anon_id"),
        (track(userId=None, anonymousId=None), "no_user_anon_id"),
        (track(userId=" "), "no_user_anon_id"),
        (track(event=None), "no_event"),
        (track(type="identity"), "unknown_type"),
        (track(type=7), "wrong_type"),
        (track(properties=[1]), "wrong_type"),
        (track(context="x"), "wrong_type"),
        (track(messageId="m" * 101), "long_message_id"),
        (track(timestamp="yesterday"), "unreadable_time"),
        (track(timestamp="1970-01-01T00:00:00Z"), "implausible_time"),
        (track(timestamp="2099-01-01T00:00:00Z"), "implausible_time"),
        (track(timestamp="2026-01-02T00:00:01Z"), "implausible_time"),
        (track(originalTimestamp="0001-01-01T00:00:00Z"), "implausible_time"),
        (track(timestamp="1970-01-01T00:00:00Z", originalTimestamp=NOW), "implausible_time"),
        (track(sentAt="9999-12-31T23:59:59Z", timestamp=NOW), "implausible_time"),
        (track(properties={"note": "x" * 33_000}), "too_large"),
        (3, "wrong_type"),
        (None, "wrong_type"),
        ("text", "wrong_type"),
        ([], "wrong_type"),
    ],
)
def test_a_bad_item_goes_aside_and_its_neighbours_arrive(edge, item, reason):
    logged = batch(edge, [GOOD, item, GOOD])
    assert reasons(logged) == [None, reason, None]
    assert [one["event"]["messageId"] for one in (logged[0], logged[2])] == ["good", "good"]
    assert logged[1]["detail"]
    assert json.dumps(item, ensure_ascii=False)[:100].replace(" ", "")[:50] in logged[1][
        "record"
    ].replace(" ", "")


@pytest.mark.parametrize(
    "times",
    [
        {"timestamp": "2005-06-01T00:00:00Z"},
        {"timestamp": "2026-01-01T23:59:59Z"},
        {"timestamp": "2026-01-01T08:00:00"},
        {"timestamp": "2026-01-01"},
        {"timestamp": ""},
        {"timestamp": None},
        {},
        # A clock that stands in 1970 is wrong by the same amount when the event is sent.
        {"originalTimestamp": "1970-01-01T00:00:05Z", "sentAt": "1970-01-01T00:00:07Z"},
        {"timestamp": "2098-12-31T00:00:00Z", "sentAt": "2099-01-01T00:00:00Z"},
    ],
)
def test_history_and_wrong_clocks_that_can_be_corrected_arrive(edge, times):
    assert reasons(batch(edge, [track(**times)])) == [None]


def test_nulls_are_absent(edge):
    nulls = dict.fromkeys(
        ["anonymousId", "messageId", "properties", "traits", "context", "timestamp", "groupId"]
    )
    (item,) = batch(edge, [{"type": "track", "event": "Seen", "userId": 7, **nulls}])
    assert "rejected" not in item
    assert item["message_id"].startswith("evt_")


def test_the_same_id_of_two_sources_is_two_events(edge):
    other = edge.add_source("app")
    for key in (edge.key, other):
        edge.post("/v1/batch", {"writeKey": key, "batch": [track()]})
    assert [item["source_id"] for item in edge.logged()] == ["web-shop", "app"]


def test_emoji_arrive_and_other_encodings_go_aside(edge):
    emoji = json.dumps(track(event="茶 🍵"), ensure_ascii=False).encode()
    gbk = json.dumps(track(event="绿茶"), ensure_ascii=False).encode("gbk")
    body = b'{"batch":[' + b",".join((emoji, gbk, json.dumps(GOOD).encode())) + b"]}"
    answer = edge.post("/v1/batch", body, authorization=basic(edge.key))
    assert answer.status_code == 200
    logged = edge.logged()
    assert reasons(logged) == [None, "not_json", None]
    assert logged[0]["event"]["event"] == "茶 🍵"


def test_too_many_items_are_one_record_aside(edge):
    answer = edge.post("/v1/batch", {"writeKey": edge.key, "batch": [{"type": "track"}] * 2_501})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (item,) = edge.logged()
    assert item["rejected"] == "too_many_items"
    assert item["detail"] == "2501 items in one batch; at most 2500"
    assert item["record"].startswith('{"writeKey"')


def packed(content: bytes) -> bytes:
    # Without the time of day in it: every process must collect the same tests.
    return gzip.compress(content, mtime=0)


def test_as_many_items_as_allowed_arrive(edge):
    assert len(batch(edge, [{**GOOD, "messageId": str(n)} for n in range(2_500)])) == 2_500


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(
            packed(json.dumps({"batch": [GOOD]}).encode())[:-4], "bad_gzip", id="cut gzip"
        ),
        (b"\x1f\x8b\x08garbage", "bad_gzip"),
        pytest.param(packed(b" " * (64 * 1024 * 1024)), "too_large", id="bomb"),
        pytest.param(packed(packed(b"{}")), "invalid_json", id="gzip in gzip"),
        (b"", "invalid_json"),
        (b"nonsense", "invalid_json"),
        (b'{"batch":[{}', "invalid_json"),
        (b'{"batch":[]} {}', "invalid_json"),
        (b"[]", "invalid_json"),
        (b'{"batch":null}', "no_batch"),
        (b'{"batch":["' + b"x" * 512_000 + b'"]}', "too_large"),
        (b"x" * (4 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_takes_nothing_and_says_so(edge, body, code):
    answer = edge.post("/v1/batch", body, authorization=basic(edge.key))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert edge.logged() == []


def test_a_header_that_says_gzip_over_plain_json_is_forgiven(edge):
    body = json.dumps({"writeKey": edge.key, "batch": [GOOD]}).encode()
    assert edge.post("/v1/batch", body, content_encoding="gzip").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/track", lambda key: track() | {"writeKey": key}),
        ("/v1/batch", lambda key: {"writeKey": key, "batch": [track() | {"writeKey": key}] * 2}),
        ("/v1/batch", lambda key: {"writeKey": key, "batch": [track()] * 2_501}),
        ("/capture/", lambda key: {"api_key": key, "distinct_id": "u"}),
        ("/batch/", lambda key: [{"event": "x", "distinct_id": "u", "properties": {"token": key}}]),
        ("/sa", lambda key: {"token": key, "type": "item_set", "distinct_id": "u"}),
    ],
)
def test_a_key_in_the_body_does_not_stand_in_the_log(edge, path, body):
    assert edge.post(path, body(edge.key)).status_code in (200, 400)
    assert edge.logged()
    assert edge.key not in json.dumps(edge.logged())


def test_a_word_in_the_place_of_the_key_stays_in_the_event(edge):
    edge.post("/v1/track", track(event="tea") | {"writeKey": "tea"}, authorization=basic(edge.key))
    (item,) = edge.logged()
    assert item["event"]["event"] == "tea"


# mutations

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
fields = st.sampled_from(
    ["type", "event", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "context",
     "originalTimestamp", "properties", "traits", "groupId", "previousId", "x"]
)  # fmt: skip
kinds = st.sampled_from(["identify", "track", "page", "group", "alias"])
times = st.sampled_from(
    [NOW, "2005-01-01", "1989-12-31T23:59:59Z", "2026-01-03T00:00:00+08:00", "9999-12-31T00:00:00Z",
     "0001-01-01T00:00:00Z", "2025-12-31T23:00:00.5Z", "soon", ""]
)  # fmt: skip
clocks = st.dictionaries(st.sampled_from(["timestamp", "originalTimestamp", "sentAt"]), times)
changes = st.dictionaries(fields, values, max_size=3)
mutants = st.one_of(
    values,
    st.builds(lambda told: track(**told), clocks),
    st.builds(lambda kind, change: {**track(type=kind), **change}, kinds, changes),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(mutants, min_size=1, max_size=5), st.integers(0, 5))
def test_no_mutant_makes_a_good_neighbour_disappear(items, place):
    edge = EdgeClient(CLOCK)
    good = {**GOOD, "properties": {"n": 1}}
    items.insert(min(place, len(items)), good)
    logged = batch(edge, items)
    edge.collector.close()
    assert len(logged) == len(items)
    assert logged[min(place, len(items) - 1)]["event"] == good
    assert all("event" in item or item["record"] is not None for item in logged)


@settings(max_examples=150, deadline=None)
@given(mutants, st.sampled_from([None, NOW, "1970-01-01T00:00:00Z"]), st.booleans(),
       st.sampled_from(["web", "server"]), st.sampled_from([(), ("ads",)]))  # fmt: skip
def test_the_fast_way_and_the_careful_way_agree(item, sent_at, has_context, kind, required):
    context = msgspec.Raw(b'{"consent":{"categoryPreferences":{"ads":true}}}')
    arrival = Arrival(
        "web",
        CLOCK.now(),
        sent_at,
        context=context if has_context else None,
        source_type=kind,
        ip="192.0.2.1",
        user_agent="x",
        required_consents=required,
    )
    raw = msgspec.json.encode(item)
    content = b'{"batch":[' + raw + b"]}"
    fast = accepted(Call([msgspec.Raw(raw)], content=content), arrival, LARGEST_ITEM)
    careful = accept_raw(raw, arrival)
    told = careful.body if isinstance(careful, Rejected) else careful
    ours, theirs = json.loads(fast.bodies[0]), json.loads(told)
    if "message_id" in ours:  # made up anew each time
        assert ours.pop("message_id").startswith("evt_")
        theirs.pop("message_id")
    assert ours == theirs
    assert len(fast.keys) == 1


# the log


class BrokenLog(MemoryEventLog):
    """A log whose disk is full while `error` is set."""

    error: Exception | None = None

    def append(self, bodies, keys=None):
        if self.error is not None:
            raise self.error
        super().append(bodies, keys)


@pytest.mark.parametrize(
    ("error", "code"),
    [(Transient("the disk is full; free space"), "try_again"),
     (OSError(28, "No space left on device"), "not_written")],
)  # fmt: skip
def test_a_full_disk_asks_for_another_try_and_takes_it(error, code):
    log = BrokenLog()
    edge = EdgeClient(CLOCK, event_log=log)
    log.error = error
    answer = edge.post("/v1/track", track() | {"writeKey": edge.key})
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert int(answer.headers["retry-after"]) > 0
    log.error = None
    assert edge.post("/v1/track", track() | {"writeKey": edge.key}).status_code == 200
    assert len(edge.logged()) == 1
    edge.collector.close()


class SlowLog(MemoryEventLog):
    """A log that writes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.groups: list[int] = []

    def append(self, bodies, keys=None):
        assert self.go.wait(10)
        self.groups.append(len(bodies))
        super().append(bodies, keys)


def test_a_full_queue_asks_to_wait_and_what_was_taken_is_written_together():
    log = SlowLog()
    edge = EdgeClient(CLOCK, event_log=log, limits=Limits(queue=2_000))
    log.go.set()
    edge.post("/v1/track", track() | {"writeKey": edge.key})
    log.go.clear()
    told: list[int] = []
    senders = [
        threading.Thread(
            target=lambda: told.append(
                edge.post("/v1/track", track(x="y" * 200) | {"writeKey": edge.key}).status_code
            )
        )
        for _ in range(12)
    ]
    for sender in senders:
        sender.start()
    while told.count(429) < 1 or edge.collector.waiting_bytes < 1_200:
        pass
    refused = edge.post("/v1/track", track(x="y" * 200) | {"writeKey": edge.key})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == refused.headers["x-ratelimit-reset"] == "1"
    log.go.set()
    for sender in senders:
        sender.join()
    assert len(edge.logged()) == 1 + told.count(200)
    assert set(told) == {200, 429}
    assert len(log.groups) == 3  # the first, the one that blocked, and all that waited
    edge.collector.close()


def test_closing_writes_what_was_accepted():
    log = SlowLog()
    edge = EdgeClient(CLOCK, event_log=log)
    sender = threading.Thread(
        target=edge.post, args=("/v1/track", track() | {"writeKey": edge.key})
    )
    sender.start()
    while not edge.collector.waiting_bytes:
        pass
    closer = threading.Thread(target=edge.collector.close)
    closer.start()
    log.go.set()
    closer.join(10)
    sender.join(10)
    assert len(edge.logged()) == 1


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
