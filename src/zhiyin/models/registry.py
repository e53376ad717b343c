"""Where trained models live: `<registry>/<model>/<version>/` with a card and the model's own files.

A version is never changed once it is there. Which version scores is said by one small file,
`<model>/champion`, replaced in one step: a reader sees the old champion or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from zhiyin.core.errors import NotFound, unknown
from zhiyin.core.ids import new_id, stable_digest

CARD = "card.json"
POINTER = "champion"


@dataclass(frozen=True)
class ModelVersion:
    """One trained version: its model, its name, its files, and its card."""

    model: str
    version: str
    folder: Path
    card: Mapping[str, Any]

    def read(self, name: str) -> str:
        """Return the text of one of the version's files."""
        return (self.folder / name).read_text(encoding="utf-8")


def save(
    registry: Path,
    *,
    model: str,
    as_of: datetime,
    card: Mapping[str, Any],
    files: Mapping[str, str],
) -> ModelVersion:
    """Store a version and return it; the same content at the same `as_of` is the same version.

    The version's name is the day of `as_of` and a digest of card and files. The folder appears
    whole or not at all.
    """
    contents = {CARD: encode(card), **files}
    parts = [part for name in sorted(contents) for part in (name, contents[name])]
    version = f"{as_of:%Y%m%d}-{stable_digest(as_of.isoformat(), *parts)[:8]}"
    folder = registry / model / version
    if not folder.exists():
        draft = registry / model / f".draft-{new_id()}"
        draft.mkdir(parents=True)
        for name, text in contents.items():
            write_through(draft / name, text)
        try:
            os.rename(draft, folder)
        except OSError:
            shutil.rmtree(draft)  # another process stored the very same version first
            if not folder.exists():
                raise
    return load(registry, model, version)


def promote(registry: Path, model: str, version: str) -> None:
    """Make the version the one that scores.

    Raises
    ------
    NotFound
        Where the model has no such version.
    """
    load(registry, model, version)
    pointer = registry / model / POINTER
    draft = pointer.with_name(f".{POINTER}-{new_id()}")
    write_through(draft, version)
    os.replace(draft, pointer)


def champion(registry: Path, model: str) -> ModelVersion | None:
    """Return the version that scores, or None where none was promoted yet."""
    pointer = registry / model / POINTER
    if not pointer.exists():
        return None
    return load(registry, model, pointer.read_text(encoding="utf-8").strip())


def load(registry: Path, model: str, version: str) -> ModelVersion:
    """Return one version.

    Raises
    ------
    NotFound
        Where the model has no such version.
    """
    folder = registry / model / version
    if not (folder / CARD).is_file():
        known = [other.version for other in list_versions(registry, model)]
        raise unknown(f"version of model {model}", version, known, then="Train it first.")
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise NotFound(
            f"The card of {model} {version} cannot be read ({error}); remove the folder {folder} "
            "and train again."
        ) from error
    return ModelVersion(model, version, folder, {**card, "version": version})


def list_versions(registry: Path, model: str | None = None) -> list[ModelVersion]:
    """Return all versions, by model, then oldest first."""
    names = [model] if model else sorted(p.name for p in registry.glob("*") if p.is_dir())
    found = [
        load(registry, name, card.parent.name)
        for name in names
        for card in (registry / name).glob(f"*/{CARD}")
        if not card.parent.name.startswith(".")
    ]
    return sorted(found, key=lambda v: (v.model, v.card["trained_as_of"], v.version))


def encode(card: Mapping[str, Any]) -> str:
    """Return the card as JSON that reads and compares well."""
    return json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)


def write_through(path: Path, text: str) -> None:
    """Write the file and wait until the disk has it."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
