"""Customers: found, paged, shown from all sides, and unmasked only on the record."""

from __future__ import annotations

import pytest
from tests.api.small_shop import Shop


def listed(shop: Shop, role: str = "viewer", **query) -> dict:
    answer = shop.as_(role).get("/api/customers", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(page: dict) -> list[str]:
    return [row["person_id"] for row in page["items"]]


def test_pages_follow_each_other_and_add_up(shop: Shop):
    total = shop.sql("select count(*) n from dm.customers")[0]["n"]
    first = listed(shop, size=100)
    assert first["total"] == total
    seen = []
    for page in range(1, total // 100 + 2):
        seen += ids(listed(shop, size=100, page=page))
    assert len(seen) == len(set(seen)) == total
    beyond = listed(shop, size=100, page=total)
    assert (beyond["items"], beyond["total"]) == ([], total)


@pytest.mark.parametrize(
    "sort", ["-monetary", "monetary", "-orders", "last_order_at", "-last_order_at"]
)
def test_customers_come_in_the_order_asked_for_with_unknowns_last(shop: Shop, sort):
    column = sort.removeprefix("-")
    values = [row[column] for row in listed(shop, sort=sort, size=100)["items"]]
    known = [value for value in values if value is not None]
    assert values[: len(known)] == known
    assert known == sorted(known, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"value_tier": "high"}, "value_tier = 'high'"),
        ({"value_tier": "high,middle"}, "value_tier in ('high', 'middle')"),
        ({"stage": "active", "value_tier": "high"}, "stage = 'active' and value_tier = 'high'"),
        ({"audience": "high_value"}, "value_tier = 'high'"),
        ({"country": "nowhere"}, "false"),
    ],
)
def test_a_filter_finds_what_the_warehouse_finds(shop: Shop, query, where):
    expected = shop.sql(f"select person_id from dm.customers where {where}")
    found = listed(shop, size=100, **query)
    assert found["total"] == len(expected)
    assert set(ids(found)) <= {row["person_id"] for row in expected}


def test_a_tag_filters(shop: Shop):
    tag = shop.sql("select tag, count(*) n from dm.tags group by tag order by n, tag limit 1")[0]
    assert listed(shop, tag=tag["tag"])["total"] == tag["n"]


def test_search_does_not_unmask_what_is_masked(shop: Shop):
    person = shop.sql(
        "select person_id, name, email from dm.customers where email is not null"
        " and length(name) > 1 order by person_id limit 1"
    )[0]
    email, id_ = person["email"], person["person_id"]
    for role in ("viewer", "marketer"):
        assert ids(listed(shop, role, q=id_)) == [id_]
    assert id_ in ids(listed(shop, "marketer", q=email.upper()))
    assert listed(shop, "viewer", q=email)["total"] == 0
    assert listed(shop, "marketer", q=email[:-1])["total"] == 0  # letter by letter gives nothing
    assert id_ in ids(listed(shop, "marketer", q=person["name"], size=100))
    assert listed(shop, "analyst", q=person["name"])["total"] == 0


def test_rows_show_personal_data_by_role(shop: Shop):
    query = {"audience": "reachable_by_email", "size": 5}
    for row in listed(shop, "viewer", **query)["items"]:
        assert (row["name"], row["email"], row["phone"], row["city"]) == (None, None, None, None)
    for row in listed(shop, "admin", **query)["items"]:
        assert "***@" in row["email"]
        assert row["name"]


@pytest.fixture(scope="module")
def buyer(shop: Shop) -> dict:
    return shop.sql(
        "select * from dm.customers where email is not null and orders > 0 and birth_date is not"
        " null order by monetary desc, person_id limit 1"
    )[0]


def test_a_customer_is_shown_from_all_sides(shop: Shop, buyer):
    found = shop.as_("admin").get(f"/api/customers/{buyer['person_id']}").json()
    assert found["profile"]["orders"] == buyer["orders"] == len(found["orders"])
    assert found["profile"]["monetary"] == pytest.approx(buyer["monetary"])
    for order in found["orders"]:
        assert order["order_time"].endswith("Z")
        assert order["lines"]
    assert {"order"} <= {happening["kind"] for happening in found["timeline"]}
    times = [happening["at"] for happening in found["timeline"]]
    assert times == sorted(times, reverse=True)
    assert found["consents"]
    assert found["tags"]
    assert found["is_masked"]


def test_any_id_of_a_customer_leads_to_them(shop: Shop, buyer):
    answer = shop.as_("admin").get(f"/api/customers/email:{buyer['email']}")
    assert answer.json()["person_id"] == buyer["person_id"]


def test_a_customers_page_is_masked_for_everybody(shop: Shop, buyer):
    for role in ("admin", "analyst", "marketer", "approver", "viewer", "privacy_officer"):
        answer = shop.as_(role).get(f"/api/customers/{buyer['person_id']}")
        assert buyer["email"] not in answer.text, role
        assert str(buyer["phone"]) not in answer.text, role
        assert answer.json()["may_reveal"] == (role in {"admin", "privacy_officer"})


def test_revealing_shows_all_and_writes_down_who_looked_and_why(shop: Shop, buyer):
    address = f"/api/customers/{buyer['person_id']}/reveal"
    client = shop.as_("privacy_officer")
    found = client.post(address, json={"reason": "Request 17 of the customer"}).json()
    assert (found["email"], found["phone"]) == (buyer["email"], buyer["phone"])
    line = client.get("/api/settings/audit", params={"limit": 1}).json()[0]
    assert (line["actor"], line["action"]) == ("privacy_officer", "customer.reveal")
    assert line["subject"] == buyer["person_id"]
    assert line["detail"] == {"reason": "Request 17 of the customer"}
    assert client.post(address, json={"reason": ""}).status_code == 422
    assert client.post(address).status_code == 422
    assert client.get("/api/settings/audit", params={"limit": 1}).json()[0]["id"] == line["id"]
