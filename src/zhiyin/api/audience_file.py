"""One audience's file: read, replaced as a whole, and never over somebody else's change."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import Conflict, InvalidInput, NotFound

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = frozenset({"new", "count", "portrait"})  # addresses of the console and the API
_WRITING = threading.Lock()


@dataclass(frozen=True)
class AudienceFile:
    """The file `audiences/<name>.yaml` of a workspace, or whichever file defines that name."""

    definitions: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.definitions / "audiences"

    def path(self) -> Path:
        """Return the file that defines the name; a new one is named after it."""
        for path in sorted(self.folder.glob("*.yaml")):
            body = yaml.safe_load(path.read_text("utf-8"))
            if isinstance(body, Mapping) and str(body.get("name") or path.stem) == self.name:
                return path
        return self.folder / f"{self.name}.yaml"

    def version(self) -> str:
        """Return a digest of the file's bytes; `NotFound` when there is no file."""
        path = self.path()
        if not path.is_file():
            raise NotFound(f"No file defines the audience {self.name!r}.")
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]

    def used_by(self) -> list[str]:
        """Return the definition files, by their path, that name this audience."""
        word = re.compile(rf"\baudience:\s*['\"]?{re.escape(self.name)}\b")
        return [
            f"{path.parent.name}/{path.name}"
            for folder in ("audiences", "strategies")
            for path in sorted((self.definitions / folder).glob("*.yaml"))
            if word.search(path.read_text("utf-8"))
        ]

    def write(
        self,
        *,
        title: Mapping[str, str],
        description: Mapping[str, str],
        where: Mapping[str, Any],
        version: str | None,
    ) -> None:
        """Replace the file, if it still is the version that the change started from.

        Raises
        ------
        InvalidInput
            The name cannot be a file's.
        Conflict
            The file was changed, made or removed meanwhile.
        """
        if not NAME.fullmatch(self.name) or self.name in RESERVED:
            raise InvalidInput(
                f"An audience cannot be named {self.name!r}; use small letters, digits and _,"
                " beginning with a letter."
            )
        body = {
            "name": self.name,
            "title": dict(title),
            "description": dict(description),
            "where": dict(where),
        }
        text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=100)
        with _WRITING:
            self._check(version)
            self.folder.mkdir(exist_ok=True)
            path = self.path()
            draft = path.with_suffix(".draft")
            draft.write_text(text, encoding="utf-8")
            os.replace(draft, path)

    def _check(self, version: str | None) -> None:
        exists = self.path().is_file()
        if version is None and exists:
            raise Conflict(f"An audience named {self.name!r} exists already; choose another name.")
        if version is not None and not exists:
            raise Conflict(
                f"The audience {self.name!r} was removed meanwhile; save it as a new one."
            )
        if version is not None and version != self.version():
            raise Conflict(
                f"The audience {self.name!r} was changed by somebody else meanwhile; reload it and"
                " make your change again."
            )
