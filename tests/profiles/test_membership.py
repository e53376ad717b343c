"""Audiences written down: lists, samples, overlaps, uploads, and what ad platforms get."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.membership import api as membership
from zhiyin.profiles.membership.exports import email, phone
from zhiyin.profiles.membership.tables import AUDIENCE_MEMBERS
from zhiyin.testing.rows import rows_of

NOW = datetime(2026, 6, 1, 12)


def person_of(**people: str):
    """Return who is who: `a="x"` says that user:a is person x."""
    rows = [{"visitor_id": f"user:{name}", "person_id": one} for name, one in people.items()]
    return ibis.memtable(rows_of(PERSON_OF, *rows))


def known(*ids: str):
    return ibis.memtable(
        rows_of(PERSON_OF, *({"visitor_id": one, "person_id": f"person {one}"} for one in ids))
    )


def uploaded(text: str, people):
    upload = membership.read_upload(text)
    return membership.matched(upload, membership.matches(upload, people).to_pyarrow())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("email\nAnn@Example.com\n", ["email:ann@example.com"]),
        ("\ufeff手机号\n138 0000 0000\n", ["phone:+8613800000000"]),
        ("phone\n+44 20 7946 0000\n", ["phone:+442079460000"]),
        ("name,card_number\nAnn,ab-1\n", ["card:AB-1"]),
        ("id\nuser:7\n", ["user:7"]),
        ("7\n", ["user:7"]),
        ("ann@example.com\n", ["email:ann@example.com"]),
        ("email,user_id\n,7\n", ["user:7"]),
    ],
)
def test_ids_of_a_list_are_found_however_they_are_written(text, expected):
    people, report = uploaded(text, known(*expected))
    assert people == [f"person {one}" for one in expected]
    assert (report.matched, report.unmatched) == (len(expected), 0)


def test_a_list_tells_what_became_of_each_row():
    people = person_of(a="p1", b="p2", c="p1")
    text = "user_id,card\na,\nb,\nc,\nnobody,\n,\n a ,\n"
    found, report = uploaded(text, people)
    assert found == ["p1", "p2"]
    assert (report.rows, report.empty) == (5, 1)
    assert (report.matched, report.unmatched, report.people, report.repeated) == (4, 1, 2, 2)
    assert report.examples == ("nobody",)


def test_the_first_column_wins_where_ids_name_several_people():
    rows = [
        {"visitor_id": "user:a", "person_id": "p1"},
        {"visitor_id": "card:9", "person_id": "p2"},
    ]
    people = ibis.memtable(rows_of(PERSON_OF, *rows))
    assert uploaded("card,user_id\n9,a\n", people)[0] == ["p2"]
    found, report = uploaded("user_id,card\na,9\n", people)
    assert (found, report.conflicting) == (["p1"], 1)


def test_an_empty_list_says_what_is_wanted():
    with pytest.raises(InvalidInput, match="one person a line"):
        membership.read_upload("")


sets = st.dictionaries(
    st.sampled_from("abcde"), st.sets(st.integers(0, 30)), min_size=2, max_size=5
)


@settings(max_examples=60, deadline=None)
@given(sets)
def test_regions_hold_exactly_those_in_these_and_no_other_audiences(audiences):
    found = membership.regions({name: BitMap(people) for name, people in audiences.items()})
    everyone = set().union(*audiences.values())
    expected: dict[tuple[str, ...], int] = {}
    for one in everyone:
        key = tuple(name for name, people in audiences.items() if one in people)
        expected[key] = expected.get(key, 0) + 1
    assert {region.sets: region.people for region in found} == expected
    assert [region.people for region in found] == sorted(
        (region.people for region in found), reverse=True
    )


def test_an_overlap_needs_two_audiences_and_bears_eight():
    with pytest.raises(InvalidInput, match="2 to 8 audiences, not 1"):
        membership.regions({"a": BitMap([1])})
    with pytest.raises(InvalidInput, match="not 9"):
        membership.regions({str(n): BitMap([n]) for n in range(9)})


def test_pairs_tell_shares_of_either_and_of_both_together():
    found = membership.pairs({"a": BitMap([1, 2, 3, 4]), "b": BitMap([4, 5]), "c": BitMap()})
    first = found[0]
    assert (first.both, first.of_first, first.of_second, first.jaccard) == (1, 0.25, 0.5, 0.2)
    assert found[1].of_second == 0


ids = st.lists(st.text("abc123", min_size=1), unique=True, max_size=40)


@settings(max_examples=60, deadline=None)
@given(ids, st.integers(0, 40), st.randoms(use_true_random=False))
def test_a_sample_is_the_same_in_any_order_and_a_larger_one_contains_it(people, size, draw):
    shuffled = draw.sample(people, len(people))
    found = membership.drawn(people, seed="s", size=size)
    assert membership.drawn(shuffled, seed="s", size=size) == found
    assert membership.drawn(people, seed="s", size=size + 5)[: len(found)] == found
    assert len(found) == min(size, len(people))


def test_samples_of_other_seeds_are_others_and_each_person_is_as_likely():
    people = [f"user:{n}" for n in range(400)]
    times = dict.fromkeys(people, 0)
    for seed in range(300):
        for one in membership.drawn(people, seed=str(seed), size=40):
            times[one] += 1
    # 300 draws of a tenth: 30 times each, with a standard deviation of 5.2; six of them are 31.
    assert max(abs(count - 30) for count in times.values()) < 31
    assert sum(times.values()) == 300 * 40


@pytest.mark.parametrize(
    ("share", "size", "sentence"),
    [
        (None, None, "Give either"),
        (0.1, 5, "Give either"),
        (0, None, "above 0"),
        (1.2, None, "above 0"),
        (None, 0, "at least one person"),
    ],
)
def test_a_sample_is_a_share_or_a_number(share, size, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        membership.sample_size(100, share=share, size=size)


def test_contacts_are_normalized_before_they_are_hashed():
    assert email(" Ann.Lee+news@Gmail.com ") == "annlee@gmail.com"
    assert email("Ann.Lee@Example.com") == "ann.lee@example.com"
    assert email("nothing") is None
    assert phone("138 0013 8000") == "+8613800138000"
    assert phone("+44 (0)20") == "+44020"
    members = pa.table({"email": ["A@b.c", None, None], "phone": ["13800138000", None, "+1"]})
    found = membership.hashed_contacts(members).to_pylist()
    assert found[0] == {
        "hashed_email": hashlib.sha256(b"a@b.c").hexdigest(),
        "hashed_phone": hashlib.sha256(b"+8613800138000").hexdigest(),
    }
    assert len(found) == 2  # who has neither is left out


@pytest.fixture
def warehouse():
    opened = DuckDBWarehouse(":memory:")
    yield opened
    opened.close()


def taken(at: datetime, reason: str = "schedule"):
    return membership.Taken("vip", at, at, reason, people=10, definition={"everyone": True})


def test_a_snapshot_tells_who_came_and_who_went(warehouse):
    first = membership.take(warehouse, taken(NOW), ["user:1", "user:2"], person_of=person_of())
    assert (first["entered"], first["left"]) == (None, None)
    # Since then the second was merged into another: that is neither coming nor going.
    merged = ibis.memtable(rows_of(PERSON_OF, {"visitor_id": "user:2", "person_id": "user:3"}))
    row = membership.take(
        warehouse, taken(NOW + timedelta(days=1)), ["user:3", "user:4"], person_of=merged
    )
    assert (row["members"], row["entered"], row["left"]) == (2, 1, 1)
    assert [one["members"] for one in membership.history(warehouse, "vip")] == [2, 2]
    assert json.loads(row["definition"]) == {"everyone": True}


def test_old_refreshes_keep_their_figures_and_lose_their_members(warehouse):
    for day in range(5):
        at = NOW + timedelta(days=day)
        membership.take(warehouse, taken(at), [f"p{day}"], person_of=person_of())
    kept = taken(NOW + timedelta(days=9), "manual")
    membership.take(warehouse, kept, ["p9"], person_of=person_of())
    assert membership.let_go(warehouse, "vip", kept=2) == 3
    assert membership.let_go(warehouse, "vip", kept=2) == 0
    rows = membership.history(warehouse, "vip")
    assert [row["has_members"] for row in rows] == [True, True, True, False, False, False]
    assert all(row["members"] == 1 for row in rows)
    left = warehouse.to_arrow(warehouse.read(AUDIENCE_MEMBERS))["person_id"].to_pylist()
    assert sorted(left) == ["p3", "p4", "p9"]


def test_people_of_a_list_are_found_under_their_present_id(warehouse):
    row = membership.take(warehouse, taken(NOW), ["user:a", "user:b"], person_of=person_of())
    who = person_of(a="user:a", b="user:a")
    found = membership.listed_people(
        {"vip": row["snapshot_id"], "none": "unknown"}, warehouse.read(AUDIENCE_MEMBERS), who
    )
    # A table in memory beside one of the warehouse: the warehouse lends it.
    people = {name: warehouse.to_arrow(one)["person_id"].to_pylist() for name, one in found.items()}
    assert people == {"vip": ["user:a"], "none": []}
