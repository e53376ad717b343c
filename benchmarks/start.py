"""How long `zhiyin --help` takes, beside a bare interpreter."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.meter import stopwatch

ROUNDS = 15


def median_seconds(command: list[str]) -> float:
    times = []
    for _ in range(ROUNDS):
        with stopwatch() as watch:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(watch.seconds)
    return round(statistics.median(times), 3)


def main() -> None:
    zhiyin = str(Path(sys.executable).with_name("zhiyin"))
    print(
        json.dumps(
            {
                "help_seconds": median_seconds([zhiyin, "--help"]),
                "bare_python_seconds": median_seconds([sys.executable, "-c", "pass"]),
            }
        )
    )


if __name__ == "__main__":
    main()
