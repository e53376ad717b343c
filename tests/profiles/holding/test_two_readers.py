"""Both readers of conditions give one answer, at every instant."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profiles.condition_trees import (
    AS_OF,
    AUDIENCES,
    CATALOG,
    behaviors,
    holds,
    trees,
)
from tests.profiles.test_selection import facts, person, tables

from zhiyin.profiles.conditions import (
    All,
    AnyOf,
    Comparison,
    Deed,
    Did,
    Not,
    Occurred,
    RandomBucket,
    Sequence,
    Tag,
    Window,
    leaves,
    resolved,
)
from zhiyin.profiles.deeds import fact_kind
from zhiyin.profiles.holding.api import (
    Happening,
    Known,
    State,
    TagTree,
    compiled,
    looked_at_anew,
    merged,
    step,
    tags_held,
)
from zhiyin.profiles.selection import leaf_columns, truth
from zhiyin.testing.rows import EPOCH

MS = timedelta(milliseconds=1)


def milliseconds(instant):
    return (instant - EPOCH) // MS


def happening(fact):
    """Return a fact of the tests as the live reader is told of it."""
    known = fact_kind(fact["event"])
    own, line = {}, {}
    for name, one in known.properties.items():
        value = CATALOG.get(fact["product_id"], {}).get(name, fact.get(name))
        value = float(value) if isinstance(value, Decimal) else value
        (own if one.holder == "fact" else line)[name] = value
    amounts = {
        name: int(fact["measures"][name] * 10_000)
        for name in known.measures
        if fact["measures"][name] is not None
    }
    return Happening(fact["event"], milliseconds(fact["time"]), own, (line,), amounts)


def known_of(one, name="user:0"):
    attributes = {
        key: float(value) if isinstance(value, Decimal) else value
        for key, value in one["attributes"].items()
    }
    tags = {tag: (value, None) for tag, value in one["tags"].items()}
    return Known(name, attributes, tags, one["scores"])


class Follower:
    """A person followed event by event, woken by events and by nothing but its own timers."""

    def __init__(self, trees, known):
        self.program = compiled({}, trees, ())
        self.known = known
        self.looked = looked_at_anew(self.program, State(), now=0, known=known, attributes=None)

    def wait_until(self, now):
        while self.looked.next_at is not None and self.looked.next_at <= now:
            at = self.looked.next_at
            self.looked = step(self.program, self.state(), (), now=at, known=self.known)
            assert self.looked.next_at is None or self.looked.next_at > at

    def state(self):
        # As it comes back from a store.
        return msgspec.json.decode(msgspec.json.encode(self.looked.state), type=State)

    def arrives(self, now, *arrived):
        self.wait_until(now)
        told = [happening(fact) for fact in arrived]
        self.looked = step(self.program, self.state(), told, now=now, known=self.known)

    def held(self):
        return {name.removeprefix("audience:") for name in self.looked.state.held}


@st.composite
def histories(draw):
    """Draw facts with the instants at which they arrive: late, in time, or ahead of the clock."""
    arrivals = []
    for fact in draw(st.lists(facts(), max_size=6)):
        delay = draw(st.sampled_from([0, 0, 0, 1, 45, 60 * 24, -45, -60 * 24]))
        arrivals.append((fact["time"] + timedelta(minutes=delay), fact))
    return sorted(arrivals, key=lambda pair: pair[0])


def instants_of(history, trees):
    """Return the instants to ask at: where anything may change, and a millisecond beside."""
    lengths = {timedelta(0)}
    for tree in trees:
        for leaf in leaves(tree):
            days = [getattr(getattr(leaf, "window", Window()), "within_days", None)]
            days.append(getattr(leaf, "older_than_days", None))
            lengths |= {timedelta(days=one) for one in days if one is not None}
    turns = {at for at, _ in history}
    turns |= {fact["time"] + length for _, fact in history for length in lengths}
    return sorted({turn + beside for turn in turns for beside in (-MS, timedelta(0), MS)})


def arrived_by(history, instant):
    return [fact for at, fact in history if at <= instant]


def followed(history, trees, one, instants):
    """Return what held at each instant."""
    follower = Follower(trees, known_of(one))
    waiting, answers = list(history), []
    for instant in instants:
        while waiting and waiting[0][0] <= instant:
            at, fact = waiting.pop(0)
            follower.arrives(milliseconds(at), fact)
        follower.wait_until(milliseconds(instant))
        answers.append(follower.held())
    return answers


# Conditions about behavior by themselves beside whole trees: below `any` and `not`, a wrong leaf
# often makes no difference.
some_trees = st.builds(
    lambda leaves, whole: [*leaves, *whole],
    st.lists(behaviors, min_size=6, max_size=8),
    st.lists(trees(), max_size=2),
)


@settings(max_examples=200, deadline=None)
@given(histories(), some_trees, person)
def test_event_by_event_is_what_the_definition_says_at_every_instant(history, drawn, one):
    named = {str(place): tree for place, tree in enumerate(drawn)} | AUDIENCES
    instants = instants_of(history, drawn)
    answers = followed(history, named, one, instants)
    for instant, answer in zip(instants, answers, strict=True):
        facts_then = {**one, "id": "user:0", "facts": arrived_by(history, instant)}
        expected = {name for name, tree in named.items() if holds(tree, facts_then, instant)}
        assert answer == expected, instant


def without_dates(tree):
    """Return the tree without bounds at fixed dates, which do not move with the clock."""
    match tree:
        case All(nodes):
            return All(tuple(without_dates(node) for node in nodes))
        case AnyOf(nodes):
            return AnyOf(tuple(without_dates(node) for node in nodes))
        case Not(node):
            return Not(without_dates(node))
        case Did() | Occurred() | Sequence():
            values = {**vars(tree), "window": Window(tree.window.within_days)}
            return type(tree)(**values)
        case _:
            return tree


@settings(max_examples=15, deadline=None)
@given(histories(), some_trees, person)
def test_event_by_event_is_what_the_warehouse_selects_at_every_instant(history, drawn, one):
    drawn = [without_dates(tree) for tree in drawn]
    named = {str(place): tree for place, tree in enumerate(drawn)}
    instants = instants_of(history, drawn)[::3][:40] or [AS_OF]
    # One query for all instants: a person for each, whose facts are moved so that it is now.
    moved = [
        {
            **one,
            "facts": [
                {**fact, "time": fact["time"] + (AS_OF - instant)}
                for fact in arrived_by(history, instant)
            ],
        }
        for instant in instants
    ]
    sources = tables(moved)
    whole = {name: resolved(tree, AUDIENCES) for name, tree in named.items()}
    asked = leaf_columns(
        list(dict.fromkeys(leaf for tree in whole.values() for leaf in leaves(tree))), sources
    )
    marks = {f"is_{name}": truth(tree, asked) for name, tree in whole.items()}
    rows = asked.table.select("person_id", **marks).to_pyarrow().to_pylist()
    selected = {row["person_id"]: {name for name in named if row[f"is_{name}"]} for row in rows}
    for place, instant in enumerate(instants):
        name = f"user:{place}"
        follower = Follower(named | AUDIENCES, known_of(one, name))
        for at, fact in history:
            if at <= instant:
                follower.arrives(milliseconds(at), fact)
        follower.wait_until(milliseconds(instant))
        assert follower.held() & set(named) == selected[name], instant


@settings(max_examples=60, deadline=None)
@given(histories(), histories(), some_trees, person)
def test_two_people_who_are_one_have_done_what_both_did(first, second, drawn, one):
    named = {str(place): tree for place, tree in enumerate(drawn)} | AUDIENCES
    everything = [fact for _, fact in (*first, *second)]
    now = max((at for at, _ in (*first, *second)), default=AS_OF) + MS
    halves = [Follower(named, known_of(one)) for _ in range(2)]
    for half, history in zip(halves, (first, second), strict=True):
        for at, fact in history:
            half.arrives(milliseconds(at), fact)
        half.wait_until(milliseconds(now))
    whole = merged(halves[0].program, *(half.state() for half in halves))
    halves[0].looked = looked_at_anew(
        halves[0].program, whole, now=milliseconds(now), known=known_of(one), attributes=None
    )
    for later in (now, now + timedelta(days=1), now + timedelta(days=3)):
        halves[0].wait_until(milliseconds(later))
        united = {**one, "id": "user:0", "facts": everything}
        expected = {name for name, tree in named.items() if holds(tree, united, later)}
        assert halves[0].held() == expected


def test_an_audience_follows_a_tag_that_a_condition_decides():
    searched = Did(Deed("Products Searched"), window=Window(within_days=1))
    tag = TagTree(searched, lambda known: known.attributes.get("city"), ("city",))
    asking = {
        "here": Tag("searching", (Comparison("equals", "Leeds"),)),
        "not": Not(Tag("searching")),
    }
    program = compiled({"searching": tag}, asking)
    known = Known("user:0", {"city": "Leeds"})
    first = looked_at_anew(program, State(), now=5, known=known, attributes=None)
    assert first.state.held == {"audience:not"}
    found = step(program, first.state, [Happening("Products Searched", 5)], now=6, known=known)
    assert [(one.name, one.holds) for one in found.changes] == [
        ("tag:searching", True), ("audience:here", True), ("audience:not", False),
    ]  # fmt: skip
    assert tags_held(program, found.state.held, known) == {"searching": ("Leeds", None)}
    day = 24 * 60 * 60 * 1000
    assert found.next_at == 5 + day + 1
    late = step(program, found.state, (), now=5 + day + 1, known=known)
    assert late.state.held == {"audience:not"}
    assert late.next_at is None
    unknown = looked_at_anew(
        program, found.state, now=6, known=Known("user:0"), attributes=["city"]
    )
    assert unknown.state.held == {"audience:not"}


newcomer = st.tuples(st.sampled_from(["user:0", "user:1", "x"]), st.sampled_from(["Leeds", None]))


@settings(max_examples=30, deadline=None)
@given(st.lists(trees(), min_size=1, max_size=4), st.lists(newcomer, min_size=2, max_size=6))
def test_every_newcomer_is_looked_at_as_if_they_were_the_first(drawn, newcomers):
    half = TagTree(RandomBucket("a", 0, 0.5), lambda known: known.attributes["city"], ("city",))
    named = {str(place): tree for place, tree in enumerate(drawn)} | AUDIENCES
    named["half"] = Tag("half", (Comparison("equals", "Leeds"),))
    nothing = dict.fromkeys(["clv", "average_order", "joined_at", "is_buyer"])
    program = compiled({"half": half}, named)
    for name, city in newcomers:
        known = Known(name, {**nothing, "city": city})
        first = looked_at_anew(program, State(), now=5, known=known, attributes=None)
        alone = looked_at_anew(
            compiled({"half": half}, named), State(), now=5, known=known, attributes=None
        )
        assert first == alone
        one = {"id": name, "attributes": known.attributes, "tags": {}, "scores": {}, "facts": []}
        held = {f"audience:{key}" for key, tree in named.items() if key != "half"
                and holds(tree, one, AS_OF)}  # fmt: skip
        has_tag = city is not None and holds(RandomBucket("a", 0, 0.5), one, AS_OF)
        held |= {"tag:half"} if has_tag else set()
        held |= {"audience:half"} if has_tag and city == "Leeds" else set()
        assert first.state.held == held
        assert {one.name for one in first.changes} == held
