"""MySQL and MariaDB through PyMySQL; the server writes each row as one line of CSV.

PyMySQL takes rows apart in Python, a cell at a time: 72,000 rows of nine columns a second. One
cell per row, taken apart by Arrow's CSV reader, gives 440,000.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from zhiyin.adapters.databases.access import Access, extra_missing
from zhiyin.adapters.databases.statements import (
    Dialect,
    left_out_statements,
    page_statement,
    rows_statement,
)
from zhiyin.core.errors import Conflict, Unsupported, ZhiyinError
from zhiyin.ports.databases import Kind, LeftOut, Position, Relation, Scan, TableColumn

if TYPE_CHECKING:
    import pyarrow as pa

# Type codes of the protocol.
KINDS = {
    **dict.fromkeys((1, 2, 3, 8, 9, 13), Kind.INTEGER),
    **dict.fromkeys((0, 4, 5, 246), Kind.NUMBER),
    **dict.fromkeys((15, 247, 248, 249, 250, 251, 252, 253, 254), Kind.TEXT),
    7: Kind.INSTANT,
    12: Kind.WALL_TIME,
    **dict.fromkeys((10, 14), Kind.DATE),
    **dict.fromkeys((16, 255), Kind.BYTES),
}
_BINARY = 63  # the character set of columns that hold bytes
_CUT_OFF = 1301  # warning: a text was longer than max_allowed_packet and became null

_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = DATABASE() ORDER BY table_name"""
_COLUMNS = """
SELECT column_name, column_type, column_key FROM information_schema.columns
WHERE table_schema = COALESCE({schema}, DATABASE()) AND table_name = {table}"""


class MysqlDatabase:
    """Reads one MySQL or MariaDB database; made by `connect_mysql`."""

    def __init__(self, connection: Any, access: Access) -> None:
        self._connection = connection
        self._access = access
        # 0000-00-00, which old tables hold for "unknown", is before every day.
        self._dialect = Dialect("`", self._value, finite=lambda name: f"{name} >= '0001-01-01'")

    def tables(self) -> list[str]:
        return [name for (name,) in self._run(_TABLES)]

    def columns(self, relation: Relation) -> list[TableColumn]:
        told = self._told(relation.table) if relation.table is not None else {}
        with translated(self._access), self._connection.cursor() as cursor:
            cursor.execute(rows_statement(self._dialect, "r.*", relation, 0).text)
            fields = list(cursor._result.fields)
        columns = []
        for field in fields:
            kind = KINDS.get(field.type_code, Kind.OTHER)
            if kind is Kind.TEXT and field.charsetnr == _BINARY:
                kind = Kind.BYTES
            word, is_key = told.get(field.name, (kind.value, False))
            columns.append(TableColumn(field.name, word, kind, is_key))
        return columns

    def page(self, scan: Scan, after: Position | None, limit: int) -> pa.Table:
        columns = self.columns(scan.relation)
        shown = _line(columns, self._dialect)
        return self._texts(columns, page_statement(self._dialect, shown, scan, after, limit).text)

    def rows(self, relation: Relation, limit: int | None = None) -> pa.Table:
        columns = self.columns(relation)
        shown = _line(columns, self._dialect)
        return self._texts(columns, rows_statement(self._dialect, shown, relation, limit).text)

    def left_out(self, scan: Scan) -> LeftOut:
        counts = [
            int(self._run(statement.text)[0][0]) if statement else 0
            for statement in left_out_statements(self._dialect, scan)
        ]
        return LeftOut(*counts)

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()

    def _told(self, table: str) -> dict[str, tuple[str, bool]]:
        schema, _, name = table.rpartition(".")
        told = _COLUMNS.format(
            schema=self._connection.escape(schema) if schema else "NULL",
            table=self._connection.escape(name),
        )
        return {column: (kind, key == "PRI") for column, kind, key in self._run(told)}

    def _texts(self, columns: Sequence[TableColumn], statement: str) -> pa.Table:
        lines = [line for (line,) in self._run(statement)]
        return _parsed(lines, [column.name for column in columns])

    def _run(self, statement: str) -> Sequence[tuple[Any, ...]]:
        with translated(self._access), self._connection.cursor() as cursor:
            # Without parameters: PyMySQL would take a % of the recipe's query for one.
            cursor.execute(statement)
            rows = cursor.fetchall()
            if cursor.warning_count:
                self._check_whole()
        return rows

    def _check_whole(self) -> None:
        if any(code == _CUT_OFF for _, code, _ in self._connection.show_warnings()):
            raise Unsupported(
                f"A row in {self._access.place} is longer than the server's max_allowed_packet; "
                "raise that, or name the columns you need in a query."
            )

    def _value(self, column: TableColumn, text: str, _: int) -> tuple[str, None]:
        """Return the value as a literal: PyMySQL has no parameters on the server's side."""
        try:
            if column.kind is Kind.INTEGER:
                return str(int(text)), None
            if column.kind is Kind.NUMBER:
                return format(Decimal(text), "f"), None
        except (ValueError, InvalidOperation) as error:
            raise Conflict(
                f"The column {column.name} holds numbers, the pull stands at {text!r}; reset it."
            ) from error
        quoted = self._connection.escape(text.removesuffix("Z").replace("T", " "))
        if column.kind in (Kind.INSTANT, Kind.WALL_TIME):
            return f"CAST({quoted} AS DATETIME(6))", None
        if column.kind is Kind.DATE:
            return f"CAST({quoted} AS DATE)", None
        if column.kind is Kind.BYTES:
            return f"UNHEX({self._connection.escape(text)})", None
        return self._connection.escape(text), None


