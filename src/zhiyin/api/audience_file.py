"""One audience's file: read, replaced as a whole, put aside, never over somebody else's change."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import Conflict, InvalidInput, NotFound

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Addresses of the console and the API.
RESERVED = frozenset({"new", "count", "portrait", "overlap", "upload", "sample", "lookalike"})
LANGUAGES = ("zh-CN", "en")
_WRITING = threading.Lock()


@dataclass(frozen=True)
class AudienceFile:
    """The file `audiences/<name>.yaml` of a workspace, or whichever file defines that name."""

    definitions: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.definitions / "audiences"

    @property
    def removed(self) -> Path:
        """Where files that were removed lie, until they are brought back."""
        return self.definitions / "data" / "removed" / "audiences"

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
        name = re.escape(self.name)
        word = re.compile(
            rf"\baudience:\s*['\"]?{name}\b|^\s*-\s*['\"]?{name}['\"]?\s*$", re.MULTILINE
        )
        own = self.path()
        return [
            f"{path.parent.name}/{path.name}"
            for folder in ("audiences", "strategies")
            for path in sorted((self.definitions / folder).glob("*.yaml"))
            if path != own and word.search(path.read_text("utf-8"))
        ]

    def check_name(self) -> None:
        """Raise `InvalidInput` for a name that cannot be a file's or an address."""
        if not NAME.fullmatch(self.name) or self.name in RESERVED:
            raise InvalidInput(
                f"An audience cannot be named {self.name!r}; use small letters, digits and _,"
                " beginning with a letter."
            )

    def write(self, body: Mapping[str, Any], *, version: str | None) -> None:
        """Replace the file, if it still is the version that the change started from.

        Empty values of `body` are left out; its `title` may be one text for all languages.

        Raises
        ------
        InvalidInput
            The name cannot be a file's.
        Conflict
            The file was changed, made or removed meanwhile.
        """
        self.check_name()
        kept = {"name": self.name} | {
            key: value for key, value in body.items() if value not in (None, "", [], {})
        }
        for key in ("title", "description"):
            if isinstance(kept.get(key), Mapping):
                kept[key] = {one: kept[key][one] for one in LANGUAGES if kept[key].get(one)}
        text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=100)
        with _WRITING:
            self._check(version)
            self._put(text)

    def remove(self, *, version: str | None, at: datetime) -> None:
        """Put the file aside.

        Raises `Conflict` if it is used by others, or is not the given version any more.
        """
        with _WRITING:
            if version is not None:
                self._check(version)
            users = self.used_by()
            if users:
                raise Conflict(
                    f"The audience {self.name!r} is used by {', '.join(users)}; change these first."
                )
            self.removed.mkdir(parents=True, exist_ok=True)
            os.replace(self.path(), self.removed / f"{self.name}.{at:%Y%m%dT%H%M%S%f}.yaml")

    def restore(self) -> None:
        """Bring the file that was removed last back.

        Raises `NotFound` if none was removed, `Conflict` if the name has been taken since.
        """
        with _WRITING:
            aside = sorted(self.removed.glob(f"{self.name}.*.yaml"))
            if not aside:
                raise NotFound(f"No audience named {self.name!r} was removed.")
            self._check(None)
            os.replace(aside[-1], self.path())

    def _put(self, text: str) -> None:
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
