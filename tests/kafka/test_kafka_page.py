"""The page on Kafka works as written, with a broker's address put in its place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from zhiyin.app.commands import execute
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.ids import new_id

PAGE = Path(__file__).resolve().parents[2] / "docs" / "send" / "kafka.md"
pytestmark = pytest.mark.kafka


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    return found


def test_an_event_written_into_the_topic_is_found_in_the_warehouse(broker, tmp_path):
    topic = new_id("topic")

    def placed(text: str) -> str:
        placed = re.sub(r"kafka-1:9092(,kafka-2:9092)?", broker.address, text)
        assert placed != text
        return placed.replace("zhiyin-events", topic)

    create_workspace(tmp_path / "shop", timezone="UTC")
    settings = placed(block("toml"))
    assert tomllib.loads(settings)["log"]["kind"] == "kafka"
    (tmp_path / "shop" / "zhiyin.toml").write_text(settings)
    with Workspace.open(tmp_path / "shop") as workspace:
        before = execute(workspace, "log.status", {})
        assert [row["partition"] for row in before] == [str(n) for n in range(6)]
        exec(compile(placed(block("py")), str(PAGE), "exec"), {})
        (written,) = [r for r in execute(workspace, "log.status", {}) if r["waiting"]]
        assert (written["end"], written["waiting"], written["bytes"]) == (1, 1, None)
        found = execute(workspace, "log.read", {"partition": written["partition"]})
        assert found["items"][0]["item"]["event"]["messageId"] == "receipt-4711"
        execute(workspace, "load", {})
        (row,) = execute(
            workspace,
            "sql",
            {"query": "select event, user_id, order_id, revenue from ods.events"},
        )
        assert row["event"] == "Order Completed"
        assert (row["user_id"], row["order_id"], row["revenue"]) == ("17850", "4711", 15.3)
        assert [r["waiting"] for r in execute(workspace, "log.status", {})] == [0] * 6
        later = execute(workspace, "log.purge", {"before": "2100-01-01"})
        assert later["items_dropped"] == 1
        after = {r["partition"]: r for r in execute(workspace, "log.status", {})}
        assert after[written["partition"]]["begin"] == 1
