"""Hold-outs: a stable, uniform and independent draw."""

from __future__ import annotations

import math

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.ids import bucket
from zhiyin.decisions.api import assign_arm, bucket_of, threshold

IDS = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def duck():
    return ibis.duckdb.connect()


def drawn(duck, people, salt, share):
    table = assign_arm(ibis.memtable({"person_id": people}), salt=salt, holdout=share)
    rows = duck.to_pyarrow(table).to_pylist()
    return {row["person_id"]: row["arm"] for row in rows}


@given(salt=st.text(max_size=12), people=IDS)
@settings(max_examples=12, deadline=None)
def test_the_warehouse_and_python_draw_the_same_bucket(duck, salt, people):
    # DuckDB ends a text at a zero byte when it comes from a literal; no id holds one.
    salt, people = salt.replace("\0", ""), [p.replace("\0", "") for p in people]
    table = ibis.memtable({"person_id": people})
    rows = duck.to_pyarrow(table.mutate(b=bucket_of(salt, table.person_id))).to_pylist()
    assert [row["b"] for row in rows] == [bucket(salt, p) for p in people]


PEOPLE = [f"user:{number}" for number in range(10_000)]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_an_a_a_split_has_the_planned_share(duck, share):
    arms = drawn(duck, PEOPLE, "campaign-7", share)
    held = sum(arm == "holdout" for arm in arms.values())
    # Four standard deviations of a binomial: a fixed draw outside them would be a broken hash.
    assert abs(held - share * 10_000) <= 4 * math.sqrt(10_000 * share * (1 - share))


def test_two_campaigns_draw_independently_of_each_other(duck):
    one, other = (drawn(duck, PEOPLE, salt, 0.3) for salt in ("campaign-1", "campaign-2"))
    both = sum(one[p] == other[p] == "holdout" for p in PEOPLE)
    assert abs(both - 900) <= 4 * math.sqrt(10_000 * 0.09 * 0.91)


@given(small=st.floats(0, 0.99), large=st.floats(0, 0.99))
@settings(max_examples=8, deadline=None)
def test_a_growing_share_never_moves_anyone_from_hold_out_to_treatment(duck, small, large):
    small, large = sorted((small, large))
    before = drawn(duck, PEOPLE[:300], "salt", small)
    after = drawn(duck, PEOPLE[:300], "salt", large)
    assert all(after[p] == "holdout" for p in PEOPLE[:300] if before[p] == "holdout")


def test_a_share_of_nothing_holds_nobody_out(duck):
    assert set(drawn(duck, PEOPLE, "s", 0.0).values()) == {"treatment"}
    assert threshold(0.1) == 1000
