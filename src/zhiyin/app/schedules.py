"""Refresh cycles that people write: cron expressions, or a word for the usual ones."""

from __future__ import annotations

from zhiyin.core.errors import InvalidInput

WORDS = {"hourly": "0 * * * *", "daily": "0 6 * * *", "weekly": "0 6 * * 1", "monthly": "0 6 1 * *"}


def check_schedule(written: str) -> str:
    """Return the cron expression of a refresh cycle.

    Raises `InvalidInput` for anything that is neither a word of `WORDS` nor a cron expression.
    """
    from croniter import croniter

    expression = WORDS.get(written, written)
    if len(expression.split()) != 5 or not croniter.is_valid(expression):
        raise InvalidInput(
            f"{written!r} is no refresh cycle; write {', '.join(WORDS)} or a cron expression such "
            "as `0 6 * * 1`."
        )
    return expression
