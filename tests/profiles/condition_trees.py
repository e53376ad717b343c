"""Random condition trees over a small vocabulary, and what they mean in plain Python."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from zhiyin.profiles.conditions import (
    All,
    AnyOf,
    Attribute,
    Audience,
    Comparison,
    Did,
    Everyone,
    Not,
    Score,
    Tag,
)

CITIES = ("Leeds", "Lee", "", "上海")
NUMBERS = (0, 1, 2, 2.5)
MOMENTS = tuple(datetime(2025, 6, day, 12) for day in (1, 2, 3))
EVENTS = ("Product Viewed", "Order Completed", "Order Refunded")
PRODUCTS = ("p", "q")
CHANNELS = ("web", "ads")


def comparison(operators, values):
    return st.builds(Comparison, st.sampled_from(operators), st.sampled_from(values))


def ordered(comparisons):
    """Give each operator once, in the order in which a file's are read."""
    from zhiyin.profiles.conditions import OPERATORS

    by_operator = {one.operator: one for one in comparisons}
    return tuple(by_operator[name] for name in OPERATORS if name in by_operator)


def some(*strategies, least=1):
    return st.lists(st.one_of(*strategies), min_size=least, max_size=2).map(ordered)


exists = comparison(["exists"], [True, False])
number = comparison(["equals", "not_equals", "at_least", "above", "at_most", "below"], NUMBERS)
numbers = st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2).map(
    lambda values: Comparison("one_of", tuple(values))
)
words = comparison(["equals", "not_equals", "contains", "starts_with"], [c for c in CITIES if c])
moment = comparison(["before", "after"], MOMENTS)
boolean = comparison(["equals", "not_equals"], [True, False])

attributes = st.one_of(
    st.builds(Attribute, st.just("city"), some(words, exists)),
    st.builds(Attribute, st.sampled_from(["clv", "average_order"]), some(number, numbers, exists)),
    st.builds(Attribute, st.sampled_from(["joined_at"]), some(moment, exists)),
    st.builds(Attribute, st.just("is_buyer"), some(boolean)),
)


@st.composite
def dids(draw):
    event = draw(st.sampled_from(EVENTS))
    at_least = draw(st.integers(0, 2))
    return Did(
        event,
        at_least=at_least,
        at_most=draw(st.none() | st.integers(at_least, 3)),
        within_days=draw(st.none() | st.sampled_from([0.5, 1, 2])),
        product_id=draw(st.none() | st.sampled_from(PRODUCTS)),
        channel=draw(st.none() | st.sampled_from(CHANNELS)) if event != "Order Refunded" else None,
    )


def trees():
    leaves = st.one_of(
        attributes,
        st.builds(Tag, st.sampled_from(["vip", "none"]), some(words, least=0)),
        st.builds(Score, st.sampled_from(["churn", "clv"]), some(number)),
        st.builds(Audience, st.sampled_from(["locals"])),
        dids(),
        st.just(Everyone()),
    )
    several = lambda inner: st.lists(inner, min_size=1, max_size=3).map(tuple)  # noqa: E731
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(All, several(inner)), st.builds(AnyOf, several(inner)), st.builds(Not, inner)
        ),
        max_leaves=6,
    )


AUDIENCES = {"locals": Attribute("city", (Comparison("starts_with", "Lee"),))}


def compare(value, one: Comparison) -> bool:
    if one.operator == "exists":
        return (value is not None) is one.value
    if value is None:
        return False
    wanted = one.value
    return {
        "equals": lambda: value == wanted,
        "not_equals": lambda: value != wanted,
        "one_of": lambda: value in wanted,
        "at_least": lambda: value >= wanted,
        "above": lambda: value > wanted,
        "at_most": lambda: value <= wanted,
        "below": lambda: value < wanted,
        "contains": lambda: wanted in value,
        "starts_with": lambda: value.startswith(wanted),
        "before": lambda: value < wanted,
        "after": lambda: value >= wanted,
    }[one.operator]()


def passes(value, comparisons) -> bool:
    return all(compare(value, one) for one in comparisons)


def holds(tree, person: dict, as_of: datetime) -> bool:  # noqa: PLR0911 - one per node
    """Return whether a tree holds for one person, with everything about them in one mapping."""
    match tree:
        case Everyone():
            return True
        case All(nodes):
            return all(holds(node, person, as_of) for node in nodes)
        case AnyOf(nodes):
            return any(holds(node, person, as_of) for node in nodes)
        case Not(node):
            return not holds(node, person, as_of)
        case Attribute(name, comparisons):
            return passes(person["attributes"][name], comparisons)
        case Tag(name, comparisons):
            return name in person["tags"] and passes(person["tags"][name], comparisons)
        case Score(model, comparisons):
            return passes(person["scores"].get(model), comparisons)
        case Audience(name):
            return holds(AUDIENCES[name], person, as_of)
        case Did():
            times = sum(counts(tree, fact, as_of) for fact in person["facts"])
            return tree.at_least <= times <= (99 if tree.at_most is None else tree.at_most)


def counts(did: Did, fact: dict, as_of: datetime) -> bool:
    start = as_of - timedelta(days=9999 if did.within_days is None else did.within_days)
    return (
        fact["event"] == did.event
        and start <= fact["time"] < as_of
        and did.product_id in (None, fact["product_id"])
        and did.channel in (None, fact["channel"])
    )
