"""A collector killed again and again under load: what was acknowledged is stored, once."""

from __future__ import annotations

import http.client
import json
import threading
import time
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from tests.scenarios.command import start, zhiyin

from zhiyin.adapters.event_log.files import FileEventLog

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SENDERS = 4
BATCH = 20


@dataclass
class Sender:
    """Sends batches, each one again with the same ids until it is acknowledged."""

    name: str
    key: str
    acknowledged: list[str] = field(default_factory=list)
    resent: int = 0
    port: int = 0

    def run(self, stop: threading.Event) -> None:
        number = 0
        while not stop.is_set():
            ids = [f"{self.name}-{number}-{n}" for n in range(BATCH)]
            self.send_until_acknowledged(body_of(ids))
            self.acknowledged += ids
            number += 1

    def send_until_acknowledged(self, body: bytes) -> None:
        while not self.is_acknowledged(body):
            self.resent += 1
            time.sleep(0.02)

    def is_acknowledged(self, body: bytes) -> bool:
        """Send a batch once; whatever comes between leaves it unacknowledged."""
        basic = b64encode(f"{self.key}:".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/v1/batch", body, {"Authorization": f"Basic {basic}"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return answer.status == 200


def body_of(ids: list[str]) -> bytes:
    items = [{"type": "track", "event": "Seen", "userId": "u1", "messageId": i} for i in ids]
    return json.dumps({"batch": items}).encode()


def killed_again_and_again(
    command: tuple[object, ...], shop: Path, senders: list[Sender], *, kills: int, seed: int
) -> None:
    """Serve and kill; then serve until every sender's last batch is acknowledged."""
    rng = np.random.default_rng(seed)
    stop = threading.Event()
    threads = [threading.Thread(target=sender.run, args=(stop,)) for sender in senders]
    for kill in range(kills + 1):
        server = start(*command, workspace=shop)
        address = json.loads(server.stdout.readline())
        for sender in senders:
            sender.port = int(address["url"].rpartition(":")[2])
        if kill == 0:
            for thread in threads:
                thread.start()
        if kill < kills:
            time.sleep(float(rng.uniform(0.02, 0.5)))
            server.kill()
            server.communicate()
    stop.set()
    for thread in threads:
        thread.join(60)
    server.terminate()
    server.communicate(timeout=60)
    assert server.returncode == 0


def stored_ids(shop: Path) -> Counter[str]:
    """Return how often each id stands in the log, over all partitions."""
    log = FileEventLog(shop / "data" / "log", partition=None)
    found: Counter[str] = Counter()
    for partition in log.partitions():
        at, end = log.begin(partition), log.end(partition)
        while at < end:
            chunk = log.read(partition, at, 10_000)
            found.update(json.loads(body)["event"]["messageId"] for body in chunk.bodies)
            at = chunk.next_offset
    log.close()
    return found


@pytest.mark.parametrize(
    ("command", "kills"),
    [(("collect", "--name", "edge-1", "--port", "0"), 50), (("serve", "--port", "0"), 5)],
    ids=["collect", "serve"],
)
def test_what_was_acknowledged_before_a_kill_is_stored_once(tmp_path, command, kills):
    shop = tmp_path / "shop"
    zhiyin("init", workspace=shop)
    key = zhiyin("source", "create", "web", workspace=shop)["write_key"]
    senders = [Sender(f"s{n}", key) for n in range(SENDERS)]
    killed_again_and_again(command, shop, senders, kills=kills, seed=kills)
    acknowledged = [one for sender in senders for one in sender.acknowledged]
    assert len(acknowledged) > kills * BATCH
    assert sum(sender.resent for sender in senders) >= kills

    stored = stored_ids(shop)
    assert set(stored) == set(acknowledged)
    # A kill between the write and the answer leaves a batch there that is sent once more.
    assert sum(stored.values()) - len(stored) <= kills * SENDERS * BATCH

    zhiyin("load", workspace=shop)
    query = "select count(*) n, count(distinct event_id) ids from ods.events"
    assert zhiyin("sql", query, workspace=shop) == [
        {"n": len(acknowledged), "ids": len(acknowledged)}
    ]
    assert zhiyin("load", workspace=shop)["rows_read"] == 0
