"""PostgreSQL through ADBC: the server writes texts, the driver hands them over as Arrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from zhiyin.adapters.databases.access import Access, extra_missing
from zhiyin.adapters.databases.statements import (
    Dialect,
    Statement,
    left_out_statements,
    page_statement,
    rows_statement,
)
from zhiyin.core.errors import ZhiyinError
from zhiyin.ports.databases import Kind, LeftOut, Position, Relation, Scan, TableColumn

if TYPE_CHECKING:
    import pyarrow as pa
    from adbc_driver_manager import Error

KINDS = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), Kind.INTEGER),
    **dict.fromkeys(("numeric", "float4", "float8"), Kind.NUMBER),
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "citext"), Kind.TEXT),
    "timestamptz": Kind.INSTANT,
    "timestamp": Kind.WALL_TIME,
    "date": Kind.DATE,
    "bool": Kind.TRUTH,
    "bytea": Kind.BYTES,
}

# Times that ISO 8601 can write; PostgreSQL knows infinity and years before Christ too.
_WRITABLE = "{name} BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999'"

_TABLES = """
SELECT CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1"""

_KEY = """
SELECT a.attname::text AS name
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indisprimary AND i.indrelid = to_regclass($1::text)"""


class PostgresDatabase:
    """Reads one PostgreSQL database; made by `connect_postgres`."""

    def __init__(self, connection: Any, access: Access) -> None:
        self._connection = connection
        self._access = access

    def tables(self) -> list[str]:
        return self._run(Statement(_TABLES))["name"].to_pylist()

    def columns(self, relation: Relation) -> list[TableColumn]:
        schema = self._run(rows_statement(DIALECT, "r.*", relation, 0)).schema
        keys: set[str] = set()
        if relation.table is not None:
            found = self._run(Statement(_KEY, (DIALECT.table(relation.table),)))
            keys = set(found["name"].to_pylist())
        types = [(field.metadata or {}).get(b"POSTGRESQL:type", b"").decode() for field in schema]
        return [
            TableColumn(field.name, kind, KINDS.get(kind, Kind.OTHER), field.name in keys)
            for field, kind in zip(schema, types, strict=True)
        ]

    def page(self, scan: Scan, after: Position | None, limit: int) -> pa.Table:
        columns = self.columns(scan.relation)
        return self._texts(columns, page_statement(DIALECT, _shown(columns), scan, after, limit))

    def rows(self, relation: Relation, limit: int | None = None) -> pa.Table:
        columns = self.columns(relation)
        return self._texts(columns, rows_statement(DIALECT, _shown(columns), relation, limit))

    def left_out(self, scan: Scan) -> LeftOut:
        counts = [
            self._run(statement).column(0)[0].as_py() if statement else 0
            for statement in left_out_statements(DIALECT, scan)
        ]
        return LeftOut(*counts)

    def close(self) -> None:
        self._connection.close()

    def _texts(self, columns: Sequence[TableColumn], statement: Statement) -> pa.Table:
        import pyarrow as pa

        schema = pa.schema([(column.name, pa.string()) for column in columns])
        return self._run(statement).cast(schema)

    def _run(self, statement: Statement) -> pa.Table:
        with translated(self._access), self._connection.cursor() as cursor:
            cursor.execute(statement.text, statement.values or None)
            return cursor.fetch_arrow_table()


def connect_postgres(access: Access) -> PostgresDatabase:
    """Return an open connection whose session only reads, in UTC, with a time limit."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError as error:
        raise extra_missing("PostgreSQL", "postgres") from error
    with translated(access):
        connection = dbapi.connect(_address(access), autocommit=True)
        with connection.cursor() as cursor:
            for setting in (
                "default_transaction_read_only = on",
                f"statement_timeout = '{int(access.timeout_seconds)}s'",
                "lock_timeout = '10s'",
                "TimeZone = 'UTC'",
                "DateStyle = 'ISO'",
                "IntervalStyle = 'iso_8601'",
                "extra_float_digits = 1",
                "bytea_output = 'hex'",
            ):
                cursor.execute(f"SET {setting}")
    return PostgresDatabase(connection, access)


