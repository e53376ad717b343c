"""Who lives together without being one person."""

from __future__ import annotations

import ibis
import pyarrow as pa

from zhiyin.identity.api import households
from zhiyin.identity.households import MOST_MEMBERS, household_rows
from zhiyin.identity.tables import LINKS, PERSON_OF
from zhiyin.testing.rows import EPOCH, rows_of


def link(value, user, verdict="linked", reason=None):
    return {
        "left_id": value, "right_id": f"user:{user}", "verdict": verdict, "reason": reason,
        "evidence": "login",
    }  # fmt: skip


def found(links, people):
    person_rows = [{"visitor_id": f"user:{u}", "person_id": f"user:{p}"} for u, p in people.items()]
    tables = rows_of(LINKS, *links), rows_of(PERSON_OF, *person_rows)
    rows = households(*map(ibis.memtable, tables), changed_at=EPOCH).to_pyarrow().to_pylist()
    return {
        row["person_id"]: (row["household_id"], row["members"], row["shared_by"]) for row in rows
    }


def test_a_phone_that_two_people_give_makes_them_a_household():
    links = [link("phone:1", 1), link("phone:1", 2, "refused", "names_differ")]
    assert found(links, {1: 1, 2: 2}) == {
        "user:1": ("user:1", 2, "phone"),
        "user:2": ("user:1", 2, "phone"),
    }


def test_a_device_that_belongs_to_nobody_joins_all_who_use_it_and_their_other_families():
    links = [
        *(link("anon:tv", n, "refused", "shared_device") for n in (1, 2)),
        link("email:x", 2),
        link("email:x", 3, "refused", "users_differ"),
    ]
    assert set(found(links, {1: 1, 2: 2, 3: 3}).values()) == {("user:1", 3, "device,email")}


def test_one_person_with_two_numbers_is_no_household_and_blocked_ids_tie_nobody():
    links = [
        link("phone:1", 1),
        link("phone:1", 2, "refused", "users_differ"),
        *(link("phone:9", n, "blocked", "blocked") for n in (3, 4)),
    ]
    assert found(links, {1: 1, 2: 1, 3: 3, 4: 4}) == {}


def test_an_office_is_no_household():
    rows = [{"person_id": f"user:{n}", "shared_id": "phone:1"} for n in range(MOST_MEMBERS + 1)]
    assert household_rows(pa.Table.from_pylist(rows)).num_rows == 0
    assert household_rows(pa.Table.from_pylist(rows[1:])).num_rows == MOST_MEMBERS
