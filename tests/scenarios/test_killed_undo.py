"""kill -9 between a decision and the tables that follow from it: the next run catches up."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.app.merging_shop import call, open_shop, say_alias

from zhiyin.app import progress
from zhiyin.app.cli import zhiyin
from zhiyin.app.workspace import Workspace
from zhiyin.identity import tables as identity
from zhiyin.profiles import tables as dm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
STAGES = ("identity", "profiles")
TABLES = (
    identity.LINKS,
    identity.PERSON_OF,
    identity.HISTORY,
    identity.CHANGES,
    identity.DECISIONS,
    identity.HOUSEHOLDS,
    identity.PEOPLE,
    identity.RATES,
    dm.PURCHASES,
    dm.CONSENTS,
)
# What differs between any two runs of one thing: when it was, and the numbers made of that.
OF_THE_RUN = {"changed_at", "run_id", "decided_at", "decision_id"}


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """A shop where two customers became one, and the number of that merge."""
    root = tmp_path_factory.mktemp("killed") / "shop"
    open_shop(root, *STAGES)
    say_alias(root)
    call(root, "run", *STAGES)
    (change,) = json.loads(call(root, "identity", "changes", "--json"))["changes"]
    return root, change["change_id"]


def held(root: Path) -> dict[str, list[str]]:
    with Workspace.open(root) as workspace:
        read = workspace.warehouse.read
        rows = {spec.name: workspace.warehouse.to_arrow(read(spec)).to_pylist() for spec in TABLES}
    return {name: sorted(map(told, found)) for name, found in rows.items()}


def told(row: dict) -> str:
    kept = {name: value for name, value in row.items() if name not in OF_THE_RUN}
    kept["change_id"] = (row.get("change_id") or "")[:1]  # a split's number is made of its instant
    return json.dumps(kept, default=str, sort_keys=True)


def person_of(root: Path, name: str) -> str:
    shown = json.loads(call(root, "identity", "show", name, "--json"))
    return shown["person_id"]


@pytest.mark.parametrize("after", ["dw.identity_edges", "dw.person_of"])
def test_the_next_run_finishes_an_undo_that_was_killed(merged, tmp_path, after):
    origin, change = merged
    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    for copy in (killed, undisturbed):
        shutil.copytree(origin, copy)
    call(undisturbed, "identity", "undo", change, "--why", "two sisters")
    command = [sys.executable, "-m", "tests.scenarios.test_killed_undo", after]
    command += ["identity", "undo", change, "--why", "two sisters", "-w", str(killed)]
    victim = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    assert victim.stdout.readline().startswith(after)
    victim.kill()
    assert victim.wait() == -signal.SIGKILL
    victim.stdout.close()

    (decision,) = json.loads(call(killed, "identity", "decisions", "--json"))["decisions"]
    assert (decision["change_id"], decision["why"]) == (change, "two sisters")
    is_rebuilt = after == identity.PERSON_OF.name
    assert person_of(killed, "user:cy") == ("user:cy" if is_rebuilt else "user:bob")
    assert held(killed) != held(undisturbed)
    call(killed, "run", *STAGES)
    assert person_of(killed, "user:cy") == "user:cy"
    assert held(killed) == held(undisturbed)
    again = json.loads(call(killed, "identity", "undo", change, "--json"))
    assert (again["is_new"], again["says"]) == (False, "already_decided")


def stop_after(table: str):
    """Return progress that says when a table is done, and then waits for its end."""

    def tell(news: str) -> None:
        if news.startswith(f"{table}:"):
            sys.stdout.write(f"{news}\n")
            sys.stdout.flush()
            signal.pause()

    @contextmanager
    def reporter(*, quiet: bool):
        yield tell

    return reporter


if __name__ == "__main__":
    progress.reporter = stop_after(sys.argv[1])
    zhiyin(sys.argv[2:])
