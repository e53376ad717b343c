"""What the settings may say of a database that tables are pulled from."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from zhiyin.core.errors import InvalidInput, not_allowed

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
