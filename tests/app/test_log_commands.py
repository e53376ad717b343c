"""`zhiyin log`: status, reading from any offset or time, and purging; and what the settings say."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import pytest
from click.testing import CliRunner

from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.app.cli import zhiyin
from zhiyin.app.commands import execute
from zhiyin.app.settings import load_settings
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import InvalidInput


def body(number: int) -> bytes:
    event = {"type": "track", "event": "看过商品", "userId": "u", "messageId": f"m{number}"}
    return json.dumps(
        {"source_id": "web", "received_at": "2026-01-01T00:00:00Z", "event": event}
    ).encode()


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def shop(tmp_path, clock):
    """A workspace with five events on 1 January and five on 2 January, and an edge's partition."""
    create_workspace(tmp_path / "shop", timezone="UTC")
    directory = tmp_path / "shop" / "data" / "log"
    log = FileEventLog(directory, segment_bytes=1, clock=clock)
    log.append([body(n) for n in range(5)])
    clock.advance(timedelta(days=1))
    log.append([body(n) for n in range(5, 10)])
    log.close()
    edge = FileEventLog(directory, partition="edge-1", clock=clock)
    edge.append([body(99), b"\xff no JSON"])
    edge.close()
    return tmp_path / "shop"


def run(shop, *arguments: str) -> str:
    done = CliRunner().invoke(zhiyin, ["log", *arguments, "-w", str(shop)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_status_tells_of_each_partition_its_range_size_and_age(shop):
    edge, main = json.loads(run(shop, "status", "--json"))
    assert (edge["partition"], main["partition"]) == ("edge-1", "main")
    assert (main["begin"], main["end"], main["waiting"]) == (0, 10, 10)
    assert main["oldest"] == "2026-01-01T00:00:00.000+00:00"
    assert main["bytes"] > edge["bytes"] > 0
    assert "edge-1" in run(shop, "status")


def test_a_log_without_items_has_a_status_too(tmp_path):
    create_workspace(tmp_path / "shop")
    (row,) = json.loads(run(tmp_path / "shop", "status", "--json"))
    assert (row["begin"], row["end"], row["waiting"], row["oldest"]) == (0, 0, 0, None)


def test_items_are_read_from_any_offset_one_json_object_a_line(shop):
    found = lines(run(shop, "read", "--partition", "main", "--from", "7"))
    assert [line["offset"] for line in found] == [7, 8, 9]
    assert found[0] == {"partition": "main", "offset": 7, "item": json.loads(body(7))}
    assert "看过商品" in run(shop, "read", "--partition", "main", "--limit", "1")
    found = lines(run(shop, "read", "--partition", "main", "--from", "2", "--limit", "2"))
    assert [line["offset"] for line in found] == [2, 3]
    assert run(shop, "read", "--partition", "main", "--from", "10") == ""


def test_items_are_read_from_a_time_on(shop):
    found = lines(run(shop, "read", "--partition", "main", "--since", "2026-01-01T12:00"))
    assert [line["offset"] for line in found] == [5, 6, 7, 8, 9]
    assert run(shop, "read", "--partition", "main", "--since", "2026-02-01") == ""


def test_reading_goes_on_from_page_to_page(shop, monkeypatch):
    from zhiyin.app.groups import log as group

    monkeypatch.setattr(group, "PAGE", 3)
    found = lines(run(shop, "read", "--partition", "main"))
    assert [line["offset"] for line in found] == list(range(10))
    found = lines(run(shop, "read", "--partition", "main", "--limit", "7"))
    assert [line["offset"] for line in found] == list(range(7))


def test_an_item_that_is_no_json_is_shown_as_text(shop):
    found = lines(run(shop, "read", "--partition", "edge-1"))
    assert found[1] == {"partition": "edge-1", "offset": 1, "text": "\ufffd no JSON"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["read"], "partitions edge-1, main; name one with --partition"),
        (["read", "--partition", "moon"], "No partition is named 'moon'; known: edge-1, main"),
        (["read", "--partition", "main", "--since", "noon"], "'noon' is not a time"),
        (["read", "--partition", "main", "--from", "1", "--since", "2026"], "not both"),
        (["purge", "--before", "noon"], "'noon' is not a time"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(shop, arguments, told):
    done = CliRunner().invoke(zhiyin, ["log", *arguments, "-w", str(shop)])
    assert done.exit_code != 0
    assert told in str(done.exception)


def test_a_purge_drops_only_what_is_old_and_loaded(shop, clock):
    with Workspace.open(shop, clock=clock) as workspace:
        before = "2026-01-01T12:00"
        assert execute(workspace, "log.purge", {"before": before})["items_dropped"] == 0
        execute(workspace, "load", {})
        assert [row["waiting"] for row in execute(workspace, "log.status", {})] == [0, 0]
        assert execute(workspace, "log.purge", {"before": before})["items_dropped"] == 5
        assert workspace.event_log.begin("main") == 5
        clock.advance(timedelta(days=29, hours=23))
        assert execute(workspace, "log.purge", {})["items_dropped"] == 0
        clock.advance(timedelta(hours=2))
        assert execute(workspace, "log.purge", {})["items_dropped"] == 5
        (_, main) = execute(workspace, "log.status", {})
        assert (main["begin"], main["end"]) == (10, 10)


def test_what_a_restored_warehouse_lacks_is_kept_though_it_was_committed(shop, clock):
    with Workspace.open(shop, clock=clock) as workspace:
        workspace.event_log.commit("warehouse", {"main": 10})
        clock.advance(timedelta(days=60))
        assert execute(workspace, "log.purge", {})["items_dropped"] == 0


def test_a_log_that_is_kept_for_ever_is_purged_only_up_to_a_given_time(shop, clock):
    (shop / "zhiyin.toml").write_text("[log]\nkeep_days = 0\n")
    with Workspace.open(shop, clock=clock) as workspace, pytest.raises(InvalidInput, match="ever"):
        execute(workspace, "log.purge", {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind = 'pulsar'", "log.kind cannot be 'pulsar'; allowed: files, kafka"),
        ("kind = 'kafka'", "log.brokers is empty"),
        ("keep_days = -1", "log.keep_days -1 must not be below 0"),
        ("partitions = 0", "log.partitions 0 not below 1"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, told):
    (tmp_path / "zhiyin.toml").write_text(f"[log]\n{text}\n")
    with pytest.raises(InvalidInput, match=told):
        load_settings(tmp_path)


def test_kafka_without_its_client_says_what_to_install(tmp_path, monkeypatch):
    create_workspace(tmp_path / "shop")
    (tmp_path / "shop" / "zhiyin.toml").write_text('[log]\nkind = "kafka"\nbrokers = "b:9092"\n')
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    for name in [name for name in sys.modules if name.startswith("zhiyin.adapters.event_log.kafk")]:
        monkeypatch.delitem(sys.modules, name)
    with (
        Workspace.open(tmp_path / "shop") as workspace,
        pytest.raises(InvalidInput, match=r"pip install 'zhiyin\[kafka\]'"),
    ):
        _ = workspace.event_log
