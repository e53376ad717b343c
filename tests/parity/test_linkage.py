"""Linkage on DuckDB and on Spark."""

from __future__ import annotations

from datetime import datetime

import pytest

from zhiyin.identity.linkage.api import waiting_pairs
from zhiyin.identity.tables import DECISIONS, MATCHES, PERSON_OF
from zhiyin.testing.rows import rows_of

pytestmark = pytest.mark.spark
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456)


def pair(left: str, right: str, **columns):
    return {"left_id": f"user:{left}", "right_id": f"user:{right}", **columns}


def test_the_same_pairs_wait_on_both_engines(both_engines):
    matches = [
        pair("1", "2", verdict="review", probability=0.75, matched_at=NOON),
        pair("1", "Ä", verdict="review", probability=0.5, comparison='{"name": {}}'),
        pair("2", "3", verdict="review"),
        pair("3", "4", verdict="review"),
        pair("4", "5", verdict="accepted"),
        pair("6", "7", verdict="review"),
    ]
    decisions = [pair("2", "3", kind="separate"), pair("6", "7", kind="join", revoked_at=NOON)]
    people = [
        {"visitor_id": "user:3", "person_id": "user:3"},
        {"visitor_id": "user:4", "person_id": "user:3"},
    ]
    rows = both_engines.same_rows(
        waiting_pairs,
        rows_of(MATCHES, *matches),
        rows_of(DECISIONS, *decisions),
        rows_of(PERSON_OF, *people),
    )
    found = {(row["left_id"], row["right_id"]) for row in rows}
    assert found == {("user:1", "user:2"), ("user:1", "user:Ä"), ("user:6", "user:7")}
