"""The embedded warehouse: one DuckDB file, one process, many threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis
import ibis.expr.operations as ops
from ibis.backends.duckdb import Backend as DuckDBBackend

from zhiyin.adapters.warehouse import duckdb_functions, expressions
from zhiyin.adapters.warehouse.compiling import sql_of
from zhiyin.adapters.warehouse.duckdb_errors import NULL_MARK, asking, opening, working
from zhiyin.adapters.warehouse.duckdb_names import deletion, listed, quoted
from zhiyin.adapters.warehouse.lent_tables import lending
from zhiyin.adapters.warehouse.statements import check_reading
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.warehouse import How, Written

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.ports.tables import TableSpec

STAGING = "zhiyin_staging"
LEAVING = "zhiyin_leaving"
LENT = "zhiyin_lent"


class DuckDBWarehouse:
    """Tables in one DuckDB file, or in memory.

    Each call runs on a cursor of its own, taken from a pool, so any thread may read at any time
    and sees the last published state. Writes take turns under one lock; a write is one DuckDB
    transaction, so a process killed in its middle leaves the table as it was. Within
    `transaction()` the thread that holds it reads its own writes.

    The engine is opened without access to files other than its own, hence `sql` cannot read or
    write any. `TableSpec.indexes` needs nothing here: a point look-up in a table of a million rows
    and sixty columns takes 6 ms by scanning, 2 ms with an index that would slow every write.

    Parameters
    ----------
    path
        The file, made if absent, or ":memory:".
    memory_limit
        DuckDB's spelling, such as "4GB"; DuckDB's own default if None.
    threads
        Threads per query; all cores if None.

    Raises
    ------
    Conflict
        If another process holds the file.
    """

    is_embedded = True

    def __init__(
        self, path: Path | str, *, memory_limit: str | None = None, threads: int | None = None
    ):
        self.path = str(path)
        self.root = _open(self.path, memory_limit, threads)
        self.backend = _backend(self)
        self.writer = self.root.cursor()
        self.writing = threading.RLock()
        self.depth = 0
        self.owner: int | None = None
        self.idle: list[duckdb.DuckDBPyConnection] = []

    def read(self, spec: TableSpec) -> ir.Table:
        """Return the table by name; `to_pyarrow()` and `execute()` on it go through `to_arrow`."""
        return expressions.named(spec, self.backend)

    def exists(self, spec: TableSpec) -> bool:
        return self.version(spec) is not None

    def version(self, spec: TableSpec) -> str | None:
        with self._cursor() as cursor:
            entry = _published(cursor).get(spec.name)
        return None if entry is None else str(entry.version)

    def tables(self) -> list[str]:
        with self._cursor() as cursor:
            return sorted(_published(cursor))

    def to_arrow(self, expr: ir.Table) -> pa.Table:
        with self._cursor() as cursor, self._running(cursor, expr) as query:
            return self._read(cursor, query, expr.as_table().schema())

    def prepared(self, expr: ir.Table) -> Callable[[pa.Table], pa.Table]:
        place = expressions.unbound_table(expr)
        schema = expr.schema()
        with self._cursor() as cursor:
            query, lent = self._bound(cursor, expr, is_kept=True)

        def run(rows: pa.Table) -> pa.Table:
            given = {place.name: rows, **lent}
            with self._cursor() as cursor, lending(cursor, given):
                return self._read(cursor, query, schema)

        return run

    def _read(self, cursor: duckdb.DuckDBPyConnection, query: str, schema: ibis.Schema) -> pa.Table:
        columns = ", ".join(self._typed(name, kind) for name, kind in schema.items())
        with working("reading"):
            # `execute` would fill the Arrow table on one thread; a relation fills it on all.
            result = cursor.sql(f"SELECT {columns} FROM ({query}) z").to_arrow_table()
        return expressions.as_promised(result, schema)

    def sql(self, query: str, limit: int | None = None) -> pa.Table:
        statement = check_reading(query)
        with self._cursor() as cursor, asking():
            kinds = [str(one.type) for one in cursor.extract_statements(statement)]
            if len(kinds) != 1 or not kinds[0].endswith(("SELECT", "EXPLAIN")):
                raise InvalidInput("Only one reading statement can be run at a time; send SELECT.")
            return _fetch_read_only(cursor, statement, limit)

    def write(
        self,
        spec: TableSpec,
        rows: ir.Table | pa.Table,
        how: How = How.REPLACE,
        *,
        replacing: ir.Table | pa.Table | None = None,
    ) -> Written:
        arriving = expressions.schema_of(rows)
        expressions.check_columns(spec, arriving)
        keys = expressions.replacing_keys(spec, how, replacing)
        with self.transaction(), working(f"writing {spec.name}"):
            if replacing is not None:
                with self._running(self.writer, replacing) as query:
                    self.writer.execute(f"CREATE OR REPLACE TEMP TABLE {LEAVING} AS {query}")
            with self._running(self.writer, rows) as query:
                going = LEAVING if replacing is not None else STAGING
                count = self._publish(spec, self._promised(spec, arriving, query), keys, going)
            version = _record(self.writer, spec)
        return Written(rows=count, version=str(version))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.writing:
            if self.depth == 0:
                self.writer.execute("BEGIN")
                self.owner = threading.get_ident()
            self.depth += 1
            try:
                yield
            except BaseException:
                self.depth -= 1
                self._finish("ROLLBACK")
                raise
            self.depth -= 1
            self._finish("COMMIT")

    def close(self) -> None:
        """Close the file; the queries of other threads are cut off."""
        with self.writing:
            for cursor in [*self.idle, self.writer, self.backend.con]:
                cursor.close()
            self.idle.clear()
            self.root.close()

    def _finish(self, verb: str) -> None:
        if self.depth > 0:
            return
        self.owner = None
        if verb == "ROLLBACK":
            # A failed COMMIT has already rolled back; there is nothing left to undo then.
            try:
                self.writer.execute(verb)
            except duckdb.TransactionException:
                return
        else:
            with working("publishing"):
                self.writer.execute(verb)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.owner == threading.get_ident():
            yield self.writer
            return
        try:
            cursor = self.idle.pop()
        except IndexError:
            cursor = self.root.cursor()
        try:
            yield cursor
        finally:
            self.idle.append(cursor)

    @contextmanager
    def _running(
        self, cursor: duckdb.DuckDBPyConnection, expr: ir.Table | pa.Table
    ) -> Iterator[str]:
        """Give the expression's SQL while the tables it brings along are known to the cursor."""
        if not isinstance(expr, ibis.Expr):
            # Through Ibis a table would cost 20 ms, and live until the next garbage collection.
            with lending(cursor, {LENT: expr}):
                yield f"SELECT * FROM {LENT}"
            return
        query, lent = self._bound(cursor, expr)
        with lending(cursor, lent):
            yield query

    def _bound(
        self, cursor: duckdb.DuckDBPyConnection, expr: ir.Expr, *, is_kept: bool = False
    ) -> tuple[str, dict[str, pa.Table]]:
        """Return the expression's SQL, and the tables that it brings along, by name.

        SQL that `is_kept` reads every table that was written, for one without rows may get some.
        """
        published = _published(cursor)

        def stand_in(table: ops.DatabaseTable) -> ops.Relation | None:  # pyright: ignore[reportGeneralTypeIssues]
            entry = published.get(expressions.qualified(table))
            if entry is None or not (is_kept or _has_rows(cursor, table)):
                return expressions.empty(table.schema)
            return expressions.widened(table, entry.columns)

        bound = expressions.bind(expr, stand_in)
        bound = expressions.spelled(bound, duckdb_functions.SPELLING)
        lent = {
            table.name: table.data.to_pyarrow(table.schema)
            for table in expressions.local_tables(bound)
        }
        return sql_of(self.backend, bound), lent

    def _typed(self, name: str, kind: ibis.DataType) -> str:
        return f"CAST({quoted(name)} AS {self._sql_type(kind)}) AS {quoted(name)}"

    def _sql_type(self, kind: ibis.DataType) -> str:
        return self.backend.compiler.type_mapper.to_string(kind)

    def _promised(self, spec: TableSpec, arriving: ibis.Schema, query: str) -> str:
        """Return the SELECT that casts to the promise and stops where a value is missing."""
        columns = []
        for name, kind in spec.schema().items():
            column = quoted(name)
            if arriving[name].is_floating():
                column = f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END"
            column = f"CAST({column} AS {self._sql_type(kind)})"
            if not kind.nullable:
                column = f"coalesce({column}, error('{NULL_MARK}{spec.name}.{name}'))"
            columns.append(f"{column} AS {quoted(name)}")
        order = f" ORDER BY {listed(spec.order_by)}" if spec.order_by else ""
        return f"SELECT {', '.join(columns)} FROM ({query}) z{order}"

    def _publish(
        self, spec: TableSpec, select: str, keys: tuple[str, ...] | None, going: str
    ) -> int:
        table = f"{quoted(spec.layer)}.{quoted(spec.table)}"
        run = self.writer.execute
        run(f"CREATE SCHEMA IF NOT EXISTS {quoted(spec.layer)}")
        if keys is None:
            run(f"CREATE OR REPLACE TABLE {table} AS {select}")
            return _count(self.writer, table)
        self._make_ready(spec, table)
        if not keys:
            return _changed(run(f"INSERT INTO {table} {select}"))
        run(f"CREATE OR REPLACE TEMP TABLE {STAGING} AS {select}")
        run(deletion(table, keys, going))
        count = _changed(run(f"INSERT INTO {table} FROM {STAGING}"))
        run(f"DROP TABLE temp.{STAGING}")
        run(f"DROP TABLE IF EXISTS temp.{LEAVING}")
        return count

    def _make_ready(self, spec: TableSpec, table: str) -> None:
        """Make the table if it is new, and give it the columns that an older version had not."""
        columns = {name: self._sql_type(kind) for name, kind in spec.schema().items()}
        typed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        self.writer.execute(f"CREATE TABLE IF NOT EXISTS {table} ({typed})")
        described = self.writer.execute(f"DESCRIBE {table}").fetchall()
        present = [row[0] for row in described]
        if present == list(columns):
            return
        kept = ", ".join(
            f"CAST({quoted(name) if name in present else 'NULL'} AS {kind}) AS {quoted(name)}"
            for name, kind in columns.items()
        )
        self.writer.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {kept} FROM {table}")


