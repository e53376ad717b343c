"""Connections to other people's databases: what the settings say, and how one is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from zhiyin.core.errors import InvalidInput, NotFound, not_allowed, unknown

if TYPE_CHECKING:
    from zhiyin.adapters.databases.access import Access
    from zhiyin.ports.databases import Database

PORTS = {"postgres": 5432, "mysql": 3306, "mariadb": 3306}
TLS_MODES = ("disable", "prefer", "require", "verify-full")


class ConnectionSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A database that tables are pulled from. The password stands in the environment alone."""

    kind: str  # postgres | mysql | mariadb
    database: str
    user: str
    host: str = "127.0.0.1"
    port: int = 0  # the kind's own if 0
    password_env: str = ""  # the variable that holds the password
    tls: str = "prefer"  # disable | prefer | require | verify-full
    tls_ca: str = ""  # file of the authority that signed the server's certificate
    timeout_seconds: int = 600  # longest time of one statement


def check_connections(connections: Mapping[str, ConnectionSettings], where: str) -> None:
    """Raise `InvalidInput` for a value that a connection cannot have."""
    for name, connection in connections.items():
        if connection.kind not in PORTS:
            raise not_allowed(f"{where}: connections.{name}.kind", connection.kind, PORTS)
        if connection.tls not in TLS_MODES:
            raise not_allowed(f"{where}: connections.{name}.tls", connection.tls, TLS_MODES)
        if connection.timeout_seconds < 1:
            raise InvalidInput(
                f"{where}: connections.{name}.timeout_seconds cannot be "
                f"{connection.timeout_seconds}; give a number of seconds from 1 on."
            )


def chosen(connections: Mapping[str, ConnectionSettings], name: str | None) -> str:
    """Return the name of a connection; None stands for the only one there is.

    Raises
    ------
    NotFound
        If there is none of that name, or none at all.
    InvalidInput
        If no name is given and there are several.
    """
    if not connections:
        raise NotFound(
            "The settings name no database; add a section such as [connections.shop] with kind, "
            "host, database, user and password_env to zhiyin.toml."
        )
    if name is not None and name not in connections:
        raise unknown("connection", name, connections)
    if name is None and len(connections) > 1:
        raise InvalidInput(
            f"There are several connections ({', '.join(connections)}); name one under "
            "'connection' in the recipe, or with --connection."
        )
    return name or next(iter(connections))


def open_connection(
    connections: Mapping[str, ConnectionSettings], name: str | None
) -> tuple[str, Database]:
    """Return the name of a connection and the open database behind it.

    Raises
    ------
    InvalidInput
        If the variable that should hold the password is not set.
    Unsupported
        If the driver is not installed.
    Transient, Permanent, NotFound
        If the server is away, or refuses.
    """
    name = chosen(connections, name)
    access = access_of(name, connections[name])
    if connections[name].kind == "postgres":
        from zhiyin.adapters.databases.postgres import connect_postgres

        return name, connect_postgres(access)
    from zhiyin.adapters.databases.mysql import connect_mysql

    return name, connect_mysql(access)


def access_of(name: str, connection: ConnectionSettings) -> Access:
    """Return where a connection leads, its password taken from the environment."""
    from zhiyin.adapters.databases.access import Access
    from zhiyin.app.settings import secret_from

    password = secret_from(connection.password_env) if connection.password_env else ""
    if connection.password_env and not password:
        raise InvalidInput(
            f"The environment variable {connection.password_env} is not set; it should hold the "
            f"password of the connection {name}."
        )
    return Access(
        name,
        connection.host,
        connection.port or PORTS[connection.kind],
        connection.database,
        connection.user,
        password,
        connection.tls,
        connection.tls_ca,
        connection.timeout_seconds,
    )
