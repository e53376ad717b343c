"""The shape of answers: errors, headers, entity tags, pages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from tests.api.small_shop import Shop


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/nothing", "/api/customers/a/b/c", "/internal/x", "/t/x", "/v1/x"],
)
def test_an_unknown_address_of_the_api_is_an_error_not_a_page(shop: Shop, path):
    answer = shop.as_("admin").get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["code"] == "not_found"
    assert path in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/api/customers/nobody", None, (404, "not_found")),
        ("GET", "/api/customers?page=0", None, (422, "invalid_input")),
        ("GET", "/api/customers?sort=password", None, (400, "invalid_input")),
        ("GET", "/api/customers?audience=nothing", None, (404, "not_found")),
        ("GET", "/api/audiences/nothing", None, (404, "not_found")),
        ("GET", "/api/audiences/nothing/export", None, (404, "not_found")),
        ("POST", "/api/audiences/count", {"where": {"nonsense": 1}}, (400, "invalid_input")),
        ("POST", "/api/audiences/count", {"where": {"tag": "no_such_tag"}}, (400, "invalid_input")),
        ("POST", "/api/audiences/count", {}, (422, "invalid_input")),
        ("GET", "/api/campaigns/nothing", None, (404, "not_found")),
        ("GET", "/api/models/nothing", None, (404, "not_found")),
        ("GET", "/api/reviews/2020-01-06", None, (404, "not_found")),
        ("GET", "/api/reviews/monday", None, (422, "invalid_input")),
        ("GET", "/api/lineage?name=no.table", None, (404, "not_found")),
        ("POST", "/api/data/runs", {"stages": ["nothing"]}, (400, "invalid_input")),
        ("POST", "/api/settings/sources", {"name": "a b"}, (422, "invalid_input")),
        ("DELETE", "/api/settings/sources/nothing", None, (404, "not_found")),
        ("PATCH", "/api/settings/accounts/nobody", {"role": "viewer"}, (404, "not_found")),
        ("PATCH", "/api/settings/accounts/viewer", {}, (400, "invalid_input")),
        ("PATCH", "/api/settings/accounts/viewer", {"role": "king"}, (422, "invalid_input")),
        ("PUT", "/api/overview", {}, (405, "method_not_allowed")),
    ],
)
def test_every_problem_has_a_code_and_a_sentence(shop: Shop, method, path, body, expected):
    answer = shop.as_("admin").request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == expected, answer.text
    assert set(answer.json()) == {"code", "message"}
    assert answer.json()["message"]
    assert "Traceback" not in answer.text


def test_an_error_of_ours_is_told_without_its_detail(shop: Shop):
    def broken():
        raise RuntimeError("the secret detail")

    admin = shop.as_("admin")
    whole = shop.app.state.context
    shop.app.state.context = replace(whole, as_of=broken)
    try:
        client = TestClient(
            shop.app,
            raise_server_exceptions=False,
            cookies=admin.cookies,
            client=("127.0.0.1", 50_000),
        )
        answer = client.get("/api/overview")
    finally:
        shop.app.state.context = whole
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret detail" not in answer.text


def test_a_body_that_is_no_json_is_told_so(shop: Shop):
    answer = shop.as_("admin").post(
        "/api/audiences/count", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("path", ["/api/session", "/api/overview", "/", "/nothing", "/t/o/x"])
def test_every_answer_carries_the_security_headers(shop: Shop, path):
    answer = shop.as_("viewer").get(path)
    assert "default-src" in answer.headers["Content-Security-Policy"]
    assert "'unsafe-eval'" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/api/overview", "/api/audiences", "/api/campaigns"])
def test_what_did_not_change_is_not_sent_again(shop: Shop, path):
    client = shop.as_("viewer")
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(path, headers={"If-None-Match": 'W/"another"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_answers_are_not_kept_by_caches_in_between(shop: Shop):
    assert "private" in shop.as_("viewer").get("/api/customers").headers["Cache-Control"]


def test_the_pages_of_the_console_need_no_log_in_and_say_how_to_build_them(shop: Shop):
    for path in ("/", "/customers", "/customers/p-1"):
        answer = shop.anonymous().get(path)
        assert answer.status_code == 200
        assert "build_console.py" in answer.text


def test_the_api_describes_itself(shop: Shop):
    found = shop.anonymous().get("/api/openapi.json").json()
    assert "/api/customers" in found["paths"]
    beside = {path for path in found["paths"] if not path.startswith("/api/")}
    assert beside == {"/health", "/version", "/v1/profiles/{typed_id}"}


def test_health_is_answered_without_logging_in(shop: Shop):
    found = shop.anonymous().get("/api/health").json()
    assert (found["status"], found["workspace"]) == ("ok", "shop")
