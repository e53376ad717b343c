"""Calls in, people out."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from zhiyin.collect.api import TrafficRules, accept
from zhiyin.identity.api import Inputs, load_policy
from zhiyin.profiles.api import parse_condition
from zhiyin.profiles.holding.api import TagTree, compiled
from zhiyin.profiles.live.api import (
    Call,
    People,
    Rules,
    advance,
    follow,
    read_call,
    regrouped,
    renewed,
    shown,
)
from zhiyin.profiles.live.people import MOST_TAIL, decoded, encoded, nobody

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TAGS = {
    "searching": {"all": [
        {"did": "Products Searched", "within_days": 3},
        {"not": {"did": "Order Completed", "within_days": 3}},
    ]},
}  # fmt: skip
AUDIENCES = {
    "abandoned": {"did": "Product Added", "within_hours": 1, "since": {"did": "Order Completed"}},
    "viewers": {"did": "Product Viewed", "at_least": 2},
    "searching_buyers": {"all": [{"tag": "searching"}, {"attribute": "is_buyer", "equals": True}]},
    "viewed_then_bought": {
        "sequence": [{"did": "Product Viewed"}, {"did": "Order Completed", "within_days": 1}],
    },
}  # fmt: skip
numbers = itertools.count()


@pytest.fixture(scope="module")
def rules():
    tags = {name: TagTree(parse_condition(tree)) for name, tree in TAGS.items()}
    audiences = {name: parse_condition(tree) for name, tree in AUDIENCES.items()}
    return Rules(compiled(tags, audiences), Inputs(load_policy()), generation="g")


def milliseconds(instant):
    return int(instant.timestamp() * 1000)


def call(event=None, *, at=NOW, kind="track", key=None, **fields) -> Call:
    told = {"type": kind, "timestamp": at.isoformat(), "messageId": key or f"m{next(numbers)}"}
    if event:
        told["event"] = event
    body = accept({**told, **fields}, source_id="web", received_at=at)
    assert isinstance(body, bytes)
    found = read_call(body, TrafficRules())
    assert found is not None
    return found


def heard(people, rules, *calls, now=None):
    """Follow calls, everybody coming back as from a store."""
    at = now or NOW + timedelta(seconds=1)
    follow(people, calls, rules, now=milliseconds(at))
    for name, person in people.by_person.items():
        people.by_person[name] = decoded(encoded(person))
    people.changed.clear(), people.anew.clear()


def of(people, rules, name):
    return shown(people.by_person[people.person_of[name]], rules.program)


def names(profile):
    return {one["tag"] for one in profile.tags}, {one["audience"] for one in profile.audiences}


def test_what_a_device_did_is_the_customers_once_they_log_in(rules):
    people = People()
    heard(people, rules, call("Product Viewed", anonymousId="d1"))
    heard(people, rules, call("Product Viewed", userId="7"))
    assert names(of(people, rules, "anon:d1")) == (set(), set())
    heard(people, rules, call(kind="identify", userId="7", anonymousId="d1", traits={"city": "x"}))
    profile = of(people, rules, "anon:d1")
    assert profile.person_id == "user:7"
    assert profile.ids == ["anon:d1", "user:7"]
    assert names(profile) == (set(), {"viewers"})
    assert profile.counters == {"Product Viewed": 2}
    assert profile.attributes["city"] == profile.traits["city"] == "x"
    assert "anon:d1" in people.gone
    assert set(people.by_person) == {"user:7"}


def test_two_customer_numbers_on_one_device_stay_two_people(rules):
    people = People()
    heard(people, rules, call("Product Viewed", userId="7", anonymousId="d1"))
    heard(people, rules, call("Product Viewed", userId="8", anonymousId="d1"))
    assert of(people, rules, "user:7").person_id == "user:7"
    assert of(people, rules, "user:8").person_id == "user:8"


def test_a_call_or_an_order_that_comes_again_counts_once(rules):
    people = People()
    order = {"order_id": "o1", "revenue": 12.5}
    heard(
        people, rules,
        call("Product Viewed", userId="7", key="a"), call("Product Viewed", userId="7", key="a"),
        call("Order Completed", userId="7", properties=order),
        call("Order Completed", userId="7", properties=order),
    )  # fmt: skip
    heard(people, rules, call("Product Viewed", userId="7", key="a"))
    profile = of(people, rules, "user:7")
    assert profile.attributes["orders"] == 1
    assert profile.attributes["monetary"] == 12.5
    assert "viewers" not in names(profile)[1]


def test_tags_and_audiences_follow_events_attributes_and_time(rules):
    people = People()
    heard(people, rules, call("Product Viewed", userId="7"))
    heard(people, rules, call("Products Searched", userId="7", at=NOW - 4 * DAY))
    assert names(of(people, rules, "user:7")) == (set(), set())
    heard(people, rules, call("Products Searched", userId="7", at=NOW - 3 * DAY + DAY / 24))
    assert names(of(people, rules, "user:7")) == ({"searching"}, set())
    person = people.by_person["user:7"]
    left = milliseconds(NOW + DAY / 24) + 1
    assert person.next_at == left
    advance(person, (), rules, now=left)
    assert names(of(people, rules, "user:7")) == (set(), set())
    assert person.next_at is None


def test_an_audience_of_an_attribute_follows_it(rules):
    people = People()
    old = call("Order Completed", userId="7", at=NOW - 9 * DAY, properties={"revenue": 1})
    heard(people, rules, call("Products Searched", userId="7"), old)
    assert names(of(people, rules, "user:7")) == ({"searching"}, {"searching_buyers"})


def test_what_happens_ahead_of_the_clock_counts_once_its_time_has_come(rules):
    people = People()
    ahead = NOW + DAY / 48
    told = call("Products Searched", userId="7", at=NOW)
    told.ts_ms = milliseconds(ahead)
    heard(people, rules, told)
    assert names(of(people, rules, "user:7"))[0] == set()
    person = people.by_person["user:7"]
    assert person.next_at == milliseconds(ahead) + 1
    advance(person, (), rules, now=milliseconds(ahead) + 1)
    assert names(of(people, rules, "user:7"))[0] == {"searching"}


def test_an_alias_makes_two_ids_one_person(rules):
    people = People()
    heard(people, rules, call("Product Viewed", anonymousId="d9"))
    heard(people, rules, call(kind="alias", userId="9", previousId="d9"))
    assert of(people, rules, "anon:d9").person_id == "user:9"


def test_working_a_person_out_anew_keeps_what_only_the_log_has_told(rules):
    people = People()
    heard(people, rules, call("Product Viewed", userId="7"), call("Product Viewed", userId="7"))
    person = people.by_person["user:7"]
    first, second = person.tail
    held = {"user:7": [first]}
    seeded = nobody("user:7", ["anon:old"])
    (group,) = regrouped([person], [seeded], rules, at=NOW.replace(tzinfo=None))
    again = renewed(group.person, group.found, held, rules, now=milliseconds(NOW + DAY))
    assert again.tail == [second]
    assert again.ids == ["user:7", "anon:old"]
    assert again.state.held == {"audience:viewers"}
    assert again.counters == {"Product Viewed": 2}
    gone = renewed(again, [seeded], {}, rules, now=milliseconds(NOW + 99 * DAY))
    assert gone.tail == []
    assert gone.state.held == frozenset()


def test_working_a_person_out_anew_counts_orders_that_the_warehouse_lacks_once(rules):
    people = People()
    for number in ("o1", "o2"):
        order = {"order_id": number, "revenue": 10}
        heard(people, rules, call("Order Completed", userId="7", properties=order))
    person = people.by_person["user:7"]
    seeded = nobody("user:7")
    seeded.attributes |= {"orders": 1, "monetary": 10.0, "is_buyer": True}
    held = {"user:7": [person.tail[0]]}
    for _ in range(2):
        (group,) = regrouped([person], [seeded], rules, at=NOW.replace(tzinfo=None))
        person = renewed(group.person, group.found, held, rules, now=milliseconds(NOW + DAY))
        assert (person.attributes["orders"], person.attributes["monetary"]) == (2, 20.0)
        assert seeded.attributes["orders"] == 1


def test_a_hundred_traits_are_kept_and_long_ones_are_not(rules):
    people = People()
    traits = {f"t{n}": n for n in range(500)} | {"long": "x" * 5_000, "deep": {"a": 1}}
    heard(people, rules, call(kind="identify", userId="7", traits=traits))
    kept = of(people, rules, "user:7").traits
    assert len(kept) == 100
    assert "long" not in kept


def test_amounts_beyond_all_sense_keep_nobody_from_being_stored():
    asked = parse_condition({"did": "Gift Sent", "sum": {"of": "revenue", "above": 1}})
    rules = Rules(compiled({}, {"givers": asked}), Inputs(load_policy()), generation="g")
    people, most = People(), 9_999_999_999_999
    lines = [{"product_id": "p", "price": most, "quantity": one} for one in (most, 9_000, 1)]
    gifts = [call("Gift Sent", userId="7", properties={"revenue": most}) for _ in range(120)]
    for event in ("Order Completed", "Order Refunded"):
        heard(people, rules, call(event, userId="7", properties={"products": lines}))
    heard(people, rules, *gifts)
    assert names(of(people, rules, "user:7"))[1] == {"givers"}
    assert of(people, rules, "user:7").attributes["orders"] == 1


def test_what_no_condition_hears_is_counted_but_not_kept_for_the_next_run(rules):
    people = People()
    heard(people, rules, call("Product Viewed", userId="7"))
    length = len(encoded(people.by_person["user:7"]))
    heard(people, rules, *(call(kind="page", userId="7", at=NOW + DAY) for _ in range(600)))
    person = people.by_person["user:7"]
    assert [one.fact.event for one in person.tail] == ["Product Viewed"]
    assert len(encoded(person)) < length + 6_000  # 512 digests of calls
    assert person.counters == {"Page Viewed": 600, "Product Viewed": 1}
    again = renewed(person, [nobody("user:7")], {}, rules, now=milliseconds(NOW + 2 * DAY))
    assert again.attributes["last_seen_at"] == "2026-03-02T12:00:00"
    deaf = Rules(compiled({}, {}), rules.who, generation="h")
    assert renewed(person, [], {}, deaf, now=milliseconds(NOW + 2 * DAY)).tail == []


def test_a_profile_ends_growing_whatever_one_id_does_and_conditions_stay_exact():
    often = parse_condition({"did": "Product Viewed", "at_least": MOST_TAIL + 200})
    rules = Rules(compiled({}, {"often": often}), Inputs(load_policy()), generation="g")
    people = People()
    heard(people, rules, *(call("Product Viewed", userId="7") for _ in range(MOST_TAIL + 199)))
    assert names(of(people, rules, "user:7"))[1] == set()
    last = call("Product Viewed", userId="7", at=NOW + DAY)
    heard(people, rules, last, now=NOW + 2 * DAY)
    assert names(of(people, rules, "user:7"))[1] == {"often"}
    tail = people.by_person["user:7"].tail
    assert (len(tail), tail[-1].fact.ts_ms) == (MOST_TAIL, last.ts_ms)
    ahead = [call("Product Viewed", userId="7", at=NOW + 3 * DAY) for _ in range(MOST_TAIL + 9)]
    heard(people, rules, *ahead, now=NOW + 2 * DAY)
    assert len(people.by_person["user:7"].state.pending) == MOST_TAIL
    heard(people, rules, *(call(f"Event {n}", userId="7") for n in range(500)))
    assert len(people.by_person["user:7"].counters) == 200
    assert people.by_person["user:7"].counters["Product Viewed"] == 2 * MOST_TAIL + 209
    # Two such people in one are no larger.
    heard(people, rules, *(call("Product Viewed", anonymousId="d1") for _ in range(MOST_TAIL)))
    heard(people, rules, call(kind="identify", userId="7", anonymousId="d1"))
    tail = people.by_person["user:7"].tail
    assert (len(tail), tail[-1].fact.ts_ms) == (MOST_TAIL, ahead[-1].ts_ms)


def test_an_order_told_late_is_as_old_as_it_is(rules):
    people = People()

    def told(days):
        one = {"order_id": f"o{days}", "revenue": 1}
        heard(people, rules, call("Order Completed", userId="7", at=NOW - days * DAY,
                                  properties=one))  # fmt: skip
        kept = of(people, rules, "user:7").attributes
        return kept["recency_days"], kept["orders_90d"], kept["orders"]

    assert told(91) == (91, 0, 1)
    assert told(4) == (4, 1, 2)
    assert told(30) == (4, 2, 3)
    assert told(0) == (0, 3, 4)


class Looked(list):
    """People, and how often one of them was looked at."""

    looks = 0

    def __iter__(self):
        for one in super().__iter__():
            self.looks += 1
            yield one

    def __contains__(self, one):
        return any(one is other for other in self)


def test_putting_people_together_anew_looks_at_each_of_them_few_times(rules):
    stale = Looked(nobody(f"user:{n}", [f"anon:{n}"]) for n in range(50))
    found = Looked(nobody(f"user:{n}", [f"anon:{n}", f"email:{n}"]) for n in range(50))
    groups = regrouped(stale, found, rules, at=NOW.replace(tzinfo=None))
    assert len(groups) == 50
    assert groups[7].person.ids == ["user:7", "anon:7", "email:7"]
    assert groups[7].found == [found[7]]
    assert stale.looks <= 200
    assert found.looks <= 200
