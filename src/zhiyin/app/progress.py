"""Progress on standard error: a line with a bar where somebody looks, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhiyin.collect.progress import Figures

# A log gets a line this often at most, in seconds.
PLAIN_EVERY = 10.0


@contextmanager
def reporter(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give a function that shows what is being done now.

    What it is told may carry `figures`, as the steps of an import do: files done, rows, rows per
    second, and the share of the present file. On a terminal that is one line that changes;
    elsewhere such steps give a plain line every `PLAIN_EVERY` seconds, and other news none.
    """
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _line() as show:
            yield show
    else:
        yield _plain_lines()


@contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.text import Text

    pace = _Pace()
    with Console(stderr=True).status("…") as status:

        def show(news: str) -> None:
            figures = getattr(news, "figures", None)
            line = news if figures is None else told(news, figures, pace.of(figures.rows))
            status.update(Text(line))  # a text, for a file may be called "[b].csv"

        yield show


def _plain_lines() -> Callable[[str], None]:
    pace = _Pace()
    last = time.monotonic()

    def show(news: str) -> None:
        nonlocal last
        figures: Any = getattr(news, "figures", None)
        if figures is None or time.monotonic() - last < PLAIN_EVERY:
            return
        last = time.monotonic()
        print(told(news, figures, pace.of(figures.rows)), file=sys.stderr, flush=True)  # noqa: T201

    return show


class _Pace:
    def __init__(self) -> None:
        self._start = time.monotonic()

    def of(self, rows: int) -> float:
        """Return rows per second since the first one was told."""
        return rows / max(time.monotonic() - self._start, 0.001)


def told(name: str, figures: Figures, rows_per_second: float) -> str:
    """Return one line about an import: the file, its share, files, rows, rows per second."""
    parts = [name]
    if figures.bytes_done:
        share = figures.bytes_done / figures.bytes_total
        filled = round(share * 20)
        parts.append(f"{'━' * filled}{'╌' * (20 - filled)} {share:4.0%}")
    parts.append(f"file {min(figures.files_done + 1, figures.files_total)}/{figures.files_total}")
    if figures.rows:
        parts.append(f"{figures.rows:,} rows, {rows_per_second:,.0f}/s")
    return "  ".join(parts)
