"""The region look-up port: where in the world an address is, by the user's own data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol


class Place(NamedTuple):
    """Where an address is; what the data do not say is None."""

    country: str | None = None
    region: str | None = None
    city: str | None = None


class RegionLookup(Protocol):
    """Addresses to places.

    Calls may come from many threads. The answer for an address does not change while the process
    runs.
    """

    def regions(self, addresses: Iterable[str]) -> Mapping[str, Place]:
        """Return the places of those IPv4 and IPv6 addresses that the data know.

        Text that is no address, and addresses that the data do not hold, are left out.
        """
        ...
