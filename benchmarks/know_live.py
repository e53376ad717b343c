"""Live profiles at 2,000 events a second, with 200 tags and 100 audiences.

First the work itself, in this process: the processor time that one turn over a piece of the log
takes per event, from the log to the store. Then the whole: the server runs as it does for
everybody, in a process of its own: it takes events over HTTP, loads them into the warehouse every
second, and follows them into profiles. Beside the stream, one probe after the other is sent and
asked for over HTTP until it shows; and profiles of random people are asked for. The yardstick, in
the same run, is the round trip of an answer that needs no work.

python -m benchmarks.know_live [--short]

`--short` streams for a third of the time, for a machine that has other things to do.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks.meter import ROOT

RATE = 2_000
BATCH = 100
SECONDS, SHORT_SECONDS = 60.0, 15.0
WARM_SECONDS = 5.0
REST_SECONDS = 8.0
FIXED_EVENTS, FIXED_TURN = 10_000, 200  # a tenth of a second's events a turn
TICKS = os.sysconf("SC_CLK_TCK")
PEOPLE = 20_000
EVENTS = ("Product Viewed", "Product Added", "Products Searched", "Page Viewed", "Checkout Started")
CATEGORIES = ("shoes", "hats", "coats", "bags", "toys")
PASSWORD = "seven calm rivers"
SERVE = """
import sys, json
from pathlib import Path
from zhiyin.app.server import serve_forever
serve_forever(Path(sys.argv[1]), port=0, as_json=True)
"""


def trees(rng: random.Random, many: int) -> list[dict[str, Any]]:
    """Return conditions of one to four leaves, most of them about behavior."""
    found = []
    for _ in range(many):
        leaves: list[dict[str, Any]] = []
        for _ in range(rng.randint(1, 4)):
            leaf: dict[str, Any] = {
                "did": rng.choice(EVENTS), "within_days": rng.choice([1, 7, 30]),
                "at_least": rng.randint(1, 5),
            }  # fmt: skip
            if rng.random() < 0.4:
                leaf["platform"] = rng.choice(["web", "app"])
            if rng.random() < 0.2:
                leaf["since"] = {"did": "Order Completed"}
            if rng.random() < 0.2:
                leaf = {"attribute": "orders", "at_least": rng.randint(0, 3)}
            if rng.random() < 0.1:
                leaf = {
                    "sequence": [
                        {"did": "Product Viewed"},
                        {"did": "Product Added", "within_hours": 1},
                    ],
                    "within_days": 7,
                }
            leaves.append(leaf)
        found.append({rng.choice(["all", "any"]): leaves})
    return found


def define(root: Path) -> None:
    """Write 200 tags and 100 audiences in place of those that come with a workspace."""
    rng = random.Random(5)
    title = {"zh-CN": "名", "en": "Name"}
    for folder, many in (("tags", 200), ("audiences", 100)):
        for path in (root / folder).glob("*.yaml"):
            path.unlink()
        for number, where in enumerate(trees(rng, many)):
            name = f"{folder}_{number}"
            told = {"name": name, "title": title, "description": title, "where": where}
            if folder == "tags":
                told["family"] = "need"
            text = yaml.safe_dump(told, allow_unicode=True)
            (root / folder / f"{name}.yaml").write_text(text, encoding="utf-8")


class Client:
    """One connection that stays open."""

    def __init__(self, host: str, port: int) -> None:
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        self.headers: dict[str, str] = {"Content-Type": "application/json"}

    def send(self, method: str, path: str, told: Any = None) -> Any:
        """Send a request and return the answer's JSON; `None` for 404."""
        body = None if told is None else json.dumps(told)
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        cookie = answer.getheader("set-cookie")
        if cookie:
            self.headers["Cookie"] = cookie.split(";")[0]
        if answer.status == 404:
            return None
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:200]!r}")
        return json.loads(content)


def event(rng: random.Random, person: str, number: str, name: str | None = None) -> dict[str, Any]:
    """Return one event of a person."""
    return {
        "type": "track", "event": name or rng.choice(EVENTS), "messageId": number,
        "anonymousId": person, "timestamp": datetime.now(UTC).isoformat(),
        "context": {"platform": rng.choice(["web", "app"])},
        "properties": {"product_id": f"p{rng.randrange(500)}", "revenue": rng.randrange(90)},
    }  # fmt: skip


def somebody(rng: random.Random) -> str:
    """Return a device; a tenth of them makes a third of the events."""
    return f"d{int(rng.random() ** 2 * PEOPLE)}"


def stream(client: Client, key: str, until: float, sent: list[int]) -> None:
    """Send batches so that there are `RATE` events a second."""
    rng, number, start = random.Random(1), 0, time.perf_counter()
    while time.perf_counter() < until:
        batch = []
        for _ in range(BATCH):
            batch.append(event(rng, somebody(rng), f"s{number}"))
            number += 1
        client.send("POST", "/v1/batch", {"batch": batch, "writeKey": key})
        sent[0] = number
        time.sleep(max(start + number / RATE - time.perf_counter(), 0))


def probe(client: Client, asking: Client, key: str, until: float) -> list[float]:
    """Return how long each probe took from being sent to being shown, in seconds."""
    rng, times, number = random.Random(2), [], 0
    while time.perf_counter() < until:
        number += 1
        start = time.perf_counter()
        told = event(rng, "probe", f"probe{number}", "Probe")
        client.send("POST", "/v1/batch", {"batch": [told], "writeKey": key})
        while True:
            found = asking.send("GET", "/v1/profiles/anon:probe")
            if found and found["counters"].get("Probe", 0) >= number:
                break
            time.sleep(0.01)
        times.append(time.perf_counter() - start)
    return times


