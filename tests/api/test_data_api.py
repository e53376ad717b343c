"""Overview, models, reviews and data: with something in them, and before."""

from __future__ import annotations

from datetime import date

import pytest
from tests.api.small_shop import Shop

from zhiyin.app.commands import execute


def read(shop: Shop, path: str, **query):
    answer = shop.as_("admin").get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    "path",
    [
        "/api/campaigns",
        "/api/models",
        "/api/reviews",
        "/api/lineage/objects",
        "/api/data/imports",
        "/api/data/quarantine",
        "/api/data/builds",
        "/api/data/jobs",
        "/api/settings/sources",
    ],
)
def test_a_new_workspace_has_empty_lists(unused: Shop, path):
    assert read(unused, path) == []


def test_a_new_workspace_has_no_customers(unused: Shop):
    assert read(unused, "/api/customers")["total"] == 0
    count = unused.as_("admin").post("/api/audiences/count", json={"where": {"everyone": True}})
    found = count.json()
    assert (found["count"], found["reachable"], found["total"]) == (0, 0, 0)
    assert found["warnings"] == ["nobody"]
    assert all(row["members"] is None for row in read(unused, "/api/audiences"))


def test_a_new_workspace_says_that_it_has_no_data(unused: Shop):
    found = read(unused, "/api/overview")
    assert not found["has_data"]
    assert found["customers"]["total"] == 0
    assert found["alerts"] == []
    assert (found["latest_review"], found["freshness"]["built_at"]) == (None, None)


def test_the_overview_adds_up_to_the_orders(shop: Shop):
    found = read(shop, "/api/overview", days=30)
    assert found["has_data"]
    assert (date.fromisoformat(found["last"]) - date.fromisoformat(found["first"])).days == 29
    kpis = {kpi["metric"]: kpi for kpi in found["kpis"]}
    assert sum(day["orders"] or 0 for day in found["trend"]) == kpis["orders"]["value"]
    assert sum(day["revenue"] or 0 for day in found["trend"]) == pytest.approx(
        kpis["revenue"]["value"]
    )
    first, last = found["first"], found["last"]
    orders = shop.sql(
        "select count(*) n from dw.orders where cast(order_time + interval 8 hour as date)"
        f" between '{first}' and '{last}'"
    )[0]["n"]
    assert kpis["orders"]["value"] == orders
    assert found["customers"]["total"] == shop.sql("select count(*) n from dm.customers")[0]["n"]
    assert all(set(kpi["title"]) == {"zh-CN", "en"} for kpi in found["kpis"])
    assert shop.as_("admin").get("/api/overview", params={"days": 3}).status_code == 422


def test_every_file_of_the_import_balances(shop: Shop):
    found = read(shop, "/api/data/imports")
    ledger = shop.sql(
        "select sum(rows_read) r, sum(rows_kept) k, sum(rows_quarantined) q from ods.imports"
    )
    assert (
        sum(row["rows_read"] for row in found) == ledger[0]["r"] == ledger[0]["k"] + ledger[0]["q"]
    )
    assert all(row["is_balanced"] for row in found)
    aside = sum(row["rows"] for row in read(shop, "/api/data/quarantine"))
    assert aside == shop.sql("select count(*) n from ods.quarantine")[0]["n"]


def test_the_newest_build_of_each_table_is_listed(shop: Shop):
    found = {row["table_name"]: row for row in read(shop, "/api/data/builds")}
    assert found["dm.customers"]["rows"] == shop.sql("select count(*) n from dm.customers")[0]["n"]
    assert found["dm.customers"]["built_at"].endswith("Z")


def test_a_review_is_listed_and_served_as_a_page_without_scripts(unused: Shop, shop: Shop):
    monday = date(2026, 2, 16)
    execute(shop.workspace, "review.weekly", {"week": monday.isoformat(), "language": "both"})
    listed = read(shop, "/api/reviews")
    assert [(row["week"], sorted(row["languages"])) for row in listed] == [
        ("2026-02-16", ["en", "zh-CN"])
    ]
    for language in ("zh-CN", "en"):
        page = shop.as_("viewer").get(f"/api/reviews/{monday}", params={"language": language})
        assert page.headers["content-type"].startswith("text/html")
        assert f'lang="{language}"' in page.text
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert read(shop, "/api/overview")["latest_review"] == "2026-02-16"


