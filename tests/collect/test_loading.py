"""Items of the log as rows: every column, every oddity, and none lost."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collect.item_oracle import row_of

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.loading.judging import judged
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.ports.event_log import Chunk

AT = datetime(2026, 3, 1, 8)
DOCUMENTS = ("properties", "traits", "context", "consent")

TIMES = st.sampled_from(
    [
        "2026-03-01T07:00:00Z",
        "2026-03-01T07:00:00.5Z",
        "2026-03-01 07:00",
        "2026-02-30T00:00:00Z",
        "2026-03-01T15:00:00.123456789+08:00",
        "2026-03-01T01:30:00-0530",
        "2026-03-01T07:00:00+08",
        "2026-03-01",
        "20260301",
        "1970-01-01T00:00:00Z",
        "2099-01-01T00:00:00Z",
        "yesterday",
        "",
    ]
)
WORDS = st.sampled_from(
    [
        "a",
        "",
        " ",
        " b ",
        "茶🍵",
        "7.0",
        "true",
        "{}",
        "[x]",
        '{"a":1}',
        'q"\\u',
        "-1.5",
        "1e3",
        "x\ty",
    ]
)
SCALARS = st.one_of(
    WORDS,
    st.integers(-(10**18), 10**18),
    st.sampled_from([7.0, 0.5, -2.25, 19.9, 1e12]),
    st.booleans(),
    st.none(),
)
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(WORDS, SCALARS, max_size=2)
)


def maybe(**members: st.SearchStrategy) -> st.SearchStrategy:
    return st.fixed_dictionaries({}, optional=members)


def anything(*names: str, **inner: st.SearchStrategy) -> st.SearchStrategy:
    members = dict.fromkeys(names, VALUES) | {k: st.one_of(v, VALUES) for k, v in inner.items()}
    return maybe(**members)


PROPERTIES = anything(
    "product_id", "sku", "order_id", "quantity", "revenue", "currency", "query", "campaign_id",
    "message_id", "path", "url", "title", "referrer", "name", "platform", "channel", "color",
)  # fmt: skip
CONTEXT = anything(
    "ip", "userAgent", "locale", "platform", "groupId",
    page=anything("path", "url", "title", "referrer"),
    campaign=anything("source", "medium", "name", "content", "term"),
    library=anything("name", "version"),
    device=maybe(type=st.sampled_from(["iOS", "android", "desktop", 3])),
    consent=anything("categoryPreferences"),
    traits=anything("email", "phone"),
)  # fmt: skip
OBJECT = st.one_of(st.none(), st.integers(), st.just([1]), st.just("x"))
EVENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "page", "identify", "group", "alias", "buy", None])},
    optional={
        **dict.fromkeys(("messageId", "userId", "anonymousId", "previousId", "groupId"), VALUES),
        **dict.fromkeys(("event", "name"), VALUES),
        **dict.fromkeys(("timestamp", "originalTimestamp", "sentAt"), TIMES),
        "properties": st.one_of(PROPERTIES, OBJECT),
        "context": st.one_of(CONTEXT, OBJECT),
        "traits": st.one_of(anything("email", "phone"), OBJECT),
    },
)
ITEM = st.fixed_dictionaries(
    {
        "source_id": st.sampled_from(["web", "app"]),
        "received_at": st.sampled_from(["2026-03-01T08:00:00.250000Z", "2026-03-01T08:00:00Z"]),
        "event": st.one_of(EVENT, EVENT, EVENT, st.none(), st.just("x")),
    },
    optional={
        "source_type": st.sampled_from(
            ["web", "app", "mini_program", "store", "server", "service"]
        ),
        "ip": st.just("203.0.113.7"),
        "user_agent": st.just("Mozilla/5.0"),
        "sent_at": TIMES,
        "type": st.just("track"),
        "message_id": st.sampled_from(["m-1", "m-2"]),
        "context": CONTEXT,
    },
)
BODIES = st.one_of(
    ITEM.map(lambda item: json.dumps(item, ensure_ascii=False).encode()),
    ITEM.map(lambda item: json.dumps(item).encode()),
    st.sampled_from(
        [
            b"", b"{", b"null", b"[1]", b"\xff\x00", "茶".encode("gbk"), b"{}",
            b'{"source_id":"x","received_at":"soon","event":{"type":"track","messageId":"m"}}',
            b'{"source_id":"x","received_at":"2026-03-01T08:00:00Z","rejected":"no_event",'
            b'"detail":"d","record":"{\\"type\\":\\"track\\"}"}',
        ]
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    made = DuckDBWarehouse(":memory:", threads=2)
    yield made
    made.close()


def told(row: dict) -> dict:
    """Return a row with its documents read, for their text may be written in several ways."""
    return {k: json.loads(v) if k in DOCUMENTS and v else v for k, v in row.items()}


@settings(max_examples=60, deadline=None)
@given(st.lists(BODIES, max_size=12))
def test_every_item_becomes_the_row_or_the_reason_that_a_plain_loop_finds(engine, bodies):
    offsets = [3 + 2 * place for place in range(len(bodies))]
    found = judged(Chunk("main", offsets, bodies, 99), LoadRules(), engine, 5, AT)
    rows = {row["origin_line"]: told(row) for row in found.events.to_pylist()}
    aside = {row["origin_line"]: row for row in found.aside.to_pylist()}
    assert len(rows) + len(aside) == len(bodies) == len(rows | aside)
    assert found.events.num_rows == len(found.keys)
    for offset, body in zip(offsets, bodies, strict=True):
        expected = row_of(body)
        if isinstance(expected, str):
            assert aside[offset]["reason"] == expected
        else:
            assert {name: rows[offset][name] for name in expected} == expected, body


def test_an_item_set_aside_keeps_its_text_its_source_and_its_name(engine):
    refused = {
        "source_id": "web", "received_at": "2026-03-01T08:00:00Z", "rejected": "no_event",
        "detail": "a track call needs event", "record": '{"type":"track","userId":"u"}',
    }  # fmt: skip
    nameless = {"source_id": "web", "received_at": "2026-03-01T08:00:00Z", "event": {"type": "x"}}
    bodies = [json.dumps(refused).encode(), json.dumps(nameless).encode(), b"\xff"]
    chunk = Chunk("edge-1", [4, 5, 6], bodies, 7)
    rows = judged(chunk, LoadRules(), engine, 5, AT).aside.sort_by("origin_line").to_pylist()
    shown = [
        (row["origin"], row["reason"], row["source_id"], row["event"], row["record"])
        for row in rows
    ]
    assert shown == [
        ("log/edge-1", "no_event", "web", "track", refused["record"]),
        ("log/edge-1", "unreadable_item", "web", "x", json.dumps(nameless)),
        ("log/edge-1", "unreadable_item", None, None, "\ufffd"),
    ]
    assert rows[0]["detail"] == refused["detail"]
    assert all(row["quarantined_at"] == AT and row["load_id"] == 5 for row in rows)
