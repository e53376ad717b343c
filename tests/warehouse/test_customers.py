"""Customer records merged."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.collect import tables as ods
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.customers import customers

NO_EVENTS = rows_of(ods.EVENTS)
RECORD = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["1", "2", ""]),
        "load_id": st.integers(1, 3),
        "city": st.sampled_from(["Ulm", "Bonn", None]),
        "sms_consent": st.sampled_from([True, False, None]),
    }
)


@settings(max_examples=15, deadline=None)
@given(records=st.lists(RECORD, max_size=8))
def test_each_field_is_the_newest_that_is_known(rows, records):
    expected: dict[str, dict] = {}
    for record in sorted(records, key=lambda one: one["load_id"]):
        if record["customer_id"]:
            merged = expected.setdefault(record["customer_id"], {"city": None, "sms_consent": None})
            known = {name: record[name] for name in merged if record[name] is not None}
            merged.update(known)
    found = rows(customers, rows_of(ods.CUSTOMERS, *records), NO_EVENTS)
    shown = {row["customer_id"]: {n: row[n] for n in ("city", "sms_consent")} for row in found}
    assert shown == expected
    assert all(row["visitor_id"] == f"user:{row['customer_id']}" for row in found)


def test_identify_calls_bring_contact_name_and_consent(rows):
    events = rows_of(
        ods.EVENTS,
        {
            "kind": "identify",
            "user_id": "1",
            "anonymous_id": "d",
            "email": " A@B.com",
            "phone": "+49 (731) 5",
            "traits": '{"name": "Ann", "email_consent": false}',
            "event_time": datetime(2026, 1, 1),
            "load_id": 2,
        },
    )
    record = {"customer_id": "1", "name": "Anne", "city": "Ulm", "load_id": 1, "sms_consent": True}
    (row,) = rows(customers, rows_of(ods.CUSTOMERS, record), events)
    assert (row["email"], row["phone"], row["name"]) == ("a@b.com", "+497315", "Ann")
    assert (row["email_consent"], row["sms_consent"], row["city"]) == (False, True, "Ulm")
    assert row["anonymous_id"] == "d"


@pytest.mark.parametrize("email", ["", "a b@c.d", "a@b", "a@@b.c", "nonsense"])
def test_an_address_that_cannot_be_one_is_unknown(rows, email):
    (row,) = rows(
        customers, rows_of(ods.CUSTOMERS, {"customer_id": "1", "email": email}), NO_EVENTS
    )
    assert row["email"] is None
