"""Run the benchmarks, each in a process of its own, and write docs/benchmarks.md from the figures.

python -m benchmarks [NAME ...] [--write]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from benchmarks.page import section, write_page

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "benchmarks.json"
COLLECT = ("collect_http", "collect_loading", "collect_files", "collect_databases")
INTEGRATE = (
    "integrate_builds",
    "integrate_cleaning",
    "integrate_quality",
    "integrate_identity",
    "integrate_linkage",
)
KNOW = (
    "know_behavior",
    "know_audiences",
    "know_live",
    "know_baskets",
    "know_voice",
    "know_personas",
    "know_tiers",
)
NAMES = (
    "start",
    "online_retail",
    "simulation",
    "clv",
    "demo",
    "scale",
    "console",
    *COLLECT,
    *INTEGRATE,
    *KNOW,
)


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def measure(name: str) -> dict[str, object]:
    """Run one benchmark and return the JSON object that it printed last."""
    print(f"== {name}", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return {"failed": f"exit code {done.returncode}"}
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="NAME")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/")
    options = parser.parse_args()
    figures = {name: measure(name) for name in options.names or NAMES}
    print("\n".join(section(name, values) for name, values in figures.items()))
    if options.write:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"figures": {}}
        kept["machine"] = machine()
        kept["figures"] |= figures
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
        write_page(kept, ROOT / "docs" / "benchmarks.md")
    return 1 if any("failed" in values for values in figures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
