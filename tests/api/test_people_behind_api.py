"""The people behind a point of an answer: listed, and kept as an audience."""

from __future__ import annotations

from tests.api.small_shop import Shop

from zhiyin.app.commands import execute

SPEC = {"steps": ["Product Viewed", "Order Completed"], "days": {"last": 30}}
DROPPED = {"analysis": "funnel", "spec": SPEC, "point": {"step": 2, "outcome": "dropped"}}


def keep(shop: Shop, name: str, role: str = "analyst"):
    return shop.as_(role).post(
        "/api/insights/people/audience", json={**DROPPED, "name": name, "title": "Left"}
    )


def test_those_who_drop_off_become_an_audience_of_exactly_these_people(shop: Shop):
    listed = execute(shop.workspace, "insights.people", {**DROPPED, "limit": 100_000})
    assert listed["total"] == len(listed["person_ids"]) > 0
    answer = keep(shop, "left_early")
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"audience": "left_early", "people": listed["total"]}
    counted = shop.as_("analyst").post(
        "/api/audiences/count", json={"where": {"audience": "left_early"}}
    )
    assert counted.json()["count"] == listed["total"]


def test_an_audience_that_exists_is_not_written_over(shop: Shop):
    assert keep(shop, "left_once").status_code == 201
    again = keep(shop, "left_once")
    assert again.status_code == 409
    assert "left_once" in again.json()["message"]


def test_a_name_that_is_no_name_of_a_file_is_refused(shop: Shop):
    assert keep(shop, "../left").status_code in {400, 422}


def test_answers_say_from_when_they_are(shop: Shop):
    for analysis, spec in (("funnel", SPEC), ("paths", {}), ("sessions", {})):
        answer = shop.as_("analyst").post(f"/api/insights/{analysis}", json={"spec": spec})
        assert answer.status_code == 200, answer.text
        trends = shop.as_("analyst").post(
            "/api/insights/trends", json={"spec": {"series": ["Order Completed"]}}
        )
        assert answer.json()["as_of"] == trends.json()["as_of"]