def connect_mysql(access: Access) -> MysqlDatabase:
    """Return an open connection whose session only reads, in UTC, with a time limit."""
    try:
        import pymysql
        from pymysql.converters import encoders
    except ImportError as error:
        raise extra_missing("MySQL or MariaDB", "mysql") from error
    with translated(access):
        connection = pymysql.connect(
            host=access.host,
            port=access.port,
            user=access.user,
            password=access.password.encode(),
            database=access.database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=10,
            read_timeout=access.timeout_seconds + 30,
            conv=dict(encoders),  # no decoders: every value stays the text that the server sent
            program_name="zhiyin",
            **_tls(access),
        )
        version = str(connection.get_server_info())
        limit = (
            f"max_statement_time = {int(access.timeout_seconds)}"
            if "MariaDB" in version
            else f"max_execution_time = {int(access.timeout_seconds) * 1000}"
        )
        with connection.cursor() as cursor:
            for setting in (
                "SESSION TRANSACTION READ ONLY",
                "SESSION time_zone = '+00:00'",
                "SESSION innodb_lock_wait_timeout = 10",
                f"SESSION {limit}",
            ):
                cursor.execute(f"SET {setting}")
    return MysqlDatabase(connection, access)


def _tls(access: Access) -> dict[str, Any]:
    if access.tls == "disable":
        return {"ssl_disabled": True}
    if access.tls == "verify-full":
        return {
            "ssl_ca": access.tls_ca or None,
            "ssl_verify_cert": True,
            "ssl_verify_identity": True,
        }
    if access.tls == "require":
        return {"ssl": {"check_hostname": False, "verify_mode": False}}
    return {}


def _line(columns: Sequence[TableColumn], dialect: Dialect) -> str:
    cells = ", ".join(_cell(column, f"r.{dialect.name(column.name)}") for column in columns)
    return f"CONCAT_WS(',', {cells})"


def _cell(column: TableColumn, name: str) -> str:
    """Return a cell of CSV: nothing for null, quoted where the text may hold anything."""
    if column.kind is Kind.INSTANT:
        return f"IFNULL(DATE_FORMAT({name}, '%Y-%m-%dT%H:%i:%s.%fZ'), '')"
    if column.kind is Kind.WALL_TIME:
        return f"IFNULL(DATE_FORMAT({name}, '%Y-%m-%dT%H:%i:%s.%f'), '')"
    if column.kind in (Kind.INTEGER, Kind.DATE) or column.type.startswith("decimal"):
        return f"IFNULL({name}, '')"
    if column.kind is Kind.NUMBER:
        # Without the detour through DOUBLE a FLOAT is shown with six digits.
        return f"IFNULL(CAST({name} AS CHAR), '')"
    if column.kind is Kind.BYTES:
        return f"IFNULL(LOWER(HEX({name})), '')"
    return f"IFNULL(CONCAT('\"', REPLACE(CAST({name} AS CHAR), '\"', '\"\"'), '\"'), '')"


def _parsed(lines: Sequence[str], names: list[str]) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    schema = pa.schema([(name, pa.string()) for name in names])
    if not lines:
        return schema.empty_table()
    # Without a line break at the end Arrow takes a null in the last cell for an empty text.
    content = "\n".join([*lines, ""]).encode()
    table = csv.read_csv(
        pa.BufferReader(content),
        # Columns of a query may share a name, hence numbers here.
        read_options=csv.ReadOptions(column_names=[str(n) for n in range(len(names))]),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types={str(n): pa.string() for n in range(len(names))},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return table.rename_columns(names)


@contextmanager
def translated(access: Access) -> Iterator[None]:
    """Raise the driver's errors as ours."""
    import pymysql

    try:
        yield
    except (pymysql.Error, OSError) as error:
        raise _meaning(error, access) from None


def _meaning(error: Exception, access: Access) -> ZhiyinError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    why = str(error.args[1] if len(error.args) > 1 else error).strip().rstrip(".")
    if isinstance(error, OSError):
        return access.unreachable(why)
    for codes, meaning in _MEANINGS:
        if code in codes:
            return meaning(access, why)
    return access.otherwise(why, f"error {code}")


def _tls_refused(access: Access, why: str) -> ZhiyinError:
    return access.without_tls() if "doesn't support" in why else access.distrusted(why)


_MEANINGS = (
    ((1045, 1698, 1251), lambda access, _: access.refused()),
    ((1044, 1142, 1143), Access.forbidden),
    ((1049,), Access.no_such_database),
    ((1146, 1054, 1051), Access.missing),
    ((3024, 1969, 1317, 1205), lambda access, _: access.too_slow()),
    ((2026,), _tls_refused),
    ((0, 1040, 1053, 2002, 2003, 2006, 2013, 2055), Access.unreachable),
    ((1064, 1292, 1525), Access.misunderstood),
)
