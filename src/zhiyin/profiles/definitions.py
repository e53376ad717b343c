"""Definition files: audiences and tags as people write them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import InvalidInput

# What `zhiyin init` copies into a workspace.
DEFAULTS = Path(__file__).parent / "defaults"

LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True)
class Definition:
    """One definition file: its path, its name and its other keys."""

    path: Path
    name: str
    body: Mapping[str, Any]

    def error(self, sentence: str) -> InvalidInput:
        """Return an error that names the file."""
        return InvalidInput(f"{self.path.name}: {sentence}")

    def text(self, key: str) -> Mapping[str, str]:
        """Return a text per language; what one lacks the other lends, a title at last the name."""
        value = self.body.get(key) or {}
        if isinstance(value, str):
            value = dict.fromkeys(LANGUAGES, value)
        if not isinstance(value, Mapping) or not set(value) <= set(LANGUAGES):
            raise self.error(
                f"{key} is a text or one for each of {', '.join(LANGUAGES)}, not {value!r}."
            )
        lent = next(iter(value.values()), self.name if key == "title" else "")
        return {language: str(value.get(language, lent)) for language in LANGUAGES}


def read_definitions(folder: Path, keys: tuple[str, ...]) -> list[Definition]:
    """Return the definitions of a folder, ordered by name; none where there is no folder.

    Raises
    ------
    InvalidInput
        for a file that is no YAML mapping, an unknown key, a missing name, or a name given twice.
    """
    found: dict[str, Definition] = {}
    for path in sorted(folder.glob("*.yaml")):
        definition = read_definition(path, keys)
        if definition.name in found:
            other = found[definition.name].path.name
            raise definition.error(
                f"the name {definition.name!r} is taken by {other}; choose another."
            )
        found[definition.name] = definition
    return [found[name] for name in sorted(found)]


def read_definition(path: Path, keys: tuple[str, ...]) -> Definition:
    """Return one file's definition; the name is the file's where it gives none."""
    try:
        body = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise InvalidInput(
            f"{path.name}: is no YAML in UTF-8 ({first}); correct the file."
        ) from error
    if not isinstance(body, dict):
        raise InvalidInput(f"{path.name}: must hold a mapping with {', '.join(keys)}.")
    definition = Definition(path, str(body.get("name") or path.stem), body)
    for key in body:
        if key not in ("name", *keys):
            raise definition.error(
                f"{key!r} does not belong here; allowed: name, {', '.join(keys)}."
            )
    return definition


def digest(folder: Path) -> str:
    """Return a digest over the names and contents of a folder's definitions."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]
