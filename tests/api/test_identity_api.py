"""The identity pages: how much is linked, the ledger, the review queue, one person's ids."""

from __future__ import annotations

import pytest
from tests.api.identity_rows import (
    ANN,
    ANNE,
    CHEN,
    LI,
    WANG,
    WANG_TOO,
    ZHANG,
    write_identity,
)
from tests.api.small_shop import Shop, empty_workspace

IDENTITY = "/api/data/identity"


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    with empty_workspace(tmp_path_factory.mktemp("known") / "shop") as opened:
        opened.add_accounts()
        write_identity(opened.workspace)
        yield opened


def got(shop: Shop, path: str, role: str = "admin", **asked):
    answer = shop.as_(role).get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_rate_is_the_linked_share_of_events_and_orders(known: Shop):
    found = got(known, IDENTITY)
    linked, brought = 111_972 + 3_104 + 1_402 + 33_214, 120_400 + 3_104 + 1_708 + 40_210
    assert found["rate"] == pytest.approx(linked / brought)
    assert found["target"] == 0.9
    rates = {one["source_id"]: one["rate"] for one in found["sources"]}
    assert rates["crm"] is None  # it brings records only
    assert rates["pos"] == pytest.approx(1_402 / 1_708)


def test_people_are_counted_once_by_how_many_ids_they_have(known: Shop):
    found = got(known, IDENTITY)
    assert (found["ids"], found["people"], found["people_known"]) == (57, 47, 5)
    counted = {one["name"]: one["count"] for one in found["ids_per_person"]}
    assert counted == {"1": 42, "2": 3, "4": 1, "5": 1}
    assert [one["count"] for one in found["completeness_bands"]] == [0, 1, 1, 1, 2]
    assert found["completeness"] == pytest.approx(0.70)


def test_what_waits_and_what_was_refused_is_counted(known: Shop):
    found = got(known, IDENTITY)
    assert (found["reviews"], found["decisions"], found["households"]) == (2, 1, 1)
    assert {one["name"]: one["count"] for one in found["refused"]} == {
        "users_differ": 1,
        "names_differ": 1,
        "shared_device": 1,
        "limit": 1,
    }
    assert {one["name"]: one["count"] for one in found["changes"]} == {"merge": 4, "split": 1}


def test_before_the_first_run_nobody_is_known(unused: Shop):
    found = got(unused, IDENTITY, "viewer")
    assert (found["rate"], found["people"], found["sources"]) == (None, 0, [])
    for part in ("changes", "decisions", "conflicts", "blocked", "households", "matches"):
        assert got(unused, f"{IDENTITY}/{part}")["total"] == 0


def test_the_ledger_is_newest_first_and_knows_what_is_undone(known: Shop):
    found = got(known, f"{IDENTITY}/changes")
    numbers = [one["change_id"] for one in found["items"]]
    assert numbers == ["m-9c2e41", "m-51fa07", "s-0d83b6", "m-3f9a12", "m-77e0d9"]
    undone = {one["change_id"]: one["undone_by"] for one in found["items"] if one["undone_by"]}
    assert undone == {"m-3f9a12": "d-81c2aa"}


def test_the_ledger_is_filtered_by_kind_and_by_an_id(known: Shop):
    path = f"{IDENTITY}/changes"
    assert [one["change_id"] for one in got(known, path, kind="split")["items"]] == ["s-0d83b6"]
    mine = got(known, path, q="anon:c02b55")["items"]
    assert [one["change_id"] for one in mine] == ["m-51fa07"]
    assert got(known, path, q="anon:c02")["total"] == 0  # part of an id finds nothing
    second = got(known, path, page=2, size=3)
    assert (second["total"], len(second["items"])) == (5, 2)


@pytest.mark.parametrize(("role", "shown"), [("admin", "phone:***3333"), ("viewer", "phone:***")])
def test_contacts_in_ids_are_masked_and_the_kind_stays(known: Shop, role, shown):
    change = got(known, f"{IDENTITY}/changes", role)["items"][0]
    assert change["cause_left_id"] == shown
    assert change["person_id"] == ZHANG
    conflicts = got(known, f"{IDENTITY}/conflicts", role, reason="users_differ")["items"]
    assert conflicts[0]["is_masked"]
    devices = got(known, f"{IDENTITY}/conflicts", role, reason="limit")["items"]
    assert not devices[0]["is_masked"]


