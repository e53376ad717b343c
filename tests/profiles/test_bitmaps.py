"""Bitmaps: the same people as the warehouse, at once, from files that nothing can half write."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.profiles.condition_trees import MOMENTS, trees
from tests.profiles.test_selection import person, tables

from zhiyin.profiles import tables as dm
from zhiyin.profiles.bitmaps import building, ranks, storage
from zhiyin.profiles.bitmaps.api import CountingBook, Shelf
from zhiyin.profiles.bitmaps.ranks import ranked
from zhiyin.profiles.bitmaps.values import NotIndexedError, ValuesIndex
from zhiyin.profiles.conditions import Attribute, Comparison
from zhiyin.profiles.selection import select
from zhiyin.profiles.sources import SOURCE_SPECS, Sources
from zhiyin.testing.small_shop import AS_OF


class Held:
    """Tables in memory where bitmaps expect a warehouse."""

    def __init__(self, sources: Sources) -> None:
        self.tables = dict(
            zip(
                (spec.name for spec in SOURCE_SPECS),
                (getattr(sources, one.name) for one in fields(sources)),
                strict=False,
            )
        )

    def read(self, spec):
        return self.tables[spec.name]

    def to_arrow(self, expr):
        return expr.to_pyarrow()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(person, min_size=1, max_size=5), st.lists(trees(), min_size=2, max_size=2).map(tuple)
)
def test_bitmaps_find_the_people_that_the_warehouse_selects(tmp_path_factory, people, asked):
    sources = tables(people)
    held = Held(sources)
    book = CountingBook(Shelf(tmp_path_factory.mktemp("bits") / "1", held), sources)
    for tree in asked:
        found = book.shelf.ids(book.people(tree)).to_pylist()
        wanted = select(tree, sources).to_pyarrow()["person_id"].to_pylist()
        assert sorted(found) == sorted(wanted)


numbers = st.lists(
    st.one_of(st.integers(-5, 5).map(float), st.floats(-3, 3)), min_size=1, max_size=300
)
operators = st.sampled_from(
    ["equals", "not_equals", "at_least", "above", "at_most", "below", "one_of"]
)


@settings(max_examples=60, deadline=None)
@given(numbers, operators, st.one_of(st.integers(-6, 6), st.floats(-4, 4)), st.integers(1, 40))
def test_a_stretch_of_ranks_holds_exactly_those_who_pass(values, operator, asked, width):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "SMALLEST_BUCKET", 1)
        patch.setattr(ranks, "BUCKETS", width)
        patch.setattr(ranks, "STRIDE", 3)
        column = np.array(values)
        index = ranked(column, np.arange(len(column), dtype=np.uint32))
        bound = (asked, asked + 1) if operator == "one_of" else asked
        found = set(index.passing((Comparison(operator, bound),)))
    oracle = {
        "equals": column == asked, "not_equals": column != asked, "at_least": column >= asked,
        "above": column > asked, "at_most": column <= asked, "below": column < asked,
        "one_of": (column == asked) | (column == asked + 1),
    }[operator]  # fmt: skip
    assert found == set(np.flatnonzero(oracle).tolist())


def test_instants_are_compared_to_the_microsecond():
    moments = [datetime(2025, 1, 1) + timedelta(microseconds=n) for n in range(200)]
    column = pa.chunked_array([pa.array(moments, pa.timestamp("us"))])
    index = building.indexed(column, np.arange(200, dtype=np.uint32), "time")
    after = (Comparison("after", moments[100]),)
    assert len(index.passing(after)) == 100
    assert len(index.passing((Comparison("before", moments[100]),))) == 100
    assert moments[100] != MOMENTS[0]


def test_what_no_index_can_compare_is_asked_of_the_warehouse():
    index = ValuesIndex({})
    with pytest.raises(NotIndexedError):
        ValuesIndex({"a": building.bitmap_of(np.array([1], np.uint32))}).passing(
            (Comparison("equals", 1),)
        )
    with pytest.raises(NotIndexedError):
        ranked(np.array([1.0]), np.array([0], np.uint32)).passing((Comparison("equals", "x"),))
    assert len(index.passing((Comparison("equals", 1),))) == 0


@pytest.fixture
def book(shop, sources, tmp_path):
    return CountingBook(Shelf(tmp_path / "1", shop), sources)


def test_a_behavior_is_asked_of_the_warehouse_once(book, monkeypatch):
    from zhiyin.profiles.api import parse_condition

    tree = parse_condition({"all": [{"did": "Order Completed"}, {"everyone": True}]})
    first = book.people(tree)
    monkeypatch.setattr(type(book.shelf.warehouse), "to_arrow", None)
    assert book.people(tree) == first
    assert len(first) > 0


def test_indexes_are_read_back_as_they_were_written(book):
    book.shelf.build_all()
    again = Shelf(book.shelf.folder, None)  # a warehouse that cannot be asked
    for name in ("orders", "monetary", "stage", "joined_at", "is_buyer"):
        tree = Attribute(name, (Comparison("exists", True),))
        assert CountingBook(again, book.sources).people(tree) == book.people(tree)
    assert again.people == book.shelf.people
    assert set(again.tags) == set(book.shelf.tags)


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "draft"])
def test_a_file_that_was_not_written_whole_is_built_anew(book, harm):
    shelf = book.shelf
    before = shelf.attribute("monetary").known
    path = shelf.folder / "attribute.monetary.bits"
    whole = path.read_bytes()
    match harm:
        case "cut":
            path.write_bytes(whole[: len(whole) // 2])
        case "flip":
            path.write_bytes(whole[:8] + bytes([whole[8] ^ 1]) + whole[9:])
        case "empty":
            path.write_bytes(b"")
        case "draft":
            path.rename(path.with_name("attribute.monetary.bits.1.draft"))
    assert Shelf(shelf.folder, shelf.warehouse).attribute("monetary").known == before
    assert storage.read_index(path) is not None


def test_threads_that_ask_at_once_get_one_answer(book):
    tree = Attribute("monetary", (Comparison("at_least", 1),))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(book.people(tree)), range(16)))
    assert set(found) == {found[0]}


def test_people_stand_in_the_order_of_what_they_brought(shop, book):
    customers = shop.to_arrow(shop.read(dm.CUSTOMERS)).to_pylist()
    by_money = sorted(customers, key=lambda row: (-row["monetary"], row["person_id"]))
    assert book.shelf.people.to_pylist() == [row["person_id"] for row in by_money]


def test_random_trees_over_ten_thousand_people_count_as_plain_arrays_do(tmp_path):
    draw = random.Random(3)
    rng = np.random.default_rng(3)
    money = rng.gamma(1.0, 50.0, 10_000).round(2)
    index = ranked(money, np.arange(10_000, dtype=np.uint32))
    path = tmp_path / "a.bits"
    storage.write_index(path, index)
    read = storage.read_index(path)
    for _ in range(200):
        bound = draw.choice([draw.uniform(-1, 400), float(draw.choice(money))])
        operator = draw.choice(["at_least", "above", "at_most", "below"])
        oracle = {"at_least": money >= bound, "above": money > bound,
                  "at_most": money <= bound, "below": money < bound}[operator]  # fmt: skip
        assert len(read.passing((Comparison(operator, bound),))) == int(oracle.sum())


def test_sources_with_another_instant_are_another_book(book):
    later = replace(book.sources, as_of=AS_OF + timedelta(days=400))
    from zhiyin.profiles.api import parse_condition

    tree = parse_condition({"did": "Order Completed", "within_days": 30})
    assert len(CountingBook(book.shelf, later).people(tree)) == 0
    assert len(book.people(tree)) > 0
