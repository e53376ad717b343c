"""Metrics, catalog, trends and the like through the API, with the answers of the command line."""

from __future__ import annotations

import shutil

import pytest
from tests.api.small_shop import Shop

from zhiyin.app.commands import execute

BOUGHT = "Order Completed"
MONTH = {"last": 28}


def got(shop: Shop, path: str):
    answer = shop.as_("analyst").get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(shop: Shop, path: str, body: dict, *, status: int = 200):
    answer = shop.as_("analyst").post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_dictionary_is_told_with_formulas_and_uses(shop: Shop):
    metrics = {one["name"]: one for one in got(shop, "/api/metrics")}
    rate = metrics["conversion_rate"]
    assert rate["formula"]["numerator"] == [{"metric": "visiting_buyers", "factor": 1}]
    assert {"kind": "page", "name": "overview"} in rate["used_by"]
    assert {"kind": "metric", "name": "conversion_rate"} in metrics["visitors"]["used_by"]
    assert metrics["cac"]["grain"] == ["day", "channel"]
    assert got(shop, "/api/metrics/roi")["title"]["en"] == "Return on marketing"


def test_an_own_metric_is_told_and_counted_beside_the_others(shop: Shop):
    folder = shop.workspace.root / "metrics"
    folder.mkdir(exist_ok=True)
    file = folder / "searches.yaml"
    where = "[{column: event, equals: Products Searched}]"
    file.write_text(f"measure: {{fact: events, count: true, where: {where}}}\nunit: events\n")
    try:
        assert got(shop, "/api/metrics/searches")["file"] == "metrics/searches.yaml"
        body = {"names": ["searches", "orders"], "last": 28, "by": ["channel"]}
        rows = asked(shop, "/api/metrics/values", body)["rows"]
        searched = sum(row["value"] for row in rows if row["metric"] == "searches")
        spec = {"series": ["Products Searched", {"metric": "searches"}], "days": MONTH}
        lines = asked(shop, "/api/insights/trends", {"spec": spec})["series"]
        assert [line["total"] for line in lines] == [searched, searched]
        file.write_text("measure: {fact: events, sum: event}\nunit: events\n")
        told = asked(shop, "/api/metrics/values", {"names": ["orders"]}, status=400)
        assert "searches.yaml: searches.measure.sum cannot be 'event'" in str(told)
    finally:
        file.unlink()


def test_the_catalogue_has_what_was_seen(shop: Shop):
    catalog = got(shop, "/api/catalog")
    events = {one["event"]: one for one in catalog["events"]}
    assert events["Product Viewed"]["is_seen"]
    assert events["Product Viewed"]["rows"] > events[BOUGHT]["rows"] > 0
    properties = {one["name"]: one for one in catalog["properties"]}
    assert properties["channel"]["filled"] == 1
    assert properties["revenue"]["kind"] == "number"


def test_the_people_behind_a_point_are_as_many_as_it_says(shop: Shop):
    spec = {"series": [{"event": BOUGHT, "count": "people"}], "days": MONTH, "breakdown": "channel"}
    line = asked(shop, "/api/insights/trends", {"spec": spec})["series"][0]
    point = {"series": "A", "group": line["group"], "is_other": line["is_other"]}
    body = {"analysis": "trends", "spec": spec, "point": point}
    assert asked(shop, "/api/insights/people", body)["total"] == line["total"] > 0


@pytest.mark.parametrize(
    ("analysis", "spec", "point", "figure"),
    [
        ("retention", {"target": BOUGHT, "days": MONTH}, {},
         lambda answer: answer["groups"][0]["size"]),
        ("stickiness", {"step": BOUGHT, "days": MONTH}, {"periods": 1},
         lambda answer: answer["groups"][0]["values"][0]),
        ("distribution", {"step": BOUGHT, "days": MONTH}, {"bucket": 1},
         lambda answer: answer["groups"][0]["values"][0]),
    ],
)  # fmt: skip
def test_each_question_is_answered_with_its_people(shop: Shop, analysis, spec, point, figure):
    answer = asked(shop, f"/api/insights/{analysis}", {"spec": spec})
    body = {"analysis": analysis, "spec": spec, "point": point}
    assert asked(shop, "/api/insights/people", body)["total"] == figure(answer) > 0


