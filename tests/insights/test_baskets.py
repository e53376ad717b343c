"""What is bought together and what is bought next, beside counting by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from itertools import combinations

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.baskets.api import (
    Shop,
    baskets_people,
    contents,
    frequent_sets,
    item_pairs,
    read_basket_spec,
    rules,
    then_bought,
)
from zhiyin.stats import loops

BASKETS = st.lists(
    st.sets(st.sampled_from(["apple", "bread", "茶", "dates", "egg", "fig"]), max_size=6),
    min_size=1,
    max_size=25,
)
DAY = 86_400_000
AS_OF = datetime(2026, 3, 1)
END_MS = 1_772_323_200_000


def as_lines(baskets) -> pa.Table:
    pairs = [(number, item) for number, basket in enumerate(baskets) for item in sorted(basket)]
    return pa.table(
        {
            "basket": pa.array([number for number, _ in pairs], pa.int64()),
            "item": pa.array([item for _, item in pairs], pa.string()),
        }
    )


def counted(baskets, longest):
    """Count every set of items by looking at every basket."""
    found = Counter()
    for basket in baskets:
        for size in range(1, longest + 1):
            found.update(combinations(sorted(basket), size))
    return found


@given(BASKETS, st.sampled_from([0.05, 0.1, 0.25, 0.5, 1.0]), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_frequent_sets_are_those_that_counting_every_basket_finds(baskets, support, longest):
    baskets = [basket for basket in baskets if basket]
    if not baskets:
        return
    lines = as_lines(baskets)
    # Written down twice, an item still counts once.
    found = frequent_sets(pa.concat_tables([lines, lines]), min_support=support, longest=longest)
    least = support * len(baskets)
    wanted = {s: n for s, n in counted(baskets, longest).items() if n >= least - 1e-9}
    assert {tuple(r["items"]): r["baskets"] for r in found.to_pylist()} == wanted
    assert all(r["support"] == r["baskets"] / len(baskets) for r in found.to_pylist())


@given(BASKETS)
@settings(max_examples=20, deadline=None)
def test_pairs_and_rules_of_two_items_say_the_same(baskets):
    baskets = [basket for basket in baskets if basket]
    if not baskets:
        return
    lines = as_lines(baskets)
    least = 2
    pairs = item_pairs(ibis.memtable(lines), at_least=least, most=None).to_pyarrow().to_pylist()
    sets = frequent_sets(lines, min_support=least / len(baskets) if least <= len(baskets) else 1.0)
    made = [r for r in rules(sets).to_pylist() if len(r["antecedent"]) == len(r["consequent"]) == 1]
    if least > len(baskets):
        assert not pairs
        return
    names = ("baskets", "support", "confidence", "lift", "leverage", "conviction")
    left = {(r["item"], r["other"]): [r[n] for n in names] for r in pairs}
    right = {(r["antecedent"][0], r["consequent"][0]): [r[n] for n in names] for r in made}
    assert left.keys() == right.keys()
    for key, figures in left.items():
        assert figures == [
            None if value is None else pytest.approx(value, abs=1e-12) for value in right[key]
        ]


@pytest.mark.parametrize("compiled_from", [0, 10**9])
@given(BASKETS, st.integers(1, 3), st.booleans())
@settings(max_examples=20, deadline=None)
def test_pairs_walked_through_in_arrays_are_those_of_the_query(compiled_from, baskets, least, far):
    lines = as_lines(baskets)
    if far:
        # Numbers of orders need not lie close together.
        lines = lines.set_column(0, "basket", pc.multiply(lines["basket"], 10**10))
    # Written down twice, an item still counts once.
    table = ibis.memtable(pa.concat_tables([lines, lines]))
    queried = item_pairs(table, at_least=least).to_pyarrow().to_pylist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "COMPILED_FROM", compiled_from)
        walked = item_pairs(table, at_least=least, fetch=lambda one: one.to_pyarrow())
        walked = walked.to_pyarrow().to_pylist()
    assert sorted(map(str, walked)) == sorted(map(str, queried))


def test_the_measures_are_those_of_the_textbook():
    # Tea in 5 of 10 baskets, cups in 4, both in 3.
    baskets = [{"tea", "cups"}] * 3 + [{"tea"}] * 2 + [{"cups"}] + [{"rice"}] * 4
    pairs = item_pairs(ibis.memtable(as_lines(baskets)), at_least=1).to_pyarrow().to_pylist()
    row = next(r for r in pairs if r["item"] == "tea")
    assert (row["support"], row["confidence"]) == (0.3, 0.6)
    assert row["lift"] == pytest.approx(1.5)
    assert row["leverage"] == pytest.approx(0.1)
    assert row["conviction"] == pytest.approx(1.5)
    assert row["place"] == 1


def test_a_rule_that_never_fails_has_no_conviction():
    sets = frequent_sets(as_lines([{"a", "b"}, {"b"}]), min_support=0.5)
    found = {tuple(r["antecedent"]): r["conviction"] for r in rules(sets).to_pylist()}
    assert found[("a",)] is None
    assert found[("b",)] == pytest.approx(1.0)


def test_only_the_best_partners_of_an_item_are_kept():
    baskets = [{"a", f"b{n % 7}"} for n in range(40)]
    kept = item_pairs(ibis.memtable(as_lines(baskets)), at_least=1, most=3).to_pyarrow().to_pylist()
    assert max(Counter(r["item"] for r in kept).values()) == 3
    assert {r["place"] for r in kept if r["item"] == "a"} == {1, 2, 3}


BUYING = st.lists(
    st.tuples(st.sampled_from(["p", "q", "r"]), st.sampled_from("abc"), st.integers(0, 60)),
    max_size=25,
)


@given(BUYING)
@settings(max_examples=25, deadline=None)
def test_then_bought_is_what_following_each_person_finds(buying):
    within = 20
    rows = sorted({(who, what, END_MS - DAY - day * DAY) for who, what, day in buying})
    table = pa.table(
        {
            "person_id": pa.array([r[0] for r in rows], pa.string()),
            "item": pa.array([r[1] for r in rows], pa.string()),
            "ts_ms": pa.array([r[2] for r in rows], pa.int64()),
        }
    )
    found = then_bought(ibis.memtable(table), within_days=within, as_of=AS_OF, at_least=1)
    first, owners = {}, defaultdict(set)
    for who, what, at in rows:
        first.setdefault((who, what), at)
        owners[what].add(who)
    first = {key: min(at for w, i, at in rows if (w, i) == key) for key in first}
    ripe = {key: at for key, at in first.items() if at < END_MS - within * DAY}
    wanted = Counter()
    for (who, what), at in ripe.items():
        others = {i for w, i, t in rows if w == who and i != what and at < t <= at + within * DAY}
        wanted.update((what, other) for other in others)
    got = {(r["item"], r["other"]): r for r in found.to_pyarrow().to_pylist()}
    assert {key: row["followers"] for key, row in got.items()} == dict(wanted)
    people = {who for who, _, _ in rows}
    for (what, other), row in got.items():
        assert row["buyers"] == sum(1 for _, item in ripe if item == what)
        assert row["base_share"] == pytest.approx(len(owners[other]) / len(people))
        assert 0 < row["mean_days"] <= within


LINES = st.lists(
    st.tuples(
        st.sampled_from(["p", "q", "r", None]), st.sampled_from("12"), st.sampled_from("abc")
    ),
    max_size=20,
)


@given(LINES, st.sampled_from([["a", "b"], ["c", "a"], ["a", "b", "c"]]))
@settings(max_examples=20, deadline=None)
def test_the_people_behind_a_set_are_those_with_one_order_of_all_of_it(lines, names):
    # An order has one buyer, or none that is known.
    rows = sorted({(who, f"{who}{order}", item) for who, order, item in lines}, key=str)
    sold = pa.table(
        {
            "source_id": pa.array(["s" for _ in rows], pa.string()),
            "order_id": pa.array([order for _, order, _ in rows], pa.string()),
            "visitor_id": pa.array([who and f"user:{who}" for who, _, _ in rows], pa.string()),
            "product_id": pa.array([item for _, _, item in rows], pa.string()),
            "ts_ms": pa.array([END_MS - DAY for _ in rows], pa.int64()),
            "channel": pa.array(["web" for _ in rows], pa.string()),
        }
    )
    ids = [f"user:{who}" for who in "pqr"]
    owned = pa.table({"visitor_id": ids, "person_id": ids})
    shop = Shop(ibis.memtable(sold), ibis.memtable(sold), ibis.memtable(owned))
    spec = read_basket_spec({"kind": "sets"})
    found = baskets_people(shop, spec, {"items": names}, as_of=AS_OF, timezone="UTC")
    held = defaultdict(set)
    for who, order, item in rows:
        held[who, order].add(item)
    wanted = {f"user:{who}" for (who, _), items in held.items() if who and items >= set(names)}
    got = found.to_pyarrow()["person_id"].to_pylist()
    assert sorted(got) == sorted(wanted)


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        ("pairs", {"item": "tea", "other": "tea"}),
        ("pairs", {"item": "tea"}),
        ("pairs", {"items": ["tea", ["cup"]]}),
        ("then", {"items": ["tea", "cup", "pot"]}),
    ],
)
def test_a_point_that_names_no_row_is_refused(kind, point):
    nothing = ibis.memtable([], schema={"ts_ms": "int64", "product_id": "string"})
    shop, spec = Shop(nothing, nothing, nothing), read_basket_spec({"kind": kind})
    with pytest.raises(InvalidInput, match="point: "):
        baskets_people(shop, spec, point, as_of=AS_OF, timezone="UTC")


def test_orders_of_two_sources_with_one_number_are_two_baskets():
    lines = ibis.memtable(
        pa.table({"source_id": ["x", "y"], "order_id": ["1", "1"], "item": ["a", "b"]})
    )
    assert len(set(contents(lines).to_pyarrow()["basket"].to_pylist())) == 2


def test_too_many_sets_are_refused_with_what_to_do():
    lines = as_lines([{f"i{n}" for n in range(12)}])
    with pytest.raises(InvalidInput, match="raise min_support or choose shorter sets"):
        frequent_sets(lines, min_support=1.0, longest=6, most=100)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"kind": "both"}, "'both'"),
        ({"level": "shelf"}, "'shelf'"),
        ({"min_support": 0}, "share from above 0 to 1"),
        ({"min_support": True}, "share from above 0 to 1"),
        ({"longest": 9}, "2 to 6"),
        ({"within_days": 0}, "1 to 3660"),
        ({"item": ""}, "not empty"),
        ({"lenght": 3}, "lenght"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_allowed(written, said):
    with pytest.raises(InvalidInput, match=said):
        read_basket_spec(written)


def test_nothing_bought_gives_empty_answers():
    none = as_lines([])
    assert frequent_sets(none, min_support=0.1).num_rows == 0
    assert rules(frequent_sets(none, min_support=0.1)).num_rows == 0
    assert item_pairs(ibis.memtable(none)).to_pyarrow().num_rows == 0
