"""The golden record against a plain loop over each person's records."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.golden.builds import golden_builds
from zhiyin.identity.golden.people import people, people_survivors
from zhiyin.identity.golden.rules import FIELDS, load_rules, rules_of
from zhiyin.identity.tables import PEOPLE, PERSON_OF, SURVIVORS
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.api import BuildContext
from zhiyin.warehouse.api import builds as warehouse_builds
from zhiyin.warehouse.tables import CUSTOMERS

DAYS = [datetime(2025, 1, day) for day in (1, 2, 3)]
record = st.fixed_dictionaries(
    {
        "joined_at": st.none() | st.sampled_from(DAYS),
        "name": st.none() | st.sampled_from(["Li", "Li Na", "Na"]),
        "city": st.none() | st.sampled_from(["Xi'an", "Wuhan"]),
        "email_consent": st.none() | st.booleans(),
        "source_id": st.sampled_from(["crm", "web", "app"]),
    }
)
RULES = {
    "name": ["newest", "oldest", "most_frequent", "longest"],
    "city": ["newest", "oldest", "most_frequent", {"sources": ["web", "crm"], "then": "oldest"}],
    "email_consent": ["any_no", "newest"],
}
chosen_rules = st.fixed_dictionaries({name: st.sampled_from(of) for name, of in RULES.items()})
LATE, EARLY = datetime(9999, 1, 1), datetime(1, 1, 1)


@pytest.fixture(scope="module")
def engine():
    made = DuckDBWarehouse(":memory:", threads=1)
    yield made
    made.close()


def run(engine, function, records, owners, told):
    columns = dict(CUSTOMERS.columns)
    table = rows_of(
        CUSTOMERS, *({k: v for k, v in row.items() if k in columns} for row in records)
    ).append_column("source_id", [[row.get("source_id", "crm") for row in records]])
    engine.write(PERSON_OF, rows_of(PERSON_OF, *owners))
    expr = function(ibis.memtable(table), engine.read(PERSON_OF), rules=rules_of(told))
    return engine.to_arrow(expr).to_pylist()


def shown(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert len({row["person_id"] for row in rows}) == len(rows)
    return {row["person_id"]: row for row in rows}


def first_by_rule(rule: Any, field: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the record whose value survives, by a loop."""
    known = [row for row in rows if row[field] is not None]
    known.sort(key=lambda row: row["visitor_id"])
    known.sort(key=lambda row: row["joined_at"] or EARLY, reverse=True)
    if isinstance(rule, dict):
        for source in rule["sources"]:
            mine = [row for row in known if row["source_id"] == source]
            if mine:
                return first_by_rule(rule["then"], field, mine)
        return first_by_rule(rule["then"], field, known)
    if rule == "oldest":
        known.sort(key=lambda row: row["visitor_id"])
        known.sort(key=lambda row: row["joined_at"] or LATE)
    if rule == "longest":
        known.sort(key=lambda row: -len(row[field]))
    if rule == "most_frequent":
        often = Counter(row[field] for row in known)
        known.sort(key=lambda row: -often[row[field]])
    if rule == "any_no":
        known.sort(key=lambda row: row[field])
    return known[0] if known else None


def survives(engine, told, rules):
    """Check the golden record of made-up records, and what is told of it, against loops."""
    records = [
        {**row, "visitor_id": f"user:{n}", "customer_id": str(n), "owner": f"user:{9 - owner}"}
        for n, (owner, row) in enumerate(told)
    ]
    owners = [{"visitor_id": r["visitor_id"], "person_id": r["owner"]} for r in records]
    found = shown(run(engine, people, records, owners, rules))
    told_apart = run(engine, people_survivors, records, owners, rules)
    survivors = {(row["person_id"], row["field"]): row for row in told_apart}
    for person in {r["owner"] for r in records}:
        mine = [r for r in records if r["owner"] == person]
        assert found[person]["customer_ids"] == len(mine)
        for field, rule in rules.items():
            best = first_by_rule(rule, field, mine)
            assert found[person][field] == (best and best[field])
            different = len({r[field] for r in mine} - {None})
            survivor = survivors.get((person, field))
            assert (survivor is not None) == (different > 1)
            if survivor and best:
                assert survivor["values"] == different
                assert survivor["visitor_id"] == best["visitor_id"]
                assert survivor["rule"] == ("sources" if isinstance(rule, dict) else rule)


@pytest.mark.slow  # the statements of each example take long to compile
@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), record), min_size=1, max_size=8), chosen_rules)
def test_each_field_survives_by_its_rule(engine, told, rules):
    survives(engine, told, rules)


