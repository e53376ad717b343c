"""Everything about one customer."""

from __future__ import annotations

import json

import pytest

from zhiyin.core.errors import NotFound
from zhiyin.profiles.api import customer_profile
from zhiyin.profiles.tagging.tables import TAG_WEIGHTS
from zhiyin.testing.rows import rows_of


def test_any_id_of_a_person_leads_to_the_person(shop):
    for name in ("user:ann", "ann", "user:ann2", "anon:d1", "email:ann@b.c"):
        assert customer_profile(name, shop)["person_id"] == "user:ann"


def test_an_id_of_nobody_is_named_with_what_to_do(shop):
    with pytest.raises(
        NotFound, match=r"'zed'; give a customer number or a typed id such as user:17850"
    ):
        customer_profile("zed", shop)


def test_the_page_holds_everything_and_only_what_json_can_hold(shop):
    page = customer_profile("ann", shop)
    assert json.loads(json.dumps(page)) == page
    assert page["profile"]["name"] == "Ann Li"
    assert page["profile"]["monetary"] == 130.0
    assert {row["id"]: row["evidence"] for row in page["identities"]} == {
        "anon:d1": ["identify"],
        "email:ann@b.c": ["customer_record"],
        "phone:+8613800": ["customer_record"],
        "user:ann": ["customer_record", "identify"],
        "user:ann2": ["customer_record"],
    }
    assert [order["order_id"] for order in page["orders"]] == ["2", "1"]
    assert page["orders"][1]["lines"] == [
        {"line_number": 1, "product_id": "p", "quantity": 2.0, "unit_price": 0.0, "discount": 0.0,
         "amount": 100.0, "name": "Tea"}
    ]  # fmt: skip
    assert page["scores"][0]["reasons"] == [{"feature": "recency", "value": 10, "effect": 0.3}]
    assert page["consents"][0]["is_granted"] is True
    assert "repeat_buyer" in {tag["tag"] for tag in page["tags"]}


def test_the_timeline_tells_each_thing_once_newest_first(shop):
    told = [(item["kind"], item["name"]) for item in customer_profile("ann", shop)["timeline"]]
    assert told == [
        ("order", "Order Completed"),  # the event of the same order is left out
        ("event", "Page Viewed"),
        ("touch", "redeemed"),  # the visit is left out: its events are there
        ("refund", "Order Refunded"),
        ("order", "Order Completed"),
    ]


def test_a_message_shows_what_came_back(shop):
    page = customer_profile("cy", shop)
    assert [message["message_id"] for message in page["messages"]] == ["m1", "m0"]
    newest = page["messages"][0]
    assert newest["delivered_at"] == newest["unsubscribed_at"] == "2025-06-28T00:00:00Z"
    assert newest["opened_at"] is None
    assert ("event", "Unsubscribed") in {(i["kind"], i["name"]) for i in page["timeline"]}


def test_a_device_without_a_name_has_a_page(shop):
    page = customer_profile("anon:d2", shop)
    assert page["profile"]["is_registered"] is False
    assert page["orders"] == []
    assert len(page["timeline"]) == 1


def test_tags_that_say_most_about_response_come_first(shop):
    def ranked():
        return [(tag["tag"], tag["importance"]) for tag in customer_profile("ann", shop)["tags"]]

    before = ranked()
    names = [name for name, _ in before]
    assert len(names) > 3
    assert before == [(name, 1.0) for name in sorted(names)]
    first, second, last = names[2], names[-1], names[0]
    weights = [
        ("now", first, 2.5, "approved"), ("now", second, 1.5, "approved"),
        ("now", last, 0.2, "approved"), ("next", last, 9.0, "proposed"),
        ("before", names[1], 9.0, "replaced"),
    ]  # fmt: skip
    rows = [
        {"proposal_id": proposal, "tag": tag, "weight": weight, "state": state}
        for proposal, tag, weight, state in weights
    ]
    shop.write(TAG_WEIGHTS, rows_of(TAG_WEIGHTS, *rows))
    try:
        rest = [name for name in names if name not in (first, second, last)]
        assert ranked() == [
            (first, 2.5), (second, 1.5), *((name, 1.0) for name in rest), (last, 0.2),
        ]  # fmt: skip
    finally:
        shop.write(TAG_WEIGHTS, rows_of(TAG_WEIGHTS))
    assert ranked() == before
