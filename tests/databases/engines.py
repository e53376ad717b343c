"""The databases that the suites run over: how each makes its tables, and how we read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.databases.servers import PASSWORD, Server

from zhiyin.adapters.databases.access import Access
from zhiyin.ports.databases import Database
from zhiyin.testing.databases import MemoryDatabase

# Words of the tests -> the engine's own.
TYPES = {
    "postgres": {
        "INTEGER": "bigint", "NUMERIC": "numeric(38, 12)", "INSTANT": "timestamptz",
        "WALL_TIME": "timestamp", "BOOLEAN": "boolean", "BLOB": "bytea", "TEXT": "varchar(255)",
    },
    "mariadb": {
        "INTEGER": "bigint", "NUMERIC": "decimal(38, 12)", "INSTANT": "timestamp(6) NULL",
        "WALL_TIME": "datetime(6)", "BOOLEAN": "tinyint(1)", "BLOB": "varbinary(255)",
        "TEXT": "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    },
    "memory": {"NUMERIC": "NUMERIC_TEXT"},
}  # fmt: skip


@dataclass
class Engine:
    """One kind of database, its owner's connection, and a fresh place for tables in it."""

    kind: str
    server: Server | None
    place: str
    owner: Any

    def run(self, *statements: str) -> None:
        """Run statements as the owner, with the words of `TYPES` for types."""
        for statement in statements:
            self.owner(self.worded(statement))

    def worded(self, statement: str) -> str:
        if not statement.startswith("CREATE TABLE"):
            return statement
        words = TYPES[self.kind]
        pattern = rf"\b({'|'.join(words)})\b"
        return re.sub(pattern, lambda match: words[match[1]], statement)

    def access(self, **changes: Any) -> Access:
        assert self.server is not None
        settings = {
            "name": "shop",
            "host": "127.0.0.1",
            "port": self.server.port,
            "database": self.place,
            "user": "zhiyin",
            "password": PASSWORD,
            "timeout_seconds": 20,
        } | changes
        return Access(**settings)

    def open(self, **changes: Any) -> Database:
        """Open the port's database on the same tables."""
        if self.kind == "memory":
            return self.owner.__self__
        if self.kind == "postgres":
            from zhiyin.adapters.databases.postgres import connect_postgres

            return connect_postgres(self.access(**changes))
        from zhiyin.adapters.databases.mysql import connect_mysql

        return connect_mysql(self.access(**changes))


def memory_engine() -> Engine:
    return Engine("memory", None, "main", MemoryDatabase().execute)


def postgres_engine(server: Server, place: str) -> Engine:
    """Make a database of its own on the server."""
    _postgres_owner(server, "postgres")(f"CREATE DATABASE {place}")
    return Engine("postgres", server, place, _postgres_owner(server, place))


def mariadb_engine(server: Server, place: str) -> Engine:
    """Make a database of its own on the server."""
    _mariadb_owner(server, "mysql")(f"CREATE DATABASE {place} CHARACTER SET utf8mb4")
    return Engine("mariadb", server, place, _mariadb_owner(server, place))


def _postgres_owner(server: Server, place: str):
    from adbc_driver_postgresql import dbapi

    address = f"postgresql://zhiyin:{PASSWORD}@127.0.0.1:{server.port}/{place}"

    def run(statement: str) -> None:
        with dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            cursor.execute(statement)

    return run


def _mariadb_owner(server: Server, place: str):
    import pymysql

    def run(statement: str) -> None:
        connection = pymysql.connect(
            host="127.0.0.1", port=server.port, user="zhiyin", password=PASSWORD, database=place,
            charset="utf8mb4", autocommit=True, init_command="SET time_zone = '+00:00'",
        )  # fmt: skip
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    return run