def test_fields_of_one_person_survive_each_by_a_rule_of_its_own(engine):
    def one(day, name, city, consent, source):
        values = (DAYS[day], name, city, consent, source)
        return dict(
            zip(("joined_at", "name", "city", "email_consent", "source_id"), values, strict=True)
        )

    told = [
        (1, one(0, "Li Na", "Wuhan", True, "crm")),
        (1, one(1, "Li", None, False, "web")),
        (1, one(2, "Li", "Xi'an", True, "app")),
        (2, one(2, "Na", "Xi'an", None, "web")),
    ]
    sources = {"sources": ["web", "crm"], "then": "oldest"}
    survives(engine, told, {"name": "longest", "city": sources, "email_consent": "any_no"})
    survives(engine, told, {"name": "most_frequent", "city": "oldest", "email_consent": "newest"})


def test_contacts_that_no_record_knows_come_from_the_ids(engine):
    owners = [
        {"visitor_id": name, "person_id": "user:1"}
        for name in ("user:1", "email:b@x.y", "email:a@x.y", "phone:+8613812345678", "card:C7")
    ]
    records = [{"visitor_id": "user:1", "customer_id": "1", "phone": "10010"}]
    row = shown(run(engine, people, records, owners, {}))["user:1"]
    assert (row["email"], row["phone"], row["member_card"]) == ("a@x.y", "10010", "C7")
    assert row["completeness"] == pytest.approx(1 / 6)


def test_a_device_is_nobody_known(engine):
    owners = [
        {"visitor_id": "anon:1", "person_id": "anon:1"},
        {"visitor_id": "anon:2", "person_id": "phone:10086"},
        {"visitor_id": "phone:10086", "person_id": "phone:10086"},
    ]
    found = shown(run(engine, people, [], owners, {}))
    assert set(found) == {"phone:10086"}
    assert found["phone:10086"]["customer_ids"] == 0


def test_completeness_counts_six_things(engine):
    full = {
        "visitor_id": "user:1", "customer_id": "1", "name": "Li Na", "email": "a@x.y",
        "gender": "female", "birth_date": date(1990, 1, 1), "city": "Wuhan",
        "acquisition_channel": "web",
    }  # fmt: skip
    owners = [{"visitor_id": "user:1", "person_id": "user:1"}]
    row = shown(run(engine, people, [full], owners, {}))["user:1"]
    assert row["completeness"] == 1.0
    assert set(row) == set(PEOPLE.columns)


def test_the_rules_that_ship_take_a_no_for_a_no():
    rules = load_rules()
    assert (rules["email_consent"].name, rules["name"].name, rules["city"].name) == (
        "any_no", "most_frequent", "newest",
    )  # fmt: skip
    assert not rules.name_sources


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"nmae": "newest"}, "nmae"),
        ({"name": "best"}, "allowed: newest, oldest, most_frequent, longest, any_no, sources"),
        ({"name": "any_no"}, "any_no is for consents"),
        ({"name": {"sources": []}}, "{sources: [crm, web], then: newest}"),
        ({"name": {"sources": ["a"], "than": "oldest"}}, "than"),
        (["newest"], "one `field: rule` a line"),
    ],
)
def test_a_wrong_rule_is_named(told, sentence):
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        rules_of(told)


def test_every_column_of_the_record_has_a_rule():
    assert set(rules_of({}).by_field) == set(FIELDS)
    assert set(SURVIVORS.grain) == {"person_id", "field"}


def test_a_rule_that_names_sources_asks_what_each_of_them_brought(engine, tmp_path):
    (tmp_path / "policies").mkdir()
    text = "fields: {city: {sources: [crm], then: newest}}"
    (tmp_path / "policies" / "identity.yaml").write_text(text)
    received = [
        {"customer_id": "1", "city": "Wuhan", "name": "Li", "source_id": "crm", "load_id": 1},
        {"customer_id": "1", "city": "Harbin", "name": "Li Na", "source_id": "web", "load_id": 2},
    ]
    engine.write(ods.CUSTOMERS, rows_of(ods.CUSTOMERS, *received))
    engine.write(ods.EVENTS, rows_of(ods.EVENTS))
    engine.write(PERSON_OF, rows_of(PERSON_OF, {"visitor_id": "user:1", "person_id": "user:1"}))
    context = BuildContext(as_of=datetime(2026, 1, 1))
    (facts,) = [build for build in warehouse_builds() if build.spec is CUSTOMERS]
    made = facts.build(*map(engine.read, facts.inputs), context=context)
    engine.write(CUSTOMERS, made)
    golden, survivors = golden_builds(tmp_path)
    (row,) = engine.to_arrow(
        golden.build(*map(engine.read, golden.inputs), context=context)
    ).to_pylist()
    assert (row["city"], row["name"], row["customer_ids"]) == ("Wuhan", "Li Na", 1)
    told = survivors.build(*map(engine.read, survivors.inputs), context=context)
    assert [(r["field"], r["rule"]) for r in engine.to_arrow(told).to_pylist()] == [
        ("city", "sources")
    ]
