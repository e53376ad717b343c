"""Regions from a database in MaxMind's format (`.mmdb`), of whatever maker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import maxminddb

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.regions import Place


class MaxMindRegions:
    """Places as a City or Country database tells them; the file is mapped, not read into memory.

    Parameters
    ----------
    language
        In which names of regions and cities are wanted; English where the database lacks it.
        The country is its ISO 3166 code.

    Raises
    ------
    InvalidInput
        The file cannot be read as such a database.
    """

    def __init__(self, path: Path, language: str = "en") -> None:
        try:
            self._database = maxminddb.open_database(path)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise InvalidInput(
                f"The region file {path} cannot be read as a MaxMind database: {error}."
            ) from error
        self._language = language
        self._place = lru_cache(maxsize=65_536)(self._looked_up)

    def regions(self, addresses: Iterable[str]) -> Mapping[str, Place]:
        """Return the places of the addresses that the database holds."""
        found = {address: self._place(address) for address in addresses if address}
        return {address: place for address, place in found.items() if place is not None}

    def _looked_up(self, text: str) -> Place | None:
        try:
            # An address of the newer kind is an error in a database of the older.
            record = self._database.get(ip_address(text))
        except ValueError:
            return None
        if not isinstance(record, dict):
            return None
        divisions = record.get("subdivisions")
        country = _dict(record.get("country"))
        place = Place(
            _text(country.get("iso_code")) or self._name(country),
            self._name(_dict(divisions[0])) if isinstance(divisions, list) and divisions else None,
            self._name(_dict(record.get("city"))),
        )
        return None if place == Place() else place

    def _name(self, record: dict[str, Any]) -> str | None:
        names = _dict(record.get("names"))
        return _text(names.get(self._language)) or _text(names.get("en"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
