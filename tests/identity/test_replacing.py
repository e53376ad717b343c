"""Which rows go and which come, against a plain loop."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.identity.replacing import having, replacing

SCHEMA = pa.schema([(name, pa.string()) for name in ("one", "other", "said", "changed_at")])
keys = st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))
tables = st.dictionaries(keys, st.none() | st.sampled_from(["yes", "no"]))


def table(told, changed_at):
    rows = [
        {"one": one, "other": other, "said": said, "changed_at": changed_at}
        for (one, other), said in told.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def rows_in(found):
    return {(row["one"], row["other"]): row["said"] for row in found.to_pylist()}


@settings(max_examples=30, deadline=None)
@given(tables, tables)
def test_only_rows_that_differ_are_exchanged(before, after):
    found = replacing(table(before, "then"), table(after, "now"), ["one", "other"])
    missing = object()
    come = {key: said for key, said in after.items() if before.get(key, missing) != said}
    assert rows_in(found.added) == come
    assert rows_in(found.removed) == {key: before[key] for key in come if key in before}
    assert set(found.added["changed_at"].to_pylist()) <= {"now"}
    assert set(found.removed["changed_at"].to_pylist()) <= {"then"}


@settings(max_examples=30, deadline=None)
@given(tables, tables)
def test_rows_are_found_by_their_keys(told, wanted):
    asked = table(wanted, "").select(["one", "other"])
    found = having(table(told, ""), asked)
    assert np.array_equal(found, np.array([key in wanted for key in told], bool))
