"""Directories of Parquet files, and the one small file that says which of them are published."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from zhiyin.core.ids import new_id


@dataclass(frozen=True)
class Published:
    """One table's version, and the directories that together hold its rows."""

    version: int
    folders: tuple[str, ...]


class Lake:
    """Which directories each table consists of.

    All tables stand in one manifest, which is replaced atomically. So several tables change
    together, and a process killed at any point leaves the last manifest in force; directories
    that it had begun are removed when the lake is next opened.
    """

    def __init__(self, root: Path):
        self.root = root
        self.root.mkdir(parents=True, exist_ok=True)
        self.retired: set[str] = set()
        self._sweep()

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.json"

    def tables(self) -> dict[str, Published]:
        """Return what is published, by table name."""
        if not self.manifest.exists():
            return {}
        stored = json.loads(self.manifest.read_text("utf-8"))
        return {
            name: Published(entry["version"], tuple(entry["folders"]))
            for name, entry in stored.items()
        }

    def new_folder(self, table: str) -> str:
        """Return the name of a directory that no version of the table uses."""
        return f"{table}/{new_id()}"

    def path(self, folder: str) -> str:
        """Return where a directory lies."""
        return str(self.root / folder)

    def publish(self, tables: Mapping[str, Published]) -> None:
        """Put the tables in force; directories of the version before last are removed.

        Those of the last version stay, because queries that began before may still read them.
        """
        before = _folders(self.tables())
        text = json.dumps({name: asdict(entry) for name, entry in sorted(tables.items())})
        draft = self.manifest.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.manifest)
        for folder in self.retired:
            shutil.rmtree(self.path(folder), ignore_errors=True)
        self.retired = before - _folders(tables)

    def _sweep(self) -> None:
        used = _folders(self.tables())
        for found in self.root.glob("*/*"):
            if found.is_dir() and found.relative_to(self.root).as_posix() not in used:
                shutil.rmtree(found, ignore_errors=True)


def _folders(tables: Mapping[str, Published]) -> set[str]:
    return {folder for entry in tables.values() for folder in entry.folders}
