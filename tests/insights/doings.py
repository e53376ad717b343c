"""What a few people did, as the activity and as plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
from hypothesis import strategies as st

from zhiyin.insights.activity.tables import ACTIVITY
from zhiyin.insights.behavior.api import Scope
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import Sources
from zhiyin.testing.rows import EPOCH, rows_of

ZONE = "Europe/London"
# The clocks go forward on Sunday 31 March 2024, at one.
MONDAY = datetime(2024, 3, 18)
AS_OF = datetime(2024, 4, 10, 12)
PEOPLE = ("user:a", "user:b", "user:c", "user:d")
NUMBERS = {name: n for n, name in enumerate(("buy", "sign", "view"))}
CITIES = {"user:a": "Leeds", "user:b": "York", "user:c": None}


@dataclass(frozen=True)
class Deed:
    """One event: who, when, what, where, for how much."""

    person: str
    at: datetime
    event: str
    channel: str = "web"
    revenue: Decimal | None = None

    @property
    def ms(self) -> int:
        return (self.at - EPOCH) // timedelta(milliseconds=1)

    @property
    def local(self) -> datetime:
        return self.at.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)


deeds = st.lists(
    st.builds(
        Deed,
        person=st.sampled_from(PEOPLE),
        # Quarters of hours, with some at one instant; from before the days asked for to after.
        at=st.integers(-40, 260).map(lambda n: MONDAY + timedelta(minutes=15 * 9 * n)),
        event=st.sampled_from(["view", "buy", "sign"]),
        channel=st.sampled_from(["web", "app", "mail"]),
        revenue=st.none() | st.integers(1, 40).map(lambda n: Decimal(n) / 4),
    ),
    max_size=25,
)


def activity_of(found: list[Deed]) -> ibis.Table:
    """Return deeds as `dm.activity`."""
    return ibis.memtable(deed_rows(found))


def deed_rows(found: list[Deed]) -> pa.Table:
    """Return deeds as rows of `dm.activity`."""
    rows = [
        {
            "person_number": PEOPLE.index(one.person),
            "person_id": one.person,
            "ts_ms": one.ms,
            "event_time": one.at,
            "event": one.event,
            "event_number": NUMBERS.get(one.event, -1),
            "fact_id": str(n),
            "channel": one.channel,
            "revenue": one.revenue,
        }
        for n, one in enumerate(found)
    ]
    return rows_of(ACTIVITY, *rows)


def sources(as_of: datetime = AS_OF, **tables: ibis.Table) -> Sources:
    """Return people with a city, and nothing else that is known of them."""
    known = [{"person_id": person, "city": CITIES.get(person)} for person in PEOPLE]
    given = {dm.CUSTOMERS.name: ibis.memtable(rows_of(dm.CUSTOMERS, *known)), **tables}

    class Store:
        @staticmethod
        def read(spec):
            return given[spec.name] if spec.name in given else ibis.memtable(rows_of(spec))

    return Sources.read(Store(), as_of)  # pyright: ignore[reportArgumentType]


def scope(found: list[Deed], as_of: datetime = AS_OF) -> Scope:
    """Return deeds as what questions are answered from."""
    return Scope(activity_of(found), sources(as_of), ZONE)


def week(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
