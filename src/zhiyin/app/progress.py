"""Progress on standard error, when somebody is there to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def reporter(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Give a function that shows what is being done now.

    On a terminal it is one line with a spinner; elsewhere nothing is printed.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("…") as status:
        yield status.update
