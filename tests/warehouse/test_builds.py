"""The runner: order, what is left alone, what survives a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest

from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.warehouse.api import BuildContext, Exchange, Objection, TableBuild, run_builds
from zhiyin.warehouse.ordering import in_order
from zhiyin.warehouse.tables import BUILDS, COLUMN_LINEAGE


def spec(name: str, **more) -> TableSpec:
    columns = {"n": Column("!int64", "number"), "day": Column("date", "day")}
    return TableSpec(name=name, grain=("n",), columns=columns, **more)


RAW, CLEAN, TOP = spec("ods.raw"), spec("dw.clean"), spec("dm.top")
DAILY = spec("dw.daily", partition_by="day")


def copy(table, context):
    return table


def doubled(table, context):
    return table.mutate(n=table.n * 2)


def beyond(already, table, context):
    return table.filter(table.n > already.n.max().as_scalar())


def refused(table, context):
    raise InvalidInput("seven is not allowed.")


def broken(table, context):
    raise ZeroDivisionError("oh")


def numbers(*values: int, day: date | None = None) -> pa.Table:
    days = pa.array([day] * len(values), "date32")
    return pa.table({"n": pa.array(values, "int64"), "day": days})


class Bench:
    """A warehouse with raw numbers and a run counter."""

    def __init__(self, warehouse, context):
        self.warehouse, self.context, self.runs = warehouse, context, 0

    def run(self, *builds, **more) -> dict[str, str]:
        self.runs += 1
        given = {"context": self.context, "clock": FixedClock(), "run_id": f"run{self.runs}"}
        reports = run_builds(builds, self.warehouse, **{**given, **more})
        return {report.table: report.outcome for report in reports}

    def of(self, table: TableSpec) -> list[int]:
        return sorted(self.warehouse.to_arrow(self.warehouse.read(table))["n"].to_pylist())


@pytest.fixture
def bench(warehouse, context):
    warehouse.write(RAW, numbers(1, 2))
    return Bench(warehouse, context)


FIRST = TableBuild(spec=CLEAN, inputs=(RAW,), build=doubled)
SECOND = TableBuild(spec=TOP, inputs=(CLEAN,), build=copy)


def test_a_build_runs_after_those_it_reads(bench):
    assert list(bench.run(SECOND, FIRST)) == ["dw.clean", "dm.top"]
    assert bench.of(TOP) == [2, 4]


def test_nothing_is_computed_again_when_nothing_changed(bench):
    bench.run(FIRST, SECOND)
    versions = [bench.warehouse.version(table) for table in (CLEAN, TOP)]
    assert bench.run(FIRST, SECOND) == {"dw.clean": "unchanged", "dm.top": "unchanged"}
    assert [bench.warehouse.version(table) for table in (CLEAN, TOP)] == versions


def test_new_input_is_carried_through(bench):
    bench.run(FIRST, SECOND)
    bench.warehouse.write(RAW, numbers(3), How.APPEND)
    assert set(bench.run(FIRST, SECOND).values()) == {"built"}
    assert bench.of(TOP) == [2, 4, 6]


@pytest.mark.parametrize(
    "change",
    [{"definition": "other"}, {"build": copy}, {"spec": spec("dw.clean", order_by=("n",))}],
)
def test_a_changed_build_is_computed_again(bench, change):
    bench.run(FIRST)
    assert bench.run(replace(FIRST, **change)) == {"dw.clean": "built"}


@pytest.mark.parametrize(("depends", "outcome"), [(True, "built"), (False, "unchanged")])
def test_as_of_matters_only_to_builds_that_depend_on_time(bench, depends, outcome):
    build = replace(FIRST, depends_on_time=depends)
    bench.run(build)
    later = BuildContext(as_of=datetime(2026, 3, 1))
    assert bench.run(build, context=later) == {"dw.clean": outcome}


def test_a_table_that_somebody_else_wrote_is_computed_again(bench):
    bench.run(FIRST)
    bench.warehouse.write(CLEAN, numbers(99))
    assert bench.run(FIRST) == {"dw.clean": "built"}
    assert bench.of(CLEAN) == [2, 4]


def test_additions_are_all_that_is_computed_when_only_input_arrived(bench):
    build = replace(FIRST, build=copy, additions=beyond)
    bench.run(build)
    bench.warehouse.write(RAW, numbers(3), How.APPEND)
    # Were the table computed anew, the changed row would show.
    bench.warehouse.write(RAW, numbers(0, 2, 3))
    assert bench.run(build) == {"dw.clean": "grown"}
    assert bench.of(CLEAN) == [1, 2, 3]
    assert bench.run(build, anew=True) == {"dw.clean": "built"}
    assert bench.of(CLEAN) == [0, 2, 3]


def test_changed_code_computes_a_growing_table_anew(bench):
    build = replace(FIRST, build=copy, additions=beyond)
    bench.run(build)
    bench.run(replace(build, build=doubled))
    assert bench.of(CLEAN) == [2, 4]


def test_a_failing_build_says_which_table_and_why_and_leaves_the_old_one(bench):
    bench.run(FIRST, SECOND)
    bench.warehouse.write(RAW, numbers(5), How.APPEND)
    with pytest.raises(InvalidInput, match=r"Building dm\.top failed: seven is not allowed\."):
        bench.run(FIRST, replace(SECOND, build=refused))
    assert (bench.of(CLEAN), bench.of(TOP)) == ([2, 4, 10], [2, 4])
    assert bench.run(FIRST, SECOND) == {"dw.clean": "unchanged", "dm.top": "built"}


def test_a_programming_error_keeps_its_type_and_names_the_table(bench):
    with pytest.raises(ZeroDivisionError) as failure:
        bench.run(replace(FIRST, build=broken))
    assert failure.value.__notes__ == ["while building dw.clean"]


def test_a_window_replaces_its_days_and_leaves_the_others(bench):
    first, second = date(2026, 1, 1), date(2026, 1, 2)
    build = TableBuild(spec=DAILY, inputs=(RAW,), build=copy)
    bench.warehouse.write(RAW, numbers(1, 2, day=first))
    bench.warehouse.write(RAW, numbers(3, day=second), How.APPEND)
    bench.run(build)
    window = Window(datetime(2026, 1, 2), datetime(2026, 1, 3))
    newer = replace(build, build=doubled)
    assert bench.run(newer, window=window) == {"dw.daily": "parts"}
    assert bench.of(DAILY) == [1, 2, 6]
    # Only some days are new, so the table as a whole is not.
    assert bench.run(newer) == {"dw.daily": "built"}
    assert bench.of(DAILY) == [2, 4, 6]


def test_a_window_over_unchanged_input_leaves_the_table_up_to_date(bench):
    build = TableBuild(spec=DAILY, inputs=(RAW,), build=copy)
    bench.warehouse.write(RAW, numbers(1, day=date(2026, 1, 1)))
    bench.run(build)
    bench.run(build, window=Window(datetime(2026, 1, 1), datetime(2026, 1, 2)))
    assert bench.run(build) == {"dw.daily": "unchanged"}


def test_every_build_is_on_record_with_its_lineage(bench):
    bench.run(FIRST, SECOND)
    bench.run(FIRST)
    rows = bench.warehouse.to_arrow(bench.warehouse.read(BUILDS)).to_pylist()
    shown = sorted((row["run_id"], row["table_name"], row["outcome"], row["rows"]) for row in rows)
    assert shown == [
        ("run1", "dm.top", "built", 2),
        ("run1", "dw.clean", "built", 2),
        ("run2", "dw.clean", "unchanged", 2),
    ]
    edges = bench.warehouse.to_arrow(bench.warehouse.read(COLUMN_LINEAGE)).to_pylist()
    assert sorted(tuple(edge.values()) for edge in edges) == [
        ("dm.top", "*", "dw.clean", "*"),
        ("dm.top", "day", "dw.clean", "day"),
        ("dm.top", "n", "dw.clean", "n"),
        ("dw.clean", "*", "ods.raw", "*"),
        ("dw.clean", "day", "ods.raw", "day"),
        ("dw.clean", "n", "ods.raw", "n"),
    ]


def test_a_table_that_the_gate_refuses_stays_as_it_was_and_others_go_on(bench):
    def small(spec, candidate, *, context):
        most = bench.warehouse.to_arrow(candidate.aggregate(n=candidate.n.max()))["n"][0].as_py()
        too_big = most > 5 and spec is CLEAN
        return [Objection("at_most_five", f"{most} is more than 5.")] if too_big else []

    other = replace(SECOND, inputs=(CLEAN, RAW), build=lambda clean, raw, context: raw)
    assert set(bench.run(FIRST, other, gate=small).values()) == {"built"}
    bench.warehouse.write(RAW, numbers(3), How.APPEND)
    outcomes = bench.run(FIRST, other, gate=small)
    assert outcomes == {"dw.clean": "held_back", "dm.top": "built"}
    assert (bench.of(CLEAN), bench.of(TOP)) == ([2, 4], [1, 2, 3])
    [row] = [
        row
        for row in bench.warehouse.to_arrow(bench.warehouse.read(BUILDS)).to_pylist()
        if row["outcome"] == "held_back"
    ]
    assert (row["table_name"], row["rows"]) == ("dw.clean", 2)
    assert row["detail"] == "6 is more than 5."
    assert bench.run(FIRST, other) == {"dw.clean": "built", "dm.top": "built"}
    assert bench.of(CLEAN) == [2, 4, 6]


def test_a_first_version_that_is_refused_leaves_no_table(bench):
    def never(spec, candidate, *, context):
        return [Objection("never", "It is not wanted.")]

    assert bench.run(FIRST, SECOND, gate=never) == {"dw.clean": "held_back", "dm.top": "held_back"}
    assert not bench.warehouse.exists(CLEAN)
    assert bench.run(FIRST) == {"dw.clean": "built"}


def test_rows_that_grow_by_merging_replace_those_of_their_grain(bench):
    def newest(already, table, context):
        return table.filter(table.n == 2).mutate(day=date(2026, 1, 2))

    build = replace(FIRST, build=copy, additions=newest, grows_by=How.MERGE)
    bench.run(build)
    bench.warehouse.write(RAW, numbers(3), How.APPEND)
    assert bench.run(build) == {"dw.clean": "grown"}
    rows = bench.warehouse.to_arrow(bench.warehouse.read(CLEAN)).to_pylist()
    assert sorted((row["n"], row["day"]) for row in rows) == [(1, None), (2, date(2026, 1, 2))]


def test_rows_that_are_exchanged_leave_what_all_inputs_would_and_no_exchange_leaves_the_table(
    bench,
):
    def two_becomes_four(already, table, context):
        there = already.filter(already.n == 2).to_pyarrow()
        return Exchange(there, numbers(*(4 for _ in range(len(there)))))

    build = replace(FIRST, build=copy, additions=two_becomes_four)
    bench.run(build)
    bench.warehouse.write(RAW, numbers(1, 4))
    assert bench.run(build) == {"dw.clean": "grown"}
    assert bench.of(CLEAN) == [1, 4]
    kept = contents_on_record(bench)
    assert bench.run(build, anew=True) == {"dw.clean": "built"}
    assert contents_on_record(bench) == kept
    bench.warehouse.write(RAW, numbers(1, 4, 5))
    assert bench.run(build) == {"dw.clean": "unchanged"}


def contents_on_record(bench):
    made = bench.warehouse.read(BUILDS)
    mine = made.filter(made.table_name == CLEAN.name, made.run_id == f"run{bench.runs}")
    return bench.warehouse.to_arrow(mine)["content"].to_pylist()


def unknown_yet(already, table, context):
    return table.anti_join(already, "n")


def test_a_ledger_is_only_ever_added_to_whatever_changed(bench):
    ledger = TableBuild(spec=CLEAN, inputs=(RAW,), build=unknown_yet, is_ledger=True)
    bench.run(ledger)
    bench.warehouse.write(RAW, numbers(2, 3))
    bench.run(replace(ledger, definition="other"))
    bench.run(ledger, anew=True)
    assert bench.of(CLEAN) == [1, 2, 3]
    assert bench.run(ledger) == {"dw.clean": "unchanged"}


def test_two_builds_of_one_table_and_circles_are_refused():
    with pytest.raises(InvalidInput, match=r"dw\.clean is made by two builds"):
        in_order([FIRST, FIRST])
    with pytest.raises(InvalidInput, match="wait for each other"):
        in_order([replace(FIRST, inputs=(TOP,)), SECOND])
