"""Whether the high tier held those who then bought most."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.profiles.tables import RFM
from zhiyin.profiles.tiers import TierShares
from zhiyin.profiles.value.api import by_depth, by_tier, judged
from zhiyin.testing.rows import rows_of

TIERS = ["high", "high", "middle", "middle", "potential", "potential", "at_risk", "at_risk"]


SHARES = TierShares(at_risk=0.25, high=0.25)


def tables(bought):
    tiers = [
        {"person_id": f"user:{place}", "r": 1, "f": 1, "m": 1, "segment": "lost",
         "value_tier": tier, "stage": "active"}
        for place, tier in enumerate(TIERS)
    ]  # fmt: skip
    schema = pa.schema([("person_id", pa.string()), ("realized", pa.float64())])
    rows = [{"person_id": f"user:{place}", "realized": float(x)} for place, x in bought.items()]
    realized = ibis.memtable(pa.Table.from_pylist(rows, schema=schema))
    return ibis.memtable(rows_of(RFM, *tiers)), realized, SHARES


def checked(bought):
    return judged(by_tier(*tables(bought)).to_pyarrow().to_pylist())


def depths(bought):
    return by_depth(*tables(bought)).to_pyarrow().to_pylist()


def test_those_who_bought_most_are_counted_where_they_were():
    found = checked({0: 100, 2: 80, 4: 10})
    assert (found.buyers, found.returned, found.top, found.found) == (8, 3, 2, 1)
    assert found.share_found == 0.5
    assert found.share_in_two == 1.0
    assert found.lift == 2.0
    assert found.share_of_value == 100 / 190
    assert found.meets_target is False


def test_who_gave_back_more_than_was_bought_is_not_among_the_top():
    assert checked({0: 5, 1: -3}).top == 1


def test_where_nobody_bought_there_is_no_share():
    found = checked({})
    assert (found.top, found.share_found, found.lift, found.meets_target) == (0, None, None, None)


def test_the_top_is_looked_at_from_its_tip_down_to_the_share_of_the_high_tier():
    found = depths({0: 100, 2: 80, 4: 10})
    assert [row["share"] for row in found] == [0.01, 0.03, 0.05, 0.1, 0.25]
    assert [row["top"] for row in found] == [0, 0, 0, 1, 2]
    assert found[3] == {
        "share": 0.1, "top": 1, "found": 1, "in_two": 1, "share_of_value": 100 / 190
    }  # fmt: skip
    assert (found[4]["found"], found[4]["in_two"]) == (1, 2)


@given(st.dictionaries(st.integers(0, 7), st.integers(-5, 50)))
@settings(max_examples=30, deadline=None)
def test_the_last_depth_says_what_the_check_of_tiers_says(bought):
    last, whole = depths(bought)[-1], checked(bought)
    assert (last["top"], last["found"]) == (whole.top, whole.found)
    total = sum(bought.values())
    assert (last["share_of_value"] is None) == (total <= 0)
    if total > 0:
        best = sorted((amount for amount in bought.values() if amount > 0), reverse=True)[:2]
        assert last["share_of_value"] == pytest.approx(sum(best) / total)
