"""Tag files: saved as numbered versions, never over somebody else's change."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import Conflict, InvalidInput, NotFound
from zhiyin.profiles.definitions import Definition, read_definition
from zhiyin.profiles.tagging.definitions import TagDefinition
from zhiyin.profiles.tagging.reading import KEYS, digest_of, read_tag

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = frozenset({"new", "check", "weights", "entries", "facts"})  # addresses of the console
BY_HAND = "files"
_WRITING = threading.Lock()


@dataclass(frozen=True)
class TagVersion:
    """What a version of a tag said, who made it and when (naive UTC)."""

    version: int
    at: datetime | None
    actor: str
    why: str
    body: Mapping[str, Any]


class TagShelf:
    """The folder `tags/` of a workspace: one file a tag, and the versions before in `history/`."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "tags"

    def path(self, name: str) -> Path:
        """Return the file that defines a tag; a new one is named after it."""
        for path in sorted(self.folder.glob("*.yaml")):
            body = yaml.safe_load(path.read_text("utf-8"))
            if isinstance(body, Mapping) and str(body.get("name") or path.stem) == name:
                return path
        return self.folder / f"{name}.yaml"

    def body(self, name: str) -> dict[str, Any]:
        """Return a tag's definition as its file holds it; `NotFound` when there is no file."""
        path = self.path(name)
        if not path.is_file():
            raise NotFound(f"No tag is named {name!r}; `zhiyin tags list` shows those there are.")
        return dict(read_definition(path, KEYS).body)

    def checked(self, name: str, body: Mapping[str, Any]) -> TagDefinition:
        """Return the definition that a draft makes.

        Raises `InvalidInput` where it is wrong or cannot have this name.
        """
        if not NAME.fullmatch(name) or name in RESERVED:
            raise InvalidInput(
                f"A tag cannot be named {name!r}; use small letters, digits and _, beginning with "
                "a letter."
            )
        path = self.folder / f"{name}.yaml"
        for key in body:
            if key not in ("name", *KEYS):
                raise InvalidInput(f"{key!r} does not belong here; allowed: {', '.join(KEYS)}.")
        return read_tag(Definition(path, name, dict(body)))

    def save(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        expects: int | None,
        actor: str,
        why: str,
        at: datetime,
    ) -> TagDefinition:
        """Make a draft the next version of a tag.

        Parameters
        ----------
        expects : the version that the change started from; None for a new tag.

        Raises
        ------
        InvalidInput
            The draft is no sound definition; nothing was changed then.
        Conflict
            The tag was changed, made or removed meanwhile.
        """
        with _WRITING:
            present = self._present(name)
            self._expect(name, present, expects)
            number = self._number(name, present) + 1
            draft = {
                "name": name,
                **{k: v for k, v in body.items() if k not in ("name", "version")},
            }
            draft["version"] = number
            made = self.checked(name, draft)
            if present is not None and not self._is_kept(name, present):
                # What somebody wrote into the file is kept as the version that it was.
                self._keep(name, TagVersion(number - 1, None, BY_HAND, "", present))
            self._write(name, draft)
            self._keep(name, TagVersion(number, at, actor, why, draft))
        return made

    def versions(self, name: str) -> list[TagVersion]:
        """Return the versions of a tag, newest first; the file as it is now among them."""
        kept = self._kept(name)
        present = self._present(name)
        if present is not None and not self._is_kept(name, present):
            number = self._number(name, present)
            kept.append(TagVersion(number, None, BY_HAND, "", present))
        return sorted(kept, key=lambda one: -one.version)

    def restore(
        self, name: str, version: int, *, expects: int | None, actor: str, at: datetime
    ) -> TagDefinition:
        """Make an old version's content the newest one."""
        found = {one.version: one for one in self.versions(name)}
        if version not in found:
            known = ", ".join(str(number) for number in sorted(found)) or "none"
            raise NotFound(f"The tag {name!r} has no version {version}; there are: {known}.")
        why = f"restored version {version}"
        return self.save(name, found[version].body, expects=expects, actor=actor, why=why, at=at)

    def used_by(self, name: str) -> list[str]:
        """Return the definition files, by their path, that ask for this tag."""
        word = re.compile(rf"\btag['\"]?:\s*['\"]?{re.escape(name)}\b")
        return [
            f"{folder}/{path.name}"
            for folder in ("audiences", "strategies")
            for path in sorted((self.folder.parent / folder).glob("*.yaml"))
            if word.search(path.read_text("utf-8"))
        ]

    def number(self, name: str) -> int:
        """Return the number of the version that is in force; 0 where there is no such tag."""
        return self._number(name, self._present(name))

    def _present(self, name: str) -> dict[str, Any] | None:
        path = self.path(name)
        return dict(read_definition(path, KEYS).body) if path.is_file() else None

    def _number(self, name: str, present: Mapping[str, Any] | None) -> int:
        newest = max((one.version for one in self._kept(name)), default=0)
        if present is None:
            return newest
        written = int(present.get("version", 1))
        return written if self._is_kept(name, present) else max(written, newest + 1)

    def _is_kept(self, name: str, present: Mapping[str, Any]) -> bool:
        return any(same(one.body, present) for one in self._kept(name)[-1:])

    def _expect(self, name: str, present: Mapping[str, Any] | None, expects: int | None) -> None:
        if expects is None and present is not None:
            raise Conflict(f"A tag named {name!r} exists already; choose another name.")
        if expects is not None and present is None:
            raise Conflict(f"The tag {name!r} was removed meanwhile; save it as a new one.")
        if expects is not None and expects != self._number(name, present):
            raise Conflict(
                f"The tag {name!r} was changed by somebody else meanwhile (it is version "
                f"{self._number(name, present)} now, not {expects}); reload it and make your "
                "change again."
            )

    def _write(self, name: str, body: Mapping[str, Any]) -> None:
        self.folder.mkdir(exist_ok=True)
        path = self.path(name)
        draft = path.with_suffix(".draft")
        text = yaml.safe_dump(dict(body), allow_unicode=True, sort_keys=False, width=100)
        draft.write_text(text, "utf-8")
        os.replace(draft, path)

    def _kept(self, name: str) -> list[TagVersion]:
        path = self._history(name)
        if not path.is_file():
            return []
        lines = path.read_text("utf-8").splitlines()
        return [version_of(json.loads(line)) for line in lines if line]

    def _keep(self, name: str, version: TagVersion) -> None:
        path = self._history(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(version), ensure_ascii=False, default=str) + "\n")

    def _history(self, name: str) -> Path:
        return self.folder / "history" / f"{name}.jsonl"


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two bodies say the same, words and all."""

    def told(body: Mapping[str, Any]) -> str:
        words = {key: body.get(key) for key in ("title", "description", "family", "owner", "unit")}
        return digest_of(body) + json.dumps(words, sort_keys=True, default=str)

    return told(one) == told(other)


def version_of(line: Mapping[str, Any]) -> TagVersion:
    """Return a version as its line in the history tells it."""
    at = datetime.fromisoformat(line["at"]) if line["at"] else None
    return TagVersion(line["version"], at, line["actor"], line["why"], line["body"])
