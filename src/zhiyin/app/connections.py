"""Open the databases that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhiyin.app.connection_settings import PORTS, ConnectionSettings
from zhiyin.app.settings import secret_from
from zhiyin.core.errors import InvalidInput, NotFound, unknown

if TYPE_CHECKING:
    from zhiyin.adapters.databases.access import Access
    from zhiyin.ports.databases import Database


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
