"""Age bands from dates of birth, beside counting birthdays."""

from __future__ import annotations

from datetime import date, datetime

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.profiles.customers import age_band

BORN = st.one_of(st.none(), st.dates(date(1880, 1, 1), date(2030, 1, 1)))
NOW = st.datetimes(datetime(2020, 1, 1), datetime(2027, 12, 31))


def band_by_hand(born: date | None, today: date) -> str | None:
    if born is None:
        return None
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    for low, high in ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64)):
        if low <= age <= high:
            return f"{low}-{high}"
    return "65+" if 65 <= age <= 120 else None


@given(st.lists(BORN, min_size=1, max_size=20), NOW)
@settings(max_examples=30, deadline=None)
def test_a_band_is_that_of_the_birthdays_so_far(births, now):
    table = ibis.memtable(
        pa.table({"n": range(len(births)), "born": pa.array(births, pa.date32())})
    )
    found = table.select("n", band=age_band(table.born, now)).order_by("n").to_pyarrow()
    assert found["band"].to_pylist() == [band_by_hand(born, now.date()) for born in births]


def test_a_birthday_counts_from_its_day_on():
    table = ibis.memtable(pa.table({"born": pa.array([date(2001, 3, 17)], pa.date32())}))
    bands = [
        table.select(band=age_band(table.born, datetime(2026, 3, day))).to_pyarrow()["band"][0]
        for day in (16, 17)
    ]
    assert [band.as_py() for band in bands] == ["18-24", "25-34"]
