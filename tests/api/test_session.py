"""The first account, logging in and out, and what a cookie gives away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.api.small_shop import PASSWORD, Shop

from zhiyin.api.security import SESSION_LENGTH

FIRST = {"username": "owner", "password": "a boat on seven seas", "language": "en"}


def test_the_first_visitor_sets_the_workspace_up_and_is_its_administrator(fresh: Shop):
    client = fresh.anonymous()
    assert client.get("/api/session").json()["state"] == "setup"

    made = client.post("/api/setup", json=FIRST)
    assert made.status_code == 201
    found = client.get("/api/session").json()
    assert found["state"] == "ready"
    assert found["account"]["role"] == "admin"
    assert found["language"] == "en"
    assert "settings.write" in found["permissions"]
    assert found["csrf_token"] == made.json()["csrf_token"]
    assert fresh.workspace.operational.audit()[0]["action"] == "workspace.set_up"

    again = fresh.anonymous().post("/api/setup", json={**FIRST, "username": "second"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_only_this_machine_may_set_a_workspace_up(fresh: Shop):
    client = TestClient(fresh.app, client=("203.0.113.9", 4711))
    answer = client.post("/api/setup", json=FIRST)
    assert (answer.status_code, answer.json()["code"]) == (403, "local_only")
    assert fresh.workspace.operational.accounts() == []


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "owner owner 12"])
def test_a_weak_first_password_makes_no_account(fresh: Shop, password):
    answer = fresh.anonymous().post("/api/setup", json={**FIRST, "password": password})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert fresh.workspace.operational.accounts() == []


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(shop: Shop):
    answer = shop.anonymous().post("/api/login", json={"username": "viewer", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert f"max-age={int(SESSION_LENGTH.total_seconds())}" in parts
    assert "secure" not in parts  # plain http on this machine; behind https the setting adds it
    assert answer.cookies["zhiyin_session"] not in answer.text


def test_logging_out_ends_the_session_also_for_a_stolen_cookie(shop: Shop):
    client = shop.log_in("viewer")
    stolen = dict(client.cookies)
    assert client.get("/api/overview").status_code == 200
    assert client.post("/api/logout").status_code == 204
    assert client.get("/api/session").json()["state"] == "login"
    thief = shop.anonymous()
    thief.cookies.update(stolen)
    assert thief.get("/api/overview").status_code == 401


def test_a_session_ends_by_itself(fresh: Shop):
    client = fresh.anonymous()
    client.post("/api/setup", json=FIRST)
    fresh.clock.advance(SESSION_LENGTH - timedelta(seconds=1))
    assert client.get("/api/session").json()["state"] == "ready"
    fresh.clock.advance(timedelta(seconds=2))
    assert client.get("/api/session").json()["state"] == "login"


def test_a_closed_account_is_out_at_once(fresh: Shop):
    fresh.add_accounts()
    client, admin = fresh.as_("analyst"), fresh.as_("admin")
    assert client.get("/api/session").json()["state"] == "ready"
    admin.patch("/api/settings/accounts/analyst", json={"is_active": False})
    assert client.get("/api/session").json()["state"] == "login"
    refused = fresh.anonymous().post(
        "/api/login", json={"username": "analyst", "password": PASSWORD}
    )
    assert refused.status_code == 401


def test_a_wrong_password_and_an_unknown_name_sound_alike(fresh: Shop):
    fresh.add_accounts()
    client = fresh.anonymous()
    answers = [
        client.post("/api/login", json={"username": name, "password": "not the password"})
        for name in ("admin", "nobody.here")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["code"] == "wrong_password"
    assert "set-cookie" not in answers[0].headers


def test_guessing_gets_slower_and_the_right_password_waits_too(fresh: Shop):
    fresh.add_accounts()
    client = fresh.anonymous()
    wrong = {"username": "admin", "password": "not the password"}
    right = {"username": "admin", "password": PASSWORD}
    waits = []
    for _ in range(8):
        answer = client.post("/api/login", json=wrong)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            assert client.post("/api/login", json=right).status_code == 429
            fresh.clock.advance(timedelta(seconds=waits[-1]))
            answer = client.post("/api/login", json=wrong)
        assert answer.status_code == 401
    assert waits == sorted(waits)
    assert len(waits) >= 2
    assert waits[-1] > waits[0]
    fresh.clock.advance(timedelta(minutes=16))
    assert client.post("/api/login", json=right).status_code == 200


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_a_write_without_the_sessions_token_is_refused(shop: Shop, token):
    client = shop.log_in("admin")
    del client.headers["X-CSRF-Token"]
    headers = {} if token is None else {"X-CSRF-Token": token.encode()}
    answer = client.post("/api/settings/sources", json={"name": "forged"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert "forged" not in {key.name for key in shop.workspace.operational.write_keys()}


def test_another_sessions_token_is_refused(shop: Shop):
    client = shop.log_in("admin")
    client.headers["X-CSRF-Token"] = shop.as_("admin").headers["X-CSRF-Token"]
    answer = client.post("/api/settings/sources", json={"name": "forged"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_the_language_of_an_account_is_kept(shop: Shop):
    client = shop.as_("marketer")
    assert client.put("/api/session/preferences", json={"language": "en"}).status_code == 200
    assert shop.log_in("marketer").get("/api/session").json()["language"] == "en"
    assert client.put("/api/session/preferences", json={"language": "fr"}).status_code == 422


def test_nobody_removes_the_last_administrator(fresh: Shop):
    fresh.add_accounts()
    for change in ({"role": "viewer"}, {"is_active": False}):
        answer = fresh.as_("admin").patch("/api/settings/accounts/admin", json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_changed_password_counts_from_now_on(fresh: Shop):
    fresh.add_accounts()
    fresh.as_("admin").patch("/api/settings/accounts/viewer", json={"password": "nine red kites"})
    client = fresh.anonymous()
    old, new = (
        client.post("/api/login", json={"username": "viewer", "password": password})
        for password in (PASSWORD, "nine red kites")
    )
    assert (old.status_code, new.status_code) == (401, 200)
    line = fresh.workspace.operational.audit()
    assert not any("nine red kites" in str(entry) for entry in line)
