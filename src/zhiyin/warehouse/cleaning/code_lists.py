"""Lists of words and the codes they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "codes"


def code_map(name: str | None, own: Mapping[str, Any]) -> dict[str, str]:
    """Return word -> code, words in small letters; a rule's own words go before the list's.

    A code is a word for itself.
    """
    words = dict(_shipped(name)) if name else {}
    return {**words, **_by_word(own)}


@cache
def _shipped(name: str) -> dict[str, str]:
    return _by_word(yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8")))


def _by_word(codes: Mapping[str, Any]) -> dict[str, str]:
    words = {str(code).lower(): str(code) for code in codes}
    for code, listed in codes.items():
        words |= {str(word).lower(): str(code) for word in listed or ()}
    return words
