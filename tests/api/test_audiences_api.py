"""Audiences: counted as the warehouse counts, saved without overwriting, exported masked."""

from __future__ import annotations

import csv
import io

import pytest
from tests.api.small_shop import Shop

CONDITIONS = [
    ({"everyone": True}, "true"),
    ({"attribute": "value_tier", "equals": "high"}, "value_tier = 'high'"),
    ({"attribute": "orders", "at_least": 2}, "orders >= 2"),
    (
        {
            "all": [
                {"attribute": "orders", "at_least": 1},
                {"not": {"attribute": "can_email", "equals": True}},
            ]
        },
        "orders >= 1 and not can_email",
    ),
    (
        {
            "any": [
                {"attribute": "stage", "one_of": ["dormant", "churned"]},
                {"attribute": "monetary", "above": 1000},
            ]
        },
        "stage in ('dormant', 'churned') or monetary > 1000",
    ),
    ({"audience": "high_value"}, "value_tier = 'high'"),
]


@pytest.mark.parametrize(("where", "sql"), CONDITIONS)
def test_the_live_count_is_the_warehouses(shop: Shop, where, sql):
    found = shop.as_("analyst").post("/api/audiences/count", json={"where": where}).json()
    expected = shop.sql(
        f"select count(*) n, count(*) filter (where can_email) r from dm.customers where {sql}"
    )[0]
    total = shop.sql("select count(*) n from dm.customers")[0]["n"]
    assert (found["count"], found["reachable"], found["total"]) == (
        expected["n"], expected["r"], total,
    )  # fmt: skip
    assert found["warnings"] == (["everybody"] if expected["n"] == total else [])


def test_sizes_in_the_list_are_those_of_the_last_build(shop: Shop):
    found = {row["name"]: row for row in shop.as_("viewer").get("/api/audiences").json()}
    built = {
        r["audience"]: r["members"] for r in shop.sql("select audience, members from dm.audiences")
    }
    for name, members in built.items():
        assert found[name]["members"] == members
        assert set(found[name]["title"]) == {"zh-CN", "en"}
    assert found["high_value"]["share"] == pytest.approx(
        built["high_value"] / shop.sql("select count(*) n from dm.customers")[0]["n"]
    )


def test_a_portraits_shares_are_of_the_audience_and_of_all(shop: Shop):
    body = {"where": {"attribute": "orders", "at_least": 1}}
    found = shop.as_("analyst").post("/api/audiences/portrait", json=body).json()
    assert (
        found["members"]
        == shop.sql("select count(*) n from dm.customers where orders >= 1")[0]["n"]
    )
    assert found["dimensions"]
    for dimension in found["dimensions"]:
        query = f"select count({dimension['dimension']}) n from dm.customers where orders >= 1"
        known = shop.sql(query)[0]["n"]
        for value in dimension["values"]:
            assert value["share"] == pytest.approx(value["members"] / known)
    amounts = [row["monetary"] for row in found["sample"]]
    assert amounts == sorted(amounts, reverse=True)
    assert all("***@" in row["email"] for row in found["sample"] if row["email"])


