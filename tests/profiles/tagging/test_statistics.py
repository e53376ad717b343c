"""Figures over a person's facts, against plain loops."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profiles.tagging.tag_tables import AS_OF, PEOPLE, definition, fact_tables, order, tagged

from zhiyin.profiles.api import DEFAULTS, load_tags
from zhiyin.profiles.tagging.api import columns_of
from zhiyin.testing.rows import EPOCH

STATISTICS = {
    "count": "{of: orders, take: count, within_days: 30}",
    "web": "{of: orders, take: count, where: {channel: web}}",
    "big": "{of: orders, take: count, where: {amount: {at_least: 5}, channel: [web, app]}}",
    "sum": "{of: orders, take: sum, column: amount, within_days: 90}",
    "mean": "{of: orders, take: mean, column: amount, least_facts: 2}",
    "least": "{of: orders, take: least, column: amount}",
    "greatest": "{of: orders, take: greatest, column: amount}",
    "first": "{of: orders, take: first, column: channel}",
    "last": "{of: orders, take: last, column: channel}",
    "most": "{of: orders, take: most_frequent, column: channel}",
    "unique": "{of: orders, take: unique, column: channel}",
    "trend": "{of: orders, take: trend, column: amount, within_days: 60}",
    "rise": "{of: orders, take: trend, within_days: 60}",
    "percentile": "{of: orders, take: percentile, percentile: 0.75, column: amount}",
    "since": "{of: orders, take: days_since}",
}
TAGS = {
    name: definition(name, f"{{family: value, statistic: {text}}}")
    for name, text in STATISTICS.items()
}
DAY = timedelta(days=1)
ORDER = st.tuples(
    st.sampled_from(["user:a", "user:b", "user:c", "user:d", "user:e", "anon:x", None]),
    # Half days around the edges of windows, milliseconds that are equal, the future.
    st.sampled_from([0, 1, 59, 60, 61, 180, 181]).map(lambda half: AS_OF - half * DAY / 2)
    | st.integers(-2, 8_000).map(lambda n: AS_OF - timedelta(milliseconds=n * 1_000_003)),
    st.sampled_from(["web", "app", "store", None]),
    st.integers(0, 9),
)


def figures(orders: list[tuple]) -> dict[str, object]:
    """Return what each statistic should say of one person's orders."""
    seen = sorted(
        (at, channel, amount) for at, channel, amount in
        ((at, channel or "", amount) for at, channel, amount in orders) if at < AS_OF
    )  # fmt: skip
    amounts = [amount for _, _, amount in seen]
    channels = [(at, channel) for at, channel, _ in seen if channel]

    def within(days, rows=seen):
        return [row for row in rows if row[0] >= AS_OF - days * DAY]

    def grown(late, early):
        return (late - early) / early if early else None

    window = within(60)
    late = [row for row in window if row[0] >= AS_OF - 30 * DAY]
    early = [row for row in window if row[0] < AS_OF - 30 * DAY]
    counts = Counter(channel for _, channel in channels)
    return {
        "count": len(within(30)) or None,
        "web": counts["web"] or None,
        "big": sum(c in ("web", "app") and amount >= 5 for _, c, amount in seen) or None,
        "sum": sum(row[2] for row in within(90)) if within(90) else None,
        "mean": float(np.mean(amounts)) if len(amounts) >= 2 else None,
        "least": min(amounts, default=None),
        "greatest": max(amounts, default=None),
        "first": min(channels)[1] if channels else None,
        "last": max(channels)[1] if channels else None,
        "most": min(counts, key=lambda one: (-counts[one], one)) if counts else None,
        "unique": len(counts) or None,
        "trend": grown(sum(r[2] for r in late), sum(r[2] for r in early)),
        "rise": grown(len(late), len(early)),
        "percentile": float(np.quantile(amounts, 0.75)) if amounts else None,
        "since": (AS_OF - seen[-1][0]) // DAY if seen else None,
    }


@settings(max_examples=8, deadline=None)
@given(st.lists(ORDER, max_size=60))
def test_figures_are_those_of_a_plain_loop(orders):
    rows = [
        order(visitor, at, channel=channel, amount=Decimal(amount), order_id=str(place))
        for place, (visitor, at, channel, amount) in enumerate(orders)
    ]
    merged = [{"visitor_id": "anon:x", "person_id": "user:a"}]
    found = tagged(
        TAGS, fact_tables({"dw.orders": rows, "dw.person_of": merged}, people=(*PEOPLE, "user:f"))
    )
    owners = {"anon:x": "user:a"}
    for person in (*PEOPLE, "user:f"):
        mine = [row[1:] for row in orders if owners.get(row[0], row[0]) == person]
        for name, expected in figures(mine).items():
            row = found.get((person, name))
            if expected is None:
                assert row is None, (person, name)
            elif isinstance(expected, str):
                assert (row["value"], row["number"]) == (expected, None), (person, name)
            else:
                assert row["number"] == pytest.approx(expected), (person, name)


