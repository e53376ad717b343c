"""Events over HTTP, acknowledged after fsync, beside the same server that only answers.

The server is `zhiyin collect` in a process of its own; the load comes from wrk on the same machine
if it is installed, else from a client of our own, which is slower and takes more of the machine.

ZHIYIN_BENCH_SECONDS (10) is the length of each measurement, ZHIYIN_BENCH_MINUTES (1) that of the
one over which memory is watched.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

EVENTS_PER_BATCH = 100
DISTINCT = 64
SECONDS = int(os.environ.get("ZHIYIN_BENCH_SECONDS", "10"))
MINUTES = float(os.environ.get("ZHIYIN_BENCH_MINUTES", "1"))
ZHIYIN = str(Path(sys.executable).with_name("zhiyin"))
WRK = shutil.which("wrk")


@dataclass(frozen=True)
class Figures:
    """What a load showed: requests per second, and milliseconds until the answer."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        root = Path(folder)
        key = prepared(root / "shop")
        batches, singles = batches_of(key), singles_of(key)
        with serving([ZHIYIN, "collect", "-w", str(root / "shop"), "--port", "0", "--json"]) as it:
            figures = measured(it, batches, singles, root / "shop" / "data" / "log")
        with serving([sys.executable, "-m", "benchmarks.collect_http", "--silent"]) as silent:
            yardstick = {
                "batches": run_load(silent, batches, 32, SECONDS).requests_per_second,
                "singles": run_load(silent, singles, 64, SECONDS).requests_per_second,
            }
    figures |= {
        "load_generator": "wrk" if WRK else "benchmarks.collect_http",
        "silent_batch_requests_per_second": round(yardstick["batches"]),
        "silent_single_requests_per_second": round(yardstick["singles"]),
        "batch_share_of_silent": round(
            figures["batch_requests_per_second"] / yardstick["batches"], 3
        ),
        "single_share_of_silent": round(
            figures["single_requests_per_second"] / yardstick["singles"], 3
        ),
    }
    print(json.dumps(figures))


def measured(server: Server, batches: Load, singles: Load, log: Path) -> dict[str, Any]:
    """Return the collector's own figures."""
    run_load(server, batches, 8, 2)  # warm
    started_with = server.rss_mib()
    cpu = server.cpu_seconds()
    few = run_load(server, batches, 8, SECONDS)
    many = run_load(server, batches, 32, SECONDS)
    events = (few.requests_per_second + many.requests_per_second) * SECONDS * EVENTS_PER_BATCH
    cpu_per_million = (server.cpu_seconds() - cpu) / events * 1e6
    single = run_load(server, singles, 64, SECONDS)
    watched, most = watched_memory(server, batches, log)
    return {
        "batch_bytes": len(batches.bodies[0]),
        "events_per_second": round(many.requests_per_second * EVENTS_PER_BATCH),
        "batch_requests_per_second": round(many.requests_per_second),
        "batch_p50_ms": many.p50_ms,
        "batch_p99_ms": many.p99_ms,
        "events_per_second_8_connections": round(few.requests_per_second * EVENTS_PER_BATCH),
        "batch_p99_ms_8_connections": few.p99_ms,
        "cpu_seconds_per_million_events": round(cpu_per_million, 2),
        "single_requests_per_second": round(single.requests_per_second),
        "single_p50_ms": single.p50_ms,
        "single_p99_ms": single.p99_ms,
        "failed_requests": few.failed + many.failed + single.failed + watched.failed,
        "rss_mib_start": started_with,
        "rss_mib_end": server.rss_mib(),
        "rss_mib_most": most,
        "minutes_watched": MINUTES,
    }


def watched_memory(server: Server, batches: Load, log: Path) -> tuple[Figures, int]:
    """Load the server for minutes; return the figures and the most memory that it had."""
    sizes: list[int] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(1.0):
            sizes.append(server.rss_mib())
            drop_old_segments(log)

    watcher = threading.Thread(target=watch)
    watcher.start()
    figures = run_load(server, batches, 32, max(1, round(MINUTES * 60)))
    is_over.set()
    watcher.join()
    return figures, max([*sizes, server.rss_mib()])


def drop_old_segments(log: Path) -> None:
    """Keep the disk from filling up: ten minutes are many gigabytes."""
    for partition in log.iterdir():
        for segment in sorted(partition.glob("*.seg"))[:-2]:
            segment.unlink()


