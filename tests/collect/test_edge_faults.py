"""What goes wrong at the edge, and that nobody loses anything by it unknowingly."""

from __future__ import annotations

import gzip
import json
import threading

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collect.edge_client import EdgeClient, basic, batch, reasons, track

from zhiyin.collect.edge.api import Limits
from zhiyin.collect.edge.batches import accepted
from zhiyin.collect.edge.calls import Call
from zhiyin.collect.events import LARGEST_ITEM, Arrival, Rejected, accept_raw
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
        threading.Event().wait(0.01)
    refused = edge.post("/v1/track", track(x="y" * 200) | {"writeKey": edge.key})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == refused.headers["x-ratelimit-reset"] == "1"
    log.go.set()
    for sender in senders:
        sender.join()
    assert len(edge.logged()) == 1 + told.count(200)
    assert set(told) == {200, 429}
    # The first, the one that blocked, all that waited; and who came to send only then.
    assert 3 <= len(log.groups) <= 4
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