def one_person(text: str, **tables):
    found = tagged({"t": definition("t", text)}, fact_tables(tables))
    return found.get(("user:a", "t"))


def orders_of(*amounts):
    return [
        order("user:a", AS_OF - (place + 1) * DAY, amount=Decimal(amount), order_id=str(place))
        for place, amount in enumerate(amounts)
    ]


def test_a_figure_is_named_by_its_band_and_keeps_its_number():
    text = """
family: value
statistic: {of: orders, take: sum, column: amount, bands: [{below: 10, is: small}, {is: large}]}
"""
    row = one_person(text, **{"dw.orders": orders_of(4, 6)})
    assert (row["value"], row["number"], row["origin"]) == ("large", 10.0, "statistic")


def test_money_is_written_with_two_digits_and_a_count_without():
    rows = {"dw.orders": orders_of("4.5", "6")}
    total = "{family: value, statistic: {of: orders, take: sum, column: amount}}"
    assert one_person(total, **rows)["value"] == "10.50"
    count = "{family: value, statistic: {of: orders, take: count}}"
    assert one_person(count, **rows)["value"] == "2"


def test_nothing_grows_from_nothing():
    text = "{family: value, statistic: {of: orders, take: trend, within_days: 60}}"
    assert one_person(text, **{"dw.orders": orders_of(1, 2)}) is None


def test_facts_have_what_their_product_and_their_instant_say():
    products = [
        {"product_id": str(n), "category": "tea", "brand": "b", "price": Decimal(n)}
        for n in range(3)
    ]
    at = AS_OF - timedelta(days=1, hours=2)  # 22:00 UTC, 6 in the morning in Shanghai
    lines = [order("user:a", at, order_id="1", line_number=1, product_id="2")]
    tables = fact_tables({"dw.order_lines": lines, "dw.products": products})
    asked = {
        name: definition(
            name, f"{{family: value, statistic: {{of: order_lines, take: last, column: {name}}}}}"
        )
        for name in ("category", "brand", "price_band", "time_of_day", "day_of_week")
    }
    found = tagged(asked, tables, timezone="Asia/Shanghai")
    assert {name: row["value"] for (_, name), row in found.items()} == {
        "category": "tea", "brand": "b", "price_band": "high", "time_of_day": "morning",
        "day_of_week": "weekend",
    }  # fmt: skip


def test_a_tag_tells_when_it_ends():
    text = "{family: value, valid_days: 7, statistic: {of: orders, take: count}}"
    row = one_person(text, **{"dw.orders": orders_of(1)})
    assert row["valid_until"] == AS_OF + 7 * DAY


def test_people_without_a_customer_row_have_no_tags():
    text = "{family: value, statistic: {of: orders, take: count}}"
    rows = [order("user:nobody", AS_OF - DAY, order_id="1")]
    assert tagged({"t": definition("t", text)}, fact_tables({"dw.orders": rows})) == {}


def said(visitor: str, days_ago: int, **columns) -> dict:
    at = AS_OF - days_ago * DAY
    ms = (at - EPOCH) // timedelta(milliseconds=1)
    return {
        "feedback_id": f"{visitor}/{days_ago}", "visitor_id": visitor, "person_id": "user:old",
        "feedback_time": at, "ts_ms": ms, **columns,
    }  # fmt: skip


def test_what_people_said_counts_like_any_other_fact():
    feedback = [
        said("user:a", 100, sentiment="positive"),
        said("user:a", 30, sentiment="negative", reason="slow_delivery"),
        said("user:b", 80, sentiment="negative", reason="too_expensive"),
        said("user:b", 20, sentiment="negative", reason="poor_quality"),
        said("user:b", 10, sentiment="negative", reason="poor_quality"),
        said("anon:x", 5, sentiment="neutral", reason=None),
        said("user:d", 91, sentiment="negative", reason="damaged"),
        said("user:e", -1, sentiment="negative", reason="damaged"),
        {"feedback_id": "no time", "visitor_id": "user:e", "sentiment": "negative"},
    ]
    merged = [{"visitor_id": "anon:x", "person_id": "user:b"}]
    defaults = load_tags(DEFAULTS)
    wanted = {name: defaults[name] for name in ("last_sentiment", "complains_about")}
    found = tagged(wanted, fact_tables({"dm.feedback": feedback, "dw.person_of": merged}))
    assert {key: row["value"] for key, row in found.items()} == {
        ("user:a", "last_sentiment"): "negative",
        ("user:b", "last_sentiment"): "neutral",
        ("user:a", "complains_about"): "slow_delivery",
        ("user:b", "complains_about"): "poor_quality",
        ("user:d", "complains_about"): "damaged",
    }


def test_the_words_and_the_person_of_feedback_are_no_columns_for_tags():
    columns = columns_of("feedback")
    assert columns["score"] == "number"
    assert {"sentiment", "reason", "topic", "brand", "time_of_day"} <= set(columns)
    assert not {"text", "person_id", "visitor_id"} & set(columns)
