"""`zhiyin collect`: light, beside whoever has the workspace open, and clean at its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import httpx
import psutil
from tests.scenarios.command import start

from zhiyin.app.commands import execute
from zhiyin.app.workspace import Workspace, create_workspace

HEAVY = ("ibis", "duckdb", "pandas", "pyarrow", "fastapi", "starlette", "numpy", "scipy")


def test_a_collector_loads_nothing_heavy():
    program = (
        "import sys, zhiyin.app.collector, zhiyin.app.wiring, zhiyin.app.workspace, uvicorn\n"
        "import zhiyin.collect.edge.api, zhiyin.adapters.operational.sql\n"
        "import zhiyin.adapters.event_log.files\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_a_collector_writes_a_partition_of_its_own_beside_an_open_workspace(tmp_path):
    create_workspace(tmp_path)
    with Workspace.open(tmp_path) as workspace:
        key = execute(workspace, "source.create", {"name": "web"})["write_key"]
        collector = start("collect", "--name", "a", "--port", "0", workspace=tmp_path)
        try:
            address = json.loads(collector.stdout.readline())
            same_name = start("collect", "--name", "a", "--port", "0", workspace=tmp_path)
            assert (address["name"], address["pid"]) == ("a", collector.pid)
            with httpx.Client(base_url=address["url"], trust_env=False, timeout=60) as client:
                event = {"userId": "u", "event": "Seen", "messageId": "1"}
                answer = client.post("/v1/track", json=event, auth=(key, ""))
                assert (answer.status_code, answer.json()) == (200, {"success": True})
                assert client.get("/health").json()["status"] == "ok"
                assert client.get("/api/overview").status_code == 404
            assert psutil.Process(collector.pid).memory_info().rss < 120 * 2**20
            _, problem = same_name.communicate(timeout=30)
            assert same_name.returncode == 1
            assert "Another process" in problem
            assert "Traceback" not in problem
        finally:
            collector.send_signal(signal.SIGTERM)
        _, problem = collector.communicate(timeout=30)
        assert (collector.returncode, problem) == (0, "")
        execute(workspace, "load", {})
        rows = workspace.warehouse.sql("select event_id from ods.events")
        assert rows.to_pylist() == [{"event_id": "1"}]
