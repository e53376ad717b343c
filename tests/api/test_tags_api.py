"""Tags as the console sees them: standing, editing, marks, weights, truth."""

from __future__ import annotations

from datetime import date

import pyarrow.parquet as pq
import pytest
from tests.api.small_shop import Shop

from zhiyin.app.commands import execute
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.simulation.api import World, WorldConfig

CORE = (
    "gender", "city", "acquisition_channel", "reachable_by_email", "repeat_buyer",
    "order_frequency",
)  # fmt: skip
DRAFT = {
    "title": {"zh-CN": "两单", "en": "Two orders"},
    "family": "behavior",
    "statistic": {"of": "orders", "take": "count"},
}


def test_the_core_tags_say_what_is_true_of_the_simulated_world(shop: Shop, tmp_path):
    world = World(WorldConfig(customers=250, months=2, seed=3, end=date(2026, 3, 2)))
    pq.write_table(world.tag_truth(), tmp_path / "truth.parquet")
    found = execute(shop.workspace, "tags.validate", {"truth": str(tmp_path / "truth.parquet")})
    accuracy = {row["tag"]: row["accuracy"] for row in found["tags"]}
    for name in CORE:
        assert accuracy[name] >= 0.9, name
    assert found["covered"] >= 0.85


def test_the_list_has_the_figures_of_the_last_run(shop: Shop):
    found = shop.as_("viewer").get("/api/tags").json()
    held = {
        row["tag"]: row["n"] for row in shop.sql("select tag, count(*) n from dm.tags group by tag")
    }
    people = shop.sql("select count(*) n from dm.customers")[0]["n"]
    assert found["people"] == people
    assert {one["tag"]: one["holders"] for one in found["tags"] if one["holders"]} == held
    assert found["tags"][0]["family"] == "basic"


def test_a_tag_is_shown_with_its_values_and_what_it_reads(shop: Shop):
    found = shop.as_("viewer").get("/api/tags/category_interest").json()
    held = shop.sql(
        "select value, count(*) n from dm.tags where tag = 'category_interest' group by value"
    )
    assert {one["value"]: one["holders"] for one in found["values"]} == {
        row["value"]: row["n"] for row in held
    }
    assert "dw.products.category" in found["reads"]
    assert found["text"].startswith("title:")
    assert found["statistics"]["newest_fact_at"].endswith("Z")


def test_an_unknown_tag_is_not_found(shop: Shop):
    answer = shop.as_("viewer").get("/api/tags/nothing")
    assert answer.status_code == 404


def test_a_draft_is_counted_before_it_is_saved_and_changed_by_one_at_a_time(shop: Shop):
    analyst = shop.as_("analyst")
    tried = analyst.post("/api/tags/two_orders/preview", json={"body": DRAFT}).json()
    assert (
        tried["holders"] == shop.sql("select count(*) n from dm.customers where orders > 0")[0]["n"]
    )
    made = analyst.put("/api/tags/two_orders", json={"body": DRAFT})
    assert (made.status_code, made.json()["version"]) == (200, 1)
    changed = {"body": f"{made.json()['text']}\nowner: crm\n", "expects": 1, "why": "owned"}
    assert analyst.put("/api/tags/two_orders", json=changed).json()["version"] == 2
    late = analyst.put("/api/tags/two_orders", json=changed)
    assert late.status_code == 409
    assert "version 2 now, not 1" in late.json()["message"]
    back = analyst.post("/api/tags/two_orders/restore", json={"version": 1, "expects": 2}).json()
    assert (back["version"], back["owner"]) == (3, "")
    lines = analyst.get("/api/tags/two_orders/versions").json()
    assert [(one["version"], one["actor"]) for one in lines] == [
        (3, "analyst"), (2, "analyst"), (1, "analyst"),
    ]  # fmt: skip
    (shop.workspace.root / "tags" / "two_orders.yaml").unlink()


def test_a_wrong_draft_is_refused_in_a_sentence(shop: Shop):
    wrong = {**DRAFT, "statistic": {"of": "orders", "take": "sum", "column": "shoe"}}
    answer = shop.as_("analyst").put("/api/tags/wrong", json={"body": wrong})
    assert answer.status_code == 400
    assert "statistic.column cannot be 'shoe'" in answer.json()["message"]
    assert not (shop.workspace.root / "tags" / "wrong.yaml").exists()


def test_marks_are_written_down_with_who_and_taken_back(shop: Shop):
    analyst = shop.as_("analyst")
    someone = shop.sql("select person_id from dm.customers where is_registered limit 1")[0]
    body = {"ids": [someone["person_id"], "user:nobody"], "why": "met in the store"}
    done = analyst.post("/api/tags/vip/marks", json=body).json()
    assert (done["written"], done["unknown_ids"]) == (1, ["user:nobody"])
    lines = analyst.get("/api/tags/entries", params={"tag": "vip"}).json()
    line = next(line for line in lines if line["batch_id"] == done["batch"])
    assert (line["actor"], line["people"], line["undone_at"]) == ("analyst", 1, None)
    lines = analyst.post(f"/api/tags/entries/{done['batch']}/undo").json()
    undone = {line["batch_id"]: line["undone_by"] for line in lines}
    assert undone[done["batch"]] == "analyst"
    assert analyst.post(f"/api/tags/entries/{done['batch']}/undo").status_code == 404


def test_viewers_look_and_do_not_touch(shop: Shop):
    viewer = shop.as_("viewer")
    assert viewer.put("/api/tags/two_orders", json={"body": DRAFT}).status_code == 403
    assert viewer.post("/api/tags/vip/marks", json={"ids": ["user:1"]}).status_code == 403
    assert viewer.get("/api/tags/facts").status_code == 200


def test_without_a_campaign_there_are_no_weights_to_propose(shop: Shop):
    analyst = shop.as_("analyst")
    found = analyst.post("/api/tags/weights/propose").json()
    assert (found["proposal"], found["why"]) == (None, "no_measured_campaign")
    assert analyst.get("/api/tags/weights").json() == {"in_force": [], "proposed": []}
    assert analyst.post("/api/tags/weights/x/approve").status_code == 404


def test_before_the_first_run_every_tag_is_listed_and_nobody_has_one(unused: Shop):
    found = unused.as_("viewer").get("/api/tags").json()
    assert (found["people"], found["covered"]) == (0, 0)
    assert {one["holders"] for one in found["tags"]} == {None}
    shown = unused.as_("viewer").get("/api/tags/category_interest").json()
    assert (shown["statistics"], shown["values"]) == (None, [])


def test_files_bring_tags_and_bad_ones_are_told(shop: Shop, tmp_path):
    someone = shop.sql("select person_id from dm.customers where is_registered limit 1")[0]
    good = tmp_path / "answers.csv"
    good.write_text(f"id,value\n{someone['person_id']},blue\nuser:nobody,red\n", "utf-8")
    asked = {"path": str(good), "tag": "survey_answer"}
    done = execute(shop.workspace, "tags.import", asked)
    assert (done["written"], done["unknown"]) == (1, 1)
    execute(shop.workspace, "tags.undo", {"batch": done["batch"]})
    bad = tmp_path / "bad.csv"
    bad.write_text("who\nx\n", "utf-8")
    with pytest.raises(InvalidInput, match="has no column 'id'"):
        execute(shop.workspace, "tags.import", {"path": str(bad), "tag": "survey_answer"})
    with pytest.raises(NotFound, match="has no truth of its own"):
        execute(shop.workspace, "tags.validate", {})
