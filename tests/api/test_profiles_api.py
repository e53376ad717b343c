"""Live profiles over HTTP: by any id, masked by role."""

from __future__ import annotations

from tests.api.small_shop import Shop


def someone(shop: Shop) -> tuple[str, str]:
    """Return a registered customer with an e-mail and one of the customer's other ids."""
    row = shop.sql(
        "select p.person_id, p.visitor_id from dw.person_of p join dm.customers c using (person_id)"
        " where c.email is not null and p.visitor_id like 'anon:%' order by 1, 2 limit 1"
    )[0]
    return row["person_id"], row["visitor_id"]


def test_a_profile_is_found_by_any_id_of_the_person(shop: Shop):
    person, device = someone(shop)
    by_person = shop.as_("admin").get(f"/v1/profiles/{person}")
    by_device = shop.as_("admin").get(f"/v1/profiles/{device}")
    assert by_person.status_code == 200, by_person.text
    assert by_person.json() == by_device.json()
    found = by_person.json()
    assert found["person_id"] == person
    assert device in found["ids"]
    assert "@" in found["attributes"]["email"]


def test_tags_and_audiences_are_those_of_the_run_where_nothing_happened_since(shop: Shop):
    rows = shop.sql("select person_id, tag, value from dm.tags order by 1, 2")
    names = sorted({row["person_id"] for row in rows})[:5]
    held = {name: {r["tag"]: r["value"] for r in rows if r["person_id"] == name} for name in names}
    for name in names:
        found = shop.as_("admin").get(f"/v1/profiles/{name}").json()
        assert {one["tag"]: one["value"] for one in found["tags"]} == held[name]


def test_who_may_not_see_personal_data_sees_it_masked(shop: Shop):
    person, _ = someone(shop)
    found = shop.as_("viewer").get(f"/v1/profiles/{person}").json()
    shown = shop.as_("admin").get(f"/v1/profiles/{person}").json()
    assert found["attributes"].get("email") != shown["attributes"]["email"]
    assert found["traits"] == {}
    assert found["audiences"] == shown["audiences"]


def test_an_unknown_id_and_a_stranger_are_refused(shop: Shop):
    assert shop.as_("admin").get("/v1/profiles/user:nobody").status_code == 404
    assert shop.anonymous().get("/v1/profiles/user:nobody").status_code == 401
