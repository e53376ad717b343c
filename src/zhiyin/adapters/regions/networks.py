"""Regions from a CSV file of networks."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.regions import Place

NETWORK = "network"
# A network: IP version and length of its prefix, and the prefix.
Prefixes = dict[tuple[int, int], dict[int, Place]]


class NetworkRegions:
    """Places by network, the smallest network that holds an address first.

    The file has a header with `network` (such as 203.0.113.0/24) and any of `country`, `region` and
    `city`; other columns are passed over. All of it is kept in memory, about 200 bytes a line.

    Raises
    ------
    InvalidInput
        The file cannot be read, has no column `network`, or a line's network is none.
    """

    def __init__(self, path: Path) -> None:
        self._prefixes = _read(path)
        # Longer prefixes are smaller networks.
        self._sizes = sorted(self._prefixes, key=lambda size: -size[1])

    def regions(self, addresses: Iterable[str]) -> Mapping[str, Place]:
        """Return the places of the addresses that a network of the file holds."""
        found = {address: self._place(address) for address in addresses if address}
        return {address: place for address, place in found.items() if place is not None}

    def _place(self, text: str) -> Place | None:
        try:
            address = ip_address(text)
        except ValueError:
            return None
        number = int(address)
        for version, length in self._sizes:
            if version == address.version:
                prefix = number >> (address.max_prefixlen - length)
                place = self._prefixes[version, length].get(prefix)
                if place is not None:
                    return place
        return None


def _read(path: Path) -> Prefixes:
    prefixes: Prefixes = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if NETWORK not in (rows.fieldnames or ()):
                raise InvalidInput(
                    f"{path} has no column {NETWORK!r}; its first line must name network, and any "
                    "of country, region and city."
                )
            for row in rows:
                network = _network(row[NETWORK], path, rows.line_num)
                texts = [(row.get(name) or "").strip() or None for name in Place._fields]
                shift = network.max_prefixlen - network.prefixlen
                size = (network.version, network.prefixlen)
                number = int(network.network_address) >> shift
                prefixes.setdefault(size, {})[number] = Place(*texts)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"The region file {path} cannot be read: {error}.") from error
    return prefixes


def _network(text: str | None, path: Path, line: int):
    try:
        return ip_network((text or "").strip(), strict=False)
    except ValueError as error:
        raise InvalidInput(
            f"{path}, line {line}: {text!r} is no network; write one such as 203.0.113.0/24."
        ) from error
