"""The message catalogues, and how a sentence is looked up and filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from zhiyin.core.errors import not_allowed

FOLDER = Path(__file__).with_name("messages")
LANGUAGES = ("zh-CN", "en")


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Return a language's messages; `InvalidInput` for a language that has none."""
    if language not in LANGUAGES:
        raise not_allowed("The review's language", language, LANGUAGES)
    return yaml.safe_load((FOLDER / f"{language}.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Words:
    """Looks messages up by dotted key, such as `table.channel`."""

    language: str

    def __call__(self, key: str, **values: Any) -> str:
        """Return a message with its places filled in."""
        return str(self._find(key)).format(**values)

    def all(self, key: str) -> list[str]:
        """Return a list of messages."""
        return list(self._find(key))

    def name(self, family: str, name: str | None) -> str:
        """Return what people call a channel, tier or the like; the name itself if it is unknown."""
        if not name:
            return ""
        return str(catalogue(self.language)[family].get(name, name))

    def plural(self, key: str, count: float, shown: str) -> str:
        """Return a counted noun; English tells one from other, Chinese does not."""
        forms = self._find(key)
        return str(forms.get("one", forms["other"]) if count == 1 else forms["other"]).format(
            n=shown
        )

    def _find(self, key: str) -> Any:
        found: Any = catalogue(self.language)
        for part in key.split("."):
            found = found[part]
        return found
