"""Random condition trees over a small vocabulary, and what they mean in plain Python."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from zhiyin.core.ids import bucket
from zhiyin.profiles.conditions import (
    All,
    AnyOf,
    Attribute,
    Audience,
    Comparison,
    Deed,
    Did,
    Everyone,
    Filter,
    Not,
    Occurred,
    RandomBucket,
    Score,
    Sequence,
    Step,
    Sum,
    Tag,
    Window,
)
from zhiyin.profiles.deeds import fact_kind

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


AS_OF = datetime(2025, 6, 3, 12)
AMOUNTS = ("0.5", "10", "12.25")
DAYS = (0.5, 1, 2)
VALUES = {
    "product_id": PRODUCTS,
    "category": ("shoes", "hats"),
    "brand": ("acme",),
    "channel": CHANNELS,
    "campaign_id": ("c",),
    "platform": ("web", "app"),
    "search_query": ("red shoes", "hat"),
    "store_id": ("s1",),
    "reason": ("broken",),
}
# The product's own properties, by its id.
CATALOG = {"p": {"category": "shoes", "brand": "acme"}, "q": {"category": "hats", "brand": None}}


@st.composite
def filters(draw, event):
    """Draw a filter or two for an event, in the order in which a file's are read."""
    known = fact_kind(event).properties
    names = draw(st.lists(st.sampled_from([n for n in known if n in VALUES]), max_size=2))
    found = []
    for name in known:
        if name in names:
            value = draw(st.sampled_from(VALUES[name]))
            found.append(Filter(name, (draw(text_comparison(value)),)))
    amount = next((n for n in ("revenue", "amount") if n in known), None)
    if draw(st.integers(0, 4)) == 0:
        value = float(draw(st.sampled_from(AMOUNTS)))
        found.append(Filter(amount, (Comparison(draw(st.sampled_from(BOUNDS)), value),)))
    return tuple(found)


BOUNDS = ("at_least", "above", "at_most", "below")


def text_comparison(value):
    return st.sampled_from(
        [
            Comparison("equals", value),
            Comparison("one_of", (value, "other")),
            Comparison("not_equals", value),
            Comparison("contains", value[:2]),
            Comparison("exists", False),
        ]
    )


@st.composite
def drawn_deeds(draw, events=EVENTS):
    event = draw(st.sampled_from(events))
    return Deed(event, draw(filters(event)) if draw(st.integers(0, 3)) == 3 else ())


@st.composite
def windows(draw):
    after = draw(st.none() | st.sampled_from(MOMENTS[:2]))
    before = draw(st.none() | st.sampled_from(MOMENTS[2:]))
    rare = draw(st.integers(0, 3)) == 0
    return Window(
        draw(st.none() | st.sampled_from(DAYS)), after if rare else None, before if rare else None
    )


@st.composite
def dids(draw):
    deed = draw(drawn_deeds())
    at_least = draw(st.integers(0, 2))
    total = None
    if draw(st.integers(0, 2)) == 0:
        measure = draw(st.sampled_from(sorted(fact_kind(deed.event).measures)))
        bound = Comparison(draw(st.sampled_from(BOUNDS)), float(draw(st.sampled_from(AMOUNTS))))
        total = Sum(measure, (bound,))
    return Did(
        deed,
        at_least=at_least,
        at_most=draw(st.none() | st.integers(at_least, 3)),
        window=draw(windows()),
        sum=total,
        since=draw(drawn_deeds()) if draw(st.integers(0, 2)) == 0 else None,
    )


@st.composite
def occurred(draw):
    window = draw(windows())
    older = draw(st.none() | st.sampled_from(DAYS))
    if window == Window() and older is None:
        older = 1
    return Occurred(draw(st.sampled_from(["first", "last"])), draw(drawn_deeds()), window, older)