def _backend(warehouse: DuckDBWarehouse) -> ibis.BaseBackend:
    """Return an Ibis backend that runs expressions on the warehouse's pool of cursors."""

    class Pooled(DuckDBBackend):
        def to_pyarrow(self, expr: ir.Expr, /, **_: object) -> object:
            return expr.__pyarrow_result__(warehouse.to_arrow(expr))

        def execute(self, expr: ir.Expr, /, **_: object) -> object:
            return expr.__pandas_result__(warehouse.to_arrow(expr).to_pandas())

    return Pooled.from_connection(warehouse.root.cursor())


def _open(path: str, memory_limit: str | None, threads: int | None) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int] = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        # A sort that a build asks for is kept; only rows without an order may change places.
        "preserve_insertion_order": False,
        # A file is read by the release that is installed, and newer encodings write a third faster.
        "storage_compatibility_version": "latest",
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    if threads:
        config["threads"] = threads
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with opening(path):
        root = duckdb.connect(path, config=config)
        root.execute("SET GLOBAL timezone = 'UTC'")
        root.execute("CREATE SCHEMA IF NOT EXISTS meta")
        root.execute(
            "CREATE TABLE IF NOT EXISTS meta.tables "
            "(name VARCHAR, version BIGINT, columns VARCHAR[])"
        )
        for macro in duckdb_functions.MACROS:
            root.execute(f"CREATE OR REPLACE MACRO main.{macro}")
        duckdb_functions.teach_texts(root)
    return root


