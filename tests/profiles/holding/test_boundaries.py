"""What lies exactly on a bound, in both readers: the instants at which an answer turns."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from tests.profiles.condition_trees import AS_OF, holds
from tests.profiles.holding.test_two_readers import Follower, known_of, milliseconds
from tests.profiles.test_selection import tables

from zhiyin.profiles.api import parse_condition, select

DAY, MS, NONE = timedelta(days=1), timedelta(milliseconds=1), timedelta(0)
VIEW, BUY, BACK = "Product Viewed", "Order Completed", "Order Refunded"
NOBODY = {
    "attributes": {
        **dict.fromkeys(["city", "clv", "average_order", "joined_at"]), "is_buyer": False,
    },
    "tags": {},
    "scores": {},
}  # fmt: skip


def fact(event, before):
    measures = {"revenue": 1, "amount": 1}
    if event == BUY:
        measures |= {"pieces": 1, "discount": 0}
    told = ("channel", "campaign_id", "platform", "search_query", "store_id", "reason", "category")
    return {
        **dict.fromkeys(told), "event": event, "time": AS_OF - before, "device": False,
        "measures": measures, "revenue": 1, "amount": 1, "product_id": None, "brand": None,
    }  # fmt: skip


# A condition; then what somebody did how long before the instant asked about, and whether it holds.
STEP = {"sequence": [{"did": VIEW}, {"did": BUY, "within_days": 1}]}
SINCE = {"did": VIEW, "since": {"did": BUY}}
SUM_SINCE = {"did": VIEW, "sum": {"of": "revenue", "at_least": 1}, "since": {"did": BUY}}
WINDOW = {"did": VIEW, "within_days": 1}
SUM = {"did": VIEW, "sum": {"of": "revenue", "at_least": 1}, "within_days": 1}
AT_MOST = {"did": VIEW, "at_least": 0, "at_most": 1, "within_days": 1}
OLD = {"last_did": VIEW, "older_than_days": 1}
BARRED = {"sequence": [{"did": VIEW}, {"did": BUY, "without": {"did": BACK}}]}
LONG = {**STEP, "within_days": 2}
CASES = {
    "a step exactly as late as it may be": (STEP, [(VIEW, 3 * DAY), (BUY, 2 * DAY)], True),
    "a step too late": (STEP, [(VIEW, 3 * DAY + MS), (BUY, 2 * DAY)], False),
    "a step at the instant of the one before": (STEP, [(VIEW, DAY), (BUY, DAY)], False),
    "a step just after the one before": (STEP, [(VIEW, DAY + MS), (BUY, DAY)], True),
    "at the instant of the other deed": (SINCE, [(BUY, DAY), (VIEW, DAY)], False),
    "just after the other deed": (SINCE, [(BUY, DAY), (VIEW, DAY - MS)], True),
    "just before the other deed": (SINCE, [(BUY, DAY), (VIEW, DAY + MS)], False),
    "a sum at the instant of the other deed": (SUM_SINCE, [(BUY, DAY), (VIEW, DAY)], False),
    "a sum just after the other deed": (SUM_SINCE, [(BUY, DAY), (VIEW, DAY - MS)], True),
    "at the beginning of the window": (WINDOW, [(VIEW, DAY)], True),
    "just before the window": (WINDOW, [(VIEW, DAY + MS)], False),
    "a sum at the beginning of the window": (SUM, [(VIEW, DAY)], True),
    "a sum just before the window": (SUM, [(VIEW, DAY + MS)], False),
    "now": (WINDOW, [(VIEW, NONE)], False),
    "just before now": (WINDOW, [(VIEW, MS)], True),
    "one too many at the beginning": (AT_MOST, [(VIEW, DAY), (VIEW, MS)], False),
    "one that has just left": (AT_MOST, [(VIEW, DAY + MS), (VIEW, MS)], True),
    "exactly as old": (OLD, [(VIEW, DAY)], False),
    "just older": (OLD, [(VIEW, DAY + MS)], True),
    "a bar with the first step": (BARRED, [(VIEW, DAY), (BACK, DAY), (BUY, MS)], True),
    "a bar just after it": (BARRED, [(VIEW, DAY), (BACK, DAY - MS), (BUY, MS)], False),
    "a bar just before the next": (BARRED, [(VIEW, DAY), (BACK, 2 * MS), (BUY, MS)], False),
    "a bar with the next step": (BARRED, [(VIEW, DAY), (BACK, MS), (BUY, MS)], True),
    "a sequence that begins with its window": (LONG, [(VIEW, 2 * DAY), (BUY, DAY)], True),
    "a sequence that began before": (LONG, [(VIEW, 2 * DAY + MS), (BUY, DAY + MS)], False),
}  # fmt: skip
TREES = {name: parse_condition(tree) for name, (tree, _, _) in CASES.items()}
DONE = {name: [fact(*one) for one in facts] for name, (_, facts, _) in CASES.items()}
EXPECTED = {name: expected for name, (_, _, expected) in CASES.items()}


def test_the_oracle_puts_bounds_where_they_are_meant():
    told = {name: {**NOBODY, "id": "user:0", "facts": facts} for name, facts in DONE.items()}
    assert {name: holds(TREES[name], one, AS_OF) for name, one in told.items()} == EXPECTED


@pytest.mark.parametrize("name", CASES)
def test_event_by_event_bounds_lie_where_they_are_meant_in_any_order_of_arrival(name):
    for order in permutations(DONE[name]):
        follower = Follower({"tree": TREES[name]}, known_of(NOBODY))
        for one in order:
            follower.arrives(milliseconds(AS_OF), one)
        assert follower.held() == ({"tree"} if EXPECTED[name] else set())
        # And when time alone goes by, from before everything was done.
        patient = Follower({"tree": TREES[name]}, known_of(NOBODY))
        patient.arrives(milliseconds(AS_OF - 9 * DAY), *order)
        patient.wait_until(milliseconds(AS_OF))
        assert patient.held() == follower.held()


def test_the_warehouse_puts_bounds_where_they_are_meant():
    sources = tables([{**NOBODY, "facts": facts} for facts in DONE.values()])
    people = {name: f"user:{place}" for place, name in enumerate(DONE)}
    for tree in dict.fromkeys(TREES.values()):
        selected = set(select(tree, sources).to_pyarrow()["person_id"].to_pylist())
        mine = [name for name in CASES if TREES[name] == tree]
        found = {name: people[name] in selected for name in mine}
        assert found == {name: EXPECTED[name] for name in mine}
