"""How fast the simulated shop writes its history, beside pyarrow writing the same rows.

Each figure is taken in a process of its own, so that the peak memory is that of one task alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import smtplib
import tempfile
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pyarrow.parquet as pq
from pyarrow import csv

from benchmarks.meter import peak_mib, stopwatch
from zhiyin.simulation.api import ReceivedMessage, World, WorldConfig

_MESSAGES = 2_000
_WORLDS = 40


def generation(config: WorldConfig) -> dict[str, float]:
    """Make the whole history in memory, then let pyarrow write it plainly: the yardstick."""
    with stopwatch() as making:
        history = World(config).history()
    peak = peak_mib()
    with tempfile.TemporaryDirectory() as folder, stopwatch() as writing:
        pq.write_table(history.web_events, Path(folder) / "events.parquet")
        for name, table in history.tables.items():
            if name != "web_events":
                csv.write_csv(table, Path(folder) / f"{name}.csv")
    return {
        "rows": history.rows,
        "events": history.web_events.num_rows,
        "generation_seconds": making.seconds,
        "events_per_second_generated": round(history.rows / making.seconds),
        "generation_peak_mib": peak,
        "bare_writing_seconds": writing.seconds,
    }


def files(config: WorldConfig) -> dict[str, float]:
    """Make the history and write its files, month by month."""
    with tempfile.TemporaryDirectory() as folder, stopwatch() as writing:
        rows = World(config).write_history(folder).total_rows
    return {
        "files_seconds": writing.seconds,
        "events_per_second_written": round(rows / writing.seconds),
        "files_peak_mib": peak_mib(),
    }


def reactions(config: WorldConfig) -> dict[str, float]:
    """Ask small worlds for the truth, write to half their members, and live 28 days."""
    with stopwatch() as watch:
        for seed in range(_WORLDS):
            world = World(WorldConfig(customers=2_000, months=config.months, seed=seed))
            half = world.addresses()[::2]
            world.true_effect(half, days=28)
            world.react([ReceivedMessage(address, offer="10% off") for address in half], days=28)
    return {"forty_worlds_of_28_days_seconds": watch.seconds}


def mailboxes(config: WorldConfig) -> dict[str, float]:
    """Take messages over one SMTP connection, then read them."""
    from zhiyin.simulation.live import SmtpSink

    message = EmailMessage()
    message["From"] = "shop@shop.example"
    message["To"] = "one@mail.example"
    message["Subject"] = "8折"
    message.set_content("x" * 500)
    message.add_alternative('<a href="http://127.0.0.1/t/c/1">x</a>' + "x" * 4_000, subtype="html")
    raw = message.as_bytes(policy=SMTP)
    with SmtpSink() as sink, smtplib.SMTP("127.0.0.1", sink.port) as link:
        with stopwatch() as taking:
            for _ in range(_MESSAGES):
                link.sendmail("shop@shop.example", ["one@mail.example"], raw)
        with stopwatch() as reading:
            read = len(sink.drain())
    return {
        "messages": read,
        "messages_per_second_taken": round(_MESSAGES / taking.seconds),
        "messages_per_second_read": round(read / reading.seconds),
    }


def main() -> None:
    """Run every task and print the figures as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=12)
    given = parser.parse_args()
    config = WorldConfig(customers=given.customers, months=given.months)
    figures: dict[str, float] = {"customers": given.customers, "months": given.months}
    for task in (generation, files, reactions, mailboxes):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            figures |= pool.apply(task, (config,))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
