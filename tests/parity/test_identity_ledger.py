"""The ledger, the golden record and the rates on DuckDB and on Spark."""

from __future__ import annotations

from datetime import datetime

import pytest

from zhiyin.collect import tables as ods
from zhiyin.identity import tables as identity
from zhiyin.identity.golden.people import people, people_survivors
from zhiyin.identity.golden.rules import rules_of
from zhiyin.identity.ledger.changes import note_changes
from zhiyin.identity.ledger.history import note_history
from zhiyin.identity.rates import rates
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import small_shop
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext

pytestmark = pytest.mark.spark
FIRST, SECOND = datetime(2025, 6, 1, 12, 0, 0, 1), datetime(2025, 6, 2, 12, 0, 0, 999_999)
CONTEXT = BuildContext(as_of=SECOND, built_at=SECOND, run_id="run2")


def owned(**people_of: str):
    rows = ({"visitor_id": v.replace("_", ":"), "person_id": p} for v, p in people_of.items())
    return rows_of(identity.PERSON_OF, *({**row, "ids": 2} for row in rows))


def noted(visitor: str, person: str, **more):
    told = {"visitor_id": visitor, "person_id": person, "changed_at": FIRST, "run_id": "run1"}
    return {**told, **more}


HISTORY = rows_of(
    identity.HISTORY,
    noted("user:1", "user:1"),
    noted("user:2", "user:2"),
    noted("anon:2", "user:2"),
    noted("user:3", "user:3"),
    noted("anon:3", "user:3"),
    noted("anon:4", "anon:4"),
    noted("email:ü@x.y", "user:1"),
)
# The second joins the first, a device leaves the third, a device gets a name, an e-mail goes.
NOW = owned(
    user_1="user:1", user_2="user:1", anon_2="user:1", user_3="user:3", anon_3="anon:3",
    anon_4="user:4", user_4="user:4",
)  # fmt: skip


def test_history_is_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(note_history, HISTORY, NOW, context=CONTEXT)
    told = {row["visitor_id"]: (row["person_id"], (row["change_id"] or "-")[0]) for row in rows}
    assert told == {
        "user:2": ("user:1", "m"), "anon:2": ("user:1", "m"), "anon:3": ("anon:3", "s"),
        "anon:4": ("user:4", "-"), "user:4": ("user:4", "-"), "email:ü@x.y": ("email:ü@x.y", "-"),
    }  # fmt: skip
    first = both_engines.same_rows(note_history, rows_of(identity.HISTORY), NOW, context=CONTEXT)
    assert len(first) == NOW.num_rows


def test_changes_are_the_same_on_both_engines(both_engines):
    moved = rows_of(
        identity.HISTORY,
        noted("user:2", "user:1", previous_person_id="user:2", change_id="m-1"),
        noted("anon:3", "anon:3", previous_person_id="user:3", change_id="s-1"),
    )
    link = {"verdict": "linked", "evidence": "alias,login", "sources": "web", "cluster_id": "c"}
    links = rows_of(
        identity.LINKS,
        {"left_id": "user:1", "right_id": "user:2", "strength": 2, **link},
        {"left_id": "anon:3", "right_id": "user:3", **link, "verdict": "refused"},
    )
    decisions = rows_of(
        identity.DECISIONS,
        {"decision_id": "d-1", "kind": "separate", "left_id": "anon:3", "right_id": "user:3"},
    )
    rows = both_engines.same_rows(
        note_changes, rows_of(identity.CHANGES), moved, links, NOW, decisions, context=CONTEXT
    )
    assert [(row["kind"], row["cause"], row["decision_id"]) for row in rows] == [
        ("merge", "alias", None), ("split", "decision", "d-1"),
    ]  # fmt: skip


RULES = rules_of(
    {
        "name": "most_frequent", "city": "longest", "joined_at": "oldest",
        "email_consent": "any_no", "country": {"sources": ["b", "a"], "then": "oldest"},
    }
)  # fmt: skip


@pytest.mark.parametrize("function", [people, people_survivors])
def test_the_golden_record_is_the_same_on_both_engines(both_engines, function):
    record = {"name": "Ü Li", "city": "西安", "email_consent": True, "country": "CN"}
    records = rows_of(
        dw.CUSTOMERS,
        {**record, "visitor_id": "user:1", "customer_id": "1", "joined_at": FIRST},
        {
            "visitor_id": "user:2", "customer_id": "2", "city": "Xi'an", "country": "HK",
            "name": "Li", "email_consent": False, "joined_at": SECOND,
        },
        {"visitor_id": "user:3", "customer_id": "3", "name": ""},
    )  # fmt: skip
    records = records.append_column("source_id", [["a", "b", "a"]])
    rows = both_engines.same_rows(function, records, NOW, rules=RULES)
    assert rows
    told = {row.get("field", "record"): row for row in rows if row["person_id"] == "user:1"}
    if function is people:
        assert (told["record"]["city"], told["record"]["country"]) == ("Xi'an", "HK")
    else:
        assert told["email_consent"]["visitor_id"] == "user:2"


def test_rates_are_the_same_on_both_engines(both_engines):
    shop = small_shop()
    edges = rows_of(
        identity.EDGES,
        {"left_id": "anon:d1", "right_id": "user:ann", "source_id": "web", "evidence": "login"},
    )
    owners = rows_of(
        identity.PERSON_OF,
        {"visitor_id": "user:ann", "person_id": "user:ann", "ids": 2},
        {"visitor_id": "anon:d1", "person_id": "user:ann", "ids": 2},
        {"visitor_id": "anon:d2", "person_id": "anon:d2", "ids": 1},
    )
    known = rows_of(identity.PEOPLE, {"person_id": "user:ann", "completeness": 0.5})
    tables = [shop[spec.name] for spec in (dw.EVENTS, dw.ORDERS, ods.CUSTOMERS)]
    rows = both_engines.same_rows(rates, *tables, edges, owners, known)
    told = {row["source_id"]: row for row in rows}
    assert (told["web"]["events"], told["web"]["events_linked"]) == (6, 2)
    assert told["crm"]["records"] == 4
    assert told["web"]["completeness"] == 0.5
