"""Whether the high tier held those who then bought most."""

from __future__ import annotations

import ibis
import pyarrow as pa

from zhiyin.profiles.tables import RFM
from zhiyin.profiles.tiers import TierShares
from zhiyin.profiles.value.api import by_tier, judged
from zhiyin.testing.rows import rows_of

TIERS = ["high", "high", "middle", "middle", "potential", "potential", "at_risk", "at_risk"]


def checked(bought):
    tiers = [
        {"person_id": f"user:{place}", "r": 1, "f": 1, "m": 1, "segment": "lost",
         "value_tier": tier, "stage": "active"}
        for place, tier in enumerate(TIERS)
    ]  # fmt: skip
    schema = pa.schema([("person_id", pa.string()), ("realized", pa.float64())])
    rows = [{"person_id": f"user:{place}", "realized": float(x)} for place, x in bought.items()]
    realized = ibis.memtable(pa.Table.from_pylist(rows, schema=schema))
    table = by_tier(
        ibis.memtable(rows_of(RFM, *tiers)), realized, TierShares(at_risk=0.25, high=0.25)
    )
    return judged(table.to_pyarrow().to_pylist())


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
