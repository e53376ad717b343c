"""What a report's reader and an analyst see of examples."""

from __future__ import annotations

import pytest

from zhiyin.app.watching import masked
from zhiyin.governance.api import Role

MAIL = "ann@example.com"


@pytest.mark.parametrize(
    ("column", "value", "viewer", "analyst"),
    [
        ("email", MAIL, "***", "a***@example.com"),
        ("name", "Ann", "***", "A***"),
        ("country", "UK", "UK", "UK"),
        ("email, country", f"{MAIL}, UK", "***", "a***@example.com, UK"),
        ("", "17", "17", "17"),
    ],
)
def test_an_example_is_masked_by_the_class_of_its_column(column, value, viewer, analyst):
    assert masked("dw.customers", column, value) == viewer
    assert masked("dw.customers", column, value, Role.ANALYST) == analyst


def test_nothing_stays_nothing():
    assert masked("dw.customers", "email", None) is None
