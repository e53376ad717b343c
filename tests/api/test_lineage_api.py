"""Lineage over HTTP: graphs of objects, traces of rows, and what each role sees of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.api.small_shop import Shop


def ask(shop: Shop, role: str = "admin", **query: Any) -> dict[str, Any]:
    answer = shop.as_(role).get("/api/lineage", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def nodes(trace: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in trace:
        yield node
        yield from nodes(node["children"])


def test_a_column_leads_to_the_files_and_a_file_column_back_to_it(shop: Shop):
    up = ask(shop, name="dm.customers.monetary")
    objects = {one["object"]: one for one in up["objects"]}
    assert objects["column:dm.customers.monetary"]["depth"] == 0
    assert any(one["kind"] == "file" for one in objects.values())
    assert up["trace"] == []
    amount = objects["column:ods.order_lines.amount"]
    assert amount["detail"]["unit"] == "currency"
    down = ask(shop, name="ods.order_lines.amount", direction="down")
    assert "column:dm.customers.monetary" in {one["object"] for one in down["objects"]}
    edges = {(edge["source"], edge["target"]) for edge in down["edges"]}
    assert ("column:ods.order_lines.amount", "column:dw.order_lines.amount") in edges


def test_depth_and_size_bound_a_graph_and_what_is_left_out_is_counted(shop: Shop):
    near = ask(shop, name="dm.customers", depth=1)
    assert near["level"] == "tables"
    assert {one["depth"] for one in near["objects"]} == {0, 1}
    assert sum(one["hidden"] for one in near["objects"]) > 0
    assert len(ask(shop, name="dm.customers", most=4)["objects"]) == 4


def test_objects_are_found_by_name_and_title_in_both_languages(shop: Shop):
    def found(query: str, **more: str) -> list[str]:
        answer = shop.as_("viewer").get("/api/lineage/objects", params={"query": query, **more})
        return [one["object"] for one in answer.json()]

    assert "tag:discount_lover" in found("discount lover")
    assert found("churn", kind="score") == []  # nobody is scored in this shop
    assert found("dm.customers")[0] == "table:dm.customers"
    assert any(name.startswith("audience:") for name in found("沉睡"))
    assert found("nothing is named so") == []


def test_an_object_is_shown_with_its_promise(shop: Shop):
    answer = shop.as_("viewer").get("/api/lineage/object", params={"name": "dm.customers"})
    parts = {part["name"]: part["detail"] for part in answer.json()["parts"]}
    assert parts["dm.customers.email"]["pii"] == "contact"
    assert parts["dm.customers.recency_days"]["unit"] == "days"


def test_an_unknown_name_is_met_with_the_nearest(shop: Shop):
    answer = shop.as_("admin").get("/api/lineage", params={"name": "tag:discount_lovr"})
    assert answer.status_code == 404
    assert "tag:discount_lover" in answer.json()["message"]


@pytest.mark.parametrize(("role", "sees_names"), [("admin", True), ("viewer", False)])
def test_a_trace_masks_what_the_role_may_not_see(shop: Shop, role, sees_names):
    customer = shop.sql(
        "select customer_id from dw.customers where name is not null and email is not null limit 1"
    )[0]["customer_id"]
    trace = list(nodes(ask(shop, role, name=customer)["trace"]))
    records = [node for node in trace if node["kind"] == "record"]
    told = {one["name"]: one["value"] for node in records for one in node["values"]}
    assert (told.get("name") is not None) is sees_names
    assert "@" not in str([n["name"] for n in trace]) or "***@" in str([n["name"] for n in trace])
    assert told.get("email") is None or "***@" in told["email"]
    rows = [node for node in trace if node["kind"] == "row"]
    assert rows
    assert all(node["origin"]["line"] >= 0 for node in rows)
