"""The live path finds what the next build will find."""

from __future__ import annotations

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.test_verdicts import STRICT, links_of, worlds

from zhiyin.identity.api import Inputs, Touched, blocked, rework
from zhiyin.identity.components import linked_people
from zhiyin.identity.links import stamped
from zhiyin.identity.nobodies import nobodies
from zhiyin.identity.tables import EDGES, LINKS
from zhiyin.identity.verdicts import with_verdicts
from zhiyin.testing.rows import EPOCH, rows_of

POLICY = STRICT
JUDGED = ["verdict", "reason", "cluster_id", "rule", "strength", "changed_at"]


def standing(rows):
    told = rows_of(LINKS, *rows)
    inputs = Inputs(POLICY, pa.array(sorted(nobodies(told, POLICY)), pa.string()))
    return stamped(with_verdicts(told.drop_columns(JUDGED), inputs), EPOCH)


def as_edge(link):
    kind = link["evidence"].split(",")[0]
    return {**link, "evidence": kind, "source_id": "", "first_seen": None, "load_id": 0}


def by_key(table, *names):
    kept = [column for column in table.column_names if column not in ("changed_at", *names)]
    rows = table.select([*names, *kept]).to_pylist()
    return {tuple(row[name] for name in names): row for row in rows}


@settings(max_examples=60, deadline=None)
@given(worlds, worlds)
def test_rework_comes_to_what_all_evidence_comes_to(old, new):
    before = standing(links_of(old))
    fresh = [link for link in links_of(new) if "decision" not in link["evidence"]]
    evidence = rows_of(EDGES, *map(as_edge, fresh))
    done = rework(Touched(before, Inputs(POLICY)), evidence, changed_at=EPOCH)
    grown = by_key(before, "left_id", "right_id") | by_key(done.links, "left_id", "right_id")

    rows = list(grown.values())
    again = standing([{name: row[name] for name in row if name not in JUDGED} for row in rows])
    assert by_key(again, "left_id", "right_id") == grown
    was = linked_people(before, POLICY.kinds) if len(before) else None
    people = (by_key(was, "visitor_id") if was else {}) | by_key(done.people, "visitor_id")
    if len(again):
        assert people == by_key(linked_people(again, POLICY.kinds), "visitor_id")


def test_nothing_new_changes_nothing():
    before = standing(links_of({("phone:1", "user:1"): (["login"], 1, 0, 5)}))
    done = rework(Touched(before, Inputs(POLICY)), rows_of(EDGES), changed_at=EPOCH)
    assert (done.links.num_rows, done.people.num_rows) == (0, 0)


names = st.sampled_from(
    [
        "phone:+8613888888888", "phone:12345", "phone:123456", "phone:+86", "phone:+8613800138000",
        "card:1111", "card:111", "card:0123456", "card:876543", "anon:aaaa", "anon:123456",
        "email:test9@x", "email:atest@x", "user:1111", "openid:234567", "unionid:" + "y" * 300,
    ]
)  # fmt: skip


@settings(max_examples=5, deadline=None)
@given(st.dictionaries(names, st.integers(1, 7), max_size=8))
def test_ids_are_blocked_in_memory_as_in_the_warehouse(shared):
    pairs = [(name, f"user:{n}") for name, users in shared.items() for n in range(users)]
    links = rows_of(
        LINKS, *({"left_id": left, "right_id": right, "seen": 1} for left, right in pairs)
    )
    rows = blocked(ibis.memtable(links), POLICY).to_pyarrow()
    assert set(rows["blocked_id"].to_pylist()) == nobodies(links, POLICY)
