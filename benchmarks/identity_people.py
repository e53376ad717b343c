"""How right people are in a simulated world whose truth is known, from files to people."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.identity.tables import PERSON_OF
from zhiyin.simulation.identities import IdentityTruth, IdentityWorld, IdentityWorldConfig
from zhiyin.warehouse.tables import EVENTS

SEEDS = (11, 12, 13)


def people_figures(seeds: tuple[int, ...] = SEEDS) -> dict[str, float]:
    """Return the worst of some worlds, and how many events they have together."""
    worlds = [judged(seed) for seed in seeds]
    worst = {name: min(world[name] for world in worlds) for name in worlds[0] if name != "events"}
    return {**worst, "world_events": sum(world["events"] for world in worlds)}


def judged(seed: int) -> dict[str, float]:
    """Return precision and recall of one world, imported and run by the command line."""
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        files, workspace = Path(folder) / "files", Path(folder) / "workspace"
        world = IdentityWorld(IdentityWorldConfig(seed=seed))
        world.write(files)
        for command in (
            ("init", "-w", str(workspace)),
            ("import", str(files / "recipe.yaml"), str(files), "-w", str(workspace)),
            ("run", "warehouse", "identity", "-w", str(workspace)),
        ):
            subprocess.run(
                [sys.executable, "-m", "zhiyin", *command], check=True, capture_output=True
            )
        warehouse = DuckDBWarehouse(workspace / "data" / "warehouse.duckdb")
        people = warehouse.to_arrow(warehouse.read(PERSON_OF)).to_pylist()
        events = warehouse.read(EVENTS).select("event_id", "visitor_id")
        visitors = warehouse.to_arrow(events).to_pylist()
        warehouse.close()
    person_of = {row["visitor_id"]: row["person_id"] for row in people}
    return pairwise(person_of, world.truth) | linked(visitors, person_of, world.truth)


def pairwise(person_of: dict[str, str], truth: IdentityTruth) -> dict[str, float]:
    """Return precision and recall over pairs of ids that are one person's alone."""
    own = {name: next(iter(people)) for name, people in truth.owners.items() if len(people) == 1}
    found, real = defaultdict(Counter), Counter()
    for name, person in own.items():
        if name in person_of:
            found[person_of[name]][person] += 1
            real[person] += 1
    claimed = sum(_pairs(sum(people.values())) for people in found.values())
    right = sum(_pairs(count) for people in found.values() for count in people.values())
    return {
        "pairwise_precision": right / claimed,
        "pairwise_recall": right / sum(map(_pairs, real.values())),
    }


def linked(
    visitors: list[dict[str, str]], person_of: dict[str, str], truth: IdentityTruth
) -> dict[str, float]:
    """Return the share of events of a person with a customer number, and how many are right."""
    behind = defaultdict(Counter)
    for name, person in person_of.items():
        if name.startswith("user:"):
            for owner in truth.owners.get(name, ()):
                behind[person][owner] += 1
    known = right = 0
    for row in visitors:
        candidates = behind.get(person_of[row["visitor_id"]])
        if candidates:
            known += 1
            right += candidates.most_common(1)[0][0] == truth.people_of_events[row["event_id"]]
    return {
        "events": len(visitors),
        "events_linked": known / len(visitors),
        "events_right": right / known,
    }


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
