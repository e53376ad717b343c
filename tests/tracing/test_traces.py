"""Every message, tag and score leads to raw rows, and the file holds at that line what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tracing.raw_files import disagreements, held

from zhiyin.core.errors import InvalidInput, NotFound

# A campaign of a simulated shop, and a walk for each of its messages.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SAMPLE = 40


def nodes(trace: list[dict]) -> Iterator[dict]:
    for node in trace:
        yield node
        yield from nodes(node.get("children", []))


def raw_rows(answer: dict) -> list[dict]:
    return [node for node in nodes(answer["trace"]) if node["kind"] == "row"]


def expect_true(shop, rows: list[dict]) -> int:
    """Check every raw row against its file or the log; return how many were checked."""
    for row in rows:
        origin = row["origin"]
        values = {one["name"]: one["value"] for one in row["values"]}
        if "file" in origin:
            record = held(shop.raw, Path(origin["file"]).name, origin["line"])
            assert disagreements(record, values) == [], row["name"]
            assert len(origin["sha256"]) == 64
            assert origin["recipe"] == "zhiyin_shop"
        else:
            chunk = shop.workspace.event_log.read(origin["partition"], origin["line"], 1)
            body = json.loads(bytes(chunk.bodies[0]))
            assert values["event_id"] in json.dumps(body)
    return len(rows)


def test_every_sent_message_ends_in_raw_rows_that_hold_what_is_told(shop):
    messages = shop.sql("select message_id, decision_id, person_id from dm.messages order by 1")
    assert len(messages) >= 10
    for message in messages:
        answer = shop.traced(message["message_id"])
        (top,) = answer["trace"]
        (decision,) = top["children"]
        assert (top["kind"], decision["kind"]) == ("message", "decision")
        assert decision["name"] == message["decision_id"]
        below = {node["kind"]: node for node in decision["children"]}
        assert {"campaign", "strategy", "consent", "person"} <= set(below)
        assert below["person"]["name"] == message["person_id"]
        assert expect_true(shop, raw_rows(answer)) > 0, message


def test_the_conditions_of_a_message_held_when_it_was_decided(shop):
    message = shop.sql(
        "select message_id from dm.messages join dm.decisions using (decision_id)"
        " where strategy = 'first_order' order by 1 limit 1"
    )[0]["message_id"]
    attributes = {
        node["name"]: {one["name"]: one["value"] for one in node["values"]}
        for node in nodes(shop.up(message)["trace"])
        if node["kind"] == "attribute"
    }
    assert attributes["dm.customers.is_buyer"]["value"] is False
    assert attributes["dm.customers.is_registered"]["value"] is True


@pytest.mark.parametrize(("table", "column", "kind"), [
    ("dm.tags", "tag", "tag"), ("dm.scores", "model", "score"),
])  # fmt: skip
def test_every_tag_and_score_of_a_sample_ends_in_raw_rows(shop, table, column, kind):
    held_by = shop.sql(
        f"select {column} as name, min(person_id) as person from {table} group by 1 union "
        f"select {column}, max(person_id) from {table} group by 1 order by 1, 2"
    )
    assert held_by
    for row in held_by[:SAMPLE]:
        answer = shop.up(f"{kind}:{row['name']}", person=row["person"], rows=2)
        (top,) = answer["trace"]
        assert (top["kind"], top["name"]) == (kind, row["name"])
        assert any(one["name"] in ("score", "family") for one in top["values"]), row
        assert expect_true(shop, raw_rows(answer)) > 0, row


def test_facts_after_the_decision_are_no_reason_for_it(shop):
    decided = shop.sql("select decision_id, decided_at from dm.decisions order by 1 limit 10")
    for row in decided:
        for node in nodes(shop.up(f"decision:{row['decision_id']}")["trace"]):
            for one in node.get("values", []):
                if node["kind"] in ("order", "event") and one["name"].endswith("_time"):
                    assert one["value"] < row["decided_at"]


def test_an_order_leads_to_its_lines_and_on_to_what_was_decided_later(shop):
    order = shop.sql(
        "select order_id, lines from dw.orders where visitor_id is not null"
        " and source_id = 'zhiyin_shop' and lines > 1 order by order_id limit 1"
    )[0]
    answer = shop.up(order["order_id"])
    rows = raw_rows(answer)
    assert len(rows) == order["lines"]
    assert expect_true(shop, rows) == len(rows)
    down = shop.down(order["order_id"])
    assert "person" in {node["kind"] for node in nodes(down["trace"])}


def test_a_file_leads_to_its_facts_people_and_messages(shop):
    name = shop.sql(
        "select file_name from ods.imports where file_name like 'web_order_lines%' order by 1"
    )[0]["file_name"]
    counts = {(node["kind"], node["name"]): node for node in nodes(shop.down(name)["trace"])}
    values = {one["name"]: one["value"] for one in counts[("table", "dw.orders")]["values"]}
    expected = shop.sql(
        "select count(distinct order_id) n, count(distinct person_id) p from ods.order_lines l"
        " left join dw.person_of on visitor_id = 'user:' || l.customer_id"
        f" where origin = '{name}' and line_kind = 'sale'"
    )[0]
    assert values["rows"] == expected["n"]
    people = next(node for key, node in counts.items() if key[0] == "people")
    assert people["values"][0]["value"] >= expected["p"] > 0
    messages = next(node for key, node in counts.items() if key[0] == "messages")
    told = {one["name"]: one["value"] for one in messages["values"]}
    assert 0 < told["people"] <= shop.sql("select count(*) n from dm.messages")[0]["n"]
    (ledger,) = shop.up(name)["trace"]
    assert {one["name"] for one in ledger["values"]} >= {"sha256", "recipe", "rows_kept"}


def test_what_is_shown_is_bounded_and_the_rest_is_counted(shop):
    person = shop.sql(
        "select visitor_id, count(*) n from dw.events group by 1 order by 2 desc, 1 limit 1"
    )[0]
    events = [
        node
        for node in nodes(shop.up(person["visitor_id"], rows=3)["trace"])
        if node["kind"] == "event" and not node.get("is_again")
    ]
    assert len(events) < 60
    deep = shop.up(person["visitor_id"], depth=1)["trace"][0]
    assert all("children" not in node for node in deep["children"])
    assert any(node.get("more") for node in deep["children"])


def test_a_bare_name_is_found_whatever_it_is_and_an_unknown_one_gets_the_nearest(shop):
    row = shop.sql("select decision_id, person_id from dm.decisions order by 1 limit 1")[0]
    assert shop.up(row["decision_id"])["object"] == f"decision:{row['decision_id']}"
    assert shop.up(row["person_id"].partition(":")[2])["trace"][0]["name"] == row["person_id"]
    assert shop.up("dm.tags.value")["object"] == "column:dm.tags.value"
    with pytest.raises(NotFound, match=r"did you mean .*tag:discount_lover"):
        shop.up("discount_lovr")
    with pytest.raises(NotFound, match="No message is named 'nothing'"):
        shop.up("message:nothing")
    with pytest.raises(NotFound, match="No customer is known as 'nobody'"):
        shop.up("tag:city", person="nobody")
    with pytest.raises(InvalidInput, match="give tag:NAME"):
        shop.up("dm.customers", person="nobody")