def ask(client: Client, path: str, until: float, every: float = 0.01) -> list[float]:
    """Return how long each answer took, in seconds; `{n}` stands for somebody who comes often."""
    rng, times = random.Random(3), []
    while time.perf_counter() < until:
        start = time.perf_counter()
        client.send("GET", path.format(n=rng.randint(1, 500)))
        times.append(time.perf_counter() - start)
        time.sleep(every)
    return times


def at(share: float, times: list[float]) -> float:
    """Return a quantile in milliseconds."""
    ordered = sorted(times)
    return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)


def prepared(root: Path) -> str:
    """Make the workspace; return a write key."""
    from zhiyin.app.commands import execute
    from zhiyin.app.workspace import Workspace, create_workspace
    from zhiyin.governance.api import hash_password
    from zhiyin.ports.operational import Account

    create_workspace(root)
    define(root)
    with Workspace.open(root, doing="prepare") as workspace:
        made = execute(workspace, "source.create", {"name": "web"})
        workspace.operational.add_account(
            Account("bench", "Bench", "admin", hash_password(PASSWORD))
        )
    return made["write_key"]


def clients(url: str, many: int) -> list[Client]:
    """Return connections that are logged in."""
    host, port = url.removeprefix("http://").split(":")
    found = [Client(host, int(port)) for _ in range(many)]
    for one in found:
        one.send("POST", "/api/login", {"username": "bench", "password": PASSWORD})
    return found


def processor_seconds(process: int) -> float:
    """Return the processor seconds that a process has taken so far, of the system for it too."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def of_one_event(root: Path) -> float:
    """Return the milliseconds of processor time that an event takes on the live path alone.

    As many events go before as are counted, so that most people are known.
    """
    from zhiyin.app.workspace import Workspace
    from zhiyin.collect.api import accept

    rng, number, taken = random.Random(1), 0, 0.0
    with Workspace.open(root, doing="measure") as workspace:
        workspace.profiling.turn()
        for turn in range(2 * FIXED_EVENTS // FIXED_TURN):
            bodies = []
            for _ in range(FIXED_TURN):
                number += 1
                told = event(rng, somebody(rng), f"f{number}")
                bodies.append(accept(told, source_id="web", received_at=datetime.now(UTC)))
            workspace.event_log.append(bodies)
            before = time.process_time()
            workspace.profiling.turn()
            if turn >= FIXED_EVENTS // FIXED_TURN:
                taken += time.process_time() - before
    return round(1000 * taken / FIXED_EVENTS, 3)


def figures(url: str, key: str, server: int, seconds: float) -> dict[str, Any]:
    """Return what was measured against a running server."""
    feeding, probing, asking, reading, bare = clients(url, 5)
    begin = time.perf_counter()
    until, sent, seen = begin + WARM_SECONDS + seconds, [0], {}
    feeder = threading.Thread(target=stream, args=(feeding, key, until, sent))
    feeder.start()
    time.sleep(WARM_SECONDS)
    busy, already, began = processor_seconds(server), sent[0], time.perf_counter()
    works = {
        "visible": lambda: probe(probing, asking, key, until),
        "get": lambda: ask(reading, "/v1/profiles/anon:d{n}", until),
        "bare": lambda: ask(bare, "/api/health", until, 0.05),
    }
    threads = [
        threading.Thread(target=lambda name=name, work=work: seen.update({name: work()}))
        for name, work in works.items()
    ]
    for thread in threads:
        thread.start()
    for thread in (*threads, feeder):
        thread.join()
    took, many = time.perf_counter() - began, sent[0] - already
    busy = processor_seconds(server) - busy
    # What came is loaded and followed before the same is asked of a server at rest.
    time.sleep(REST_SECONDS)
    rested = ask(reading, "/v1/profiles/anon:d{n}", time.perf_counter() + REST_SECONDS)
    return {
        "events_per_second": round(many / took),
        "offered_per_second": RATE,
        "tags": 200,
        "audiences": 100,
        "server_cores": round(busy / took, 2),
        "server_cpu_per_event_ms": round(1000 * busy / many, 3),
        "visible_p50_ms": at(0.5, seen["visible"]),
        "visible_p99_ms": at(0.99, seen["visible"]),
        "probes": len(seen["visible"]),
        "get_p50_ms": at(0.5, seen["get"]),
        "get_p99_ms": at(0.99, seen["get"]),
        "gets": len(seen["get"]),
        "rested_get_p50_ms": at(0.5, rested),
        "rested_get_p99_ms": at(0.99, rested),
        "bare_p50_ms": at(0.5, seen["bare"]),
        "bare_p99_ms": at(0.99, seen["bare"]),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.know_live")
    parser.add_argument("--short", action="store_true", help="for a machine that is busy")
    seconds = SHORT_SECONDS if parser.parse_args().short else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "alone"
        prepared(alone)
        cpu = of_one_event(alone)
        root = Path(folder) / "shop"
        key = prepared(root)
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(root)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert server.stdout is not None
        try:
            url = json.loads(server.stdout.readline())["url"]
            found = figures(url, key, server.pid, seconds)
        finally:
            server.terminate()
            server.wait()
    print(json.dumps({"cpu_per_event_ms": cpu, **found}))


if __name__ == "__main__":
    main()
