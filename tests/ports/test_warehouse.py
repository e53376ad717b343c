"""One suite for everything that claims to be a warehouse."""

from __future__ import annotations

import threading
from datetime import date, datetime
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.functions import row_hash, texts_hash
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec
from zhiyin.ports.warehouse import How

SALES = TableSpec(
    name="dw.sales",
    grain=("sale_id",),
    columns={
        "sale_id": Column("!string", "sale"),
        "amount": Column(MONEY, "money"),
        "weight": Column("float64", "kg"),
        "at": Column(TIME, "when"),
        "day": Column("!date", "day"),
    },
    partition_by="day",
)
OTHER = TableSpec(name="dm.other", grain=("n",), columns={"n": Column("!int64", "number")})


def sales(*rows: tuple) -> pa.Table:
    names = ["sale_id", "amount", "weight", "at", "day"]
    fields = zip(names, zip(*rows, strict=True), strict=True)
    return pa.table({name: pa.array(list(values)) for name, values in fields})


def sale(sale_id: str = "s1", amount: float | None = 1.5, day: int = 1) -> tuple:
    at = datetime(2026, 1, day, 12, 0, 0, 123456)
    return (sale_id, amount, 0.5, at, date(2026, 1, day))


@pytest.fixture(
    params=["duckdb-memory", "duckdb-file", pytest.param("spark", marks=pytest.mark.spark)]
)
def warehouse(request, tmp_path):
    if request.param == "spark":
        from zhiyin.adapters.warehouse.spark import SparkWarehouse

        made = SparkWarehouse(tmp_path / "lake", request.getfixturevalue("spark_session"))
    else:
        is_file = request.param == "duckdb-file"
        made = DuckDBWarehouse(tmp_path / "w.duckdb" if is_file else ":memory:")
    yield made
    made.close()


def ids(warehouse, spec=SALES, column="sale_id") -> list:
    return sorted(warehouse.to_arrow(warehouse.read(spec).select(column))[column].to_pylist())


def test_a_table_never_written_reads_as_empty_with_its_promised_schema(warehouse):
    table = warehouse.read(SALES)
    promised = {name: kind.copy(nullable=True) for name, kind in SALES.schema().items()}
    assert table.schema() == ibis.schema(promised)
    rows = warehouse.to_arrow(table)
    assert rows.num_rows == 0
    assert rows.column_names == list(SALES.columns)
    assert not warehouse.exists(SALES)
    assert warehouse.version(SALES) is None
    assert warehouse.tables() == []


def test_what_is_written_is_read_back_in_the_promised_types_and_order(warehouse):
    rows = sales(sale("a"), sale("b", None)).select(["day", "at", "weight", "amount", "sale_id"])
    written = warehouse.write(SALES, rows)
    assert written.rows == 2
    assert written.version == warehouse.version(SALES)
    back = warehouse.to_arrow(warehouse.read(SALES).order_by("sale_id"))
    assert back.column_names == list(SALES.columns)
    assert back.to_pylist()[0] == {
        "sale_id": "a",
        "amount": Decimal("1.5000"),
        "weight": 0.5,
        "at": datetime(2026, 1, 1, 12, 0, 0, 123456),
        "day": date(2026, 1, 1),
    }
    assert back.to_pylist()[1]["amount"] is None
    assert warehouse.tables() == ["dw.sales"]


def test_an_expression_kept_from_before_a_write_sees_the_write(warehouse):
    table = warehouse.read(SALES)
    warehouse.write(SALES, sales(sale("a")))
    assert warehouse.to_arrow(table).num_rows == 1


def test_a_table_may_be_replaced_by_an_expression_over_itself(warehouse):
    warehouse.write(SALES, sales(sale("a"), sale("b")))
    table = warehouse.read(SALES)
    warehouse.write(SALES, table.filter(table.sale_id == "b"))
    assert ids(warehouse) == ["b"]


def test_a_memtable_can_be_joined_with_a_stored_table_and_written(warehouse):
    warehouse.write(SALES, sales(sale("a"), sale("b")))
    wanted = ibis.memtable(pa.table({"sale_id": ["b", "c"]}))
    joined = warehouse.read(SALES).semi_join(wanted, "sale_id")
    assert warehouse.to_arrow(joined)["sale_id"].to_pylist() == ["b"]
    warehouse.write(SALES, joined)
    assert ids(warehouse) == ["b"]


def test_a_prepared_expression_runs_over_one_table_after_another(warehouse):
    warehouse.write(SALES, sales(sale("s1", 1.5), sale("s2", 2.5)))
    place = ibis.table({"sale_id": "string", "times": "int64"}, name="asked")
    stored = warehouse.read(SALES)
    extra = ibis.memtable({"times": [1, 2], "word": ["once", "twice"]})
    joined = place.join(stored, "sale_id").join(extra, "times").select("sale_id", "word")
    run = warehouse.prepared(joined)
    for sale_id, times, word in (("s1", 1, "once"), ("s2", 2, "twice"), ("s3", 1, None)):
        rows = run(pa.table({"sale_id": [sale_id], "times": [times]})).to_pylist()
        assert rows == ([{"sale_id": sale_id, "word": word}] if word else [])


