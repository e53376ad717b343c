"""Lineage read off expressions, and walks over it."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from zhiyin.core.errors import NotFound
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.warehouse.api import LineageEdge, builds, column_lineage, lineage_down, lineage_up


def spec(name: str, *columns: str) -> TableSpec:
    promised = {column: Column("int64", column) for column in columns}
    return TableSpec(name=name, grain=columns[:1], columns=promised)


LEFT, RIGHT, OUT = spec("ods.l", "k", "a", "b"), spec("ods.r", "k", "c"), spec("dw.out", "x", "y")


@pytest.fixture
def tables(warehouse):
    return warehouse.read(LEFT), warehouse.read(RIGHT)


def sources(expr: ibis.Table, column: str = "x") -> set[str]:
    edges = column_lineage(expr, OUT, (LEFT, RIGHT))
    return {f"{e.from_table}.{e.from_column}" for e in edges if e.to_column == column}


def test_a_computed_column_comes_from_its_arguments_and_conditions(tables):
    left, _ = tables
    value = ibis.cases((left.k > 0, left.a + 1), else_=left.b)
    assert sources(left.select(x=value)) == {"ods.l.k", "ods.l.a", "ods.l.b"}


def test_filters_joins_and_groups_choose_rows_and_are_no_source(tables):
    left, right = tables
    joined = left.filter(left.b > 0).join(right, "k")
    grouped = joined.group_by("k").aggregate(x=joined.c.sum(where=joined.b > 1))
    assert sources(grouped) == {"ods.r.c"}


def test_a_rank_comes_from_its_order_but_a_windowed_value_does_not(tables):
    left, _ = tables
    window = ibis.window(group_by=left.k, order_by=left.b)
    assert sources(left.select(x=ibis.row_number().over(window))) == {"ods.l.k", "ods.l.b"}
    assert sources(left.select(x=left.a.lag().over(window))) == {"ods.l.a"}
    assert sources(left.group_by("k").aggregate(x=left.a.argmax(left.b))) == {"ods.l.a"}


def test_a_union_has_the_sources_of_both_sides(tables):
    left, right = tables
    both = left.select(x="a").union(right.select(x="c")).distinct()
    assert sources(both) == {"ods.l.a", "ods.r.c"}


def test_self_joins_unnests_subqueries_and_dropped_columns_are_followed(tables):
    left, right = tables
    other = left.view()
    joined = left.join(other, left.k == other.k).select(x=left.a + other.b)
    assert sources(joined) == {"ods.l.a", "ods.l.b"}
    listed = right.group_by("k").aggregate(x=right.c.collect()).unnest("x")
    assert sources(listed) == {"ods.r.c"}
    assert sources(left.select(x=left.a - right.c.max().as_scalar())) == {"ods.l.a", "ods.r.c"}
    assert sources(left.rename(x="a").drop("b").order_by("x").limit(3)) == {"ods.l.a"}


def test_a_count_comes_from_the_rows_counted(tables):
    left, right = tables
    assert sources(left.group_by("k").aggregate(x=left.count(where=left.a > 0))) == {"ods.l.*"}
    joined = left.join(right, "k")
    assert sources(joined.group_by("k").aggregate(x=joined.count())) == {"ods.l.*", "ods.r.*"}
    known = left.semi_join(right, "k").left_join(right, "k")
    assert sources(known.aggregate(x=known.count())) == {"ods.l.*"}


def test_the_rows_of_a_table_come_from_what_is_stacked_and_not_from_what_is_looked_up(tables):
    left, right = tables
    named = left.filter(left.a > 0).left_join(right, "k").select(x="c").distinct()
    assert sources(named, "*") == {"ods.l.*"}
    stacked = left.select(x="a").union(right.select(x="c")).order_by("x").limit(5)
    assert sources(stacked, "*") == {"ods.l.*", "ods.r.*"}


def test_rows_brought_along_have_no_source(tables):
    assert sources(ibis.memtable(pa.table({"x": [1]}))) == set()
    assert sources(ibis.memtable(pa.table({"x": [1]})), "*") == set()


def edges(*pairs: str) -> pa.Table:
    rows = []
    for pair in pairs:
        source, to = ((side[:2], side[3:]) for side in pair.split(">"))
        rows.append(vars(LineageEdge(*to, *source)))
    return pa.Table.from_pylist(rows)


CHAIN = edges("t0.a>t1.b", "t1.b>t2.c", "t0.z>t2.c", "t2.c>t3.d", "t3.d>t2.c")


def test_walking_up_gives_every_edge_once_with_its_distance():
    steps = [
        (step.depth, step.edge.from_table, step.edge.from_column)
        for step in lineage_up(CHAIN, "t2.c")
    ]
    assert steps == [
        (1, "t0", "z"), (1, "t1", "b"), (1, "t3", "d"), (2, "t0", "a"), (2, "t2", "c"),
    ]  # fmt: skip


def test_walking_down_ends_although_the_tables_feed_each_other():
    steps = [(step.depth, step.edge.to_table) for step in lineage_down(CHAIN, "t0.a")]
    assert steps == [(1, "t1"), (2, "t2"), (3, "t3"), (4, "t2")]


def test_a_table_stands_for_its_columns_and_an_unknown_name_is_refused():
    assert [step.edge.to_table for step in lineage_down(CHAIN, "t0")][:2] == ["t1", "t2"]
    with pytest.raises(NotFound, match=r"'t9\.x'; known: t0, t1"):
        lineage_up(CHAIN, "t9.x")


def test_every_promised_fact_has_lineage_to_its_inputs(warehouse, context):
    for build in builds():
        expr = build.build(*map(warehouse.read, build.inputs), context=context)
        assert set(expr.columns) == set(build.spec.columns), build.spec.name
        found = {edge.to_column for edge in column_lineage(expr, build.spec, build.inputs)}
        assert found >= set(build.spec.grain) - {"touch_id", "table_name"}, build.spec.name
