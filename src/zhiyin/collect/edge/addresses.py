"""Whose address a request came from, behind proxies that are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from zhiyin.collect.edge.exchange import Request
from zhiyin.core.errors import InvalidInput


class Addresses:
    """Reads `X-Forwarded-For` only where a trusted proxy wrote it.

    Parameters
    ----------
    trusted_proxies
        Addresses or networks such as `10.0.0.0/8`.
    """

    def __init__(self, trusted_proxies: Sequence[str] = ()) -> None:
        self._trusted = [_network(text) for text in trusted_proxies]

    def of(self, request: Request) -> str | None:
        """Return the address of the client: the last one that is not a trusted proxy's."""
        address = request.peer
        if not self._trusted or b"x-forwarded-for" not in request.headers:
            return address
        hops = [hop.strip() for hop in request.header(b"x-forwarded-for").split(",")]
        while address is not None and self._trusts(address) and hops:
            address = _bare(hops.pop())
        return address

    def _trusts(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)


def _bare(hop: str) -> str:
    """Return the address of `[::1]:80`, `1.2.3.4:80` and the like."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise InvalidInput(
            f"collect.trusted_proxies: {text!r} is no address or network such as 10.0.0.0/8."
        ) from error
