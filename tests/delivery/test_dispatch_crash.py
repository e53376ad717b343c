"""kill -9 in the middle of a dispatch, against a real SMTP server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.delivery.small_shop import NOW, SETTINGS, TEMPLATES

from zhiyin.adapters.channels.smtp import SmtpChannel
from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.adapters.operational.sql import SqlOperationalStore
from zhiyin.core.clock import FixedClock
from zhiyin.delivery.api import Renderer, dispatch, load_templates
from zhiyin.testing.channels import SmtpSink

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 300
BATCH = 10


def send_all(folder: Path, port: int):
    store, log = SqlOperationalStore(folder / "o.sqlite"), FileEventLog(folder / "log")
    channel = SmtpChannel("127.0.0.1", port, sender="a@shop.test", starttls=False)
    renderer = Renderer(load_templates(TEMPLATES), SETTINGS)
    try:
        store.mark_interrupted(NOW)
        return dispatch(
            store, {"email": channel}, log, FixedClock(NOW), renderer=renderer, batch=BATCH
        )
    finally:
        for part in (channel, log, store):
            part.close()


@pytest.mark.parametrize(
    "after",
    [25, pytest.param(3, marks=pytest.mark.slow), pytest.param(180, marks=pytest.mark.slow)],
)
def test_a_killed_dispatch_sends_nothing_twice_and_the_next_one_sends_the_rest(
    tmp_path, a_row, after
):
    store = SqlOperationalStore(tmp_path / "o.sqlite")
    store.enqueue([a_row(n, f"p{n}") for n in range(MESSAGES)])
    with SmtpSink() as sink:
        command = [sys.executable, "-m", "tests.delivery.test_dispatch_crash"]
        victim = subprocess.Popen([*command, str(tmp_path), str(sink.port)], cwd=ROOT)
        deadline = time.monotonic() + 60
        while len(sink.mails) < after and victim.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(victim.pid, signal.SIGKILL)
        assert victim.wait() == -signal.SIGKILL
        assert after <= len(sink.mails) < MESSAGES

        send_all(tmp_path, sink.port)
        taken = Counter(sink.message_ids())

    rows = {row.message_id: row for row in store.outbox_rows(limit=MESSAGES)}
    store.close()
    states = Counter(row.state for row in rows.values())
    assert max(taken.values()) == 1
    assert set(states) <= {"sent", "uncertain"}
    assert states["uncertain"] <= BATCH
    assert all(taken[message] == 1 for message, row in rows.items() if row.state == "sent")
    assert set(taken) <= set(rows)

    log = FileEventLog(tmp_path / "log")
    receipts = Counter(
        json.loads(body)["event"]["properties"]["message_id"]
        for body in log.read("main", 0, 10 * MESSAGES).bodies
    )
    log.close()
    assert max(receipts.values()) == 1
    sent = {message for message, row in rows.items() if row.state == "sent"}
    assert sent <= set(receipts) <= set(taken)


if __name__ == "__main__":
    send_all(Path(sys.argv[1]), int(sys.argv[2]))
