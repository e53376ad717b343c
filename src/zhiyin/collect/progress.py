"""What an import tells of its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

# Called with the name of the file that is being read; a `Step` is that name with figures beside.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Figures:
    """How far an import is."""

    files_done: int
    files_total: int
    rows: int  # records read so far, of all files
    bytes_done: int  # of the present file as stored; 0 where it is not read from front to back
    bytes_total: int


class Step(str):
    """The name of the file being read, and how far the import is."""

    __slots__ = ("figures",)

    figures: Figures

    def __new__(cls, name: str, figures: Figures) -> Self:
        """Return the name as a text that carries figures."""
        made = super().__new__(cls, name)
        made.figures = figures
        return made


@dataclass
class Meter:
    """Counts what the readers of one import read, and tells it."""

    on_progress: Progress | None
    files_total: int
    files_done: int = 0
    rows: int = 0

    def tell(self, name: str, bytes_done: int, bytes_total: int) -> None:
        """Tell how far the present file is."""
        if self.on_progress is not None:
            figures = Figures(
                self.files_done, self.files_total, self.rows, min(bytes_done, bytes_total),
                bytes_total,
            )  # fmt: skip
            self.on_progress(Step(name, figures))