@dataclass(frozen=True)
class Published:
    """What is known of a written table: its version, and the columns it was written with."""

    version: int
    columns: frozenset[str]


def _published(cursor: duckdb.DuckDBPyConnection) -> dict[str, Published]:
    rows = cursor.execute("SELECT name, version, columns FROM meta.tables").fetchall()
    return {name: Published(version, frozenset(columns)) for name, version, columns in rows}


def _has_rows(cursor: duckdb.DuckDBPyConnection, table: ops.DatabaseTable) -> bool:
    name = f"{quoted(table.namespace.database)}.{quoted(table.name)}"
    return bool(cursor.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchall())


def _record(cursor: duckdb.DuckDBPyConnection, spec: TableSpec) -> int:
    before = _published(cursor).get(spec.name)
    version = 1 if before is None else before.version + 1
    cursor.execute("DELETE FROM meta.tables WHERE name = ?", [spec.name])
    row = [spec.name, version, list(spec.columns)]
    cursor.execute("INSERT INTO meta.tables VALUES (?, ?, ?)", row)
    return version


def _fetch_read_only(
    cursor: duckdb.DuckDBPyConnection, statement: str, limit: int | None
) -> pa.Table:
    """Run in a transaction that refuses to write, for `EXPLAIN ANALYZE DELETE` is an EXPLAIN."""
    cursor.execute("BEGIN TRANSACTION READ ONLY")
    try:
        result = cursor.execute(statement)
        if limit is None:
            return result.to_arrow_table()
        return _first_rows(result, limit)
    finally:
        cursor.execute("ROLLBACK")


def _first_rows(result: duckdb.DuckDBPyConnection, limit: int) -> pa.Table:
    import pyarrow as pa

    reader = result.to_arrow_reader(max(1, min(limit, 100_000)))
    batches, left = [], limit
    for batch in reader:
        batches.append(batch.slice(0, left))
        left -= batches[-1].num_rows
        if left <= 0:
            break
    return pa.Table.from_batches(batches, schema=reader.schema)


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    return cursor.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


def _changed(result: duckdb.DuckDBPyConnection) -> int:
    return result.fetchall()[0][0]