# the server


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    port: int
    process: psutil.Process

    def rss_mib(self) -> int:
        return self.process.memory_info().rss // 2**20

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def serving(command: list[str]) -> Iterator[Server]:
    """Start a server that announces its address as JSON, and end it with the block."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())
        yield Server(int(address["url"].rpartition(":")[2]), psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def prepared(shop: Path) -> str:
    """Make a workspace with one source, and return its key."""
    subprocess.run([ZHIYIN, "init", "-w", str(shop)], check=True, stdout=subprocess.DEVNULL)
    command = [ZHIYIN, "source", "create", "web", "--type", "web", "-w", str(shop), "--json"]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(made.stdout)["write_key"]


class Silent:
    """A collector that takes everything, looks at nothing and writes nothing."""

    waiting_bytes = 0

    def __init__(self) -> None:
        from zhiyin.collect.edge.api import Limits
        from zhiyin.collect.edge.routes import SUCCESS

        self.limits, self._success = Limits(), SUCCESS

    def takes(self, method: str, path: str) -> bool:
        return True

    def answer(self, request: Any, done: Any) -> None:
        done(self._success)

    def deliver_with(self, deliver: Any) -> None:
        """Nothing is delivered later."""


def serve_silently() -> None:
    """Serve as `zhiyin collect` does, with a collector that does nothing."""
    import uvicorn

    from zhiyin.app.collector import http_config, listen

    listener = listen("127.0.0.1", 0)
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
    uvicorn.Server(http_config(None, Silent())).run(sockets=[listener])


# the load


@dataclass(frozen=True)
class Load:
    """What is sent: different bodies in turn, to one path, with one key."""

    path: str
    key: str
    bodies: list[bytes]

    def headers(self) -> dict[str, str]:
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        return {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}


def batches_of(key: str) -> Load:
    """Return batches of a hundred events each."""
    return Load("/v1/batch", key, [encoded(batch(number)) for number in range(DISTINCT)])


def singles_of(key: str) -> Load:
    """Return calls of one event each."""
    return Load("/v1/track", key, [encoded(event(number)) for number in range(DISTINCT)])


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def batch(number: int) -> dict[str, Any]:
    first = number * EVENTS_PER_BATCH
    return {"batch": [event(first + n) for n in range(EVENTS_PER_BATCH)], "sentAt": now()}


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def event(number: int) -> dict[str, Any]:
    """Return an event as Segment's libraries send it, about 660 bytes."""
    product = number * 7919 % 5000
    return {
        "type": "track",
        "event": ("Product Viewed", "Product Added", "Products Searched")[number % 3],
        "userId": f"user-{number * 7919 % 100_003}",
        "anonymousId": f"4f2c9d1e-{number % 9973:04x}-4bbb-8ccc-{number:012x}",
        "messageId": f"node-next-{1_700_000_000_000 + number}-{number * 104_729:016x}",
        "timestamp": now(),
        "properties": {
            "product_id": f"P{product}",
            "name": f"商品 {product}",
            "price": product % 97 + 0.5,
            "currency": "CNY",
            "quantity": number % 3 + 1,
            "url": f"https://shop.example.com/p/{product}",
        },
        "context": {
            "library": {"name": "analytics-node", "version": "3.1.0"},
            "page": {"path": f"/p/{product}", "url": f"https://shop.example.com/p/{product}"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        },
        "integrations": {},
    }


def run_load(server: Server, load: Load, connections: int, seconds: int) -> Figures:
    """Send as fast as the server answers, over so many connections."""
    if WRK is None:
        return asyncio.run(_own_load(server.port, load, connections, seconds))
    with tempfile.TemporaryDirectory(prefix="zhiyin-wrk-") as folder:
        script = Path(folder) / "load.lua"
        for number, body in enumerate(load.bodies):
            (Path(folder) / str(number)).write_bytes(body)
        script.write_text(_lua(load, folder), encoding="utf-8")
        command = [WRK, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
        told = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}{load.path}"],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    return Figures(
        float(re.search(r"Requests/sec:\s+([\d.]+)", told).group(1)),
        _milliseconds(told, "50%"),
        _milliseconds(told, "99%"),
        int(failed.group(1)) if failed else 0,
    )


def _lua(load: Load, folder: str) -> str:
    headers = "".join(f'  ["{name}"] = "{value}",\n' for name, value in load.headers().items())
    return f"""
local requests, turn = {{}}, 0
function init(args)
  local headers = {{
{headers}  }}
  for number = 0, {len(load.bodies) - 1} do
    local file = io.open("{folder}/" .. number, "rb")
    requests[number] = wrk.format("POST", "{load.path}", headers, file:read("*a"))
    file:close()
  end
end
function request()
  turn = (turn + 1) % {len(load.bodies)}
  return requests[turn]
end
"""


def _milliseconds(told: str, share: str) -> float:
    number, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)\b", told).groups()
    return round(float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit], 2)


async def _own_load(port: int, load: Load, connections: int, seconds: int) -> Figures:
    """Do what wrk does, slower."""
    latencies: list[float] = []
    failed = [0]
    deadline = time.perf_counter() + seconds
    head = "".join(f"{name}: {value}\r\n" for name, value in load.headers().items())
    head = f"POST {load.path} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: "
    whole = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in load.bodies]

    async def send(place: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < deadline:
            place = (place + 1) % len(whole)
            writer.write(whole[place])
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", answer)
            await reader.readexactly(int(length.group(1)))
            latencies.append(time.perf_counter() - began)
            failed[0] += not answer.startswith(b"HTTP/1.1 200")
        writer.close()

    await asyncio.gather(*(send(n) for n in range(connections)))
    latencies.sort()
    return Figures(
        len(latencies) / seconds,
        round(latencies[len(latencies) // 2] * 1000, 2),
        round(latencies[len(latencies) * 99 // 100] * 1000, 2),
        failed[0],
    )


if __name__ == "__main__":
    serve_silently() if "--silent" in sys.argv else main()