def test_life_cycle_intervals_and_the_matrix_are_told(shop: Shop):
    states = asked(shop, "/api/insights/lifecycle", {"spec": {"days": MONTH}})
    assert sum(states["groups"][0]["new"]) > 0
    times = asked(shop, "/api/insights/intervals", {"spec": {"start": BOUGHT, "days": MONTH}})
    assert times["buckets"][0]["bucket"] >= 0
    matrix = got(shop, "/api/insights/rfm")
    assert sum(cell["people"] for cell in matrix["cells"]) == matrix["people"] > 0


def test_what_nobody_did_is_answered_with_the_nearest(shop: Shop):
    told = asked(
        shop, "/api/insights/retention", {"spec": {"target": "Order Complete"}}, status=400
    )
    assert "did you mean Order Completed" in str(told)
    body = {"spec": {"joined": BOUGHT, "days": {"since": "2001-01-01", "until": "2001-02-01"}}}
    assert "Nothing is known of these days" in str(
        asked(shop, "/api/insights/referral", body, status=400)
    )


def test_the_command_line_has_the_same_answer(shop: Shop):
    spec = {"series": [{"metric": "revenue"}], "days": MONTH, "interval": "week"}
    (told,) = asked(shop, "/api/insights/trends", {"spec": spec})["series"]
    (same,) = execute(shop.workspace, "insights.trends", {"spec": spec})["series"]
    assert {name: told[name] for name in same} == same


def test_a_planned_event_that_nobody_did_yet_gives_an_empty_answer_with_a_note(shop: Shop):
    folder = shop.workspace.tracking_plan.folder
    (folder / "events").mkdir(parents=True, exist_ok=True)
    (folder / "events" / "gift.json").write_text('{"type": "object"}')
    planned = "events:\n  - event: Gift Card Sent\n    file: events/gift.json\n"
    (folder / "plan.yaml").write_text(f"version: 1\nunknown_events: allow\n{planned}")
    try:
        spec = {"series": ["Gift Card Sent", BOUGHT], "days": MONTH}
        told = asked(shop, "/api/insights/trends", {"spec": spec})
        assert told["unseen"] == ["Gift Card Sent"]
        totals = {line["key"]: line["total"] for line in told["series"]}
        assert not totals["A"]
        assert totals["B"] > 0
        for analysis, spec in {
            "retention": {"target": "Gift Card Sent"},
            "distribution": {"step": "Gift Card Sent"},
            "intervals": {"start": "Gift Card Sent"},
            "stickiness": {"step": "Gift Card Sent"},
            "lifecycle": {"step": "Gift Card Sent"},
            "referral": {"joined": "Gift Card Sent"},
            "funnel": {"steps": ["Gift Card Sent", BOUGHT]},
            "touches": {"goal": "Gift Card Sent"},
        }.items():
            told = asked(shop, f"/api/insights/{analysis}", {"spec": spec | {"days": MONTH}})
            assert told["unseen"] == ["Gift Card Sent"]
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", ["pairs", "sets", "rules", "then"])
def test_a_row_about_baskets_lists_its_buyers(shop: Shop, kind):
    spec = {"kind": kind, "level": "category", "min_baskets": 1, "min_support": 0.001}
    spec["within_days"] = 7
    answer = asked(shop, "/api/insights/baskets", {"spec": spec})
    row = answer["rows"][0]
    keys = ("item", "other", "items", "antecedent", "consequent")
    point = {key: row[key] for key in keys if key in row}
    body = {"analysis": "baskets", "spec": spec, "point": point}
    total = asked(shop, "/api/insights/people", body)["total"]
    if kind == "then":
        assert total == row["followers"]
    else:
        assert 0 < total <= row["baskets"]
    body["point"] = {"item": "Tea"}
    assert "needs the names in a row" in str(asked(shop, "/api/insights/people", body, status=400))


def test_touch_paths_say_from_when_they_are(shop: Shop):
    spec = {"goal": BOUGHT, "days": MONTH}
    touches = asked(shop, "/api/insights/touches", {"spec": spec})
    trends = asked(shop, "/api/insights/trends", {"spec": {"series": [BOUGHT]}})
    assert touches["as_of"] == trends["as_of"]
    path = touches["paths"][0]
    body = {"analysis": "touches", "spec": spec, "point": {"path": path["path"]}}
    assert asked(shop, "/api/insights/people", body)["total"] == path["people"] > 0
