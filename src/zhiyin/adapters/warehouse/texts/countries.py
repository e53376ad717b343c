"""Names of countries and their codes."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import yaml

_NAMES = Path(__file__).parent / "country.yaml"


def country_of(text: str) -> str | None:
    """Return a country's ISO code; see `ports.text_functions.country_code`."""
    word = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    codes = _codes()
    return codes.get(word) or codes.get(word.removeprefix("the "))


@cache
def _codes() -> dict[str, str]:
    listed = yaml.safe_load(_NAMES.read_text("utf-8"))
    codes = {name.lower(): code for code, names in listed.items() for name in names}
    return codes | {code.lower(): code for code in listed}
