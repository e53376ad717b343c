"""OpenLineage events are valid by the published schema and tell what ran."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import jsonschema_rs
import pytest

from zhiyin.app.tracing import openlineage as ol
from zhiyin.app.tracing.emitting import told_run
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect import tables as ods
from zhiyin.warehouse import api as facts
from zhiyin.warehouse import tables as dw

SPEC = Path(__file__).parent / "openlineage_spec"
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
PLACE = ol.Place("shop", Path("/srv/shop/data/warehouse.duckdb"))


@cache
def schemas() -> dict[str, dict]:
    found = [json.loads(path.read_text("utf-8")) for path in SPEC.rglob("*.json")]
    return {schema["$id"]: schema for schema in found}


@cache
def validator(address: str) -> jsonschema_rs.Draft202012Validator:
    registry = jsonschema_rs.Registry([(name, body) for name, body in schemas().items()])
    return jsonschema_rs.Draft202012Validator(
        {"$ref": address}, registry=registry, validate_formats=True
    )


def facets_of(body: object):
    """Give every facet: what has a schema of its own."""
    if isinstance(body, dict):
        if "_schemaURL" in body:
            yield body
        for value in body.values():
            yield from facets_of(value)
    elif isinstance(body, list):
        for value in body:
            yield from facets_of(value)


def expect_valid(event: dict) -> None:
    assert [str(e) for e in validator(event["schemaURL"]).iter_errors(event)] == []
    for facet in facets_of(event):
        found = validator(facet["_schemaURL"]).iter_errors(facet)
        assert [str(error) for error in found] == [], facet["_schemaURL"]


def build_event(state: str = "COMPLETE", **more) -> dict:
    job = ol.Job(PLACE, "build.dw.orders", "r1/dw.orders", ("run", "r1"))
    output = ol.with_rows(ol.table_set(PLACE, dw.ORDERS), 7)
    output = ol.with_lineage(output, PLACE, [("amount", dw.ORDER_LINES, "amount")])
    inputs = [ol.table_set(PLACE, dw.ORDER_LINES), ol.file_set("/srv/a.csv", rows=3, size=9)]
    return ol.event(job, state, AT, inputs=inputs, outputs=[output], **more)


@pytest.mark.parametrize("state", ["START", "COMPLETE", "FAIL"])
def test_an_event_is_valid_by_the_published_schema(state):
    expect_valid(build_event(state, error="no room" if state == "FAIL" else None))


def test_the_schemas_find_what_is_wrong():
    event = build_event()
    assert not validator(ol.SCHEMA_URL).is_valid({**event, "eventType": "DONE"})
    assert not validator(ol.SCHEMA_URL).is_valid({**event, "run": {"runId": "r1"}})
    broken = event["outputs"][0]["facets"]["columnLineage"] | {"fields": {"amount": {}}}
    assert not validator(broken["_schemaURL"]).is_valid(broken)


def test_every_facet_names_the_version_that_is_kept_here():
    kept = {re.sub(r".*/facets/|\.json", "", name) for name in schemas() if "/facets/" in name}
    assert kept == {f"{version}/{kind}" for kind, version in ol.FACETS.items()}


def test_start_and_end_are_of_one_run_and_its_parent_is_the_whole_run():
    start, end = build_event("START"), build_event("COMPLETE")
    assert start["run"]["runId"] == end["run"]["runId"]
    parent = end["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == ol.run_uuid("r1") != end["run"]["runId"]
    assert parent["job"] == {"namespace": "shop", "name": "run"}


def test_tables_files_and_objects_in_a_store_are_named_by_the_rules():
    told = ol.table_set(PLACE, ods.EVENTS)
    assert (told.namespace, told.name) == ("file", "/srv/shop/data/warehouse.duckdb/ods.events")
    assert (ol.file_set("/srv/a.csv").namespace, ol.file_set("/srv/a.csv").name) == (
        "file", "/srv/a.csv",
    )  # fmt: skip
    stored = ol.file_set("s3://bucket/in/a.csv")
    assert (stored.namespace, stored.name) == ("s3://bucket", "in/a.csv")


def test_columns_say_what_they_are_computed_from():
    output = build_event()["outputs"][0]
    (source,) = output["facets"]["columnLineage"]["fields"]["amount"]["inputFields"]
    assert source["name"].endswith("/dw.order_lines")
    assert source["field"] == "amount"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 7


@pytest.fixture
def told(tmp_path):
    """A workspace that tells of its imports and runs, with a small file of orders."""
    create_workspace(tmp_path / "shop")
    settings = tmp_path / "shop" / "zhiyin.toml"
    text = re.sub(r"\[lineage\].*\n", '[lineage]\nkind = "file"\n', settings.read_text("utf-8"))
    settings.write_text(text, "utf-8")
    with Workspace.open(tmp_path / "shop") as workspace:
        yield workspace


def events_of(workspace: Workspace) -> list[dict]:
    path = workspace.data / "openlineage.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def run_some(workspace: Workspace, tables: set[str]) -> None:
    """Build some tables as a run does, and tell of it."""
    builds = [build for build in facts.builds() if build.spec.name in tables]
    with told_run(workspace, "r", lambda _: None) as events:
        facts.run_builds(
            builds,
            workspace.warehouse,
            context=facts.BuildContext(as_of=AT.replace(tzinfo=None)),
            clock=workspace.clock,
            run_id="r",
            on_start=events.started,
            on_progress=events.finished,
        )


def test_an_import_and_a_run_tell_what_they_read_and_wrote(told, tmp_path):
    from zhiyin.app.commands import execute

    file = tmp_path / "pos_lines-2026-01.csv"
    file.write_text(
        "receipt_no,kind,member_no,sku,product_name,qty,unit_price,discount,sold_at,store,coupon\n"
        "R1,sale,M1,P1,Tea,2,10,0,2026-01-02 10:00:00,S1,\n"
    )
    execute(told, "import", {"recipe": "zhiyin_shop", "paths": [str(file)]})
    run_some(told, {"dw.products", "dw.order_lines"})
    events = events_of(told)
    for event in events:
        expect_valid(event)
    states = [(event["job"]["name"], event["eventType"]) for event in events]
    assert states[:2] == [("import.zhiyin_shop", "START"), ("import.zhiyin_shop", "COMPLETE")]
    (kept,) = events[1]["outputs"]
    assert kept["name"].endswith("/ods.order_lines")
    assert kept["outputFacets"]["outputStatistics"]["rowCount"] == 1
    (read,) = events[1]["inputs"]
    assert (read["namespace"], read["name"]) == ("file", str(file))
    assert read["inputFacets"]["dataQualityMetrics"]["rowCount"] == 1
    assert states[2] == ("run", "START")
    assert states[-1] == ("run", "COMPLETE")
    assert states.index(("build.dw.order_lines", "START")) < states.index(
        ("build.dw.order_lines", "COMPLETE")
    )
    lines = next(
        e for e, state in zip(events, states, strict=True)
        if state == ("build.dw.order_lines", "COMPLETE")
    )  # fmt: skip
    fields = lines["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert any(
        one["name"].endswith("/ods.order_lines") for one in fields["quantity"]["inputFields"]
    )


def test_a_build_that_fails_is_told_with_its_reason_and_so_is_the_run(told, monkeypatch):
    from zhiyin.app import pipeline
    from zhiyin.core.errors import InvalidInput

    def broken(*_):
        raise InvalidInput("the disk is full")

    monkeypatch.setattr(type(told.warehouse), "write", broken)
    options = pipeline.options_from(told, ["warehouse"])
    with pytest.raises(InvalidInput):
        pipeline.run(told, options, run_id="r", on_progress=lambda _: None)
    failed = [event for event in events_of(told) if event["eventType"] == "FAIL"]
    assert failed[-1]["job"]["name"] == "run"
    for event in failed:
        expect_valid(event)
        assert "the disk is full" in event["run"]["facets"]["errorMessage"]["message"]
