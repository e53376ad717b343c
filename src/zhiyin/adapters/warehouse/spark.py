"""The warehouse for more than one machine: Spark over directories of Parquet files."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.operations as ops
import sqlglot
import sqlglot.expressions as sge
from ibis.backends.pyspark import Backend as SparkBackend
from ibis.backends.pyspark.datatypes import PySparkSchema
from pyspark.sql import DataFrame, SparkSession

from zhiyin.adapters.warehouse import expressions, spark_functions, spark_texts
from zhiyin.adapters.warehouse.compiling import is_deep, sql_of
from zhiyin.adapters.warehouse.lake import Lake, Published
from zhiyin.adapters.warehouse.spark_errors import NULL_MARK, asking, working
from zhiyin.adapters.warehouse.statements import check_reading
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.warehouse import How, Written

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.ports.tables import TableSpec

# These run code on the machine instead of reading tables.
_CODE = frozenset({"reflect", "java_method", "try_reflect"})
# A condition upon a deep expression would be pushed through all its selects, each of which it then
# holds written out; filters would be inferred by comparing every select with every other; and one
# function written for all would be longer than Java allows. Spark is spared these.
_PLANNING = {
    "spark.sql.optimizer.excludedRules": (
        "org.apache.spark.sql.catalyst.optimizer.PushDownPredicates"
    ),
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
}


def local_session() -> SparkSession:
    """Return a Spark session in this process, on two cores, that listens on the loopback only."""
    # Spark's own choice is whichever python3 the path leads to first, which may know none of this.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (
        SparkSession.builder.master("local[2]")
        .appName("zhiyin")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "2g")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.python.daemon.module", "zhiyin.adapters.warehouse.spark_daemon")
        .getOrCreate()
    )


class SparkWarehouse:
    """Tables as Parquet directories under one path, written and read by Spark.

    An append adds a directory; a merge or a replacement of partitions writes the rows that stay
    and the rows that come into two new ones. One process writes at a time; the manifest lies on a
    file system with an atomic rename, the directories wherever Spark can reach the same path.

    Parameters
    ----------
    path
        The directory, made if absent.
    spark
        A session to use; a local one is started, and stopped by `close`, if None.
    """

    is_embedded = False

    def __init__(self, path: Path, spark: SparkSession | None = None):
        self.lake = Lake(Path(path).absolute())
        self.owns_session = spark is None
        self.spark = spark or local_session()
        self.backend = _backend(self)
        self.writing = threading.RLock()
        self.depth = 0
        self.owner: int | None = None
        self.pending: dict[str, Published] = {}
        self.planning = threading.Lock()
        self.deep_running = 0
        self.usual_planning: dict[str, str | None] = {}
        for function in spark_functions.FUNCTIONS:
            self.spark.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {function}")
        for name, function in spark_texts.text_functions().items():
            self.spark.udf.register(name, function)

    def read(self, spec: TableSpec) -> ir.Table:
        """Return the table by name; `to_pyarrow()` and `execute()` on it go through `to_arrow`."""
        return expressions.named(spec, self.backend)

    def exists(self, spec: TableSpec) -> bool:
        return spec.name in self._tables()

    def version(self, spec: TableSpec) -> str | None:
        entry = self._tables().get(spec.name)
        return None if entry is None else str(entry.version)

    def tables(self) -> list[str]:
        return sorted(self._tables())

    def to_arrow(self, expr: ir.Table) -> pa.Table:
        schema = expr.as_table().schema()
        columns = [self._cast(name, kind) for name, kind in schema.items()]
        with working("reading"), self._running(expr) as query:
            frame = self.spark.sql(f"SELECT {', '.join(columns)} FROM ({query}) z")
            return expressions.as_promised(frame.toArrow(), schema)

    def prepared(self, expr: ir.Table) -> Callable[[pa.Table], pa.Table]:
        place = expressions.unbound_table(expr)

        def run(rows: pa.Table) -> pa.Table:
            given = ibis.memtable(rows, schema=place.schema).op()
            return self.to_arrow(expr.op().replace({place: given}).to_expr())  # pyright: ignore[reportUnhashable]

        return run

    def sql(self, query: str, limit: int | None = None) -> pa.Table:
        statement = check_reading(query)
        with asking():
            frame = self.spark.sql(self._resolved(statement))
            return (frame if limit is None else frame.limit(limit)).toArrow()

    def write(
        self,
        spec: TableSpec,
        rows: ir.Table | pa.Table,
        how: How = How.REPLACE,
        *,
        replacing: ir.Table | pa.Table | None = None,
    ) -> Written:
        given = expressions.as_expression(rows)
        expressions.check_columns(spec, given.columns)
        keys = expressions.replacing_keys(spec, how, replacing)
        with self.transaction(), working(f"writing {spec.name}"):
            folder = self.lake.new_folder(spec.name)
            with self._running(given) as query:
                selected = self.spark.sql(self._promised(spec, given, query))
                selected.write.parquet(self.lake.path(folder))
            old = self.pending.get(spec.name, Published(0, ()))
            new = self.spark.read.parquet(self.lake.path(folder))
            if replacing is None:
                kept = self._kept(spec, old, new, keys)
            else:
                with self._running(expressions.as_expression(replacing)) as query:
                    kept = self._kept(spec, old, self.spark.sql(query), keys)
            self.pending[spec.name] = Published(old.version + 1, (*kept, folder))
        return Written(rows=new.count(), version=str(old.version + 1))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.writing:
            if self.depth == 0:
                self.pending = self.lake.tables()
                self.owner = threading.get_ident()
            self.depth += 1
            try:
                yield
                if self.depth == 1 and self.pending != self.lake.tables():
                    self.lake.publish(self.pending)
            finally:
                self.depth -= 1
                if self.depth == 0:
                    self.owner = None

    def close(self) -> None:
        """Stop the session if this object started it."""
        if self.owns_session:
            self.spark.stop()

    def _tables(self) -> dict[str, Published]:
        return self.pending if self.owner == threading.get_ident() else self.lake.tables()

    def _kept(
        self, spec: TableSpec, old: Published, going: DataFrame, keys: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        """Return the directories of the rows that stay where those with a key of `going` go."""
        if keys is None or not old.folders:
            return ()
        if not keys:
            return old.folders
        before = self._frame(spec.schema(), old).alias("old")
        coming = going.select(list(keys)).distinct()
        same = [before[key].eqNullSafe(coming[key]) for key in keys]
        kept = self.lake.new_folder(spec.name)
        before.join(coming, same, "left_anti").write.parquet(self.lake.path(kept))
        return (kept,)

    def _frame(self, schema: ibis.Schema, entry: Published):
        nullable = {name: kind.copy(nullable=True) for name, kind in schema.items()}
        layout = PySparkSchema.from_ibis(ibis.schema(nullable))
        paths = [self.lake.path(folder) for folder in entry.folders]
        return self.spark.read.schema(layout).parquet(*paths)

    @contextmanager
    def _running(self, expr: ir.Expr) -> Iterator[str]:
        """Give the expression's SQL while the tables it reads are known to Spark as views."""
        published = self._tables()
        views: list[str] = []

        def stand_in(table: ops.DatabaseTable) -> ops.Relation:
            entry = published.get(expressions.qualified(table))
            if entry is None:
                return expressions.empty(table.schema)
            name = f"view_{_plain(expressions.qualified(table))}_{threading.get_ident()}"
            self._frame(table.schema, entry).createOrReplaceTempView(name)
            views.append(name)
            return ops.DatabaseTable(name, schema=table.schema, source=self.backend)

        bound = expressions.bind(expr, stand_in)
        bound = expressions.spelled(bound, spark_functions.SPELLING)
        try:
            for table in expressions.local_tables(bound):
                layout = PySparkSchema.from_ibis(table.schema)
                arrow = table.data.to_pyarrow(table.schema)
                self.spark.createDataFrame(arrow, schema=layout).createOrReplaceTempView(table.name)
                views.append(table.name)
            with self._planned_plainly() if is_deep(bound) else nullcontext():
                yield sql_of(self.backend, bound)
        finally:
            for view in views:
                self.spark.catalog.dropTempView(view)

    @contextmanager
    def _planned_plainly(self) -> Iterator[None]:
        """Let Spark plan without its dear steps while any deep expression runs."""
        settings = self.spark.conf
        with self.planning:
            if self.deep_running == 0:
                self.usual_planning = {name: settings.get(name, None) for name in _PLANNING}
                for name, plain in _PLANNING.items():
                    settings.set(name, plain)
            self.deep_running += 1
        try:
            yield
        finally:
            with self.planning:
                self.deep_running -= 1
                if self.deep_running == 0:
                    for name, usual in self.usual_planning.items():
                        settings.unset(name) if usual is None else settings.set(name, usual)

    def _cast(self, name: str, kind: ibis.DataType) -> str:
        target = self.backend.compiler.type_mapper.to_string(kind)
        return f"CAST(`{name}` AS {target}) AS `{name}`"

    def _promised(self, spec: TableSpec, given: ir.Table, query: str) -> str:
        """Return the SELECT that casts to the promise and stops where a value is missing."""
        arriving = given.schema()
        columns = []
        for name, kind in spec.schema().items():
            column = f"`{name}`"
            if arriving[name].is_floating():
                column = f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END"
            column = f"CAST({column} AS {self.backend.compiler.type_mapper.to_string(kind)})"
            if not kind.nullable:
                column = f"coalesce({column}, raise_error('{NULL_MARK}{spec.name}.{name}'))"
            columns.append(f"{column} AS `{name}`")
        order = f" ORDER BY {', '.join(spec.order_by)}" if spec.order_by else ""
        return f"SELECT {', '.join(columns)} FROM ({query}) z{order}"

    def _resolved(self, statement: str) -> str:
        """Return the statement with table names exchanged for the files that hold them."""
        try:
            parsed = sqlglot.parse(statement, read="spark")
        except sqlglot.errors.SqlglotError as error:
            raise InvalidInput(
                f"The statement cannot be read: {str(error).splitlines()[0]}"
            ) from error
        tree = parsed[0]
        if len(parsed) != 1 or not isinstance(tree, sge.Query):
            raise InvalidInput("Only one reading statement can be run at a time; send SELECT.")
        called = {call.name.lower() for call in tree.find_all(sge.Anonymous)}
        if called & _CODE:
            raise InvalidInput("Functions that run code cannot be called; read named tables.")
        published = self._tables()
        for table in tree.find_all(sge.Table):
            name = f"{table.db}.{table.name}"
            if table.db and name not in published:
                known = ", ".join(sorted(published)) or "none yet"
                raise InvalidInput(f"There is no table {name}; there are: {known}.")
            if table.db:
                paths = [self.lake.path(folder) for folder in published[name].folders]
                view = f"view_{_plain(name)}"
                self.spark.read.parquet(*paths).createOrReplaceTempView(view)
                table.set("db", None)
                table.set("this", sge.to_identifier(view))
        return tree.sql(dialect="spark")


def _backend(warehouse: SparkWarehouse) -> ibis.BaseBackend:
    """Return an Ibis backend that runs expressions through the warehouse."""

    class Bound(SparkBackend):
        def to_pyarrow(self, expr: ir.Expr, /, **_: object) -> object:
            return expr.__pyarrow_result__(warehouse.to_arrow(expr))

        def execute(self, expr: ir.Expr, /, **_: object) -> object:
            return expr.__pandas_result__(warehouse.to_arrow(expr).to_pandas())

    backend = Bound()
    backend.register_options()
    backend.do_connect(warehouse.spark)
    return backend


def _plain(name: str) -> str:
    return name.replace(".", "_")
