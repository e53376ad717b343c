"""The tracking plan and records set aside through the API: read, change, mend, replay, audit."""

from __future__ import annotations

import pytest
from tests.api.small_shop import Shop, empty_workspace
from tests.browser.tracked_shop import fill, send

from zhiyin.api.masked_records import masked_content, masked_detail
from zhiyin.collect.plan.api import PLAN

PLAN_PAGE, RECORDS = "/api/data/plan", "/api/data/records"


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    with empty_workspace(tmp_path_factory.mktemp("planned") / "shop") as opened:
        opened.add_accounts()
        fill(opened.workspace)
        yield opened


def got(shop: Shop, path: str, role: str = "analyst", **query):
    answer = shop.as_(role).get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sent(shop: Shop, method: str, path: str, body: dict, *, status: int = 200):
    answer = shop.as_("analyst").request(method, path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_new_workspace_has_no_plan_and_no_records(unused: Shop):
    plan = got(unused, PLAN_PAGE)
    assert (plan["version"], plan["events"], plan["problem"]) == (0, [], None)
    assert got(unused, RECORDS) == {"total": 0, "reasons": [], "records": []}
    assert got(unused, f"{PLAN_PAGE}/versions") == []


def test_the_plan_shows_volume_and_conformity_of_each_event(planned: Shop):
    lines = {line["name"]: line for line in got(planned, PLAN_PAGE)["events"]}
    order = lines["order_completed"]
    assert (order["rows"], order["blocked"], order["enforce"]) == (409, 9, "block")
    assert order["conformity"] == pytest.approx(400 / 409)
    view = lines["product_viewed"]
    assert (view["rows"], view["flagged"]) == (901, 1)


def test_an_event_is_changed_from_the_version_it_was_read_at(planned: Shop):
    address = f"{PLAN_PAGE}/events/identify"
    before = got(planned, address)
    body = {"owner": "crm", "expects": before["version"]}
    after = sent(planned, "PUT", address, body)
    assert (after["owner"], after["version"]) == ("crm", before["version"] + 1)
    assert sent(planned, "PUT", address, body, status=409)["code"] == "conflict"
    changes = got(planned, f"{PLAN_PAGE}/versions/{after['version']}")
    assert [change["file"] for change in changes] == [PLAN]
    assert "+  owner: crm" in changes[0]["diff"]
    newest = got(planned, f"{PLAN_PAGE}/versions")[0]
    assert (newest["actor"], newest["why"]) == ("analyst", "changed identify")
    audit = got(planned, "/api/settings/audit", "admin")
    assert ("plan.change", "identify") in {(line["action"], line["subject"]) for line in audit}


def test_a_schema_is_held_against_the_traffic_before_it_is_saved(planned: Shop):
    version = got(planned, PLAN_PAGE)["version"]
    draft = {"name": "order_completed", "json_schema": {"required": ["tax"]}, "days": 7}
    found = sent(planned, "POST", f"{PLAN_PAGE}/check", draft)
    assert (found["events"] > 1000, found["broken"]) == (True, 400)
    bad = sent(
        planned,
        "PUT",
        f"{PLAN_PAGE}/events/order_completed",
        {"json_schema": {"type": "objekt"}},
        status=400,
    )
    assert "no valid JSON Schema at type" in bad["message"]
    assert got(planned, PLAN_PAGE)["version"] == version


def test_a_dry_run_of_generating_shows_changes_and_makes_none(planned: Shop):
    version = got(planned, PLAN_PAGE)["version"]
    made = sent(planned, "POST", f"{PLAN_PAGE}/generate", {"days": 7, "merge": True})
    assert {change["file"] for change in made["changes"]} == {PLAN, "events/wheel_spun.json"}
    assert got(planned, PLAN_PAGE)["version"] == version


def test_a_broken_plan_is_an_alert_and_does_not_stop_loading(planned: Shop):
    path = planned.workspace.root / "tracking" / PLAN
    text = path.read_text("utf-8")
    path.write_text("events: [", "utf-8")
    try:
        assert "plan.yaml, line 1" in got(planned, PLAN_PAGE)["problem"]
        codes = [alert["code"] for alert in got(planned, "/api/overview")["alerts"]]
        assert "plan_broken" in codes
        before = got(planned, RECORDS)["total"]
        send(planned.workspace, {"type": "track", "event": "Order Completed", "userId": "u"})
        assert got(planned, RECORDS)["total"] == before + 1
    finally:
        path.write_text(text, "utf-8")
    assert got(planned, PLAN_PAGE)["problem"] is None


def test_a_record_shows_every_rule_that_it_breaks(planned: Shop):
    found = got(planned, RECORDS, reason="plan_violation", limit=500)
    told = [got(planned, f"{RECORDS}/item", "admin", id=one["id"]) for one in found["records"]]
    one = next(t for t in told if t["content"].get("messageId") == "m1000")
    broken = {v["path"]: (v["rule"], v["value"]) for v in one["violations"]}
    assert broken["properties.revenue"] == ("type", "1,200.50")
    assert broken["properties.order_id"][0] == "required"
    assert one["obstacle"] is None


def test_a_viewer_sees_the_structure_of_a_record_and_no_value(planned: Shop):
    (line,) = got(planned, RECORDS, "viewer", reason="unreadable_time")["records"]
    shown = got(planned, f"{RECORDS}/item", "viewer", id=line["id"])
    assert shown["content"]["timestamp"] == "***"
    assert shown["content"]["event"] == "Order Refunded"


def test_personal_data_of_a_record_is_masked_by_role():
    event = {
        "userId": "u1",
        "traits": {"email": "ann@example.com", "plan": "gold"},
        "properties": {"price": 3, "contact_phone": "+8613812345678"},
    }
    assert masked_content(event, "admin") == {
        "userId": "u1",
        "traits": {"email": "a***@example.com", "plan": "gold"},
        "properties": {"price": 3, "contact_phone": "***5678"},
    }
    assert masked_content(event, "analyst")["traits"]["plan"] == "g***"
    assert masked_content(event, "viewer")["properties"] == {"price": "***", "contact_phone": "***"}
    assert (
        masked_detail('email: "ann" is not a "email"', "analyst") == 'email: "***" is not a "***"'
    )


def test_a_fix_is_tried_out_then_declared_and_replayed_once(planned: Shop):
    wanted = {"reason": "plan_violation", "event": "Order Completed"}
    rule = {
        "name": "old till",
        "where": wanted,
        "changes": [
            {"do": "cast", "path": "properties.revenue", "to": "number"},
            {"do": "map", "path": "properties.currency", "values": {"RMB": "CNY"}},
        ],
    }
    body = {"wanted": wanted, "rule": rule}
    rules = got(planned, f"{RECORDS}/rules")
    tried = sent(planned, "POST", f"{RECORDS}/preview", body)
    assert got(planned, f"{RECORDS}/rules") == rules == []
    taken = [one for one in tried["previews"] if one["outcome"] == "taken"]
    assert len(taken) == 7
    assert taken[0]["after"]["properties"]["revenue"] == 1200.5
    done = sent(planned, "POST", f"{RECORDS}/replay", body)
    assert (done["taken"], done["open"]) == (7, tried["total"] - 7)
    assert sent(planned, "POST", f"{RECORDS}/replay", {"wanted": wanted})["taken"] == 0
    assert [one["name"] for one in got(planned, f"{RECORDS}/rules")] == ["old till"]
    audit = got(planned, "/api/settings/audit", "admin")
    assert "records.replay" in {line["action"] for line in audit}


def test_records_are_dismissed_only_when_it_is_said_which(planned: Shop):
    sent(planned, "POST", f"{RECORDS}/dismiss", {"wanted": {}}, status=400)
    done = sent(planned, "POST", f"{RECORDS}/dismiss", {"wanted": {"reason": "not_json"}})
    assert done == {"dismissed": 1}
    assert got(planned, RECORDS, reason="not_json")["total"] == 0
