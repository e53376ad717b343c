"""What the merge policy makes of links, against the policy applied by hand."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.policy_by_hand import ByHand, kind_of

from zhiyin.identity import verdicts
from zhiyin.identity.policy import Limit, Policy, load_policy
from zhiyin.identity.tables import LINKS
from zhiyin.identity.verdicts import Inputs, with_verdicts
from zhiyin.stats import loops
from zhiyin.testing.rows import EPOCH, rows_of

DEFAULT = load_policy()
STRICT = Policy({**DEFAULT.ids, "phone": Limit(2), "anon": Limit(2, 3)})
KINDS_DRAWN = ["user", "user", "user", "anon", "phone", "email", "card", "unionid"]
EVIDENCE = ["login", "identify", "customer_record", "alias", "linkage", "external_id", "decision"]

ids = st.builds(lambda kind, n: f"{kind}:{n}", st.sampled_from(KINDS_DRAWN), st.integers(0, 3))
pairs = st.tuples(ids, ids).filter(lambda pair: pair[0] != pair[1]).map(lambda p: tuple(sorted(p)))
worlds = st.dictionaries(
    pairs,
    st.tuples(
        st.lists(st.sampled_from(EVIDENCE[:-1]), min_size=1, max_size=2, unique=True),
        st.integers(1, 9),
        st.none() | st.integers(0, 8),
        st.integers(0, 19),
    ),
    max_size=24,
)
few_pairs = st.lists(pairs, max_size=2)
names = st.dictionaries(
    st.integers(0, 3).map(lambda n: f"user:{n}"), st.sampled_from(["Li Wei", "Bo"]), max_size=4
)


def link(left, right, evidence="login", seen=1, day=0):
    return {
        "left_id": left, "right_id": right, "evidence": evidence, "seen": seen,
        "last_seen": None if day is None else EPOCH + timedelta(days=day),
    }  # fmt: skip


def links_of(world):
    order = [*EVIDENCE[::-1]]
    rows = []
    for (left, right), (kinds, seen, day, lot) in world.items():
        words = [*kinds, "decision"] if lot == 0 else kinds
        told = ",".join(sorted(words, key=order.index))
        rows.append(link(left, right, told, seen, day))
    return rows


def pair_table(some):
    rows = [{"left_id": left, "right_id": right} for left, right in some]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([("left_id", "string"), ("right_id", "string")])
    )


def judged(rows, policy=DEFAULT, *, blocked=(), separate=(), cut=(), names=None):
    known = names or {}

    def names_of(users):
        found = [user for user in users.to_pylist() if user in known]
        return pa.table({"visitor_id": found, "name": [known[user] for user in found]})

    inputs = Inputs(
        policy, pa.array(blocked, pa.string()), pair_table(separate), pair_table(cut), names_of
    )
    table = rows_of(LINKS, *rows).drop_columns(["verdict", "reason", "cluster_id", "rule"])
    return with_verdicts(table, inputs).to_pylist()


def reasons(rows, *args, **kwargs):
    return {
        (row["left_id"], row["right_id"]): row["reason"] or row["verdict"]
        for row in judged(rows, *args, **kwargs)
    }


@settings(max_examples=120, deadline=None)
@given(worlds, few_pairs, few_pairs, st.lists(ids, max_size=1), names)
def test_verdicts_are_those_of_the_policy_applied_by_hand(world, separate, cut, blocked, bearing):
    rows = links_of(world)
    options = {"blocked": blocked, "separate": separate, "cut": cut, "names": bearing}
    by_hand = ByHand(rows, STRICT, **options)
    expected = {pair: by_hand.verdicts.get(pair, "blocked") for pair in by_hand.links}
    found = judged(rows, STRICT, **options)
    assert {
        (row["left_id"], row["right_id"]): row["reason"] or row["verdict"] for row in found
    } == expected
    for row in found:
        ends = [row["left_id"], row["right_id"]]
        if row["verdict"] != "blocked":
            assert row["cluster_id"] in by_hand.cluster[ends[0]] & by_hand.cluster[ends[1]]


@settings(max_examples=40, deadline=None)
@given(worlds, names, st.randoms(use_true_random=False))
def test_the_order_of_links_changes_nothing(world, bearing, random):
    rows = links_of(world)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert reasons(rows, STRICT, names=bearing) == reasons(shuffled, STRICT, names=bearing)


def test_two_customers_never_become_one_by_a_device_or_an_openid():
    rows = [link("anon:d", "user:1", seen=9), link("anon:d", "user:2"),
            link("openid:o", "user:1"), link("openid:o", "user:3", seen=5)]  # fmt: skip
    assert reasons(rows) == {
        ("anon:d", "user:1"): "linked",
        ("anon:d", "user:2"): "shared_device",
        ("openid:o", "user:1"): "users_differ",
        ("openid:o", "user:3"): "linked",
    }


def test_a_device_of_which_nobody_has_most_belongs_to_nobody():
    rows = [link("anon:d", "user:1", seen=5), link("anon:d", "user:2", seen=4)]
    assert set(reasons(rows).values()) == {"shared_device"}


def test_a_phone_joins_two_numbers_of_one_name_only():
    rows = [link("phone:1", f"user:{n}", "customer_record") for n in range(3)]
    bearing = {"user:0": "Wei Li", "user:1": "ＬＩ  wei", "user:2": "Bo Li"}
    found = {row["right_id"]: row for row in judged(rows, names=bearing)}
    assert found["user:1"]["verdict"] == "linked"
    assert found["user:1"]["rule"] == "names"
    assert found["user:2"]["reason"] == "names_differ"


def test_a_card_and_an_alias_join_two_numbers_and_say_so():
    rows = [link("card:8", f"user:{n}", "customer_record") for n in (1, 2)]
    rows.append(link("user:2", "user:3", "alias"))
    rules = {(row["left_id"], row["right_id"]): row["rule"] for row in judged(rows)}
    assert rules == {("card:8", "user:1"): None, ("card:8", "user:2"): "card",
                     ("user:2", "user:3"): "alias"}  # fmt: skip


def test_a_decision_goes_before_limits_and_a_separation_before_that():
    rows = [link("user:1", "user:2", "decision")]
    assert reasons(rows) == {("user:1", "user:2"): "linked"}
    assert reasons(rows, separate=[("user:1", "user:2")]) == {("user:1", "user:2"): "separated"}


def test_old_devices_do_not_count_towards_the_limit():
    fresh = [link(f"anon:{n}", "user:1", day=9) for n in range(3)]
    old = [link(f"anon:{n}", "user:1", day=n) for n in (4, 9)] + [link("anon:o", "user:1", day=5)]
    assert sorted(reasons(fresh, STRICT).values()) == ["limit", "linked", "linked"]
    assert set(reasons(old, STRICT).values()) == {"linked"}


@pytest.mark.slow
def test_compiled_loops_do_what_python_does(monkeypatch):
    rng = np.random.default_rng(5)
    chosen = {
        tuple(sorted((f"user:{u}", f"{kind}:{v}")))
        for u, v, kind in zip(
            rng.integers(0, 60, 400), rng.integers(0, 50, 400),
            rng.choice(["phone", "email", "anon", "card"], 400), strict=True,
        )
    }  # fmt: skip
    rows = [link(*pair, seen=int(rng.integers(1, 9))) for pair in sorted(chosen)]
    in_python = reasons(rows, STRICT)
    monkeypatch.setattr(loops, "COMPILED_FROM", 0)
    assert reasons(rows, STRICT) == in_python


def test_kinds_of_evidence_are_those_of_the_hand():
    assert set(verdicts.EVIDENCE) == set(EVIDENCE)
    assert kind_of("user:1:2") == "user"
