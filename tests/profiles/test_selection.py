"""The warehouse's reader of conditions, against plain Python."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profiles.condition_trees import (
    AMOUNTS,
    AS_OF,
    AUDIENCES,
    CATALOG,
    CITIES,
    EVENTS,
    MOMENTS,
    NUMBERS,
    VALUES,
    holds,
    trees,
)

from zhiyin.core.errors import InvalidInput
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import Sources, parse_condition, select
from zhiyin.profiles.selection import SOURCE_SPECS
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw

maybe = lambda *values: st.sampled_from([*values, None])  # noqa: E731


@st.composite
def facts(draw):
    event = draw(st.sampled_from(EVENTS))
    amount = draw(maybe(*map(Decimal, AMOUNTS)) if event != "Order Completed" else SUMS)
    measures = {"revenue": amount, "amount": amount}
    if event == "Order Completed":
        measures |= {"pieces": Decimal(2), "discount": Decimal("0.5")}
    return {
        "event": event,
        # Half days, so that facts fall together and windows end on them; some lie ahead.
        "time": AS_OF - timedelta(minutes=30 * draw(st.integers(-3, 110) | HALF_DAYS)),
        "device": draw(st.booleans()),
        "measures": measures,
        "revenue": amount,
        "amount": amount,
        **{name: draw(maybe(*values)) for name, values in VALUES.items() if name != "category"},
        "category": None,
        "brand": None,
    }


HALF_DAYS = st.sampled_from([0, 24, 48, 72, 96])
SUMS = st.sampled_from([*map(Decimal, AMOUNTS)])
person = st.fixed_dictionaries(
    {
        "attributes": st.fixed_dictionaries(
            {
                "city": st.sampled_from([*CITIES, None]),
                "clv": st.sampled_from([*map(float, NUMBERS), None]),
                "average_order": st.sampled_from([*NUMBERS, None]),
                "joined_at": st.sampled_from([*MOMENTS, None]),
                "is_buyer": st.booleans(),
            }
        ),
        "tags": st.dictionaries(st.just("vip"), st.sampled_from([*CITIES, None]), max_size=1),
        "scores": st.dictionaries(st.sampled_from(["churn", "clv"]), st.sampled_from(NUMBERS)),
        "facts": st.lists(facts(), max_size=5),
    }
)


def tables(people) -> Sources:
    rows = {spec.name: [] for spec in SOURCE_SPECS}
    rows[dw.PRODUCTS.name] = [{"product_id": key, **known} for key, known in CATALOG.items()]
    for place, one in enumerate(people):
        name = f"user:{place}"
        attributes = dict(one["attributes"])
        if attributes["average_order"] is not None:
            attributes["average_order"] = Decimal(str(attributes["average_order"]))
        rows[dm.CUSTOMERS.name].append({"person_id": name, **attributes})
        rows[dm.TAGS.name] += [
            {"person_id": name, "tag": tag, "value": value} for tag, value in one["tags"].items()
        ]
        rows[dm.SCORES.name] += [
            {"person_id": name, "model": model, "score": float(score)}
            for model, score in one["scores"].items()
        ]
        rows[PERSON_OF.name] += [
            {"visitor_id": visitor, "person_id": name} for visitor in (name, f"anon:{place}")
        ]
        for number, did in enumerate(one["facts"]):
            for spec, row in stored(did, name, f"anon:{place}", f"{place}-{number}"):
                rows[spec.name].append(row)
    held = (ibis.memtable(rows_of(spec, *rows[spec.name])) for spec in SOURCE_SPECS)
    return Sources(*held, as_of=AS_OF, audiences=AUDIENCES)


def stored(did, user, device, key):
    """Yield the rows that a fact becomes; an order and a refund have two lines each."""
    base = {
        "source_id": "s",
        "visitor_id": device if did["device"] else user,
        "ts_ms": (did["time"] - EPOCH) // timedelta(milliseconds=1),
    }
    product = {"product_id": did["product_id"]}
    if did["event"] == "Order Completed":
        names = ("channel", "store_id", "amount")
        own = {name: did[name] for name in names} | did["measures"]
        own.pop("revenue")
        yield dw.ORDERS, {**base, "order_id": key, **own}
        for line in (1, 2):
            yield dw.ORDER_LINES, {**base, **product, "order_id": key, "line_number": line}
    elif did["event"] == "Order Refunded":
        for line in (1, 2):
            # The sum of both is the refund's amount.
            amount = did["amount"] if line == 1 else None
            more = {"refund_id": key, "line_number": line, "amount": amount}
            yield dw.REFUNDS, {**base, **product, "reason": did["reason"], **more}
    else:
        names = ("channel", "campaign_id", "platform", "search_query", "revenue")
        own = {name: did[name] for name in names}
        yield dw.EVENTS, {**base, **product, "event_id": key, "event": did["event"], **own}


@settings(max_examples=40, deadline=None)
@given(st.lists(person, min_size=1, max_size=5), trees())
def test_the_warehouse_selects_those_for_whom_the_tree_holds(people, tree):
    selected = select(tree, tables(people)).to_pyarrow()["person_id"].to_pylist()
    named = [{**one, "id": f"user:{n}"} for n, one in enumerate(people)]
    expected = [one["id"] for one in named if holds(tree, one, AS_OF)]
    assert sorted(selected) == expected


def test_a_comparison_with_the_unknown_is_false_also_below_not(people_where):
    everyone = people_where(everyone=True)
    in_shanghai = people_where(attribute="city", equals="上海")
    elsewhere = people_where(**{"not": {"attribute": "city", "equals": "上海"}})
    assert sorted(in_shanghai + elsewhere) == everyone
    assert "user:bob" in elsewhere
    assert "user:bob" not in people_where(attribute="city", not_equals="上海")


def test_an_order_of_another_id_of_the_same_person_counts(people_where):
    assert people_where(did="Order Completed", at_least=2) == ["user:ann"]
    assert people_where(did="Order Completed", within_days=30) == ["user:ann"]
    assert people_where(did="Order Completed", product_id="p") == ["user:ann"]
    assert people_where(did="Order Refunded") == ["user:ann"]


def test_scores_of_the_mailbox_can_be_asked_for(people_where):
    assert people_where(score="churn", at_least=0.7) == ["user:ann"]
    assert people_where(audience="high_churn") == ["user:ann"]


def test_an_unknown_audience_is_named(sources):
    with pytest.raises(InvalidInput, match="'nobody' is not defined"):
        select(parse_condition({"audience": "nobody"}), sources)
