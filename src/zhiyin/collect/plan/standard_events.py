"""Events of the public e-commerce vocabulary: their titles, and types of reserved properties."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from zhiyin.collect.plan.tracking_plan import OF_TRAITS


@lru_cache(maxsize=1)
def _vocabulary() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))


def title_of(kind: str, event: str | None) -> dict[str, str]:
    """Return an event's title in both languages; empty for an event of one's own."""
    words = _vocabulary()
    found = words["titles"].get(event) if kind == "track" else words["kinds"].get(kind)
    return dict(found or {})


def reserved_types(kind: str, event: str | None, path: tuple[str, ...]) -> list[str]:
    """Return the types that a property of a standard event has by convention; empty if none.

    `path` leads to it from the event's content, with `[]` for the items of a list.
    """
    words = _vocabulary()
    if kind in OF_TRAITS:
        known = words["traits"] if len(path) == 1 else {}
    elif kind == "track" and event not in words["titles"]:
        known = {}
    elif len(path) == 3 and path[:2] == ("products", "[]"):
        known = words["products"]
    else:
        known = words["properties"] if len(path) == 1 and kind == "track" else {}
    types = known.get(path[-1], [])
    return [types] if isinstance(types, str) else list(types)