def test_only_one_table_of_a_prepared_expression_may_be_missing(warehouse):
    with pytest.raises(InvalidInput, match="one unbound table, not 0"):
        warehouse.prepared(warehouse.read(SALES))


def test_equal_texts_have_equal_hashes_and_others_differ(warehouse):
    words = ["", "a", "b", "ab", "知音", "知", "a"]
    table = ibis.memtable({"n": list(range(len(words))), "word": words})
    none = [ibis.literal("")] * 6
    rows = warehouse.to_arrow(
        table.select(
            "n",
            one=texts_hash(1, table.word, "", *none),
            two=texts_hash(1, "", table.word, *none),
        )
    )
    one, two = rows.sort_by("n")["one"].to_pylist(), rows.sort_by("n")["two"].to_pylist()
    assert one[1] == one[6]
    assert len({*one, *two}) == 11
    assert min(one + two) >= 0


def test_strip_takes_white_space_from_both_ends_and_no_letter(warehouse):
    texts = ["fifv", " \t\n\r\x0b\x0cvf\n\n", "t n r", "", " ", "\u3000x"]
    table = ibis.memtable({"place": range(len(texts)), "text": texts})
    rows = warehouse.to_arrow(table.select("place", text=table.text.strip())).sort_by("place")
    assert rows["text"].to_pylist() == ["fifv", "vf", "t n r", "", "", "\u3000x"]


def test_nan_becomes_null(warehouse):
    warehouse.write(SALES, sales(("a", float("nan"), float("nan"), None, date(2026, 1, 1))))
    row = warehouse.to_arrow(warehouse.read(SALES)).to_pylist()[0]
    assert row["weight"] is None
    assert row["amount"] is None


def test_a_missing_column_is_named_and_the_table_stays(warehouse):
    warehouse.write(SALES, sales(sale("a")))
    with pytest.raises(InvalidInput, match=r"dw\.sales.*'amount'"):
        warehouse.write(SALES, sales(sale("b")).drop_columns(["amount"]))
    assert ids(warehouse) == ["a"]


@pytest.mark.parametrize("how", list(How))
def test_null_in_a_required_column_is_named_and_the_table_stays(warehouse, how):
    before = warehouse.write(SALES, sales(sale("a"))).version
    replacing = sales(sale("a")).select(["day"]) if how is How.EXCHANGE else None
    with pytest.raises(InvalidInput, match=r"dw\.sales\.sale_id"):
        warehouse.write(SALES, sales(sale("b"), sale(None)), how, replacing=replacing)
    assert ids(warehouse) == ["a"]
    assert warehouse.version(SALES) == before


def test_a_value_that_does_not_fit_is_refused_and_the_table_stays(warehouse):
    warehouse.write(SALES, sales(sale("a")))
    with pytest.raises(InvalidInput, match=r"dw\.sales"):
        warehouse.write(SALES, sales(("b", "twelve", 1.0, None, date(2026, 1, 1))))
    assert ids(warehouse) == ["a"]


def test_append_keeps_what_is_there(warehouse):
    warehouse.write(SALES, sales(sale("a")), How.APPEND)
    assert warehouse.write(SALES, sales(sale("b"), sale("a")), How.APPEND).rows == 2
    assert ids(warehouse) == ["a", "a", "b"]


def test_merge_replaces_rows_of_the_same_grain(warehouse):
    warehouse.write(SALES, sales(sale("a", 1.0), sale("b", 1.0)))
    warehouse.write(SALES, sales(sale("b", 2.0), sale("c", 3.0)), How.MERGE)
    back = warehouse.to_arrow(warehouse.read(SALES).order_by("sale_id"))
    assert back["amount"].to_pylist() == [Decimal(1), Decimal(2), Decimal(3)]


def test_partitions_replaces_the_days_that_the_new_rows_touch(warehouse):
    warehouse.write(SALES, sales(sale("a", day=1), sale("b", day=2), sale("c", day=2)))
    warehouse.write(SALES, sales(sale("d", day=2), sale("e", day=3)), How.PARTITIONS)
    assert ids(warehouse) == ["a", "d", "e"]


def test_exchange_takes_out_what_it_is_told_also_where_nothing_comes_instead(warehouse):
    warehouse.write(SALES, sales(sale("a", day=1), sale("b", day=2), sale("c", 2.5, day=2)))
    days = pa.table({"day": pa.array([date(2026, 1, 2), date(2026, 1, 3)])})
    warehouse.write(SALES, sales(sale("d", day=3)), How.EXCHANGE, replacing=days)
    assert ids(warehouse) == ["a", "d"]
    stored = warehouse.read(SALES)
    leaving = stored.filter(stored.sale_id == "a").select("sale_id", "amount")
    warehouse.write(SALES, stored.filter(stored.sale_id == "x"), How.EXCHANGE, replacing=leaving)
    assert ids(warehouse) == ["d"]


