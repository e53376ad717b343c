"""What a column's or a file's name says, in English, Chinese and pinyin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z]{2})(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^0-9a-z\u0400-\u04ff\u4e00-\u9fff]+")
_HAN = re.compile(r"([\u4e00-\u9fff]+)")


@dataclass(frozen=True)
class Vocabulary:
    """Names and values that say what a column is.

    `columns[target][name]` is the target's column of that name; `files[word]` are the targets that
    a word in a file name speaks for. `person`, `key` and `time` are words in the names of such
    columns; `entity` are words that often lead a column's name, as in `ProductPrice`.
    """

    columns: Mapping[str, Mapping[str, str]]
    files: Mapping[str, tuple[str, ...]]
    events: Mapping[str, str]
    genders: Mapping[str, str]
    person: frozenset[str]
    key: frozenset[str]
    time: frozenset[str]
    entity: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary that ships with the product."""
    path = Path(__file__).parent / "vocabulary.yaml"
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    shared = _by_name(told["shared"])
    files: dict[str, list[str]] = {}
    for target, names in told["files"].items():
        for word in names.split():
            files.setdefault(word, []).append(target)
    return Vocabulary(
        columns={
            target: {**_as_in(target, shared), **_by_name(own)}
            for target, own in told["targets"].items()
        },
        files={word: tuple(targets) for word, targets in files.items()},
        events=_by_name(told["events"]),
        genders=_by_name(told["genders"]),
        person=frozenset(told["words"]["person"].split()),
        key=frozenset(told["words"]["key"].split()),
        time=frozenset(told["words"]["time"].split()),
        entity=frozenset(told["words"]["entity"].split()),
    )


# Some tables have a name of their own for what others share.
_OTHER_NAMES = {"events": {"customer_id": "user_id"}, "products": {"product_name": "name"}}


def _as_in(target: str, shared: Mapping[str, str]) -> dict[str, str]:
    others = _OTHER_NAMES.get(target, {})
    return {name: others.get(meaning, meaning) for name, meaning in shared.items()}


def _by_name(groups: Mapping[str, str]) -> dict[str, str]:
    return {plain(name): meaning for meaning, names in groups.items() for name in names.split()}


def words(name: str) -> list[str]:
    """Return a name's words in lower case: `OrderDate`, `order_date` and `order date` are alike."""
    spaced = _HAN.sub(r" \1 ", _CAMEL.sub(" ", name.strip()))
    return [word for word in _OTHER.split(spaced.lower()) if word]


def plain(name: str) -> str:
    """Return a name in lower case without blanks and marks."""
    return "".join(words(name))


def identifier(name: str, *, otherwise: str) -> str:
    """Return a name as lower-case words joined by `_`, as recipes and JSON keys like them."""
    told = "_".join(words(name))
    return told or otherwise
