"""`ports.text_functions` in Python, and how a function over texts becomes one over columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache

from zhiyin.adapters.warehouse.texts.countries import country_of
from zhiyin.adapters.warehouse.texts.emails import mended_email
from zhiyin.adapters.warehouse.texts.encodings import decoded
from zhiyin.adapters.warehouse.texts.instants import read_instant
from zhiyin.adapters.warehouse.texts.numbers import read_number
from zhiyin.adapters.warehouse.texts.phones import e164

TextFunction = Callable[..., str | None]
REMEMBERED = 200_000

# name -> (function, number of texts it takes)
FUNCTIONS: Mapping[str, tuple[TextFunction, int]] = {
    "phone_e164": (e164, 2),
    "email_mended": (mended_email, 2),
    "instant_read": (read_instant, 2),
    "number_read": (read_number, 2),
    "country_code": (country_of, 1),
    "text_decoded": (decoded, 1),
}


def over_columns(
    function: TextFunction,
) -> Callable[[Sequence[Iterable[str | None]]], list[str | None]]:
    """Return the function over columns: null where any argument is."""

    def run(columns: Sequence[Iterable[str | None]]) -> list[str | None]:
        # Looked up here, because Spark sends `run` to its workers and a memory cannot be sent.
        remembered = _remembering(function)
        rows = zip(*columns, strict=True)
        return [None if None in row else remembered(*row) for row in rows]

    return run


@cache
def _remembering(function: TextFunction) -> TextFunction:
    return lru_cache(REMEMBERED)(function)