def _address(access: Access) -> str:
    user = quote(access.user, safe="")
    secret = f":{quote(access.password, safe='')}" if access.password else ""
    host = f"[{access.host}]" if ":" in access.host else quote(access.host, safe="")
    settings = {
        "sslmode": access.tls,
        "connect_timeout": 10,
        "application_name": "zhiyin",
        "client_encoding": "UTF8",
        # A server that has vanished without a word is noticed within two minutes.
        "keepalives_idle": 60,
        "keepalives_interval": 10,
        "keepalives_count": 6,
    }
    if access.tls_ca:
        settings["sslrootcert"] = access.tls_ca
    database = quote(access.database, safe="")
    return f"postgresql://{user}{secret}@{host}:{access.port}/{database}?{urlencode(settings)}"


def _value(column: TableColumn, text: str, number: int) -> tuple[str, Any]:
    return f"CAST(${number}::text AS {DIALECT.name(column.type)})", text


DIALECT = Dialect(
    quote='"',
    value=_value,
    finite=lambda name: _WRITABLE.format(name=name),
    compares_rows=True,
)


def _shown(columns: Sequence[TableColumn]) -> str:
    return ", ".join(f"{_text(column)} AS {DIALECT.name(column.name)}" for column in columns)


def _text(column: TableColumn) -> str:
    name = f"r.{DIALECT.name(column.name)}"
    pattern = 'YYYY-MM-DD"T"HH24:MI:SS.US'
    writable = _WRITABLE.format(name=name)
    if column.kind is Kind.INSTANT:
        written = f"to_char({name} AT TIME ZONE 'UTC', '{pattern}\"Z\"')"
        return f"CASE WHEN {writable} THEN {written} ELSE {name}::text END"
    if column.kind is Kind.WALL_TIME:
        return f"CASE WHEN {writable} THEN to_char({name}, '{pattern}') ELSE {name}::text END"
    if column.kind is Kind.BYTES:
        return f"encode({name}, 'hex')"
    return f"{name}::text"


@contextmanager
def translated(access: Access) -> Iterator[None]:
    """Raise the driver's errors as ours."""
    from adbc_driver_manager import Error

    try:
        yield
    except Error as error:
        raise _meaning(error, access) from None


def _meaning(error: Error, access: Access) -> ZhiyinError:
    """Return what an error means; `from None` above, for a driver's text may hold an address."""
    state, why = error.sqlstate or "", _sentence(str(error))
    if not state:
        return _not_connected(why, access)
    for starts, meaning in _MEANINGS:
        if state.startswith(starts):
            return meaning(access, why)
    return access.otherwise(why, f"SQLSTATE {state}")


def _not_connected(why: str, access: Access) -> ZhiyinError:
    for words, meaning in _REFUSALS:
        if any(word in why for word in words):
            return meaning(access, why)
    return access.unreachable(why)


_MEANINGS = (
    (("42501",), Access.forbidden),
    (("42P01", "42703", "3F000"), Access.missing),
    (("57014", "55P03"), lambda access, _: access.too_slow()),
    (("08", "57P", "53"), Access.unreachable),
    (("42", "22"), Access.misunderstood),
)
_REFUSALS = (
    (("authentication failed", "no password supplied"), lambda access, _: access.refused()),
    (("does not exist",), Access.no_such_database),
    (("does not support SSL",), lambda access, _: access.without_tls()),
    (("certificate",), Access.distrusted),
    (("permission denied",), Access.forbidden),
)


def _sentence(text: str) -> str:
    """Return the server's own sentence out of the driver's message."""
    said = re.search(r"(?:ERROR|FATAL):\s+(.+)", text)
    first = said[1] if said else text.strip().splitlines()[0]
    return first.split("failed: ")[-1].strip().rstrip(".")
