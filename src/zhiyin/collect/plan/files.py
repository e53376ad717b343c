"""The plan's files in a workspace, as texts: read, written, compared."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

PLAN = "plan.yaml"
FIXES = "fixes.yaml"
SCHEMAS = "events"
# Path below `tracking/` -> text.
Files = Mapping[str, str]

_VERSION = re.compile(r"^version:.*$", re.MULTILINE)


def read_files(folder: Path) -> dict[str, str]:
    """Return the plan's files below a folder; none where there is no folder.

    Bytes that are no UTF-8 become replacement marks: the parser then names the place.
    """
    paths = [folder / PLAN, folder / FIXES, *sorted((folder / SCHEMAS).glob("*.json"))]
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8", errors="replace")
        for path in paths
        if path.is_file()
    }


def write_files(folder: Path, files: Files) -> None:
    """Make the folder hold these files of the plan; each is replaced as a whole."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    for name in set(read_files(folder)) - set(files):
        (folder / name).unlink()


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of the plan does, without reading any."""
    paths = [folder / PLAN, folder / FIXES, *sorted((folder / SCHEMAS).glob("*.json"))]
    return tuple(
        (path.name, found.st_mtime_ns, found.st_size)
        for path in paths
        if path.is_file() and (found := path.stat())
    )


def digest(files: Files) -> str:
    """Return a digest of the files that does not depend on the version's number."""
    total = hashlib.sha256()
    for name in sorted(files):
        text = _VERSION.sub("", files[name], count=1) if name == PLAN else files[name]
        for part in (name, text):
            encoded = part.encode()
            total.update(len(encoded).to_bytes(8, "big") + encoded)
    return total.hexdigest()[:16]


def with_version(files: Files, version: int) -> dict[str, str]:
    """Return the files with the plan's number set; comments and order of the file stay."""
    text, line = files[PLAN], f"version: {version}"
    numbered, found = _VERSION.subn(line, text, count=1)
    return {**files, PLAN: numbered if found else f"{line}\n{text}"}
