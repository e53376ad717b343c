"""Names for columns, also where a header has none or the same one twice."""

from __future__ import annotations

from collections.abc import Sequence


def named(header: Sequence[str]) -> list[str]:
    """Return distinct names: trimmed, `column_5` for an empty one, `Name_2` for a repeated one."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = cell.strip() or f"column_{position}"
        repeat = 2
        candidate = name
        while candidate in names:
            candidate = f"{name}_{repeat}"
            repeat += 1
        names.append(candidate)
    return names


def numbered(count: int) -> list[str]:
    """Return `column_1` to `column_<count>`."""
    return [f"column_{position}" for position in range(1, count + 1)]
