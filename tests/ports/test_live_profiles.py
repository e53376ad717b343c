"""One contract for live profiles, over every adapter of the operational store."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiyin.adapters.operational.sql import SqlOperationalStore
from zhiyin.ports.live_profiles import LiveChanges, LiveProfile
from zhiyin.testing.operational import MemoryOperationalStore


@pytest.fixture(params=["sqlite", "another engine", "memory"])
def store(request, tmp_path, monkeypatch):
    if request.param == "another engine":
        # One of which it is not known how it puts a row in the place of another.
        monkeypatch.setattr("zhiyin.adapters.operational.live_profiles.UPSERTS", {})
    made = (
        SqlOperationalStore(tmp_path / "operational.sqlite")
        if request.param != "memory"
        else MemoryOperationalStore()
    )
    yield made
    made.close()


def test_nothing_is_known_at_first(store):
    assert store.live_position() == {}
    assert store.live_people(["user:1"]) == {}
    assert store.live_profiles(["user:1"]) == {}
    assert (store.live_due(9, 9), store.live_stale("g", 9), store.count_live()) == ([], [], 0)


def test_profiles_people_and_position_come_back_as_they_were_stored(store):
    ann = LiveProfile("user:ann", "知音".encode(), 5, "g1")
    bob = LiveProfile("user:bob", b"", None, "g1")
    people = {"user:ann": "user:ann", "anon:1": "user:ann", "user:bob": "user:bob"}
    store.store_live(LiveChanges([ann, bob], people=people, position={"main": 7}))
    assert store.live_profiles(["user:ann", "user:none", "user:bob"]) == {
        "user:ann": ann, "user:bob": bob,
    }  # fmt: skip
    assert (store.live_profile("anon:1"), store.live_profile("anon:2")) == (ann, None)
    assert store.live_people(["anon:1", "anon:2"]) == {"anon:1": "user:ann"}
    assert (store.live_position(), store.count_live()) == ({"main": 7}, 2)


def test_what_is_stored_again_takes_the_place_of_what_was_there(store):
    store.store_live(
        LiveChanges([LiveProfile("a", b"1", 5, "g")], people={"x": "a"}, position={"0": 1, "1": 4})
    )
    newer, other = LiveProfile("a", b"2", None, "h"), LiveProfile("b", b"3", 6, "g")
    store.store_live(LiveChanges([newer, other], people={"x": "b", "y": "b"}, position={"0": 2}))
    assert store.live_profiles(["a", "b"]) == {"a": newer, "b": other}
    assert store.live_people(["x", "y"]) == {"x": "b", "y": "b"}
    assert store.live_position() == {"0": 2, "1": 4}
    assert store.live_stale("h", 9) == [other]


def test_a_person_who_is_another_by_now_goes(store):
    store.store_live(LiveChanges([LiveProfile("a", b"1"), LiveProfile("b", b"2")]))
    store.store_live(LiveChanges([LiveProfile("b", b"12")], gone=["a", "never"]))
    assert store.live_profiles(["a", "b"]) == {"b": LiveProfile("b", b"12")}


def test_whoever_is_due_longest_comes_first(store):
    rows = [LiveProfile(str(n), b"", due) for n, due in enumerate([30, 10, None, 20, 21])]
    store.store_live(LiveChanges(rows))
    assert [one.person_id for one in store.live_due(20, 9)] == ["1", "3"]
    assert [one.person_id for one in store.live_due(99, 3)] == ["1", "3", "4"]


names = st.sampled_from([f"user:{n}" for n in range(6)])
changes = st.builds(
    LiveChanges,
    st.lists(
        st.builds(LiveProfile, names, st.binary(max_size=4), st.none() | st.integers(0, 9)),
        unique_by=lambda one: one.person_id,
    ),
    st.lists(names),
    st.dictionaries(names, names),
    st.dictionaries(st.sampled_from(["0", "1"]), st.integers(0, 9)),
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(changes, max_size=4))
def test_every_adapter_stores_what_a_dict_would(tmp_path_factory, steps):
    one = SqlOperationalStore(tmp_path_factory.mktemp("live") / "operational.sqlite")
    other = MemoryOperationalStore()
    everybody = [f"user:{n}" for n in range(6)]
    for step in steps:
        for store in (one, other):
            store.store_live(step)
        for ask in ("live_people", "live_profiles"):
            assert getattr(one, ask)(everybody) == getattr(other, ask)(everybody)
        assert one.live_position() == other.live_position()
    one.close()


def test_more_people_than_one_statement_takes(store):
    rows = [LiveProfile(f"user:{n}", str(n).encode()) for n in range(1_300)]
    for _ in range(2):
        store.store_live(LiveChanges(rows, people={one.person_id: "x" for one in rows}))
    found = store.live_profiles([one.person_id for one in rows])
    assert found == {one.person_id: one for one in rows}
    assert len(store.live_people([one.person_id for one in rows])) == len(rows)
    store.store_live(LiveChanges(gone=[one.person_id for one in rows]))
    assert store.count_live() == 0
