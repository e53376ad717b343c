"""How much is linked, against a plain loop over sources."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.identity.rates import rates
from zhiyin.identity.tables import EDGES, PEOPLE, PERSON_OF, RATES
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

SPECS = (dw.EVENTS, dw.ORDERS, ods.CUSTOMERS, EDGES, PERSON_OF, PEOPLE)
USERS, DEVICES, VALUES = ("user:1", "user:2"), ("anon:a", "anon:b", "anon:c"), ("email:e", "card:k")
OWNERS = [*USERS, *DEVICES]
source = st.sampled_from(["web", "crm", "till"])
visitor = st.sampled_from([*OWNERS, "anon:never_seen"])
shops = st.fixed_dictionaries(
    {
        "events": st.lists(st.tuples(source, visitor), max_size=8),
        "orders": st.lists(st.tuples(source, st.none() | visitor), max_size=6),
        "records": st.lists(st.tuples(source, st.sampled_from(["", "1", "2"])), max_size=5),
        "edges": st.lists(
            st.tuples(source, st.sampled_from(VALUES), st.sampled_from(OWNERS)),
            max_size=5,
            unique=True,
        ),
        "owner": st.fixed_dictionaries(
            {name: st.integers(0, place) for place, name in enumerate(OWNERS)}
        ),
    }
)


@pytest.fixture(scope="module")
def engine():
    made = DuckDBWarehouse(":memory:", threads=1)
    yield made
    made.close()


def people_of(told: dict[str, Any]) -> dict[str, str]:
    """Return the person of each id: that of an earlier id, or the id itself."""
    owners: dict[str, str] = {}
    for place, name in enumerate(OWNERS):
        chosen = told["owner"][name]
        owners[name] = owners[OWNERS[chosen]] if chosen < place else name
    for _, value, name in told["edges"]:
        owners.setdefault(value, owners[name])
    return owners


def by_hand(told: dict[str, Any], owners: dict[str, str], complete: dict[str, float]):
    """Return the row of each source, by loops."""
    facts = [*told["events"], *told["orders"]]
    seen = {(where, name) for where, name in facts if name is not None}
    seen |= {(where, end) for where, *ends in told["edges"] for end in ends}
    met = {(where, owners[name]) for where, name in seen if name in owners}
    records = {pair for pair in told["records"] if pair[1]}
    rows = {}
    for where in {where for where, _ in [*facts, *seen, *records]}:
        mine = {person for place, person in met if place == where}
        others = {person for place, person in met if place != where}
        known = [complete[person] for person in mine if person in complete]
        row: dict[str, Any] = {
            "records": sum(place == where for place, _ in records),
            "ids": sum(place == where for place, _ in seen),
            "ids_linked": sum(
                place == where and list(owners.values()).count(owners.get(name, "")) > 1
                for place, name in seen
            ),
            "people": len(mine),
            "people_shared": len(mine & others),
            "completeness": pytest.approx(sum(known) / len(known)) if known else None,
        }
        for kind in ("events", "orders"):
            names = [name for place, name in told[kind] if place == where]
            row[kind] = len(names)
            row[f"{kind}_linked"] = sum(owners.get(name) in complete for name in names if name)
        rows[where] = row
    return rows


@pytest.mark.slow  # each example takes a second to compile
@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(shops)
def test_each_source_is_counted_as_a_loop_counts_it(engine, told):
    owners = people_of(told)
    named = sorted({owner for name, owner in owners.items() if not name.startswith("anon:")})
    complete = {person: place / 8 for place, person in enumerate(named)}
    tables = (
        [{"source_id": s, "visitor_id": v} for s, v in told["events"]],
        [{"source_id": s, "visitor_id": v} for s, v in told["orders"]],
        [{"source_id": s, "customer_id": c} for s, c in told["records"]],
        [{"source_id": s, "left_id": a, "right_id": b} for s, a, b in told["edges"]],
        [
            {"visitor_id": name, "person_id": owner, "ids": list(owners.values()).count(owner)}
            for name, owner in owners.items()
        ],
        [{"person_id": name, "completeness": share} for name, share in complete.items()],
    )
    for spec, rows in zip(SPECS, tables, strict=True):
        engine.write(spec, rows_of(spec, *rows))
    found = engine.to_arrow(rates(*(engine.read(spec) for spec in SPECS)))
    assert found.column_names == list(RATES.columns)
    rows = {row.pop("source_id"): row for row in found.to_pylist()}
    assert len(rows) == found.num_rows
    assert rows == by_hand(told, owners, complete)
