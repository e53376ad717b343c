"""What both warehouses do with Ibis expressions: name tables, and bind the names when they run.

`read` hands out a table by its promised name only. What the name stands for is looked up when
the expression runs, so an expression may be kept, sent to another thread, or built before the
table was ever written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import ibis
import ibis.expr.operations as ops

from zhiyin.adapters.warehouse.emptiness import without_empty
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.warehouse import How

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.ports.tables import TableSpec


def named(spec: TableSpec, backend: object) -> ir.Table:
    """Return the table of the spec by its promised name and schema, whether it exists or not.

    Every column is nullable here: Ibis would not unite a column that may be null with one that
    may not, and it offers no cast between the two.
    """
    schema = ibis.schema({name: kind.copy(nullable=True) for name, kind in spec.schema().items()})
    namespace = ops.Namespace(database=spec.layer)
    return ops.DatabaseTable(
        spec.table, schema=schema, source=backend, namespace=namespace
    ).to_expr()


def qualified(table: ops.DatabaseTable) -> str:
    """Return a table's name as a spec spells it, such as `dw.orders`."""
    return f"{table.namespace.database}.{table.name}"


def named_tables(expr: ir.Expr) -> Sequence[ops.DatabaseTable]:
    """Return every named table that the expression reads."""
    return expr.op().find(ops.DatabaseTable)  # type: ignore[return-value]


def local_tables(expr: ir.Expr) -> Sequence[ops.InMemoryTable]:
    """Return every table that the expression brings along itself (`ibis.memtable`)."""
    return expr.op().find(ops.InMemoryTable)  # type: ignore[return-value]


def unbound_table(expr: ir.Expr) -> ops.UnboundTable:
    """Return the one table that the expression only describes.

    Raises
    ------
    InvalidInput
        If it describes none, or several.
    """
    found = expr.op().find(ops.UnboundTable)
    if len(found) != 1:
        raise InvalidInput(
            f"A prepared expression reads one unbound table, not {len(found)}; make it with "
            "ibis.table(schema, name=...)."
        )
    return found[0]  # type: ignore[return-value]


def bind(expr: ir.Expr, stand_in: Callable[[ops.DatabaseTable], ops.Relation | None]) -> ir.Table:  # pyright: ignore[reportGeneralTypeIssues]
    """Return the expression with named tables exchanged for what they stand for.

    `stand_in` gives the replacement, which must have the same schema, or None to keep the name.
    What is without rows because tables stand for `empty` is left out.
    """
    swaps = {table: new for table in named_tables(expr) if (new := stand_in(table)) is not None}
    bare = [table for table, new in swaps.items() if isinstance(new, ops.InMemoryTable)]
    bound = expr.as_table().op()
    if bare:
        bound = without_empty(bound, bare, empty=empty)
    rest = {table: new for table, new in swaps.items() if table not in bare}
    return (bound.replace(rest) if rest else bound).to_expr()


def spelled(
    expr: ir.Table, spelling: Mapping[str | type[ops.Node], Callable[..., ir.Value]]
) -> ir.Table:
    """Return the expression with functions exchanged for the engine's spelling of them.

    `spelling` has, by the function's name or the operation's class, what gets its first argument
    and the type of its result.
    """

    def exchanged(node: ops.Node, changed: Mapping | None) -> ops.Node:
        made = node.__recreate__(changed) if changed else node
        name = made.__func_name__ if isinstance(made, ops.ScalarUDF) else type(made)
        if name in spelling:
            return spelling[name](made.args[0].to_expr(), made.dtype).op()
        return made

    return expr.op().replace(exchanged).to_expr()


def empty(schema: ibis.Schema) -> ops.Relation:
    """Return a table without rows."""
    from ibis.formats.pyarrow import PyArrowTableProxy

    # Not through `ibis.memtable`, which imports pandas: that takes a second.
    nothing = PyArrowTableProxy(schema.to_pyarrow().empty_table())
    return ops.InMemoryTable(name=ibis.util.gen_name("empty"), schema=schema, data=nothing)


def widened(table: ops.DatabaseTable, stored: Collection[str]) -> ops.Relation | None:  # pyright: ignore[reportGeneralTypeIssues]
    """Return the table with nulls for columns promised after it was stored; None if it has all."""
    later = {name: kind for name, kind in table.schema.items() if name not in stored}
    if not later:
        return None
    there = ibis.schema({name: kind for name, kind in table.schema.items() if name in stored})
    narrow = ops.DatabaseTable(
        table.name, schema=there, source=table.source, namespace=table.namespace
    ).to_expr()
    nulls = {name: ibis.null(kind) for name, kind in later.items()}
    return narrow.mutate(**nulls).select(list(table.schema)).op()


def as_expression(rows: ir.Table | pa.Table) -> ir.Table:
    """Return the rows as an expression; an Arrow table is wrapped without a copy."""
    import pyarrow as pa

    return ibis.memtable(rows) if isinstance(rows, pa.Table) else rows


def schema_of(rows: ir.Table | pa.Table) -> ibis.Schema:
    """Return the schema of rows in either form."""
    import pyarrow as pa

    return ibis.Schema.from_pyarrow(rows.schema) if isinstance(rows, pa.Table) else rows.schema()


def check_columns(spec: TableSpec, names: Iterable[str]) -> None:
    """Raise `InvalidInput` unless every promised column is among the names."""
    present = set(names)
    missing = [name for name in spec.columns if name not in present]
    if missing:
        raise InvalidInput(
            f"{spec.name} promises the column {missing[0]!r}, which the rows do not have; "
            f"they have: {', '.join(sorted(present))}."
        )


def replacing_keys(
    spec: TableSpec, how: How, replacing: ir.Table | pa.Table | None = None
) -> tuple[str, ...] | None:
    """Return the columns in which an old row that must go equals a new one, or one of `replacing`.

    None if all old rows must go, no columns if none must.

    Raises
    ------
    InvalidInput
        If partitions are asked for that the table has not, or rows that are to be replaced are
        not told by columns of the table, or come with another `how`.
    """
    if (how is How.EXCHANGE) != (replacing is not None):
        raise InvalidInput(
            f"{spec.name} cannot be written with how={how.value!r} and replacing="
            f"{'rows' if replacing is not None else 'None'}; give both `exchange` and the rows."
        )
    if replacing is not None:
        return _told_by(spec, schema_of(replacing))
    if how is How.REPLACE:
        return None
    if how is How.APPEND:
        return ()
    if how is How.MERGE:
        return spec.grain
    if spec.partition_by is None:
        raise InvalidInput(f"{spec.name} has no partitions; write it with another `how`.")
    return (spec.partition_by,)


def _told_by(spec: TableSpec, columns: ibis.Schema) -> tuple[str, ...]:
    strangers = [name for name in columns if name not in spec.columns]
    if strangers or not columns:
        raise InvalidInput(
            f"{spec.name} has no column {strangers[0] if strangers else ''!r} to tell rows by; "
            f"it has: {', '.join(spec.columns)}."
        )
    return tuple(columns)


def null_in_required(table: str, column: str) -> InvalidInput:
    """Return the error for a null where the spec promises a value."""
    return InvalidInput(
        f"{table}.{column} must not be null, but a row has no value there; "
        "fill it or set the row aside first."
    )


def as_promised(rows: pa.Table, schema: ibis.Schema) -> pa.Table:
    """Return the rows in the Arrow types of an Ibis schema, whatever types the engine chose."""
    import pyarrow as pa

    fields = [field.with_nullable(True) for field in schema.to_pyarrow()]
    wanted = pa.schema(fields)
    return rows if rows.schema.equals(wanted) else rows.cast(wanted)
