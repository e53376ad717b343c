"""The sentences of a proposed recipe, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from zhiyin.collect.suggest.drafts import Remark


def say(told: Remark | str, language: str, **more: Any) -> str:
    """Return a sentence in `en` or `zh-CN`."""
    key, values = (told, more) if isinstance(told, str) else (told.key, {**told.told, **more})
    return sentences()[key][language].format(**values)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return the sentences by key and language."""
    text = (Path(__file__).parent / "sentences.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
