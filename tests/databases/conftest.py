"""Real servers, one of each kind for the whole run; skipped where they are not installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.databases.servers import NotInstalled, Server, start_mariadb, start_postgres


def _started(start) -> Iterator[Server]:
    try:
        server = start()
    except NotInstalled as error:
        pytest.skip(f"{error}; apt-get install postgresql mariadb-server")
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL of our own."""
    yield from _started(start_postgres)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """A MariaDB of our own."""
    yield from _started(start_mariadb)
