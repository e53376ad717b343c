"""Where the header of a sheet is: below titles, and over two rows where its cells are merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = list[Any]
Merged = tuple[tuple[int, int], tuple[int, int]]  # (first row, column), (last row, column)

# A title fills less of its row than this share of the table's width.
_HEADER_SHARE = 0.6


def find_header(head: Sequence[Row], merged: Sequence[Merged]) -> tuple[list[str], int]:
    """Return the header's names, and how many of the first rows are above the data.

    The header is the first row of text that fills most of the table's width. Where some of its
    cells are merged to the side, as groups, the row below holds the names; where a name stands
    below two groups, the group's name comes before it.
    """
    start = _header_row(head)
    top = _texts(head[start])
    if not _goes_on(start, head, merged):
        return top, start + 1
    upper, lower = _filled(top), _texts(head[start + 1])
    upper += [""] * (len(lower) - len(upper))
    names = [below or above for above, below in zip(upper, lower, strict=True)]
    repeated = {name for name in names if names.count(name) > 1}
    pairs = zip(upper, names, strict=True)
    return [
        f"{above} {name}".strip() if name in repeated and above != name else name
        for above, name in pairs
    ], start + 2


def _header_row(head: Sequence[Row]) -> int:
    widths = [sum(cell != "" for cell in row) for row in head]
    needed = max(2, _HEADER_SHARE * max(widths))
    for number, (row, width) in enumerate(zip(head, widths, strict=True)):
        if width >= needed and all(isinstance(cell, str) for cell in row):
            return number
    return next(number for number, width in enumerate(widths) if width)


def _goes_on(start: int, head: Sequence[Row], merged: Sequence[Merged]) -> bool:
    """Return whether a cell of the header is merged, and the row below completes it."""
    if start + 1 >= len(head) or not any(top[0] == start for top, _ in merged):
        return False
    below = head[start + 1]
    return all(isinstance(cell, str) for cell in below) and any(cell != "" for cell in below)


def _filled(row: list[str]) -> list[str]:
    """Carry a merged cell's text, which stands in its first cell, on to the right."""
    filled: list[str] = []
    for cell in row:
        filled.append(cell or (filled[-1] if filled else ""))
    return filled


def _texts(row: Row) -> list[str]:
    return [str(cell).strip() for cell in row]
