"""What is left out of an expression because it can have no rows changes no result."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.adapters.warehouse.emptiness import without_empty
from zhiyin.adapters.warehouse.expressions import empty
from zhiyin.ports.tables import Column, TableSpec

ONE = TableSpec(
    name="dw.one",
    grain=("k",),
    description="One side.",
    columns={"k": Column("!int64", "key"), "v": Column("string", "value")},
)
OTHER = TableSpec(
    name="dw.other",
    grain=("k",),
    description="The other side.",
    columns={"k": Column("!int64", "key"), "w": Column("string", "value")},
)
ROWS = {
    ONE.name: pa.table({"k": [1, 2, 3, 3], "v": ["a", None, "c", "c"]}),
    OTHER.name: pa.table({"k": [2, 3, 4], "w": ["x", "y", None]}),
}

Shape = Callable[[ir.Table, ir.Table], ir.Table]


def named(other: ir.Table) -> ir.Table:
    return other.select("k", v=other.w)


def joined(how: str) -> Shape:
    def shape(one: ir.Table, other: ir.Table) -> ir.Table:
        chain = one.join(other, one.k == other.k, how=how)
        return chain if how in ("semi", "anti") else chain.select(a=one.k, b=other.k, w=other.w)

    return shape


def three(how: str, last: str) -> Shape:
    def shape(one: ir.Table, other: ir.Table) -> ir.Table:
        third = other.view()
        chain = one.join(other, one.k == other.k, how=how)
        chain = chain.join(third, one.k == third.k, how=last)
        return chain.select(a=one.k, b=other.k, c=third.k)

    return shape


def ranked(one: ir.Table, other: ir.Table) -> ir.Table:
    order = ibis.window(group_by="k", order_by="v")
    return one.mutate(rank=ibis.row_number().over(order)).filter(lambda t: t.rank == 0)


def unnested(one: ir.Table, other: ir.Table) -> ir.Table:
    return one.select("k", words=ibis.array([one.v, one.v])).unnest("words")


def deep(one: ir.Table, other: ir.Table) -> ir.Table:
    table = one
    for number in range(40):
        table = table.mutate(v=table.v + str(number))
    return table.union(named(other))


SHAPES: dict[str, Shape] = {
    **{how: joined(how) for how in ("inner", "left", "right", "outer", "semi", "anti")},
    "cross": lambda one, other: one.cross_join(other).select(a=one.k, b=other.k),
    **{
        f"{how} {last}": three(how, last) for how in ("inner", "left") for last in ("left", "outer")
    },
    "union": lambda one, other: one.union(named(other)),
    "union of different rows": lambda one, other: one.union(named(other), distinct=True),
    "union of three": lambda one, other: (
        one.union(named(other)).union(one).filter(lambda t: t.k > 1)
    ),
    "columns in another order": lambda one, other: one.union(named(other).select("v", "k")),
    "intersection": lambda one, other: one.intersect(named(other)),
    "difference": lambda one, other: one.difference(named(other)),
    "rows that are different": lambda one, other: one.difference(named(other), distinct=False),
    "count": lambda one, other: one.aggregate(n=one.count(), m=one.k.max()),
    "count of groups": lambda one, other: one.group_by("v").aggregate(n=one.count()),
    "in the other": lambda one, other: one.filter(one.k.isin(other.k)),
    "not in the other": lambda one, other: one.filter(one.k.notin(other.filter(other.k > 2).k)),
    "after the other": lambda one, other: one.filter(one.k >= other.k.max().as_scalar()),
    "of some of the other": lambda one, other: one.mutate(n=other.filter(other.k > 2).count()),
    "ranked": ranked,
    "unnested": unnested,
    "deep": deep,
    "ordered": lambda one, other: one.distinct().order_by("k").limit(2),
    "fill": lambda one, other: one.fill_null({"v": "-"}).drop_null("v").drop("k"),
    "itself": lambda one, other: one.join(one.view(), "k").select("k"),
}


@pytest.fixture(scope="module", params=["both", "one", "other", "none"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[DuckDBWarehouse]:
    """A warehouse in which both tables have rows, or one of them, or none."""
    found = DuckDBWarehouse(":memory:")
    for name, spec in (("one", ONE), ("other", OTHER)):
        full = request.param in ("both", name)
        found.write(spec, ROWS[spec.name] if full else ROWS[spec.name].slice(0, 0))
    yield found
    found.close()


@pytest.mark.parametrize("name", SHAPES)
def test_the_rows_are_those_of_the_whole_expression(warehouse: DuckDBWarehouse, name: str):
    expr = SHAPES[name](warehouse.read(ONE), warehouse.read(OTHER)).as_table()
    plain = warehouse.root.execute(str(warehouse.backend.compile(expr))).to_arrow_table()
    told = warehouse.to_arrow(expr)
    assert told.column_names == plain.column_names
    assert sorted(map(repr, told.to_pylist())) == sorted(map(repr, plain.to_pylist()))


def test_of_what_has_no_rows_nothing_is_written_down():
    one, other = (ibis.table(spec.schema(), name=spec.table) for spec in (ONE, OTHER))
    third = other.view()
    expr = one.union(named(other)).union(deep(third.select("k", v="w"), other))
    left = without_empty(expr.op(), [other.op()], empty=empty)
    assert left.find(ops.UnboundTable) == [one.op()]
    assert left.find(ops.Union) == []


def test_an_expression_over_nothing_is_a_table_without_rows():
    one = ibis.table(ONE.schema(), name="one")
    left = without_empty(one.mutate(x=one.k + 1).op(), [one.op()], empty=empty)
    assert isinstance(left, ops.InMemoryTable)
    assert left.schema.names == ("k", "v", "x")


def test_a_table_that_came_to_have_rows_is_read(tmp_path):
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    expr = warehouse.read(ONE).filter(lambda t: t.k > 1)
    assert warehouse.to_arrow(expr).num_rows == 0
    warehouse.write(ONE, ROWS[ONE.name].slice(0, 0))
    assert warehouse.to_arrow(expr).num_rows == 0
    with warehouse.transaction():
        warehouse.write(ONE, ROWS[ONE.name])
        assert warehouse.to_arrow(expr).num_rows == 3
    assert warehouse.to_arrow(expr).num_rows == 3
    warehouse.close()


def test_a_prepared_question_reads_what_is_written_later(tmp_path):
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    warehouse.write(ONE, ROWS[ONE.name].slice(0, 0))
    asked = ibis.table({"k": "int64"}, name="asked")
    ask = warehouse.prepared(asked.inner_join(warehouse.read(ONE), "k").select("k", "v"))
    warehouse.write(ONE, ROWS[ONE.name])
    assert ask(pa.table({"k": [1]})).to_pylist() == [{"k": 1, "v": "a"}]
    warehouse.close()
