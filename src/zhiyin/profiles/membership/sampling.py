"""Random samples of an audience that come out the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from zhiyin.core.errors import InvalidInput


def drawn(person_ids: Iterable[str], *, seed: str, size: int) -> list[str]:
    """Return `size` people, all if there are fewer: those with the lowest hash of seed and id.

    The hash is of the person alone, so the same people are drawn again however the audience is
    ordered, a larger sample contains a smaller one, and people who join later displace as few
    as they must. Another seed draws independently.
    """
    if size < 0:
        raise InvalidInput(f"A sample has 0 people or more, not {size}.")
    salt = hashlib.blake2b(seed.encode(), digest_size=32).digest()
    hashed = (
        (hashlib.blake2b(one.encode(), key=salt, digest_size=8).digest(), one) for one in person_ids
    )
    return [one for _, one in sorted(hashed)[:size]]


def sample_size(members: int, *, share: float | None, size: int | None) -> int:
    """Return how many people a sample has, from a share or a number, of which one is given."""
    if (share is None) == (size is None):
        raise InvalidInput("Give either a share of the audience or a number of people.")
    if share is not None:
        if not 0 < share <= 1:
            raise InvalidInput(f"A share lies above 0 and is at most 1, not {share}.")
        return round(members * share)
    assert size is not None
    if size < 1:
        raise InvalidInput(f"A sample has at least one person, not {size}.")
    return min(size, members)