def test_an_event_that_was_posted_is_a_row_after_loading(shop: Shop):
    admin = shop.as_("admin")
    made = admin.post("/api/settings/sources", json={"name": "web_shop"})
    assert made.status_code == 201
    key = made.json()["write_key"]
    assert key not in admin.get("/api/settings/sources").text
    assert key not in str(shop.workspace.operational.audit(5))

    event = {
        "event": "Api Tested",
        "anonymousId": "a-1",
        "messageId": "api-test-1",
        "properties": {"n": 1},
    }
    waiting = read(shop, "/api/overview")["freshness"]["events_waiting"]
    assert shop.post_event(event, key) == 200
    assert read(shop, "/api/overview")["freshness"]["events_waiting"] == waiting + 1
    execute(shop.workspace, "load", {})
    rows = shop.sql("select source_id, event from ods.events where event = 'Api Tested'")
    assert rows == [{"source_id": "web_shop", "event": "Api Tested"}]

    assert admin.delete("/api/settings/sources/web_shop").status_code == 204
    for unusable in (key, "another", None):
        assert shop.post_event(event, unusable) == 401


def test_a_source_s_terms_and_key_are_changed_over_the_api(shop: Shop):
    admin = shop.as_("admin")
    path = "/api/settings/sources"
    body = {"name": "pages", "source_type": "web", "allowed_origins": ["https://shop.cn"]}
    old = admin.post(path, json=body).json()["write_key"]
    changed = admin.patch(f"{path}/pages", json={"required_consents": ["ads"]})
    assert changed.status_code == 200
    assert changed.json()["allowed_origins"] == ["https://shop.cn"]
    assert changed.json()["required_consents"] == ["ads"]
    assert admin.patch(f"{path}/pages", json={}).status_code == 400
    assert admin.patch(f"{path}/nobody", json={"is_active": True}).status_code == 404
    wrong = admin.patch(f"{path}/pages", json={"allowed_origins": ["shop"]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_input")
    rotated = admin.post(f"{path}/pages/key", json={"grace": "0"})
    assert rotated.status_code == 200
    event = {
        "event": "e",
        "userId": "u",
        "context": {"consent": {"categoryPreferences": {"ads": True}}},
    }
    assert shop.post_event(event, rotated.json()["write_key"]) == 200
    assert shop.post_event(event, old) == 401
    actions = [line["action"] for line in shop.workspace.operational.audit(3)]
    assert actions == ["source.rotate", "source.change", "source.create"]


def test_a_run_that_is_asked_for_is_done_and_written_down(shop: Shop):
    answer = shop.as_("analyst").post("/api/data/runs", json={"stages": ["audiences"]})
    assert answer.status_code == 201, answer.text
    assert [stage["stage"] for stage in answer.json()["stages"]] == ["audiences"]
    assert read(shop, "/api/data/jobs", limit=1)[0]["state"] == "done"
    line = shop.workspace.operational.audit(1)[0]
    assert (line["actor"], line["action"], line["subject"]) == ("analyst", "data.run", "audiences")


def test_an_account_is_made_with_a_role_and_logs_in(shop: Shop):
    admin = shop.as_("admin")
    body = {"username": "li.hua", "role": "analyst", "password": "three wide gates"}
    made = admin.post("/api/settings/accounts", json=body)
    assert made.status_code == 201
    assert "password" not in made.text
    assert admin.post("/api/settings/accounts", json=body).status_code == 409
    weak = admin.post(
        "/api/settings/accounts", json={**body, "username": "b.b", "password": "short"}
    )
    assert weak.status_code == 400
    opened = shop.anonymous().post(
        "/api/login", json={"username": "li.hua", "password": body["password"]}
    )
    assert opened.json()["account"]["role"] == "analyst"
