"""Campaigns through the API: planned, launched, and followed by the links in their messages."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from tests.api.small_shop import Shop

from zhiyin.testing.channels import MemoryChannel

CAMPAIGN = "spring_care"


@pytest.fixture(scope="module")
def planned(shop: Shop) -> dict:
    answer = shop.as_("marketer").post(
        "/api/campaigns", json={"name": CAMPAIGN, "strategies": [], "holdout": 0.3}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def launched(shop: Shop, planned: dict) -> dict:
    answer = shop.as_("approver").post(f"/api/campaigns/{CAMPAIGN}/launch")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_plan_says_where_everybody_goes_and_sends_nothing(shop: Shop, planned):
    assert planned["campaign_id"] == CAMPAIGN
    found = shop.as_("viewer").get(f"/api/campaigns/{CAMPAIGN}").json()
    arms: dict[str, int] = {}
    for split in found["splits"]:
        arms[split["arm"]] = arms.get(split["arm"], 0) + split["people"]
    assert arms["treatment"] == planned["counts"]["treatment"] > 0
    assert arms["holdout"] == planned["counts"]["holdout"] > 0
    assert (
        sum(arms.values())
        == shop.sql(f"select count(*) n from dm.decisions where campaign_id = '{CAMPAIGN}'")[0]["n"]
    )
    assert found["verdict"]["answer"] == "not_measured"
    assert (found["funnel"], found["results"]) == ([], [])


def test_a_launch_sends_one_message_to_each_treated_person(shop: Shop, launched, mailbox):
    treated = shop.as_("viewer").get(f"/api/campaigns/{CAMPAIGN}").json()["counts"]["treatment"]
    assert launched["enqueued"] == treated
    mine = [one for one in mailbox.handed if one.facts["campaign_id"] == CAMPAIGN]
    assert len(mine) == len({one.message_id for one in mine}) == launched["sent"]
    found = shop.as_("viewer").get(f"/api/campaigns/{CAMPAIGN}").json()
    assert found["outbox"]["sent"] == launched["sent"]
    assert found["state"] == "launched"
    again = shop.as_("approver").post(f"/api/campaigns/{CAMPAIGN}/launch").json()
    assert (again["enqueued"], again["sent"]) == (0, 0)


def test_a_launched_campaign_is_not_planned_again(shop: Shop, launched):
    answer = shop.as_("marketer").post("/api/campaigns", json={"name": CAMPAIGN})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_the_list_shows_the_newest_plan_first_and_the_trail_who_did_it(shop: Shop, launched):
    assert shop.as_("viewer").get("/api/campaigns").json()[0]["campaign_id"] == CAMPAIGN
    lines = [
        (line["actor"], line["action"])
        for line in shop.workspace.operational.audit(200)
        if line["subject"] == CAMPAIGN
    ]
    assert ("marketer", "campaign.plan") in lines
    assert ("approver", "campaign.launch") in lines


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "x", "holdout": 1.0}, 422),
        ({"name": "x", "window_days": 0}, 422),
        ({"name": "x", "strategies": ["nothing"]}, 400),
        ({"name": "x", "audience": "high_value"}, 400),
        ({"name": "x", "audience": "nothing", "template": "nothing"}, 400),
    ],
)
def test_a_plan_that_cannot_be_is_refused(shop: Shop, body, status):
    answer = shop.as_("marketer").post("/api/campaigns", json=body)
    assert answer.status_code == status, answer.text
    assert "x" not in {
        row["campaign_id"] for row in shop.as_("viewer").get("/api/campaigns").json()
    }


def test_the_next_campaign_leaves_the_decisions_of_the_last_alone(shop: Shop, launched):
    query = "select campaign_id, count(*) n from dm.decisions group by 1"
    before = {row["campaign_id"]: row["n"] for row in shop.sql(query)}
    for _ in range(2):  # the second replaces the first
        answer = shop.as_("marketer").post("/api/campaigns", json={"name": "next", "holdout": 0.2})
        assert answer.status_code == 201, answer.text
    after = {row["campaign_id"]: row["n"] for row in shop.sql(query)}
    assert after.pop("next") == sum(
        people for arm, people in answer.json()["counts"].items() if arm != "eligible"
    )
    assert after == before


def test_strategies_carry_titles_in_both_languages(shop: Shop):
    found = shop.as_("viewer").get("/api/campaigns/strategies").json()
    assert {"second_order", "winback"} <= {strategy["name"] for strategy in found}
    assert all(set(strategy["title"]) == {"zh-CN", "en"} for strategy in found)


def test_a_treated_customers_page_shows_the_decision(shop: Shop, launched, mailbox: MemoryChannel):
    person = mailbox.handed[0].facts["person_id"]
    found = shop.as_("viewer").get(f"/api/customers/{person}").json()["decisions"]
    assert (CAMPAIGN, "treatment") in [(one["campaign_id"], one["arm"]) for one in found]


def links(mailbox: MemoryChannel, kind: str) -> list[str]:
    html = mailbox.handed[0].body_html
    found = re.findall(rf"https?://[^/\"]+/t/{kind}/[^\"'<> ]+", html)
    return [urlsplit(unescape(url)).path for url in found]


def test_the_links_of_a_message_lead_where_they_should(shop: Shop, launched, mailbox):
    client = shop.anonymous()
    pixel = client.get(links(mailbox, "o")[0])
    assert (pixel.status_code, pixel.headers["content-type"]) == (200, "image/gif")
    assert "no-store" in pixel.headers["cache-control"]
    clicked = client.get(links(mailbox, "c")[0], follow_redirects=False)
    assert clicked.status_code == 302
    assert clicked.headers["location"].startswith("http")

    address, where = mailbox.handed[0].address, links(mailbox, "u")[0]
    store = shop.workspace.operational
    assert client.get(where).status_code == 200
    assert store.suppressed("email", [address]) == set()  # a scanner that looks changes nothing
    assert client.post(where).status_code == 200
    assert store.suppressed("email", [address]) == {address}


@pytest.mark.parametrize("token", ["forged", "a.b", "W10.W10", "x" * 2000])
def test_a_forged_link_leads_nowhere(shop: Shop, token):
    client = shop.anonymous()
    before = shop.workspace.event_log.end("main")
    pixel = client.get(f"/t/o/{token}.gif")
    assert (pixel.status_code, pixel.headers["content-type"]) == (200, "image/gif")
    for answer in (
        client.get(f"/t/c/{token}", follow_redirects=False),
        client.get(f"/t/u/{token}"),
        client.post(f"/t/u/{token}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "location" not in answer.headers
    assert shop.workspace.event_log.end("main") == before


def test_a_link_of_one_kind_does_not_serve_another(shop: Shop, launched, mailbox):
    token = links(mailbox, "o")[0].removeprefix("/t/o/").removesuffix(".gif")
    assert shop.anonymous().post(f"/t/u/{token}").status_code == 404
    assert shop.anonymous().get(f"/t/c/{token}", follow_redirects=False).status_code == 404
