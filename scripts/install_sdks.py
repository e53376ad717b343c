"""Install the tracking SDKs that the tests run as users run them, each in a folder of its own.

They do not go into the development environment: what they pin must not bend what we pin.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from build_console import node_folder, npm

ROOT = Path(__file__).resolve().parents[1]
SDKS = ROOT / "tests" / "sdks"
PYTHON = SDKS / "python"
NODE = SDKS / "node"
MARK = ".zhiyin-lock"


def main() -> None:
    """Install what is not there in the locked versions yet."""
    for folder, lock, packages, install in (
        (PYTHON, "requirements.txt", ".packages", install_python),
        (NODE, "package-lock.json", "node_modules", install_node),
    ):
        wanted = hashlib.sha256((folder / lock).read_bytes()).hexdigest()
        mark = folder / packages / MARK
        if not mark.is_file() or mark.read_text("utf-8") != wanted:
            install()
            mark.write_text(wanted, encoding="utf-8")


def install_python() -> None:
    """Install the Python SDKs beside their lock file."""
    target = PYTHON / ".packages"
    shutil.rmtree(target, ignore_errors=True)
    options = ("--quiet", "--disable-pip-version-check", "--require-hashes", "--target")
    lock = PYTHON / "requirements.txt"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(target), "-r", str(lock)],
        check=True,
    )


def install_node() -> None:
    """Install the Node SDKs as locked; none may run a script.

    Not `npm ci`: it refuses a lock without the optional packages of other platforms.
    """
    program = node_folder() / "bin" / "node"
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    shutil.rmtree(NODE / "node_modules", ignore_errors=True)
    options = ("install", "--no-save", "--ignore-scripts", "--omit=optional", "--loglevel=error")
    subprocess.run(
        [str(program), str(npm()), *options], cwd=NODE, env={**os.environ, "PATH": path}, check=True
    )


if __name__ == "__main__":
    main()
