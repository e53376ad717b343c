"""Logged items read on DuckDB and on Spark: the same columns, reasons and instants."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from zhiyin.collect.loading.reading import read_items

pytestmark = pytest.mark.spark

TIMES = [
    "2026-03-01T07:00:00Z", "2026-03-01T07:00:00.5Z", "2026-03-01 07:00", "2026-02-30T00:00:00Z",
    "2026-03-01T15:00:00.123456789+08:00", "2026-03-01T01:30:00-0530", "2026-03-01", "20260301",
    "2026-03-01T07:00:00+08", "1970-01-01T00:00:00Z", "yesterday", "", None, 5,
]  # fmt: skip
# Spark escapes what is beyond the 16-bit characters when it writes an object's JSON again; the
# text then differs, though not what it says.
VALUES = [
    "a", "", " b ", "茶", "7.0", 7.0, 7, -2.25, 10**18, "true", True, False, None, "{}", "[x]",
    '{"a":1}', {"a": 1}, {}, [1], [], "1e3", "-1.5", 'q"\\',
]  # fmt: skip
PROPERTIES = ("product_id", "sku", "order_id", "quantity", "revenue", "query", "platform", "name")


def items() -> list[str]:
    made = [envelope(number) for number in range(60)]
    refused = {"source_id": "w", "received_at": TIMES[0], "rejected": "no_event", "record": "{"}
    return [*made, json.dumps(refused), "", "{", "null", "[1]", "{}", '{"source_id":"x"}']


def envelope(number: int) -> str:
    def value(step: int):
        return VALUES[(number * 7 + step * 5) % len(VALUES)]

    properties = {name: value(place) for place, name in enumerate(PROPERTIES)}
    context = {
        "page": value(3) if number % 5 == 0 else {"path": value(4), "url": value(5)},
        "campaign": {"source": value(6), "name": value(7)},
        "library": {"name": "lib", "version": value(8)},
        "device": {"type": "iOS"} if number % 4 == 0 else value(9),
        "consent": {"categoryPreferences": value(10)},
        "traits": {"email": value(11), "phone": value(12)} if number % 3 else value(13),
    }
    event = {
        "type": ["track", "page", "identify", "buy"][number % 4], "event": value(14),
        "messageId": value(15), "userId": value(16), "anonymousId": value(17), "name": "🍵",
        "timestamp": TIMES[number % len(TIMES)], "sentAt": TIMES[(number * 3) % len(TIMES)],
        "properties": properties if number % 6 else value(19),
        "context": context if number % 7 else None,
    }  # fmt: skip
    head = {"source_id": "web", "source_type": "web", "received_at": TIMES[0], "message_id": "m"}
    return json.dumps({**head, "event": event}, ensure_ascii=number % 2 == 0)


def test_items_are_read_alike(both_engines):
    bodies = items()
    table = pa.table({"place": pa.array(range(len(bodies)), pa.int64()), "body": bodies})

    def without_key(logged):
        # Each engine has its own fingerprints.
        return read_items(logged).drop("key")

    rows = both_engines.same_rows(without_key, table)
    assert len(rows) == len(bodies)
    assert {row["reason"] for row in rows} == {None, "unreadable_item", "no_event"}
    assert sum(row["reason"] is None for row in rows) >= 40