def test_an_audience_is_saved_once_and_never_over_another_change(shop: Shop):
    client = shop.as_("marketer")
    body = {
        "title": {"zh-CN": "常客", "en": "Regulars"},
        "where": {"attribute": "orders", "at_least": 3},
    }
    made = client.put("/api/audiences/regulars", json=body)
    assert made.status_code == 200, made.text
    version = made.json()["version"]

    taken = client.put("/api/audiences/regulars", json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")

    stricter = {**body, "where": {"attribute": "orders", "at_least": 4}, "version": version}
    changed = client.put("/api/audiences/regulars", json=stricter)
    assert changed.status_code == 200
    assert changed.json()["version"] != version

    stale = shop.as_("analyst").put("/api/audiences/regulars", json={**body, "version": version})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    found = client.get("/api/audiences/regulars").json()
    assert found["where"] == {"attribute": "orders", "at_least": 4}
    assert found["version"] == changed.json()["version"]
    assert "regulars" in {row["name"] for row in client.get("/api/audiences").json()}
    lines = shop.workspace.operational.audit()
    kept = [line["action"] for line in lines if line["subject"] == "regulars"]
    assert kept == ["audience.save", "audience.save"]


@pytest.mark.parametrize("name", ["new", "count", "Über", "a b", "..", "x" * 80])
def test_a_name_that_cannot_be_a_files_is_refused(shop: Shop, name):
    before = sorted(shop.workspace.root.rglob("*.yaml"))
    answer = shop.as_("marketer").put(
        f"/api/audiences/{name}", json={"title": {"en": "x"}, "where": {"everyone": True}}
    )
    assert answer.status_code in {400, 404, 405}
    assert sorted(shop.workspace.root.rglob("*.yaml")) == before


def test_a_condition_that_cannot_be_read_is_not_saved(shop: Shop):
    client = shop.as_("marketer")
    for where in ({"attribute": "no_such"}, {"audience": "itself"}, {"tag": "no_such"}, {}):
        answer = client.put("/api/audiences/itself", json={"title": {"en": "x"}, "where": where})
        assert answer.status_code in {400, 404}, where
    assert client.get("/api/audiences/itself").status_code == 404


def test_an_audience_tells_what_uses_it(shop: Shop):
    client = shop.as_("marketer")
    body = {"title": {"en": "Two"}, "where": {"audience": "prospects"}}
    assert client.put("/api/audiences/relies_on_prospects", json=body).status_code == 200
    used_by = client.get("/api/audiences/prospects").json()["used_by"]
    assert "audiences/relies_on_prospects.yaml" in used_by


def test_an_export_holds_every_member_masked_and_is_written_down(shop: Shop):
    answer = shop.as_("marketer").get("/api/audiences/reachable_by_email/export")
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="reachable_by_email.csv"' in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    expected = shop.sql("select person_id, email from dm.customers where can_email")
    assert [row["person_id"] for row in rows] == sorted(row["person_id"] for row in expected)
    assert all("***@" in row["email"] for row in rows)
    line = shop.workspace.operational.audit(1)[0]
    assert (line["action"], line["subject"]) == ("audience.export", "reachable_by_email")
    assert line["detail"] == {"rows": len(rows), "form": "csv"}


def test_an_export_keeps_formulas_as_text():
    import pyarrow as pa

    from zhiyin.api.export import _lines
    from zhiyin.profiles import tables as dm

    table = pa.table({"person_id": ["=1+1", "-2", "plain"], "monetary": [-1.0, 2.0, 3.0]})
    text = "".join(_lines(table, dm.CUSTOMERS, "admin"))
    assert text.splitlines()[1:] == ["'=1+1,-1.0", "'-2,2.0", "plain,3.0"]


def test_the_vocabulary_of_conditions_names_what_can_be_asked(shop: Shop):
    found = shop.as_("viewer").get("/api/fields").json()
    attributes = {attribute["name"]: attribute for attribute in found["attributes"]}
    assert "high" in attributes["value_tier"]["values"]
    assert {"Order Completed", "Product Viewed"} <= set(found["events"])
    assert "high_value" in {audience["name"] for audience in found["audiences"]}
    for tag in found["tags"]:
        answer = shop.as_("viewer").post(
            "/api/audiences/count", json={"where": {"tag": tag["tag"]}}
        )
        assert answer.status_code == 200, tag


def test_a_condition_of_nobody_warns_and_a_huge_one_is_refused_with_a_sentence(shop: Shop):
    client = shop.as_("analyst")
    nobody = {"all": [{"attribute": "orders", "above": 5}, {"attribute": "orders", "below": 1}]}
    found = client.post("/api/audiences/count", json={"where": nobody}).json()
    assert (found["count"], found["warnings"]) == (0, ["nobody"])
    portrait = client.post("/api/audiences/portrait", json={"where": nobody})
    assert portrait.status_code == 200, portrait.text
    huge = {"any": [{"attribute": "orders", "equals": n} for n in range(1000)]}
    answer = client.post("/api/audiences/count", json={"where": huge})
    assert answer.status_code == 400
    assert "200" in answer.json()["message"]


def test_a_count_of_behavior_is_the_warehouses_and_tells_of_short_history(shop: Shop):
    where = {"did": "Order Completed", "within_days": 9000}
    found = shop.as_("analyst").post("/api/audiences/count", json={"where": where}).json()
    assert found["count"] == shop.sql("select count(*) n from dm.customers where is_buyer")[0]["n"]
    assert "9000 days" in found["notes"][0]


def test_people_of_an_excluded_audience_are_left_out(shop: Shop):
    body = {"where": {"everyone": True}, "exclude": ["prospects"]}
    found = shop.as_("analyst").post("/api/audiences/count", json=body).json()
    in_it = (
        shop.as_("analyst")
        .post("/api/audiences/count", json={"where": {"audience": "prospects"}})
        .json()
    )
    assert found["count"] == found["total"] - in_it["count"]


def test_an_audience_is_removed_and_brought_back_unless_something_uses_it(shop: Shop):
    client = shop.as_("marketer")
    body = {"title": {"en": "Passing"}, "where": {"everyone": True}}
    version = client.put("/api/audiences/passing", json=body).json()["version"]
    user = {"title": {"en": "User"}, "where": {"everyone": True}, "exclude": ["passing"]}
    assert client.put("/api/audiences/its_user", json=user).status_code == 200
    refused = client.delete("/api/audiences/passing")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "audiences/its_user.yaml" in refused.json()["message"]
    assert client.delete("/api/audiences/its_user").status_code == 204
    assert client.delete("/api/audiences/passing", params={"version": "old"}).status_code == 409
    assert client.delete("/api/audiences/passing", params={"version": version}).status_code == 204
    assert client.get("/api/audiences/passing").status_code == 404
    back = client.post("/api/audiences/passing/restore")
    assert back.json()["version"] == version
    assert client.post("/api/audiences/passing/restore").status_code == 404


def test_audiences_cannot_refer_to_each_other_in_a_circle(shop: Shop):
    client = shop.as_("marketer")
    one = {"title": {"en": "One"}, "where": {"everyone": True}}
    version = client.put("/api/audiences/circle_one", json=one).json()["version"]
    two = {"title": {"en": "Two"}, "where": {"audience": "circle_one"}}
    assert client.put("/api/audiences/circle_two", json=two).status_code == 200
    closing = {**one, "where": {"audience": "circle_two"}, "version": version}
    answer = client.put("/api/audiences/circle_one", json=closing)
    assert answer.status_code == 400
    assert "circle" in answer.json()["message"]


def test_an_uploaded_list_is_an_audience_like_any_other(shop: Shop):
    client = shop.as_("marketer")
    ids = [row["person_id"] for row in shop.sql("select person_id from dm.customers limit 5")]
    text = "id\n" + "\n".join([*ids, ids[0], "user:nobody"])
    body = {"name": "fair", "title": "Fair", "text": text, "file": "fair.csv"}
    looked = client.post("/api/audiences/upload", json={**body, "dry_run": True}).json()
    assert (looked["matched"], looked["unmatched"], looked["people"]) == (6, 1, 5)
    assert looked["examples"] == ["user:nobody"]
    assert client.get("/api/audiences/fair").status_code == 404
    kept = client.post("/api/audiences/upload", json=body)
    assert kept.status_code == 201, kept.text
    found = client.get("/api/audiences/fair").json()
    assert (found["kind"], found["where"]) == ("list", None)
    counted = client.post("/api/audiences/count", json={"where": {"audience": "fair"}}).json()
    assert counted["count"] == 5
    rows = client.get("/api/audiences/fair/export").text.splitlines()
    assert len(rows) == 6
    again = client.post("/api/audiences/upload", json={**body, "text": f"id\n{ids[0]}"})
    assert again.status_code == 201
    counted = client.post("/api/audiences/count", json={"where": {"audience": "fair"}}).json()
    assert counted["count"] == 1
    history = client.get("/api/audiences/fair/history").json()
    assert [(row["members"], row["left"]) for row in history] == [(1, 4), (5, None)]
    taken = client.post("/api/audiences/upload", json={**body, "name": "prospects"})
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")


def test_a_sample_is_kept_as_a_list_and_drawn_the_same_again(shop: Shop):
    client = shop.as_("marketer")
    asked = {"save_as": "tenth", "share": 0.1, "seed": "a"}
    found = client.post("/api/audiences/prospects/sample", json=asked)
    assert found.status_code == 201, found.text
    told = found.json()
    assert told["count"] == round(told["members"] * 0.1)
    body = {"names": ["prospects", "tenth"]}
    overlap = client.post("/api/audiences/overlap", json=body).json()
    assert {tuple(one["sets"]): one["people"] for one in overlap["regions"]} == {
        ("prospects", "tenth"): told["count"], ("prospects",): told["members"] - told["count"],
    }  # fmt: skip
    client.post("/api/audiences/prospects/sample", json={**asked, "save_as": "tenth_again"})
    body = {"names": ["tenth", "tenth_again"]}
    assert client.post("/api/audiences/overlap", json=body).json()["pairs"][0]["jaccard"] == 1


def test_look_alikes_come_with_their_quality_and_never_with_the_seed(shop: Shop):
    client = shop.as_("marketer")
    asked = {"size": 20, "save_as": "like_reachable"}
    found = client.post("/api/audiences/reachable_by_email/lookalike", json=asked)
    assert found.status_code == 200, found.text
    told = found.json()
    assert [point["share"] for point in told["curve"]][-1] == 1
    assert told["curve"][-1]["lift"] == pytest.approx(1)
    assert told["curve"][-1]["recall"] == 1
    body = {"names": ["reachable_by_email", "like_reachable"]}
    pair = client.post("/api/audiences/overlap", json=body).json()["pairs"][0]
    assert pair["both"] == 0
    assert "can_email" in told["left_out"]


def test_contacts_for_ad_platforms_leave_hashed_and_alone(shop: Shop):
    answer = shop.as_("marketer").get(
        "/api/audiences/reachable_by_email/export", params={"form": "hashed"}
    )
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert set(rows[0]) == {"hashed_email", "hashed_phone"}
    assert all(len(row["hashed_email"]) == 64 for row in rows if row["hashed_email"])
    assert "@" not in answer.text


def test_parquet_is_masked_too(shop: Shop):
    import pyarrow.parquet as pq

    answer = shop.as_("marketer").get(
        "/api/audiences/reachable_by_email/export", params={"form": "parquet"}
    )
    rows = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    assert rows
    assert all("***@" in row["email"] for row in rows if row["email"])
