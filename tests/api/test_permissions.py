"""Every address of the API has a guard; a new one must be added to the table here."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute
from tests.api.small_shop import TOKEN, Shop

from zhiyin.api.app import ROUTERS
from zhiyin.governance.api import GRANTS, Role

OPEN = {
    "GET /health",
    "GET /version",
    "GET /api/health",
    "GET /api/session",
    "POST /api/setup",
    "POST /api/login",
    "POST /internal/commands/{name}",  # guarded by the token of this machine
    "GET /t/o/{token}",
    "GET /t/c/{token}",
    "GET /t/u/{token}",
    "POST /t/u/{token}",
}
LOGGED_IN = {"POST /api/logout", "PUT /api/session/preferences"}
NEEDS = {
    "GET /api/overview": "overview.read",
    "GET /api/customers": "customers.read",
    "GET /api/customers/{person_id}": "customers.read",
    "POST /api/customers/{person_id}/reveal": "customers.reveal",
    "GET /api/fields": "audiences.read",
    "GET /api/tags": "audiences.read",
    "GET /api/tags/facts": "audiences.read",
    "GET /api/tags/entries": "audiences.read",
    "POST /api/tags/entries/{batch}/undo": "audiences.write",
    "GET /api/tags/weights": "audiences.read",
    "POST /api/tags/weights/propose": "audiences.write",
    "GET /v1/profiles/{typed_id:path}": "customers.read",
    "POST /api/tags/weights/{proposal}/{verdict}": "audiences.write",
    "GET /api/tags/{name}": "audiences.read",
    "PUT /api/tags/{name}": "audiences.write",
    "POST /api/tags/{name}/preview": "audiences.read",
    "GET /api/tags/{name}/versions": "audiences.read",
    "POST /api/tags/{name}/restore": "audiences.write",
    "POST /api/tags/{name}/marks": "audiences.write",
    "GET /api/audiences": "audiences.read",
    "POST /api/audiences/count": "audiences.read",
    "POST /api/audiences/portrait": "audiences.read",
    "GET /api/audiences/{name}": "audiences.read",
    "PUT /api/audiences/{name}": "audiences.write",
    "GET /api/audiences/{name}/export": "audiences.export",
    "DELETE /api/audiences/{name}": "audiences.write",
    "POST /api/audiences/{name}/restore": "audiences.write",
    "GET /api/audiences/{name}/portrait": "audiences.read",
    "GET /api/audiences/{name}/history": "audiences.read",
    "POST /api/audiences/{name}/snapshots": "audiences.write",
    "POST /api/audiences/{name}/sample": "audiences.write",
    "POST /api/audiences/{name}/lookalike": "audiences.write",
    "POST /api/audiences/{name}/post": "audiences.export",
    "POST /api/audiences/overlap": "audiences.read",
    "POST /api/audiences/upload": "audiences.write",
    "GET /api/campaigns": "campaigns.read",
    "POST /api/campaigns": "campaigns.plan",
    "GET /api/campaigns/strategies": "campaigns.read",
    "GET /api/campaigns/{campaign_id}": "campaigns.read",
    "POST /api/campaigns/{campaign_id}/launch": "campaigns.launch",
    "GET /api/models": "models.read",
    "GET /api/models/{name}": "models.read",
    "GET /api/reviews": "reviews.read",
    "GET /api/reviews/{week}": "reviews.read",
    "GET /api/catalog": "data.read",
    "GET /api/metrics": "overview.read",
    "GET /api/metrics/{name}": "overview.read",
    "POST /api/metrics/values": "overview.read",
    "GET /api/insights/rfm": "overview.read",
    "POST /api/insights/distribution": "overview.read",
    "GET /api/customers/{person_id}/audiences": "customers.read",
    "GET /api/customers/{person_id}/similar": "customers.read",
    "GET /api/customers/{person_id}/timeline": "customers.read",
    "GET /api/value/check": "overview.read",
    "GET /api/value/migration": "overview.read",
    "GET /api/value/personas": "overview.read",
    "GET /api/value/rfm": "overview.read",
    "GET /api/value/stages": "overview.read",
    "GET /api/value/tiers": "overview.read",
    "POST /api/insights/baskets": "overview.read",
    "POST /api/insights/funnel": "overview.read",
    "POST /api/insights/intervals": "overview.read",
    "POST /api/insights/lifecycle": "overview.read",
    "POST /api/insights/referral": "overview.read",
    "POST /api/insights/retention": "overview.read",
    "POST /api/insights/stickiness": "overview.read",
    "POST /api/insights/trends": "overview.read",
    "POST /api/insights/paths": "overview.read",
    "POST /api/insights/sessions": "overview.read",
    "POST /api/insights/touches": "overview.read",
    "POST /api/insights/voice": "overview.read",
    "POST /api/insights/people": "customers.read",
    "POST /api/insights/people/audience": "audiences.write",
    "GET /api/lineage": "data.read",
    "GET /api/lineage/object": "data.read",
    "GET /api/lineage/objects": "data.read",
    "GET /api/data/imports": "data.read",
    "GET /api/data/quarantine": "data.read",
    "GET /api/data/builds": "data.read",
    "GET /api/data/jobs": "data.read",
    "POST /api/data/runs": "data.run",
    "GET /api/data/arrivals": "data.read",
    "GET /api/data/connections": "data.read",
    "GET /api/data/pulls": "data.read",
    "POST /api/data/pulls": "data.run",
    "GET /api/data/plan": "data.read",
    "PATCH /api/data/plan": "data.run",
    "POST /api/data/plan/generate": "data.run",
    "POST /api/data/plan/check": "data.read",
    "GET /api/data/plan/events/{name}": "data.read",
    "PUT /api/data/plan/events/{name}": "data.run",
    "GET /api/data/plan/versions": "data.read",
    "GET /api/data/plan/versions/{version}": "data.read",
    "POST /api/data/plan/versions/{version}/restore": "data.run",
    "GET /api/data/records": "data.read",
    "GET /api/data/records/item": "data.read",
    "GET /api/data/records/rules": "data.read",
    "POST /api/data/records/preview": "data.run",
    "POST /api/data/records/replay": "data.run",
    "POST /api/data/records/dismiss": "data.run",
    "GET /api/data/quality": "data.read",
    "GET /api/data/quality/tables/{table}": "data.read",
    "GET /api/data/quality/tables/{table}/profile": "data.read",
    "GET /api/data/quality/alerts": "data.read",
    "GET /api/data/quality/report": "data.read",
    "POST /api/data/quality/check": "data.run",
    "GET /api/data/cleaning": "data.read",
    "GET /api/data/cleaning/samples": "data.read",
    "GET /api/data/cleaning/rejects": "data.read",
    "GET /api/data/identity": "data.read",
    "GET /api/data/identity/blocked": "data.read",
    "GET /api/data/identity/households": "data.read",
    "GET /api/data/identity/conflicts": "data.read",
    "GET /api/data/identity/changes": "data.read",
    "GET /api/data/identity/decisions": "data.read",
    "GET /api/data/identity/explain": "data.read",
    "GET /api/data/identity/matches": "data.read",
    "POST /api/data/identity/matches/accept": "identity.write",
    "POST /api/data/identity/matches/reject": "identity.write",
    "POST /api/data/identity/plan": "identity.write",
    "POST /api/data/identity/changes/{change_id}/undo": "identity.write",
    "POST /api/data/identity/join": "identity.write",
    "POST /api/data/identity/separate": "identity.write",
    "POST /api/data/identity/decisions/{decision_id}/revoke": "identity.write",
    "GET /api/customers/{person_id}/identity": "customers.read",
    "GET /api/settings/sources": "settings.read",
    "POST /api/settings/sources": "settings.write",
    "DELETE /api/settings/sources/{name}": "settings.write",
    "PATCH /api/settings/sources/{name}": "settings.write",
    "POST /api/settings/sources/{name}/key": "settings.write",
    "GET /api/settings/accounts": "settings.read",
    "POST /api/settings/accounts": "accounts.write",
    "PATCH /api/settings/accounts/{username}": "accounts.write",
    "GET /api/settings/audit": "audit.read",
}
GUARDED = sorted({*NEEDS, *LOGGED_IN})
# Done without being told anything; all others refuse the empty body that the tests below send.
NEEDS_NO_BODY = {"POST /api/tags/weights/propose"}


def addresses() -> set[str]:
    return {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }


def asked(client, address: str):
    method, path = address.split()
    return client.request(method, re.sub(r"{\w+(:\w+)?}", "nothing", path))


def test_the_table_holds_every_address_of_the_app(shop: Shop):
    assert addresses() == OPEN | LOGGED_IN | set(NEEDS)
    published = {
        f"{method.upper()} {path}"
        for path, methods in shop.app.openapi()["paths"].items()
        for method in methods
    }
    assert published <= {re.sub(r":\w+}", "}", address) for address in addresses()}


@pytest.mark.parametrize("address", GUARDED)
def test_nobody_gets_in_without_logging_in(shop: Shop, address):
    answer = asked(shop.anonymous(), address)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_logged_in")


@pytest.mark.parametrize("address", sorted(NEEDS))
def test_a_role_without_the_permission_is_refused(shop: Shop, address):
    for role in Role:
        if NEEDS[address] in GRANTS[role]:
            continue
        answer = asked(shop.as_(role), address)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), role
        assert NEEDS[address] in answer.json()["message"]


@pytest.mark.parametrize("address", [a for a in sorted(NEEDS) if not a.startswith("GET")])
def test_a_role_with_the_permission_passes_the_guard(shop: Shop, address):
    for role in Role:
        if NEEDS[address] in GRANTS[role]:
            done = {200} if address in NEEDS_NO_BODY else set()
            assert asked(shop.as_(role), address).status_code in {400, 404, 422} | done, role


@pytest.mark.parametrize("address", [a for a in GUARDED if not a.startswith("GET")])
def test_every_write_asks_for_the_sessions_token(shop: Shop, address):
    client = shop.as_("admin")
    method, path = address.split()
    answer = client.request(
        method, re.sub(r"{\w+(:\w+)?}", "nothing", path), headers={"X-CSRF-Token": "guessed"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_commands_are_taken_from_this_machine_with_its_token_only(shop: Shop):
    from fastapi.testclient import TestClient

    address = "/internal/commands/campaign.list"
    here, elsewhere = shop.anonymous(), TestClient(shop.app, client=("203.0.113.9", 4711))
    token = {"X-Zhiyin-Token": TOKEN}
    assert here.post(address, json={}, headers=token).json() == {
        "result": here.post(address, json={}, headers=token).json()["result"]
    }
    refused = [
        here.post(address, json={}),
        here.post(address, json={}, headers={"X-Zhiyin-Token": "guessed"}),
        here.post(address, json={}, headers={"X-Zhiyin-Token": ""}),
        elsewhere.post(address, json={}, headers=token),
        shop.as_("admin").post(address, json={}),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    unknown = here.post("/internal/commands/nothing", json={}, headers=token)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
