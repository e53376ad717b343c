"""What Spark is told while it runs an expression of many selects."""

from __future__ import annotations

import ibis
import pytest

from zhiyin.adapters.warehouse.compiling import DEEP, is_deep

WHOLE_STAGE = "spark.sql.codegen.wholeStage"
SETTINGS = [
    WHOLE_STAGE,
    "spark.sql.constraintPropagation.enabled",
    "spark.sql.optimizer.excludedRules",
]
PUSHING = "org.apache.spark.sql.catalyst.optimizer.PushDownPredicates"


def raised(times: int):
    rows = ibis.memtable({"n": [1]}, schema={"n": "int64"})
    for _ in range(times):
        rows = rows.mutate(n=rows.n + 1)
    return rows


def test_an_expression_is_deep_from_so_many_selects_on():
    assert not is_deep(raised(DEEP - 1))
    assert is_deep(raised(DEEP))


@pytest.mark.spark
@pytest.mark.parametrize("before", ["true", "false"])
def test_a_deep_expression_is_planned_plainly_and_leaves_the_session_as_it_was(
    spark_session, tmp_path, before
):
    from zhiyin.adapters.warehouse.spark import SparkWarehouse

    def settings():
        return [spark_session.conf.get(name, None) for name in SETTINGS]

    usual = spark_session.conf.get(WHOLE_STAGE)
    spark_session.conf.set(WHOLE_STAGE, before)
    warehouse = SparkWarehouse(tmp_path, spark_session)
    seen = []
    try:
        for times in (1, DEEP):
            with warehouse._running(raised(times)):
                seen.append(settings())
                assert warehouse.to_arrow(raised(times)).num_rows == 1
                seen.append(settings())
            seen.append(settings())
    finally:
        spark_session.conf.set(WHOLE_STAGE, usual)
    assert seen == [[before, None, None]] * 3 + [["false", "false", PUSHING]] * 2 + [
        [before, None, None]
    ]


@pytest.mark.spark
def test_python_functions_run_in_workers_that_are_forked_ready(spark_session):
    from pyspark.sql.functions import pandas_udf

    def loaded(column):
        import sys

        import pandas as pd

        is_loaded = "zhiyin.adapters.warehouse.spark_texts" in sys.modules
        return pd.Series([is_loaded and "ibis" not in sys.modules] * len(column))

    answer = spark_session.range(1).select(pandas_udf(loaded, "boolean")("id")).collect()
    assert answer[0][0]
