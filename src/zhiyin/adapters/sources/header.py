"""Names for columns, also where a header has none or the same one twice."""

from __future__ import annotations

from collections.abc import Sequence

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.sources import FileFormat


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


def given(file_format: FileFormat, count: int, path: object) -> list[str]:
    """Return the names of a file without header: the format's, or `column_1` and so on.

    Raises
    ------
    InvalidInput
        If the format names another number of columns than the file has.
    """
    if not file_format.columns:
        return [f"column_{position}" for position in range(1, count + 1)]
    if len(file_format.columns) != count:
        raise InvalidInput(
            f"{path} has {count} columns, but the recipe names {len(file_format.columns)} "
            f"({', '.join(file_format.columns)}); name one for each."
        )
    return named(file_format.columns)