@st.composite
def sequences(draw):
    steps = [Step(draw(drawn_deeds()))]
    for _ in range(draw(st.integers(1, 2))):
        without = draw(drawn_deeds()) if draw(st.booleans()) else None
        within = draw(st.none() | st.sampled_from(DAYS))
        steps.append(Step(draw(drawn_deeds()), within, without))
    return Sequence(tuple(steps), draw(windows()))


def buckets():
    shares = st.sampled_from([(0, 0.5), (0.25, 1), (0.5, 0.75)])
    return st.builds(lambda salt, pair: RandomBucket(salt, *pair), st.sampled_from("ab"), shares)


behaviors = st.one_of(dids(), occurred(), sequences())


def trees():
    leaves = st.one_of(
        attributes,
        st.builds(Tag, st.sampled_from(["vip", "none"]), some(words, least=0)),
        st.builds(Score, st.sampled_from(["churn", "clv"]), some(number)),
        st.builds(Audience, st.sampled_from(["locals"])),
        behaviors,
        buckets(),
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
        case RandomBucket(salt, start, end):
            return start * 10_000 <= bucket(salt, person["id"]) < end * 10_000
        case _:
            return behaves(tree, person["facts"], as_of)


def behaves(leaf, facts, as_of) -> bool:
    """Return whether a condition about behavior holds, by looking at every fact again."""
    past = [fact for fact in facts if fact["time"] < as_of]
    match leaf:
        case Did():
            return did_it(leaf, past, as_of)
        case Occurred(which, deed, window, older):
            times = sorted(fact["time"] for fact in past if is_deed(deed, fact))
            if not times:
                return False
            time = times[0] if which == "first" else times[-1]
            is_old = older is None or time < as_of - timedelta(days=older)
            return is_old and lies_in(window, time, as_of)
        case Sequence(steps, window):
            inside = [fact for fact in past if lies_in(window, fact["time"], as_of)]
            return any(
                is_deed(steps[0].deed, fact) and goes_on(steps[1:], fact["time"], inside)
                for fact in inside
            )


def did_it(did, past, as_of) -> bool:
    found = [f for f in past if is_deed(did.deed, f) and lies_in(did.window, f["time"], as_of)]
    if did.since is not None:
        others = [fact["time"] for fact in past if is_deed(did.since, fact)]
        if not others:
            return False
        found = [fact for fact in found if fact["time"] > max(others)]
    if not did.at_least <= len(found) <= (99 if did.at_most is None else did.at_most):
        return False
    if did.sum is None:
        return True
    known = (fact["measures"][did.sum.measure] for fact in found)
    return passes(float(sum(one for one in known if one is not None)), did.sum.comparisons)


def goes_on(steps, start, facts) -> bool:
    """Return whether the steps can be gone through after an instant, trying every way."""
    if not steps:
        return True
    step = steps[0]
    for fact in facts:
        time = fact["time"]
        near = step.within_days is None or time - start <= timedelta(days=step.within_days)
        if time <= start or not near or not is_deed(step.deed, fact):
            continue
        between = [f for f in facts if start < f["time"] < time]
        if step.without is not None and any(is_deed(step.without, f) for f in between):
            continue
        if goes_on(steps[1:], time, facts):
            return True
    return False


def lies_in(window, time, as_of) -> bool:
    return (
        (window.within_days is None or time >= as_of - timedelta(days=window.within_days))
        and (window.after is None or time >= window.after)
        and (window.before is None or time < window.before)
    )


def is_deed(deed, fact) -> bool:
    """Return whether a fact counts; an order does when one of its lines passes all of its own."""
    if fact["event"] != deed.event:
        return False
    known = fact_kind(deed.event).properties
    own = [one for one in deed.filters if known[one.name].holder == "fact"]
    of_lines = [one for one in deed.filters if known[one.name].holder != "fact"]
    if not all(passes(fact.get(one.name), one.comparisons) for one in own):
        return False
    lines = [{**fact, **CATALOG.get(fact["product_id"], {})}]
    return not of_lines or any(
        all(passes(line.get(one.name), one.comparisons) for one in of_lines) for line in lines
    )
