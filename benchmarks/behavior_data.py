"""Made events and order lines, the same rows for every engine, in the order of people and time."""

from __future__ import annotations

from pathlib import Path

import duckdb

# A Monday, so that weeks of the data are weeks of the calendar.
FIRST_MS = 1_736_121_600_000
DAYS = 180
EVENTS_PER_PERSON = 26
PEOPLE_AT_ONCE = 200_000
NAMES = (
    "Ad Clicked", "Checkout Started", "Order Completed", "Page Viewed", "Product Added",
    "Product Viewed", "Products Searched",
)  # fmt: skip
CHANNELS = ("ads", "direct", "email", "social")
STEPS = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")

EVENT_ROWS = f"""
with visits as (
    select p as person_number, n,
        (hash(p * 1000 + n) % {DAYS * 86_400_000})::bigint as start,
        1 + (hash(p * 7000 + n + 5) % 11)::bigint as length
    from (select p, unnest(range(1 + (hash(p * 31 + 7) % 8)::bigint)) as n
          from range({{low}}, {{high}}) t(p))
), told as (
    select person_number, start, n, unnest(range(length)) as k from visits
), drawn as (
    select *, (hash(person_number * 100003 + n * 101 + k * 13) % 1000)::bigint as luck from told
)
select person_number,
    {FIRST_MS} + start + k * (15000 + (hash(start + k) % 200000)::bigint) as ts_ms,
    case when luck < 20 then 'Ad Clicked' when luck < 50 then 'Checkout Started'
         when luck < 72 then 'Order Completed' when luck < 260 then 'Page Viewed'
         when luck < 340 then 'Product Added' when luck < 860 then 'Product Viewed'
         else 'Products Searched' end as event,
    case (hash(start) % 4)::bigint when 0 then 'ads' when 1 then 'direct' when 2 then 'email'
         else 'social' end as channel,
    case when luck between 50 and 71 then (10 + hash(start + k) % 990)::double else 0 end as revenue
from drawn order by person_number, ts_ms, event
"""

LINE_ROWS = """
select o as basket, 'p' || lpad(((pow((hash(o * 17 + k) % 1000003) / 1000003.0, 2.5)
    * 5000)::bigint % 5000)::varchar, 4, '0') as item
from (select o, unnest(range(1 + (hash(o) % 10)::bigint)) as k from range({low}, {high}) t(o))
group by all order by basket, item
"""


def make(folder: Path, events: int) -> None:
    """Write the rows as Parquet files: activity_*.parquet and lines.parquet."""
    maker = duckdb.connect(config={"threads": 2, "memory_limit": "3GB"})
    people = events // EVENTS_PER_PERSON
    for low in range(0, people, PEOPLE_AT_ONCE):
        query = EVENT_ROWS.format(low=low, high=min(low + PEOPLE_AT_ONCE, people))
        file = folder / f"activity_{low:010d}.parquet"
        maker.execute(f"copy ({query}) to '{file}' (compression zstd)")
    lines = LINE_ROWS.format(low=0, high=events // 48)
    maker.execute(f"copy ({lines}) to '{folder / 'lines.parquet'}' (compression zstd)")
    maker.close()
