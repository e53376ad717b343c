"""A call read by itself is the fact that the warehouse makes of it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import Rejected, TrafficRules, accept, load_log
from zhiyin.core.clock import FixedClock
from zhiyin.identity.api import builds as identity_builds
from zhiyin.identity.api import typed_text
from zhiyin.identity.ids import typed
from zhiyin.identity.tables import EDGES
from zhiyin.profiles.live.calls import read_call
from zhiyin.profiles.live.facts import fact_of, number_of
from zhiyin.profiles.live.following import digest_of
from zhiyin.profiles.live.joining import People, evidence_of
from zhiyin.profiles.live.seeding import Seeds
from zhiyin.warehouse.api import BuildContext, builds, run_builds

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ("Product Viewed", "Products Searched", "Email Opened", "Order Completed", "Order Refunded")
NEEDED = {
    "dw.events", "dw.order_lines", "dw.orders", "dw.refunds", "dw.products", EDGES.name,
}  # fmt: skip
AMOUNTS = (0, 12.5, "9.99", -3, 1e20, "many", True)
ANY: dict[str, tuple] = {
    "product_id": ("p", 7, " p ", ""), "sku": ("s",), "order_id": ("o1", 5),
    "refund_id": ("r1",), "revenue": AMOUNTS, "query": ("red", ""), "campaign_id": ("c",),
    "path": ("/a",), "platform": ("Web", "iOS"), "channel": ("shop",), "store_id": ("s1",),
    "country": ("CN",), "coupon": ("x",), "reason": ("broken",),
}  # fmt: skip
OF_PRODUCT = {
    "product_id": ("p", " q ", 7), "quantity": (2, "3", 1.5), "price": (10, "4.25"),
    "discount": (1, "0.5"),
}  # fmt: skip
OF_CONTEXT = {
    "campaign": ({"source": " News "}, {"source": ""}, {"name": "n"}),
    "page": ({"path": "/ctx"}, {"url": "http://x"}), "platform": ("MINI", ""),
    "device": ({"type": "iOS"}, {"type": "tv"}),
    "externalIds": (
        [{"type": "$identity_mp_openid", "id": "wx1"}, {"type": "Phone", "id": 13800001111}],
        [{"type": "unionid", "id": " u1 "}, {"type": "who knows", "id": "1"}, "odd", {"id": "2"}],
        [{"type": "login_id", "id": "42"}, {"type": 7, "id": "8"}, {"type": "email", "id": None}],
        {"type": "email", "id": "no list"},
    ),
}  # fmt: skip
OF_EVENT = {
    "userId": ("42", 42, " 43 ", ""), "anonymousId": ("d1", "d2"),
    "timestamp": (
        "2026-03-01T11:59:00Z", "2026-03-01T20:00:00+08:00", "2026-02-28T00:00:00.123456",
    ),
    "sentAt": ("2026-03-01T11:59:30Z",), "originalTimestamp": ("2026-03-01T11:50:00Z",),
    "traits": ({"email": "A@b.cn "}, {"phone": 13800001111, "card_number": "ab1"}),
}  # fmt: skip


def some(rng, choices):
    """Return each name with one of its values, or not at all."""
    return {name: rng.choice(values) for name, values in choices.items() if rng.random() < 0.5}


def event(rng):
    kind = rng.choice(["track", "track", "track", "page", "screen", "identify"])
    told = {"type": kind, **some(rng, OF_EVENT)}
    told["properties"] = some(rng, ANY)
    if rng.random() < 0.4:
        told["properties"]["products"] = [some(rng, OF_PRODUCT) for _ in range(rng.randrange(3))]
    told["context"] = some(rng, OF_CONTEXT)
    if kind == "track":
        told["event"] = rng.choice(NAMES)
    return told


def items_of(drawn):
    """Return what the collector lets in."""
    bodies = []
    for place, told in enumerate(drawn):
        source = ("web", "app")[place % 2]
        # Numbers of orders are each order's own, as one order counts once.
        for name in ("order_id", "refund_id"):
            if name in told["properties"]:
                told["properties"] = {**told["properties"], name: f"{name}-{place}"}
        body = accept({**told, "messageId": f"m{place}"}, source_id=source, received_at=NOW)
        if not isinstance(body, Rejected):
            bodies.append(body)
    return bodies


def test_a_call_is_the_fact_that_the_warehouse_makes_of_it(tmp_path_factory):
    rng = random.Random(11)
    bodies = items_of([event(rng) for _ in range(400)])
    assert len(bodies) > 200
    folder = tmp_path_factory.mktemp("log")
    log, warehouse = FileEventLog(folder), DuckDBWarehouse(":memory:")
    log.append(bodies)
    clock = FixedClock(NOW)
    load_log(log, warehouse, clock)
    run_builds(
        [one for one in (*builds(), *identity_builds()) if one.spec.name in NEEDED], warehouse,
        context=BuildContext(NOW.replace(tzinfo=None) + timedelta(days=1), timezone="UTC"),
        clock=clock, run_id="r",
    )  # fmt: skip
    visitors = ["user:42", "user:43", "anon:d1", "anon:d2"]
    held = Seeds(warehouse, (*NAMES, "Page Viewed", "Screen Viewed"), ()).facts(visitors)
    expected = {(one.visitor_id, one.key): one.fact for rows in held.values() for one in rows}
    found = {}
    for body in bodies:
        call = read_call(body, TrafficRules())
        fact = fact_of(call, {}) if call else None
        if fact is not None and call is not None:
            is_order = call.event in ("Order Completed", "Order Refunded")
            key = number_of(call) if is_order else call.key
            found[call.visitor_id, digest_of(key)] = fact
    assert found.keys() == expected.keys()
    assert [
        (told(found[key]), told(fact))
        for key, fact in expected.items()
        if told(found[key]) != told(fact)
    ] == []
    assert evidence_in(bodies) == {
        tuple(row.values())
        for row in warehouse.to_arrow(
            warehouse.read(EDGES).select("left_id", "right_id", "evidence")
        ).to_pylist()
    }
    log.close()
    warehouse.close()


def told(fact):
    """Return a fact as conditions look at it: what is unknown is as good as not there."""
    lines = sorted(sorted((k, v) for k, v in line.items() if v is not None) for line in fact.lines)
    own = {name: value for name, value in fact.own.items() if value is not None}
    return fact.event, fact.ts_ms, own, [one for one in lines if one], dict(fact.amounts)


def evidence_in(bodies):
    calls = [call for body in bodies if (call := read_call(body, TrafficRules()))]
    rows = evidence_of(calls, People())
    return {(row["left_id"], row["right_id"], row["evidence"]) for row in rows}


ids = st.text(
    st.sampled_from("aA0123456789@.-+ \u3000\uff21\uff11\u200b8613null"), max_size=14
) | st.sampled_from(["undefined", "000", "NULL", "8613812345678", "0086 138 1234 5678", "12345"])


@settings(max_examples=20, deadline=None)
@given(st.lists(ids, min_size=20, max_size=60))
def test_an_id_is_cleaned_as_the_warehouse_cleans_it(values):
    table = ibis.memtable({"value": values}, schema={"value": "string"})
    kinds = ("user", "anon", "email", "phone", "card")
    rows = table.select("value", **{kind: typed(kind, table.value) for kind in kinds})
    for row in rows.to_pyarrow().to_pylist():
        for kind in kinds:
            assert typed_text(kind, row["value"]) == row[kind], (kind, row["value"])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"1", b'{"event": {}}', b'{"source_id": "w", "event": 3}', b"\xff\xfe",
     b'{"source_id":"w","received_at":"soon","event":{"type":"track","messageId":"m"}}'],
)  # fmt: skip
def test_what_is_no_call_is_passed_over(body):
    assert read_call(body, TrafficRules()) is None
