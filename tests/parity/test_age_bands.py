"""Age bands, on DuckDB and on Spark."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest

from zhiyin.profiles.customers import age_band

pytestmark = pytest.mark.spark


def test_age_bands_are_the_same_on_both_engines(both_engines):
    births = [None, date(1890, 1, 1), date(1961, 3, 2), date(1961, 3, 1), date(2008, 2, 29)]
    table = pa.table({"born": pa.array(births, pa.date32())})
    found = both_engines.same_rows(
        lambda rows: rows.select("born", band=age_band(rows.born, datetime(2026, 3, 1))), table
    )
    bands = {row["born"]: row["band"] for row in found}
    assert [bands[born] for born in births] == [None, None, "55-64", "65+", "18-24"]
