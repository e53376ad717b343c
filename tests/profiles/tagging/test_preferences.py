"""What a person's facts speak for, against a plain loop."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profiles.tagging.tag_tables import AS_OF, definition, fact_tables, order, tagged

from zhiyin.profiles.tagging.api import preferences

DAY = timedelta(days=1)
HALF_LIFE = 20
INTEREST = definition(
    "interest",
    f"""
family: preference
preference:
  by: channel
  half_life_days: {HALF_LIFE}
  within_days: 100
  top: 2
  least_facts: 2
  least_share: 0.5
  evidence:
    - {{of: orders, times: amount}}
    - {{of: events, where: {{event: Seen}}, weight: 0.5}}
""",
)
FACT = st.tuples(
    st.sampled_from(["orders", "events", "others"]),
    st.sampled_from(["user:a", "user:b", "user:c"]),
    st.sampled_from(["web", "app", "store"]),
    st.integers(0, 220),
    st.integers(0, 3),
)


def tables_of(facts):
    orders, events = [], []
    for place, (kind, visitor, channel, half_days, amount) in enumerate(facts):
        at = AS_OF - half_days * DAY / 2
        row = order(visitor, at, channel=channel)
        if kind == "orders":
            orders.append({**row, "order_id": str(place), "amount": Decimal(amount)})
        else:
            row = {"event_time": row.pop("order_time"), **row, "event_id": str(place)}
            events.append({**row, "event": "Seen" if kind == "events" else "Other"})
    return fact_tables({"dw.orders": orders, "dw.events": events})


def spoken(facts):
    """Return each person's values with their shares, strongest first, and how many facts spoke."""
    sums, counts = defaultdict(float), defaultdict(int)
    for kind, person, channel, half_days, amount in facts:
        weight = {"orders": float(amount), "events": 0.5, "others": 0.0}[kind]
        if weight > 0 and 0 < half_days <= 200:
            sums[person, channel] += weight * 0.5 ** (half_days / 2 / HALF_LIFE)
            counts[person] += 1
    found = {}
    for person in counts:
        mine = {channel: weight for (one, channel), weight in sums.items() if one == person}
        total = sum(mine.values())
        shares = sorted(((-round(w / total, 9), c) for c, w in mine.items()))
        found[person] = [(channel, -share) for share, channel in shares], counts[person]
    return found


@settings(max_examples=8, deadline=None)
@given(st.lists(FACT, max_size=60))
def test_shares_are_those_of_a_plain_loop(facts):
    tables = tables_of(facts)
    table = preferences(
        {"interest": INTEREST}, tables["dm.customers"], tables, as_of=AS_OF, timezone="UTC"
    )
    found = defaultdict(list)
    for row in sorted(table.to_pyarrow().to_pylist(), key=lambda row: row["place"]):
        found[row["person_id"]].append((row["value"], pytest.approx(row["weight"], abs=1e-8)))
    expected = {
        person: values[:2] for person, (values, count) in spoken(facts).items() if count >= 2
    }
    assert expected == dict(found)
    held = tagged({"interest": INTEREST}, tables)
    clear = {person for person, values in expected.items() if values[0][1] >= 0.5}
    assert {person for person, _ in held} == clear
    for (person, _), row in held.items():
        assert row["value"] == expected[person][0][0]
        assert row["weight"] == pytest.approx(expected[person][0][1], abs=1e-8)


def test_a_fact_of_one_half_life_counts_half():
    facts = [("orders", "user:a", "web", 2 * HALF_LIFE, 2), ("orders", "user:a", "app", 2, 1)]
    found = tagged({"interest": INTEREST}, tables_of(facts))
    share = found["user:a", "interest"]["weight"]
    assert share == pytest.approx(1 / (1 + 0.5 ** (1 / HALF_LIFE)))


def test_equal_shares_go_by_name():
    facts = [("events", "user:a", "web", 4, 0), ("events", "user:a", "app", 4, 0)]
    found = tagged({"interest": INTEREST}, tables_of(facts))
    assert found["user:a", "interest"]["value"] == "app"
