"""The `zhiyin` command as a user's shell runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ZHIYIN = str(Path(sys.executable).with_name("zhiyin"))


def start(*arguments: object, workspace: Path) -> subprocess.Popen[str]:
    """Start a command and return at once."""
    return subprocess.Popen(
        [ZHIYIN, *map(str, arguments), "-w", str(workspace), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def zhiyin(*arguments: object, workspace: Path) -> Any:
    """Run a command to its end and return what it printed as JSON."""
    process = start(*arguments, workspace=workspace)
    told, problem = process.communicate(timeout=300)
    assert process.returncode == 0, problem
    return json.loads(told)


def refusal(*arguments: object, workspace: Path) -> str:
    """Run a command that must fail, and return its one sentence."""
    process = start(*arguments, workspace=workspace)
    _, problem = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "Traceback" not in problem
    lines = [line for line in problem.splitlines() if line.strip()]
    assert lines
    return lines[-1]
