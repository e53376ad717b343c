"""What each role sees of each class of personal data."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.privacy import Pii
from zhiyin.governance.api import Role, mask_record, mask_typed_id, mask_value
from zhiyin.governance.masking import partial
from zhiyin.profiles.tables import CUSTOMERS

EMAIL, NAME, HEALTH = "ann@example.com", "Ann Li", "left-handed"
# role -> (contact, personal, sensitive); identifiers and plain facts are clear for everybody.
SEEN = {
    "admin": ("a***@example.com", "Ann Li", "l***"),
    "analyst": ("a***@example.com", "A***", None),
    "marketer": ("a***@example.com", "Ann Li", None),
    "approver": ("a***@example.com", "A***", None),
    "viewer": (None, None, None),
    "privacy_officer": ("a***@example.com", "A***", "l***"),
}


def test_the_table_names_every_role():
    assert set(SEEN) == set(Role)


@pytest.mark.parametrize("role", SEEN)
def test_a_role_sees_of_each_class_what_the_table_says(role):
    found = (
        mask_value(EMAIL, Pii.CONTACT, role),
        mask_value(NAME, Pii.PERSONAL, role),
        mask_value(HEALTH, Pii.SENSITIVE, role),
    )
    assert found == SEEN[role]
    assert mask_value("p-17", Pii.IDENTIFIER, role) == "p-17"
    assert mask_value(12.5, Pii.NONE, role) == 12.5


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ann@example.com", "a***@example.com"),
        ("@example.com", "***@example.com"),
        ("+86 138-1234-5678", "***5678"),
        ("13812345678", "***5678"),
        ("12345", "***2345"),
        ("1234", "1***"),
        ("王小明", "王***"),
        ("王", "***"),
        ("", "***"),
        (date(1990, 5, 17), "1990-**-**"),
    ],
)
def test_a_part_of_a_value(value, shown):
    assert partial(value) == shown


@given(st.text(min_size=2, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_text_never_comes_through_whole(text):
    assert partial(text) != text or "***" in text


def test_unknown_stays_unknown():
    assert mask_value(None, Pii.CONTACT, "admin") is None


def test_a_column_that_the_table_does_not_know_is_hidden():
    record = {"person_id": "p-1", "email": EMAIL, "secret_note": "x"}
    assert mask_record(CUSTOMERS, record, "viewer") == {"person_id": "p-1", "email": None}


def test_every_contact_column_of_the_wide_table_is_masked_for_everybody():
    columns = [name for name, column in CUSTOMERS.columns.items() if column.pii is Pii.CONTACT]
    assert {"email", "phone"} <= set(columns)
    for role in Role:
        shown = mask_record(CUSTOMERS, dict.fromkeys(columns, EMAIL), role)
        assert EMAIL not in shown.values()


@pytest.mark.parametrize(
    ("typed_id", "admin", "viewer"),
    [
        ("email:ann@example.com", "email:a***@example.com", None),
        ("phone:+8613812345678", "phone:***5678", None),
        ("user:u-17", "user:u-17", "user:u-17"),
        ("anonymous:a:b", "anonymous:a:b", "anonymous:a:b"),
    ],
)
def test_ids_that_are_addresses_are_masked(typed_id, admin, viewer):
    assert mask_typed_id(typed_id, "admin") == admin
    assert mask_typed_id(typed_id, "viewer") == viewer