def test_blocked_ids_come_with_those_that_most_customers_share_first(known: Shop):
    found = got(known, f"{IDENTITY}/blocked", "analyst")
    assert [one["users"] for one in found["items"]] == [214, 96, 31, 12]
    assert found["items"][0]["blocked_id"] == "phone:***1234"
    assert got(known, f"{IDENTITY}/blocked", reason="pattern")["total"] == 1


def test_a_household_names_its_people(known: Shop):
    found = got(known, f"{IDENTITY}/households")
    assert found["total"] == 1
    assert found["items"][0] == {
        "household_id": WANG,
        "members": 2,
        "shared_by": ["phone"],
        "people": [WANG, LI],
    }


def test_decisions_tell_whether_they_are_in_force(known: Shop):
    path = f"{IDENTITY}/decisions"
    assert [one["decision_id"] for one in got(known, path)["items"]] == ["d-81c2aa", "d-44be10"]
    assert [one["decision_id"] for one in got(known, path, in_force=True)["items"]] == ["d-81c2aa"]
    assert got(known, path)["items"][1]["revoked_by"] == "admin"


def test_a_pair_shows_both_records_and_what_speaks_for_it(known: Shop):
    found = got(known, f"{IDENTITY}/matches")
    assert [one["probability"] for one in found["items"]] == [0.872, 0.641]
    first = found["items"][0]
    assert (first["left_id"], first["right_id"]) == (WANG, WANG_TOO)
    fields = {one["field"]: one for one in first["fields"]}
    assert fields["phone"]["is_same"] is False
    assert (fields["phone"]["left"], fields["phone"]["right"]) == ("***1111", "***1112")
    assert (fields["name"]["level"], fields["name"]["weight"]) == ("similar", 6.2)
    assert fields["city"]["is_same"] is True
    assert "birth_date" not in fields  # neither record holds one
    second = {one["field"]: one for one in found["items"][1]["fields"]}
    assert second["email"]["is_same"] is None


def test_a_pair_that_was_decided_or_is_one_person_does_not_wait(known: Shop):
    assert got(known, f"{IDENTITY}/matches")["total"] == 2  # not Ann and Anne
    accepted = got(known, f"{IDENTITY}/matches", verdict="accepted")["items"]
    assert [(one["left_id"], one["right_id"]) for one in accepted] == [(ZHANG, CHEN)]
    assert got(known, f"{IDENTITY}/matches", verdict="rejected")["total"] == 0


def test_hidden_values_still_tell_whether_they_agree(known: Shop):
    pair = got(known, f"{IDENTITY}/matches", "viewer")["items"][1]
    fields = {one["field"]: one for one in pair["fields"]}
    assert (fields["name"]["left"], fields["name"]["right"]) == ("***", "***")
    assert fields["name"]["is_same"] is True
    assert fields["city"]["is_same"] is False


def test_a_customer_shows_ids_household_and_history(known: Shop):
    found = got(known, f"/api/customers/{CHEN}/identity")
    assert found["person_id"] == ZHANG
    assert len(found["ids"]) == 5
    openid = next(one for one in found["ids"] if one["kind"] == "openid")
    assert (openid["evidence"], openid["sources"]) == (["login"], ["mini_program"])
    assert [one["change_id"] for one in found["changes"]] == ["m-9c2e41"]
    assert [one["field"] for one in found["survivors"]] == ["city", "joined_at"]
    assert found["household"] is None


def test_a_customer_shows_what_was_refused_and_with_whom_they_live(known: Shop):
    found = got(known, f"/api/customers/{WANG}/identity", "viewer")
    assert found["household"] == {"people": [LI]}
    assert [one["reason"] for one in found["refused"]] == ["users_differ"]
    assert "email:***" in [one["id"] for one in found["ids"]]
    assert got(known, f"/api/customers/{ANN}/identity")["changes"][0]["change_id"] == "s-0d83b6"
    assert got(known, f"/api/customers/{ANNE}/identity")["person_id"] == ANNE


def test_an_unknown_customer_is_not_found(known: Shop):
    answer = known.as_("admin").get("/api/customers/user:nobody/identity")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
