from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from tests.measurement.small_shop import (
    AS_OF,
    AS_OF_MS,
    START_MS,
    instant,
    keyed,
    orders,
    person_table,
    persons,
    table,
    touches,
)

from zhiyin.measurement.last_touch import UNATTRIBUTED, order_credits

LOOK_BACK = timedelta(seconds=6)


def credits_by_hand(bought, contacts, person_of):
    def person(visitor):
        return None if visitor is None else person_of.get(visitor, visitor)

    seen = [order for order in bought if order["ts_ms"] < AS_OF_MS]
    found = {}
    for order in seen:
        who, at = person(order["visitor_id"]), order["ts_ms"]
        before = [
            (touch["ts_ms"], touch["touch_id"], touch)
            for touch in contacts
            if person(touch["visitor_id"]) == who
            and at - 6000 <= touch["ts_ms"] <= at
            and (
                touch["touch_kind"] in ("opened", "clicked")
                or (
                    touch["touch_kind"] == "visit"
                    and (touch["channel"] != "direct" or touch["campaign_id"])
                )
            )
        ]
        last = max(before, key=lambda item: item[:2])[2] if before and who else None
        first = min(
            ((o["ts_ms"], o["order_id"]) for o in seen if person(o["visitor_id"]) == who),
        )
        found[(order["order_id"],)] = {
            "source_id": "till",
            "model": "last_touch",
            "ts_ms": at,
            "channel": last["channel"] if last else UNATTRIBUTED,
            "campaign_id": (last["campaign_id"] if last else None) or "",
            "is_first": who is not None and first == (at, order["order_id"]),
            "revenue": order["amount"],
        }
    return found


def credited(bought, contacts, person_of, look_back=LOOK_BACK):
    return order_credits(
        table("orders", bought),
        table("touches", contacts),
        person_table(person_of),
        as_of=AS_OF,
        look_back=look_back,
    )


@given(orders(), touches(), persons())
@settings(max_examples=20, deadline=None)
def test_credits_are_those_given_by_hand(bought, contacts, person_of):
    found = keyed(credited(bought, contacts, person_of), "order_id")
    assert found == credits_by_hand(bought, contacts, person_of)


def order(at: int) -> dict:
    return {
        "source_id": "till", "order_id": "o1", "visitor_id": "user:1", "ts_ms": at,
        "order_time": instant(at), "order_date": instant(at).date(), "amount": Decimal(10),
        "currency": "CNY",
    }  # fmt: skip


def visit(at: int, channel: str = "ads") -> dict:
    return {
        "touch_id": f"{channel}{at}", "visitor_id": "user:1", "touch_kind": "visit",
        "channel": channel, "ts_ms": at, "touch_time": instant(at),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("age", "channel"), [(0, "ads"), (6000, "ads"), (6001, UNATTRIBUTED), (-1, UNATTRIBUTED)]
)
def test_a_touch_counts_from_the_look_back_to_the_order_itself(age, channel):
    found = keyed(credited([order(START_MS)], [visit(START_MS - age)], {}), "order_id")
    assert found[("o1",)]["channel"] == channel


def test_an_older_touch_stays_hidden_behind_a_direct_visit_only_if_that_is_no_touch():
    contacts = [visit(START_MS - 2000, "ads"), visit(START_MS - 1000, "direct")]
    found = keyed(credited([order(START_MS)], contacts, {}), "order_id")
    assert found[("o1",)]["channel"] == "ads"


def test_of_touches_at_the_same_instant_the_greatest_id_takes_the_credit():
    # Given in falling order of id, so that the order of rows would choose the wrong one.
    contacts = [visit(START_MS, channel) for channel in ("wechat", "email", "ads")]
    found = keyed(credited([order(START_MS)], contacts, {}), "order_id")
    assert found[("o1",)]["channel"] == "wechat"
    again = keyed(credited([order(START_MS)], contacts[::-1], {}), "order_id")
    assert again == found
