"""`zhiyin demo --no-serve` at its default size: simulated shop to measured campaign."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.meter import child_peak_mib, stopwatch


def main() -> None:
    zhiyin = str(Path(sys.executable).with_name("zhiyin"))
    with tempfile.TemporaryDirectory() as folder:
        with stopwatch() as watch:
            done = subprocess.run(
                [zhiyin, "demo", "--no-serve", "--json", "-w", str(Path(folder) / "demo")],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
        told = json.loads(done.stdout.strip().splitlines()[-1])
    print(
        json.dumps(
            {
                "seconds": watch.seconds,
                "peak_mib": child_peak_mib(),
                "customers": told["customers"],
                "months": told["months"],
                "events": told["events"],
                "steps": told["steps"],
            }
        )
    )


if __name__ == "__main__":
    main()
