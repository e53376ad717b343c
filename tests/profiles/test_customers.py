"""The wide table of the small shop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zhiyin.profiles import tables as dm
from zhiyin.testing.small_shop import ago


@pytest.fixture(scope="module")
def people(shop):
    rows = shop.to_arrow(shop.read(dm.CUSTOMERS)).to_pylist()
    assert len({row["person_id"] for row in rows}) == len(rows)
    return {row["person_id"]: row for row in rows}


def test_everyone_with_a_customer_number_or_a_device_is_there(people):
    assert set(people) == {"user:ann", "user:bob", "user:cy", "anon:d2"}


def test_two_numbers_with_one_email_are_one_customer_with_fields_of_both(people):
    ann = people["user:ann"]
    assert (ann["name"], ann["phone"], ann["city"]) == ("Ann Li", "+8613800", "北京")
    assert ann["gender"] == "female"
    assert ann["joined_at"] == ago(400)  # joined when the first of the numbers did


def test_orders_and_refunds_of_all_ids_count(people):
    ann = people["user:ann"]
    assert (ann["orders"], ann["refunds"], ann["monetary"]) == (2, 1, Decimal(130))
    assert ann["recency_days"] == 10
    assert ann["orders_90d"] == 1
    assert ann["favourite_category"] == "drinks"


def test_a_visit_on_a_device_is_the_visit_of_its_owner(people):
    assert people["user:ann"]["visits_30d"] == 1
    assert people["user:ann"]["acquisition_channel"] == "ads"
    assert people["user:cy"]["visits_30d"] == 1
    assert people["user:cy"]["acquisition_channel"] == "direct"


def test_only_people_who_have_not_refused_can_be_emailed(people):
    reachable = {name: row["can_email"] for name, row in people.items()}
    assert reachable == {"user:ann": True, "user:bob": False, "user:cy": False, "anon:d2": False}


def test_a_person_without_orders_is_a_prospect_with_zeros(people):
    cy = people["user:cy"]
    assert (cy["stage"], cy["orders"], cy["monetary"]) == ("prospect", 0, Decimal(0))
    assert cy["value_tier"] is None
    assert (cy["is_registered"], cy["is_buyer"]) == (True, False)
    assert not people["anon:d2"]["is_registered"]


def test_messages_are_those_of_thirty_days_and_deliveries_are_no_sign_of_life(people):
    assert people["user:cy"]["messages_30d"] == 1
    assert people["user:bob"]["last_seen_at"] == ago(80)
    assert people["user:cy"]["last_seen_at"] == ago(2)


def test_scores_come_from_the_mailbox(people):
    assert people["user:ann"]["churn"] == 0.8
    assert people["user:bob"]["churn"] is None


def test_completeness_counts_what_is_known(people):
    assert people["anon:d2"]["completeness"] == 0
    # name, contact, gender, city, channel; no age
    assert people["user:ann"]["completeness"] == pytest.approx(5 / 6)
