"""What is installed, what is missing, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from zhiyin.app.lock import holder_of, is_locked
from zhiyin.app.settings import load_settings
from zhiyin.core.errors import ZhiyinError

ENGINES = ("duckdb", "ibis-framework", "sqlglot", "pyarrow", "lightgbm", "fastapi", "sqlalchemy")
# Extra -> the package that it brings.
EXTRAS = {
    "kafka": "confluent-kafka",
    "postgres": "adbc-driver-postgresql",
    "mysql": "pymysql",
    "s3": "s3fs",
    "remote": "fsspec",
    "geo": "maxminddb",
}
SPARE_BYTES = 2 * 1024**3


def examine(root: Path) -> list[dict[str, Any]]:
    """Return one finding per thing looked at: name, state (ok | missing | note), what, then."""
    findings = [_python(), *(_package(name, needed=True) for name in ENGINES)]
    findings += [_package("pyspark", needed=False), _java(), _extras(), _console(), _scripts()]
    return [*findings, *_workspace(root)]


def _finding(
    name: str, state: str, what: str, then: str = "", *, needed: bool = False
) -> dict[str, Any]:
    return {"name": name, "state": state, "what": what, "then": then, "needed": needed}


def _python() -> dict[str, Any]:
    return _finding("python", "ok", ".".join(map(str, sys.version_info[:3])), needed=True)


def _package(name: str, *, needed: bool) -> dict[str, Any]:
    try:
        return _finding(name, "ok", metadata.version(name), needed=needed)
    except metadata.PackageNotFoundError:
        extra = "zhiyin[spark]" if name == "pyspark" else "zhiyin"
        state = "missing" if needed else "note"
        return _finding(name, state, "not installed", f"pip install '{extra}'", needed=needed)


def _java() -> dict[str, Any]:
    java = shutil.which("java")
    if java:
        return _finding("java", "ok", java)
    return _finding("java", "note", "not found", "only the Spark engine needs it: Java 17")


def _console() -> dict[str, Any]:
    page = resources.files("zhiyin.api") / "console" / "index.html"
    if page.is_file():
        return _finding("console", "ok", "built")
    return _finding("console", "note", "not built", "run `make console`; the API works without it")


def _extras() -> dict[str, Any]:
    """Return which ways in that not everybody needs are installed."""
    installed = [extra for extra, package in EXTRAS.items() if _is_installed(package)]
    missing = [extra for extra in EXTRAS if extra not in installed]
    what = ", ".join(installed) or "none installed"
    then = f"for {', '.join(missing)}: pip install 'zhiyin[NAME]'" if missing else ""
    return _finding("extras", "note" if missing else "ok", what, then)


def _is_installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _scripts() -> dict[str, Any]:
    script = resources.files("zhiyin.collect") / "scripts" / "zhiyin.min.js"
    if script.is_file():
        return _finding("scripts", "ok", "built, for web pages and mini-programs")
    return _finding("scripts", "note", "not built", "run `make tracker` to serve /zhiyin.js")


def _workspace(root: Path) -> list[dict[str, Any]]:
    try:
        settings = load_settings(root)
    except ZhiyinError as error:
        return [_finding("workspace", "note", str(error))]
    findings = [_finding("workspace", "ok", f"{settings.name} at {root.resolve()}")]
    data = root / "data"
    free = shutil.disk_usage(root).free
    findings.append(
        _finding("disk", "ok", f"{free / 1024**3:.1f} GiB free")
        if free > SPARE_BYTES
        else _finding("disk", "missing", f"{free / 1024**2:.0f} MiB free", "make room", needed=True)
    )
    if not os.access(root, os.W_OK):
        findings.append(
            _finding("rights", "missing", f"{root} is not writable", "change it", needed=True)
        )
    if data.is_dir() and is_locked(data):
        holder = holder_of(data / "lock")
        findings.append(
            _finding("in use", "note", f"by process {holder.get('pid')} ({holder.get('doing')})")
        )
    if not settings.email.host:
        findings.append(
            _finding("e-mail", "note", "no SMTP server", "set [email] in zhiyin.toml to send")
        )
    return findings
