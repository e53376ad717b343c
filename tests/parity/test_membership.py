"""Lists of people and the numbers of bitmaps, on DuckDB and on Spark."""

from __future__ import annotations

import pytest

from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.membership.api import matches, people_in, read_upload
from zhiyin.profiles.membership.tables import AUDIENCE_MEMBERS
from zhiyin.testing.rows import rows_of

pytestmark = pytest.mark.spark

WHO = rows_of(
    PERSON_OF,
    {"visitor_id": "user:a", "person_id": "user:a"},
    {"visitor_id": "user:b", "person_id": "user:a"},
    {"visitor_id": "email:c@d.e", "person_id": "user:c"},
)


def test_people_of_a_list_are_the_same_on_both_engines(both_engines):
    members = rows_of(
        AUDIENCE_MEMBERS,
        *(
            {"snapshot_id": snapshot, "person_id": one}
            for snapshot, one in (("s", "user:a"), ("s", "user:b"), ("s", "anon:x"), ("t", "z"))
        ),
    )
    rows = both_engines.same_rows(lambda *tables: people_in("s", *tables), members, WHO)
    assert sorted(row["person_id"] for row in rows) == ["anon:x", "user:a"]


def test_ids_of_an_upload_match_the_same_people_on_both_engines(both_engines):
    upload = read_upload("email,user_id\nC@d.e,\n,b\n,nobody\n")
    rows = both_engines.same_rows(lambda who: matches(upload, who), WHO)
    assert {(row["row"], row["person_id"]) for row in rows} == {(0, "user:c"), (1, "user:a")}