def test_exchange_takes_nulls_for_equal(warehouse):
    warehouse.write(SALES, sales(sale("a", None), sale("b", 1.5)))
    nothing = pa.table({"amount": pa.array([None], pa.decimal128(18, 4))})
    warehouse.write(SALES, sales(sale("c")), How.EXCHANGE, replacing=nothing)
    assert ids(warehouse) == ["b", "c"]


def test_what_is_replaced_is_told_by_columns_of_the_table_and_only_in_an_exchange(warehouse):
    strange = pa.table({"colour": ["red"]})
    with pytest.raises(InvalidInput, match=r"dw\.sales has no column 'colour'"):
        warehouse.write(SALES, sales(sale()), How.EXCHANGE, replacing=strange)
    for how, rows in ((How.EXCHANGE, None), (How.APPEND, sales(sale()).select(["day"]))):
        with pytest.raises(InvalidInput, match="give both `exchange` and the rows"):
            warehouse.write(SALES, sales(sale()), how, replacing=rows)
    assert not warehouse.exists(SALES)


def test_equal_rows_have_equal_hashes_and_others_differ(warehouse):
    warehouse.write(SALES, sales(sale("a"), sale("b", None), sale("b", 2.5)))
    stored = warehouse.read(SALES)
    again = ibis.memtable(warehouse.to_arrow(stored))

    def hashes(table, **more):
        row = ibis.struct({name: table[name] for name in SALES.columns} | more)
        return sorted(warehouse.to_arrow(table.select(h=row_hash(row)))["h"].to_pylist())

    assert hashes(stored) == hashes(again)
    assert len({*hashes(stored), *hashes(stored, weight=ibis.literal(1.0))}) == 6
    assert all(0 <= found < 2**62 for found in hashes(stored))


def test_an_unpartitioned_table_cannot_be_written_by_partition(warehouse):
    with pytest.raises(InvalidInput, match=r"dm\.other has no partitions"):
        warehouse.write(OTHER, pa.table({"n": [1]}), How.PARTITIONS)


def test_every_write_changes_the_version_even_an_empty_one(warehouse):
    versions = [warehouse.write(OTHER, pa.table({"n": [1]})).version]
    versions.append(warehouse.write(OTHER, pa.table({"n": [1]})).version)
    versions.append(warehouse.write(OTHER, pa.table({"n": pa.array([], "int64")})).version)
    assert len(set(versions)) == 3
    assert warehouse.exists(OTHER)


def test_a_transaction_publishes_all_of_its_writes_or_none(warehouse):
    def write_both_then_fail():
        with warehouse.transaction():
            warehouse.write(SALES, sales(sale("b")))
            warehouse.write(OTHER, pa.table({"n": [1]}))
            assert ids(warehouse) == ["b"]
            raise RuntimeError

    warehouse.write(SALES, sales(sale("a")))
    with pytest.raises(RuntimeError):
        write_both_then_fail()
    assert ids(warehouse) == ["a"]
    assert not warehouse.exists(OTHER)
    with warehouse.transaction():
        warehouse.write(SALES, sales(sale("c")))
        warehouse.write(OTHER, pa.table({"n": [1]}))
    assert (ids(warehouse), ids(warehouse, OTHER, "n")) == (["c"], [1])


def test_other_threads_do_not_see_a_transaction_before_it_ends(warehouse):
    warehouse.write(OTHER, pa.table({"n": [1]}))
    seen = []
    with warehouse.transaction():
        warehouse.write(OTHER, pa.table({"n": [2]}))
        reader = threading.Thread(target=lambda: seen.append(ids(warehouse, OTHER, "n")))
        reader.start()
        reader.join()
    assert seen == [[1]]


def test_threads_read_and_write_side_by_side_without_losing_rows(warehouse):
    def append(first: int) -> None:
        for n in range(first, first + 4):
            warehouse.write(OTHER, pa.table({"n": [n]}), How.APPEND)
            assert n in ids(warehouse, OTHER, "n")

    threads = [threading.Thread(target=append, args=(10 * start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids(warehouse, OTHER, "n")) == 16


def test_sql_runs_one_reading_statement(warehouse):
    warehouse.write(OTHER, pa.table({"n": [1, 2, 3]}))
    assert warehouse.sql("SELECT n FROM dm.other ORDER BY n;")["n"].to_pylist() == [1, 2, 3]
    assert warehouse.sql("/* x */ WITH a AS (SELECT 1 AS b) SELECT * FROM a").num_rows == 1
    assert warehouse.sql("SELECT n FROM dm.other ORDER BY n", limit=2)["n"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE dm.other",
        "INSERT INTO dm.other VALUES (4)",
        "SELECT 1; DROP TABLE dm.other",
        "CREATE TABLE x AS SELECT 1",
        "SELECT * FROM nowhere",
        "SELECT nonsense(",
        "SET x = 1",
        "",
        "-- only a remark",
    ],
)
def test_sql_refuses_anything_else_with_one_sentence(warehouse, query):
    warehouse.write(OTHER, pa.table({"n": [1, 2, 3]}))
    with pytest.raises(InvalidInput) as refused:
        warehouse.sql(query)
    assert "\n" not in str(refused.value)
    assert ids(warehouse, OTHER, "n") == [1, 2, 3]
