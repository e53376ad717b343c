"""How two plans differ, in a form that a person reads."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from zhiyin.collect.plan.files import PLAN, Files, with_version


@dataclass(frozen=True)
class FileChange:
    """A file of the plan that was added, removed or changed, with the unified diff of its lines."""

    file: str
    change: str  # added | removed | changed
    diff: str
    added: int
    removed: int


def compare(before: Files, after: Files) -> list[FileChange]:
    """Return the files that differ, by name; the version's number does not count."""
    old, new = _unnumbered(before), _unnumbered(after)
    return [
        _change(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _change(name: str, before: str | None, after: str | None) -> FileChange:
    lines = list(
        difflib.unified_diff(
            (before or "").splitlines(), (after or "").splitlines(), "before", "after", lineterm=""
        )
    )[2:]
    change = "added" if before is None else "removed" if after is None else "changed"
    return FileChange(
        name,
        change,
        "\n".join(lines),
        sum(line.startswith("+") for line in lines),
        sum(line.startswith("-") for line in lines),
    )


def _unnumbered(files: Files) -> Files:
    return with_version(files, 0) if PLAN in files else files
