"""Passwords: what is acceptable, how they are kept and checked."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from zhiyin.core.errors import InvalidInput

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 200  # argon2 reads all of it; an endless one would keep the machine busy

# argon2id with the library's defaults, which follow RFC 9106's low-memory profile.
_HASHER = PasswordHasher()


def check_password_policy(password: str, username: str) -> None:
    """Raise `InvalidInput` unless the password is long, varied, and not the user name."""
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        raise InvalidInput(
            f"The password has {len(password)} characters; it takes {MINIMUM_LENGTH} to"
            f" {MAXIMUM_LENGTH}. A few unrelated words are easy to remember."
        )
    if len(set(password)) < MINIMUM_LENGTH // 2:
        raise InvalidInput("The password repeats too few characters; use at least five different.")
    if username.lower() in password.lower():
        raise InvalidInput("The password contains the user name; choose one that does not.")


def hash_password(password: str) -> str:
    """Return the argon2id hash, salted, with its parameters inside."""
    return _HASHER.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Return whether the password is the hashed one.

    Without a hash the same work is done against a password that nobody has, so that the time
    taken does not tell whether an account exists.
    """
    try:
        matches = _HASHER.verify(password_hash or nobody(), password[:MAXIMUM_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return matches and bool(password_hash)


@cache
def nobody() -> str:
    """Return a hash to check against when there is no account; made once, as it takes a while."""
    return _HASHER.hash("no account has this password")
